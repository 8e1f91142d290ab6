//! Modules in the sandbox: what they may do, and what becomes of those that do something else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod samples;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use proptest::prelude::*;
use tenkyu_udf::sandbox::{Limits, Module, Pool, Sandbox};
use tenkyu_udf::{Instance, UdfError};
use tenkyu_wire::{Explain, Lang};

fn pool() -> Arc<Pool> {
    Pool::new(1 << 30)
}

fn read(bytes: &[u8]) -> Result<Module, UdfError> {
    Module::read(bytes, Limits::default(), &pool())
}

fn start(name: &str) -> Instance<Sandbox> {
    read(&samples::module()).unwrap().start(name, Arc::new(|| false)).unwrap()
}

fn doubles(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn call(name: &str) -> Result<ArrayRef, UdfError> {
    start(name).call(&[doubles(&[Some(1.0)])])
}

#[test]
fn values_come_row_by_row_and_null_stays_null() {
    let mut plus = start("PLUS");
    for _ in 0..3 {
        let a = doubles(&[Some(1.0), None, Some(f64::MAX), Some(-0.0)]);
        let b = doubles(&[Some(0.5), Some(2.0), Some(f64::MAX), Some(-0.0)]);
        let sum = plus.call(&[a, b]).unwrap();
        let sum: Vec<_> = sum.as_primitive::<Float64Type>().iter().collect();
        // The third is infinite, which is no number of ADQL; the fourth −0, of which there is none.
        assert_eq!(sum, [Some(1.5), None, None, Some(0.0)]);
        assert!(sum[3].unwrap().is_sign_positive());
    }
    let sum = plus.call(&[doubles(&[]), doubles(&[])]).unwrap();
    assert_eq!(sum.len(), 0);
    let values = call("no_number").unwrap();
    assert!(values.is_null(0), "NaN is NULL");
}

#[test]
fn texts_and_lists_travel_both_ways() {
    let given: Vec<Option<&str>> = vec![Some("銀河"), None, Some(""), Some("x")];
    // A part of a longer array: its offsets do not begin at 0.
    let whole: ArrayRef = Arc::new(StringArray::from_iter(
        [Some("before")].into_iter().chain(given.clone()).chain([Some("after")]),
    ));
    let texts = whole.slice(1, 4);
    let back = start("echo").call(std::slice::from_ref(&texts)).unwrap();
    assert_eq!(back.as_string::<i32>().iter().collect::<Vec<_>>(), given);
    let lengths = start("length").call(&[texts]).unwrap();
    let lengths: Vec<_> = lengths.as_primitive::<Int64Type>().iter().collect();
    assert_eq!(lengths, [Some(6), Some(-1), Some(0), Some(1)], "a function sees NULL");

    let counts: ArrayRef = Arc::new(Int64Array::from(vec![2, 0, 3]));
    let lists = start("below").call(&[counts]).unwrap();
    let lists: Vec<Vec<i64>> = lists
        .as_list::<i32>()
        .iter()
        .map(|list| list.unwrap().as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert_eq!(lists, [vec![0, 1], vec![], vec![0, 1, 2]]);
}

#[test]
fn states_of_several_instances_make_one_value() {
    let mut first = start("total");
    first.update(&[doubles(&[Some(1.0), None, Some(2.0)])], &[0, 1, 2], 3).unwrap();
    let mut second = start("total");
    second.update(&[doubles(&[Some(10.0), Some(20.0)])], &[1, 0], 2).unwrap();
    let mut merged = start("total");
    merged.merge(&first.states(3).unwrap(), &[0, 1, 2], 3).unwrap();
    merged.merge(&second.states(2).unwrap(), &[1, 0], 3).unwrap();
    // The first group goes; those behind it move up.
    let value = |column: ArrayRef| column.as_primitive::<Float64Type>().values().to_vec();
    assert_eq!(value(merged.finish(1).unwrap()), [11.0]);
    assert_eq!(value(merged.finish(2).unwrap()), [20.0, 2.0]);
    assert_eq!(start("total").finish(0).unwrap().len(), 0);
    // A group of no rows has the value of nothing.
    assert_eq!(value(start("total").finish(1).unwrap()), [0.0]);
    let states = BinaryArray::from_iter_values([&[0_u8; 8]]);
    assert!(matches!(merged.merge(&states, &[7], 3), Err(UdfError::Garbage { .. })));
}

#[test]
fn what_a_function_does_wrong_is_said_with_its_name() {
    for (name, code, said) in [
        ("trap", "function-trap", "unreachable"),
        ("outside", "function-garbage", "the values at 4294967280 lie outside"),
        ("latin", "function-garbage", "a text is not UTF-8"),
        ("fallen", "function-garbage", "never fall"),
        ("refuse", "function-refused", "no more than this"),
    ] {
        let error = call(name).unwrap_err();
        assert_eq!(error.code(), code, "{name}");
        for lang in [Lang::En, Lang::Ja] {
            let detail = error.detail(lang);
            assert!(detail.contains(&format!("my.{name}")) && detail.contains(said), "{detail}");
            assert!(error.help(lang).is_some_and(|help| !help.is_empty()));
        }
    }
    let arguments = start("plus").call(&[doubles(&[Some(1.0)])]);
    assert!(matches!(arguments, Err(UdfError::Garbage { .. })));
}

#[test]
fn work_is_measured_and_ends_where_the_limit_is() {
    let limits = Limits { fuel: 20_000_000, fuel_per_value: 100_000_000, ..Limits::default() };
    let module = Module::read(&samples::module(), limits, &pool()).unwrap();
    let mut spin = module.start("spin", Arc::new(|| false)).unwrap();
    let error = spin.call(&[doubles(&[Some(1.0)])]).unwrap_err();
    assert_eq!(error, UdfError::Fuel { function: "spin".to_owned(), limit: 120_000_000 });
}

#[test]
fn a_loop_without_an_end_stops_when_nobody_waits() {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    let module = read(&samples::module()).unwrap();
    let stopped = Arc::new(move || asked.load(Ordering::Relaxed));
    let mut spin = module.start("spin", stopped).unwrap();
    let worker = std::thread::spawn(move || {
        let rows = doubles(&[Some(1.0); 100_000]);
        (spin.call(&[rows]).unwrap_err(), Instant::now())
    });
    std::thread::sleep(Duration::from_millis(200));
    stop.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    let (error, ended) = worker.join().unwrap();
    assert_eq!(error, UdfError::Stopped);
    assert!(ended.saturating_duration_since(asked) < Duration::from_secs(1));
}

/// The samples with another body of `spin`.
fn spinning(body: &str) -> Instance<Sandbox> {
    let text = samples::text(&samples::description());
    let changed = text.replacen("(loop $again (br $again))", body, 1);
    assert_ne!(text, changed);
    let module = read(&wat::parse_str(changed).unwrap()).unwrap();
    let begun = Instant::now();
    module.start("spin", Arc::new(move || begun.elapsed() > Duration::from_millis(200))).unwrap()
}

#[test]
fn neither_recursion_nor_large_instructions_escape() {
    let endless = spinning("(call $spin)").call(&[doubles(&[Some(1.0)])]).unwrap_err();
    assert_eq!(endless.code(), "function-trap", "{endless}");
    let fill = "(loop $again (memory.fill (i32.const 0) (i32.const 0) (i32.const 1100000)) \
        (br $again))";
    let mut fills = spinning(fill);
    let begun = Instant::now();
    let stopped = fills.call(&[doubles(&[Some(1.0); 100_000])]).unwrap_err();
    assert_eq!(stopped, UdfError::Stopped);
    assert!(begun.elapsed() < Duration::from_secs(1));
}

/// A number as WebAssembly writes it (LEB128).
fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[test]
fn a_million_nested_blocks_are_read_or_refused_soon() {
    // block … end …, in a function of type () -> ().
    let body = [&[0][..], &[2, 0x40].repeat(1_000_000), &[0x0b].repeat(1_000_001)].concat();
    let function = [&[1][..], &number(body.len()), &body].concat();
    let code = [&[10][..], &number(function.len()), &function].concat();
    let types: &[u8] = &[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
    let module = [&b"\0asm\x01\0\0\0"[..], types, &code].concat();
    let begun = Instant::now();
    // It exports nothing, if it gets as far.
    assert!(matches!(read(&module), Err(UdfError::NotWasm(_) | UdfError::Export(_))));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn memory_ends_where_the_limit_is_and_comes_back() {
    let pool = pool();
    let limits = Limits { memory_bytes: 4 << 20, ..Limits::default() };
    let module = Module::read(&samples::module(), limits, &pool).unwrap();
    assert_eq!(pool.used(), 0, "nothing runs");
    let mut bomb = module.start("bomb", Arc::new(|| false)).unwrap();
    let error = bomb.call(&[doubles(&[Some(1.0)])]).unwrap_err();
    assert_eq!(error, UdfError::Memory { function: "bomb".to_owned(), limit: 4 << 20 });
    assert!(pool.used() > 3 << 20 && pool.used() <= 4 << 20);
    drop(bomb);
    assert_eq!(pool.used(), 0);
    // Arguments that do not fit: 1 million rows of 16 bytes.
    let mut plus = module.start("plus", Arc::new(|| false)).unwrap();
    let column = doubles(&vec![Some(1.0); 1_000_000]);
    let error = plus.call(&[column.clone(), column]).unwrap_err();
    assert!(matches!(error, UdfError::Memory { .. }), "{error}");
}

#[test]
fn instances_share_a_pool() {
    // Each sample has 17 pages of 64 KiB from the start.
    let pool = Pool::new(40 * (64 << 10));
    let module = Module::read(&samples::module(), Limits::default(), &pool).unwrap();
    let start = || module.start("plus", Arc::new(|| false));
    let (first, second) = (start().unwrap(), start().unwrap());
    let Err(error) = start() else { panic!("a third one fits") };
    assert_eq!(error, UdfError::Pool { function: "plus".to_owned() });
    assert_eq!(error.status(), 503);
    drop((first, second));
    assert!(start().is_ok());
}

#[test]
fn modules_that_break_the_rules_are_refused() {
    let wat = |text: &str| read(&wat::parse_str(text).unwrap());
    assert!(matches!(read(b"MZ"), Err(UdfError::NotModule)));
    assert!(matches!(read(b"\0asm\x01\0\0\0\xff\xff"), Err(UdfError::NotWasm(_))));
    assert!(matches!(wat("(module)"), Err(UdfError::Export(_))));
    let import = wat(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#);
    assert_eq!(import.unwrap_err(), UdfError::Import("wasi_snapshot_preview1.fd_write".to_owned()));
    let small = Limits { module_bytes: 100, ..Limits::default() };
    let large = Module::read(&samples::module(), small, &pool());
    assert!(matches!(large, Err(UdfError::TooLarge { limit: 100 })));

    let json = samples::description();
    let changed = |from: &str, to: &str| {
        let text = samples::text(&json).replacen(from, to, 1);
        read(&wat::parse_str(text).unwrap())
    };
    let export = changed("(export \"tenkyu_finish\")", "(export \"finish\")").unwrap_err();
    assert_eq!(export, UdfError::Export("tenkyu_finish(i32, i32) -> (i32)".to_owned()));
    let described = wat::parse_str(samples::text(r#"{"abi":2,"functions":[]}"#)).unwrap();
    assert!(matches!(read(&described), Err(UdfError::Description(_))));
    // A start function without an end does not hold the upload up.
    let forever = changed("(func $spin ", "(start $spin) (func $spin ");
    assert!(matches!(forever, Err(UdfError::Description(_))), "{forever:?}");
    // 4 GiB from the start.
    let huge = changed("(memory (export \"memory\") 17)", "(memory (export \"memory\") 65536)");
    assert!(matches!(huge, Err(UdfError::Description(_))), "{huge:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Bytes that are changed anywhere give a module that runs or an error, never a panic.
    #[test]
    fn changed_modules_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = samples::module();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let limits = Limits { fuel: 1_000_000, fuel_per_value: 1_000, ..Limits::default() };
        let Ok(module) = Module::read(&bytes, limits, &pool()) else { return Ok(()) };
        for function in module.functions() {
            let columns: Vec<ArrayRef> = function
                .arguments
                .iter()
                .map(|argument| {
                    let rows = doubles(&[Some(1.0), None]);
                    arrow::compute::cast(&rows, &tenkyu_udf::arrow_type(argument.kind)).unwrap()
                })
                .collect();
            let Ok(mut one) = module.start(&function.name, Arc::new(|| false)) else { continue };
            if function.is_aggregate() {
                let _ = one.update(&columns, &[0, 1], 2).and_then(|()| one.states(1))
                    .and_then(|states| one.merge(&states, &[0], 2)).and_then(|()| one.finish(2));
            } else {
                let _ = one.call(&columns);
            }
        }
    }
}
