//! Row limits, cancelling, time limits, errors.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use tenkyu_engine::{Engine, EngineError, EngineOptions, QueryRequest};
use tenkyu_wire::Explain;

use crate::support::{Lab, options, runtime};

/// Minutes of work: every pair of rows.
const ENDLESS: &str = "SELECT COUNT(*) FROM sky.stars AS a, sky.stars AS b, sky.stars AS c \
    WHERE SIN(a.ra) + COS(b.ra) > TAN(c.ra)";

#[test]
fn overflow_is_told() {
    let lab = Lab::stars(1000, 100);
    let run = |max_rows| {
        let adql = "SELECT id FROM sky.stars".to_owned();
        lab.request(QueryRequest { adql, max_rows, ..QueryRequest::default() }).unwrap()
    };
    for (limit, rows, overflow) in
        [(None, 1000, false), (Some(1000), 1000, false), (Some(999), 999, true), (Some(0), 0, true)]
    {
        let (batches, stats) = run(limit);
        assert_eq!(batches.iter().map(|b| b.num_rows()).sum::<usize>(), rows);
        assert_eq!(stats.overflow(), overflow, "{limit:?}");
        assert_eq!(stats.rows(), rows as u64);
    }
}

#[test]
fn cancelling_takes_less_than_a_second() {
    let lab = Lab::stars(5_000, 500);
    runtime().block_on(async {
        let request = QueryRequest { adql: ENDLESS.to_owned(), ..QueryRequest::default() };
        let cancel = request.cancel.clone();
        let mut answer = lab.engine.query(request).await.unwrap();
        let cancelled = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
            Instant::now()
        });
        let end = answer.batches.next().await;
        assert!(matches!(end, Some(Err(EngineError::Cancelled))));
        assert!(cancelled.await.unwrap().elapsed() < Duration::from_secs(1));
        assert!(answer.batches.next().await.is_none());
    });
}

#[test]
fn a_query_beyond_its_time_is_stopped() {
    let lab = Lab::stars(5_000, 500);
    let limited = EngineOptions { query_seconds: 1, ..options() };
    let engine = Engine::open(lab.dir.path(), limited).unwrap();
    let start = Instant::now();
    let error = runtime().block_on(async {
        let request = QueryRequest { adql: ENDLESS.to_owned(), ..QueryRequest::default() };
        engine.query(request).await.unwrap().batches.try_collect::<Vec<_>>().await.unwrap_err()
    });
    assert!(matches!(error, EngineError::TimedOut { seconds: 1 }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn too_little_memory_is_an_error_of_its_own() {
    let lab = Lab::stars(50_000, 10_000);
    let limited = EngineOptions { memory_bytes: 200_000, ..options() };
    let engine = Engine::open(lab.dir.path(), limited).unwrap();
    let adql = "SELECT a.id, COUNT(*) FROM sky.stars AS a JOIN sky.stars AS b ON a.id = b.id \
                GROUP BY a.id";
    let error = runtime().block_on(async {
        let request = QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() };
        engine.query(request).await?.batches.try_collect::<Vec<_>>().await
    });
    assert!(matches!(error, Err(EngineError::OutOfMemory { .. })), "{error:?}");
}

#[test]
fn deep_and_long_queries_do_not_overflow_the_stack() {
    let lab = Lab::small();
    let nested = format!(
        "SELECT id FROM lab.objects WHERE {}id = 1{}",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    assert!(matches!(lab.text(&nested), Err(EngineError::Adql(_))));
    let many: Vec<String> = (0..2000).map(|i| format!("id = {i}")).collect();
    let long = format!("SELECT id FROM lab.objects WHERE {}", many.join(" OR "));
    assert_eq!(lab.ids(&long), [1, 2, 3, 4, 5, 6, 7, 8]);
    let sum = vec!["id"; 90].join(" + ");
    assert_eq!(lab.ids(&format!("SELECT {sum} FROM lab.objects WHERE id = 2")), [180]);
}

#[test]
fn a_name_that_is_nearly_right_is_suggested() {
    let lab = Lab::small();
    let error = lab.text("SELECT id,\n  magg FROM lab.objects").unwrap_err();
    let place = error.place().unwrap();
    assert_eq!((place.line, place.column), (2, 3));
    assert!(error.help(tenkyu_wire::Lang::En).unwrap().contains("mag"));
    let error = lab.text("SELECT id FROM lab.object").unwrap_err();
    assert!(error.help(tenkyu_wire::Lang::Ja).unwrap().contains("lab.objects"));
}
