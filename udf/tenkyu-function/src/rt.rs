//! What the exports are made of; see the macro.

use std::alloc::Layout;
use std::cell::RefCell;

pub use crate::column::Column;
use crate::groups::{self, Aggregate, Taken};
use crate::output::{Output, Value};

/// Bytes in memory.
#[repr(C)]
pub struct Span {
    at: *const u8,
    bytes: usize,
}

/// What the caller reads after a call.
struct Answer {
    output: Output,
    column: Column,
    text: String,
    span: Span,
}

thread_local! {
    static ANSWER: RefCell<Answer> = const { RefCell::new(Answer {
        output: Output::new(),
        column: Column {
            values: std::ptr::null(),
            validity: std::ptr::null(),
            offsets: std::ptr::null(),
        },
        text: String::new(),
        span: Span { at: std::ptr::null(), bytes: 0 },
    }) };
}

/// Keeps words for the caller.
fn say(text: &str) -> *const Span {
    ANSWER.with_borrow_mut(|answer| {
        answer.text = text.to_owned();
        answer.span = Span { at: answer.text.as_ptr(), bytes: answer.text.len() };
        &raw const answer.span
    })
}

/// No column, for a reason.
pub fn fail(reason: &str) -> *const Column {
    say(reason);
    std::ptr::null()
}

/// No success, for a reason.
pub fn failed(reason: &str) -> u32 {
    say(reason);
    1
}

fn column(rows: usize, make: impl FnOnce(&mut Output) -> Result<(), String>) -> *const Column {
    ANSWER.with_borrow_mut(|answer| {
        answer.output.clear(rows);
        match make(&mut answer.output) {
            Ok(()) => {
                answer.column = answer.output.column();
                &raw const answer.column
            }
            Err(reason) => {
                answer.text = reason;
                answer.span = Span { at: answer.text.as_ptr(), bytes: answer.text.len() };
                std::ptr::null()
            }
        }
    })
}

/// The caller's columns.
fn columns<'a>(columns: *const Column, count: usize) -> &'a [Column] {
    // SAFETY: the caller gives as many columns as the function has arguments, and leaves them
    // alone until the call ends.
    unsafe { std::slice::from_raw_parts(columns, count) }
}

fn numbers<'a>(numbers: *const u32, rows: u32) -> &'a [u32] {
    // SAFETY: the caller gives a number a row, and leaves them alone until the call ends.
    unsafe { std::slice::from_raw_parts(numbers, rows as usize) }
}

/// A value for each row.
pub fn values<V: Value>(
    rows: u32,
    given: *const Column,
    value: impl Fn(&[Column], usize) -> Option<V>,
    arguments: usize,
) -> *const Column {
    let (rows, given) = (rows as usize, columns(given, arguments));
    column(rows, |output| {
        (0..rows).try_for_each(|row| match value(given, row) {
            Some(value) => value.put(output),
            None => {
                V::put_null(output);
                Ok(())
            }
        })
    })
}

/// Rows into groups.
pub fn update<S: Aggregate, T: Taken>(
    rows: u32,
    given: *const Column,
    group_of: *const u32,
    count: u32,
    take: impl Fn(&mut S, &[Column], usize) -> Option<T>,
    arguments: usize,
) -> u32 {
    let (given, group_of) = (columns(given, arguments), numbers(group_of, rows));
    let done = groups::with(count as usize, |states: &mut Vec<S>| {
        group_of.iter().enumerate().try_for_each(|(row, group)| {
            let state = states.get_mut(*group as usize).ok_or("a group beyond their count")?;
            take(state, given, row).map_or(Ok(()), Taken::taken)
        })
    });
    done.map_or_else(|reason: String| failed(&reason), |()| 0)
}

/// States into groups.
pub fn merge<S: Aggregate>(
    rows: u32,
    given: *const Column,
    group_of: *const u32,
    count: u32,
) -> u32 {
    let (given, group_of) = (columns(given, 1), numbers(group_of, rows));
    let Some(given) = given.first() else { return failed("no states") };
    let done = groups::with(count as usize, |states: &mut Vec<S>| {
        group_of.iter().enumerate().try_for_each(|(row, group)| {
            let state = states.get_mut(*group as usize).ok_or("a group beyond their count")?;
            state.merge(given.bytes(row))
        })
    });
    done.map_or_else(|reason: String| failed(&reason), |()| 0)
}

/// The first groups as states, which are taken out.
pub fn states<S: Aggregate>(first: u32) -> *const Column {
    let first = first as usize;
    let taken =
        groups::with(first, |states: &mut Vec<S>| states.drain(..first).collect::<Vec<_>>());
    column(first, |output| {
        taken.into_iter().for_each(|state| output.bytes(&state.state()));
        Ok(())
    })
}

/// The first groups as values, which are taken out.
pub fn finish<S: Aggregate>(first: u32) -> *const Column {
    let first = first as usize;
    let taken =
        groups::with(first, |states: &mut Vec<S>| states.drain(..first).collect::<Vec<_>>());
    column(first, |output| taken.into_iter().try_for_each(|state| state.finish().put(output)))
}

/// The description of a module, as it is written.
#[derive(Default)]
pub struct Description {
    text: String,
    arguments: usize,
}

impl Description {
    /// Begins a function.
    pub fn begin(&mut self, kind: &str, name: &str) {
        self.text.push_str(if self.text.is_empty() { r#"{"abi":1,"functions":["# } else { "," });
        self.text.push_str(&format!(r#"{{"name":"{name}","kind":"{kind}","arguments":["#));
        self.arguments = 0;
    }

    /// Adds an argument.
    pub fn argument(&mut self, name: &str, kind: &str, unit: &[&str]) {
        let comma = if self.arguments == 0 { "" } else { "," };
        let unit = json(&unit.concat());
        self.text.push_str(&format!(r#"{comma}{{"name":"{name}","type":"{kind}","unit":{unit}}}"#));
        self.arguments += 1;
    }

    /// Ends a function.
    pub fn end(&mut self, kind: &str, unit: &[&str], comment: &[&str]) {
        let unit = json(&unit.concat());
        let lines: Vec<&str> = comment.iter().map(|line| line.trim()).collect();
        let text = json(lines.join(" ").trim());
        let returns = format!(r#"{{"type":"{kind}","unit":{unit}}}"#);
        self.text.push_str(&format!(r#"],"returns":{returns},"description":{text}}}"#));
    }

    /// The whole of it.
    pub fn done(mut self) -> *const Span {
        self.text.push_str("]}");
        say(&self.text)
    }
}

/// A text in JSON.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Memory for the caller.
#[unsafe(no_mangle)]
extern "C" fn tenkyu_alloc(bytes: usize) -> *mut u8 {
    match Layout::from_size_align(bytes.max(8), 8) {
        // SAFETY: the size is not zero.
        Ok(layout) => unsafe { std::alloc::alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Takes memory of the caller back.
#[unsafe(no_mangle)]
extern "C" fn tenkyu_free(at: *mut u8, bytes: usize) {
    if let Ok(layout) = Layout::from_size_align(bytes.max(8), 8)
        && !at.is_null()
    {
        // SAFETY: the caller gives back what `tenkyu_alloc` gave for as many bytes.
        unsafe { std::alloc::dealloc(at, layout) }
    }
}

/// The words of the last failure.
#[unsafe(no_mangle)]
extern "C" fn tenkyu_error() -> *const Span {
    ANSWER.with_borrow(|answer| &raw const answer.span)
}
