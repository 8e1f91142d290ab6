//! Users' own functions in the filter of a table. The module runs in the server's sandbox here and
//! in the browser's WebAssembly there, behind the same calls.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // a test may fail

#[path = "../../../shared/udf/tests/sandbox/samples.rs"]
mod samples;

use std::{cell::RefCell, rc::Rc, sync::Arc};

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use tenkyu_adql::filter::OwnFunction;
use tenkyu_tables::{TableError, TableStore};
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tenkyu_wire::table::{Reply, Request, ViewRule};
use tenkyu_wire::{Explain, Lang};

fn functions() -> Vec<OwnFunction> {
    let module = Module::read(&samples::module(), Limits::default(), &Pool::new(1 << 30)).unwrap();
    let one = |meta: &tenkyu_wire::functions::FunctionMeta| {
        let running = RefCell::new(module.start(&meta.name, Arc::new(|| false)).unwrap());
        let call = Rc::new(move |columns: &[ArrayRef]| running.borrow_mut().call(columns));
        OwnFunction { meta: meta.clone(), call }
    };
    module.functions().iter().map(one).collect()
}

fn store() -> TableStore {
    let schema = Arc::new(Schema::new(vec![
        Field::new("x", DataType::Float64, true),
        Field::new("name", DataType::Utf8, true),
    ]));
    let x = Float64Array::from(vec![Some(1.0), None, Some(3.0), Some(f64::NAN), Some(5.0)]);
    let name = StringArray::from(vec![Some("a"), Some("bb"), None, Some("銀河"), Some("")]);
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(x), Arc::new(name)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let mut store = TableStore::default();
    store.push(&writer.into_inner().unwrap()).unwrap();
    store.finish().unwrap();
    store
}

fn kept(store: &mut TableStore, filter: &str) -> Result<u64, TableError> {
    let rule = ViewRule { filter: filter.to_owned(), ..ViewRule::default() };
    match store.answer(Request::View(rule))?.0 {
        Reply::View { kept, .. } => Ok(kept),
        other => panic!("{other:?}"),
    }
}

#[test]
fn filters_call_them() {
    let mut store = store();
    store.set_functions(functions());
    for (filter, rows) in [
        ("my.plus(x, 1) > 2", 4),
        ("my.plus(x, x) IS NULL", 4),
        ("MY.Plus(1, 1) = 2", 10),
        ("my.plus(NULL, 1) IS NULL", 10),
        ("my.length(name) = 6", 2),
        ("my.length(name) = -1 OR x = 1", 4),
        ("my.echo(name) = name", 8),
        ("my.no_number(x) IS NOT NULL", 0),
        ("NOT my.plus(my.plus(x, 1), 1) > 4 AND name LIKE '%'", 2),
    ] {
        assert_eq!(kept(&mut store, filter).unwrap(), rows, "{filter}");
    }
}

#[test]
fn what_cannot_be_is_said() {
    let mut store = store();
    let unknown = kept(&mut store, "my.plus(x, 1) > 2").unwrap_err();
    assert_eq!(unknown.code(), "adql-unknown-function");
    store.set_functions(functions());
    for (filter, code) in [
        ("my.pluss(x, 1) > 2", "adql-unknown-function"),
        ("my.plus(x) > 2", "adql-arguments"),
        ("my.plus(name, 1) > 2", "adql-type"),
        ("my.below(1.5) IS NULL", "adql-type"),
        ("my.below(1) IS NULL", "filter-unsupported"),
        ("my.total(x) > 1", "filter-unsupported"),
        ("my.trap(x) > 1", "function-trap"),
        ("my.refuse(x) > 1", "function-refused"),
    ] {
        let error = kept(&mut store, filter).unwrap_err();
        assert_eq!(error.code(), code, "{filter}");
        assert!(!error.detail(Lang::Ja).is_empty());
    }
    assert_eq!(kept(&mut store, "my.plus(x, 1) > 2").unwrap(), 4);
    // What a former version of a function found is not taken over.
    store.set_functions(Vec::new());
    assert!(kept(&mut store, "my.plus(x, 1) > 2").is_err());
}
