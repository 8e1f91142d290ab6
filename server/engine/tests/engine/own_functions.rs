//! Users' own functions in queries.

#[path = "../../../../shared/udf/tests/sandbox/samples.rs"]
mod samples;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use tenkyu_engine::{Engine, EngineError, EngineOptions, QueryRequest};
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tenkyu_wire::{Explain, Lang};

use crate::support::{Lab, lines, options, runtime};

fn with(limits: Limits, pool: &Arc<Pool>) -> Vec<Module> {
    vec![Module::read(&samples::module(), limits, pool).unwrap()]
}

fn request(adql: &str) -> QueryRequest {
    let functions = with(Limits::default(), &Pool::new(1 << 30));
    QueryRequest { adql: adql.to_owned(), functions, ..QueryRequest::default() }
}

fn text(lab: &Lab, adql: &str) -> Result<Vec<String>, EngineError> {
    lab.request(request(adql)).map(|(batches, _)| lines(&batches))
}

#[track_caller]
fn agrees(lab: &Lab, own: &str, builtin: &str) {
    let rows = |adql: &str| text(lab, adql).unwrap_or_else(|e| panic!("{adql}: {e}"));
    let (own, builtin) = (rows(own), rows(builtin));
    assert!(own.len() > 1);
    assert_eq!(own[1..], builtin[1..]);
}

#[test]
fn values_of_rows_stand_wherever_values_stand() {
    let lab = Lab::stars(20_000, 2_000);
    agrees(
        &lab,
        "SELECT id, my.plus(ra, dec) FROM sky.stars WHERE my.plus(ra, dec) > 200 ORDER BY id",
        "SELECT id, ra + dec FROM sky.stars WHERE ra + dec > 200 ORDER BY id",
    );
    agrees(
        &lab,
        "SELECT ROUND(MY.Plus(ra, -ra), 0) AS k, COUNT(*) FROM sky.stars \
         GROUP BY ROUND(my.plus(ra, -ra), 0) HAVING AVG(my.plus(dec, 1)) < 90",
        "SELECT 0.0, COUNT(*) FROM sky.stars",
    );
    // Integers and literals become what the function takes; a call of literals is one call.
    assert_eq!(text(&lab, "SELECT TOP 1 my.plus(1, 2.5) AS x FROM sky.stars").unwrap()[1], "3.5");
}

#[test]
fn null_text_and_lists() {
    let lab = Lab::small();
    let rows = text(
        &lab,
        "SELECT TOP 1 my.echo('銀河'), my.length('銀河'), my.length(NULL), my.below(3), \
         my.plus(NULL, 1), my.no_number(1) FROM lab.objects",
    );
    assert_eq!(rows.unwrap()[1], "銀河 | 6 | -1 | [0, 1, 2] | ∅ | ∅");
    agrees(
        &lab,
        "SELECT id, my.echo(name) FROM lab.objects ORDER BY id",
        "SELECT id, name FROM lab.objects ORDER BY id",
    );
}

#[test]
fn the_value_has_the_functions_unit() {
    let lab = Lab::small();
    let answer = runtime()
        .block_on(lab.engine.query(request("SELECT my.plus(1, 2) AS x FROM lab.objects")))
        .unwrap();
    assert_eq!(answer.columns[0].unit, "mag");
    assert_eq!(answer.columns[0].description, "for tests");
}

#[test]
fn aggregates_run_in_parts_that_are_merged() {
    let lab = Lab::stars(50_000, 1_000);
    for groups in ["id - 10 * (id / 10)", "id - 5000 * (id / 5000)", "id - 40000 * (id / 40000)"] {
        agrees(
            &lab,
            &format!(
                "SELECT {groups} AS k, ROUND(my.total(ra), 4), COUNT(*) FROM sky.stars \
                 GROUP BY {groups} ORDER BY k"
            ),
            &format!(
                "SELECT {groups} AS k, ROUND(SUM(ra), 4), COUNT(*) FROM sky.stars \
                 GROUP BY {groups} ORDER BY k"
            ),
        );
    }
    agrees(
        &lab,
        "SELECT ROUND(my.total(ra), 2) FROM sky.stars",
        "SELECT ROUND(SUM(ra), 2) FROM sky.stars",
    );
    // Of no rows: the value of nothing, as the function has it.
    let none = text(&lab, "SELECT my.total(ra) FROM sky.stars WHERE id < 0").unwrap();
    assert_eq!(none[1], "0.0");
    agrees(
        &lab,
        "SELECT COUNT(*) FROM (SELECT id, my.total(dec) AS t FROM sky.stars GROUP BY id \
         HAVING my.total(dec) > 0) AS q",
        "SELECT COUNT(*) FROM sky.stars WHERE dec > 0",
    );
}

#[test]
fn what_cannot_be_is_said_before_anything_runs() {
    let lab = Lab::small();
    let fails = |adql: &str| text(&lab, adql).unwrap_err();
    let error = fails("SELECT my.pluss(1, 2) FROM lab.objects");
    assert_eq!(error.code(), "adql-unknown-function");
    assert!(error.help(Lang::En).unwrap().contains("my.plus"), "{:?}", error.help(Lang::En));
    assert_eq!(error.place().unwrap().column, 8);
    let none = lab.text("SELECT my.plus(1, 2) FROM lab.objects").unwrap_err();
    assert!(none.help(Lang::Ja).unwrap().contains("マイ関数"));
    for (adql, said) in [
        ("SELECT my.plus(1) FROM lab.objects", "my.plus(x0 DOUBLE PRECISION"),
        ("SELECT my.plus('a', 1) FROM lab.objects", "number is needed"),
        ("SELECT my.below(1.5) FROM lab.objects", "integer is needed"),
        ("SELECT my.echo(1) FROM lab.objects", "text is needed"),
        ("SELECT my.total(SUM(1)) FROM lab.objects", "aggregate inside"),
        ("SELECT id FROM lab.objects WHERE my.total(id) > 1", "HAVING"),
        ("SELECT name, my.total(id) FROM lab.objects", "GROUP BY"),
    ] {
        let detail = fails(adql).detail(Lang::En);
        assert!(detail.contains(said), "{adql}: {detail}");
    }
}

#[test]
fn a_function_that_fails_ends_its_query_and_no_more() {
    let lab = Lab::stars(20_000, 2_000);
    for (adql, code, name) in [
        ("SELECT my.trap(ra) FROM sky.stars", "function-trap", "my.trap"),
        ("SELECT my.bomb(ra) FROM sky.stars", "function-memory", "my.bomb"),
        ("SELECT my.outside(ra) FROM sky.stars", "function-garbage", "my.outside"),
        ("SELECT my.latin(ra) FROM sky.stars", "function-garbage", "my.latin"),
        ("SELECT my.fallen(ra) FROM sky.stars", "function-garbage", "my.fallen"),
        ("SELECT my.refuse(ra) FROM sky.stars", "function-refused", "my.refuse"),
        ("SELECT my.hoard(ra) FROM sky.stars", "function-memory", "my.hoard"),
        ("SELECT id FROM sky.stars WHERE my.trap(1) > 0", "function-trap", "my.trap"),
    ] {
        let error = text(&lab, adql).unwrap_err();
        assert_eq!((error.code(), error.status()), (code, 400), "{adql}: {error}");
        for lang in [Lang::En, Lang::Ja] {
            assert!(error.detail(lang).contains(name), "{}", error.detail(lang));
        }
    }
    assert!(text(&lab, "SELECT my.plus(ra, 1) FROM sky.stars").is_ok());
}

#[test]
fn limits_of_work_and_of_memory_for_all() {
    let lab = Lab::stars(20_000, 2_000);
    let run = |adql: &str, limits: Limits, pool: &Arc<Pool>| {
        let functions = with(limits, pool);
        lab.request(QueryRequest { adql: adql.to_owned(), functions, ..QueryRequest::default() })
    };
    let little = Limits { fuel: 10_000_000, fuel_per_value: 1_000, ..Limits::default() };
    for adql in ["SELECT my.spin(ra) FROM sky.stars", "SELECT my.hang(ra) FROM sky.stars"] {
        let error = run(adql, little, &Pool::new(1 << 30)).unwrap_err();
        assert_eq!(error.code(), "function-fuel", "{error}");
    }
    // Enough to start, not enough to grow.
    let pool = Pool::new(3 << 20);
    let error = run("SELECT my.hoard(ra) FROM sky.stars", Limits::default(), &pool).unwrap_err();
    assert_eq!((error.code(), error.status()), ("function-pool", 503), "{error}");
}

#[test]
fn everything_is_given_back() {
    let lab = Lab::stars(20_000, 2_000);
    let pool = Pool::new(1 << 30);
    for adql in [
        "SELECT my.plus(ra, dec) FROM sky.stars",
        "SELECT id, my.total(ra) FROM sky.stars GROUP BY id",
        "SELECT my.trap(ra) FROM sky.stars",
    ] {
        let functions = with(Limits::default(), &pool);
        let asked = QueryRequest { adql: adql.to_owned(), functions, ..QueryRequest::default() };
        let _ = lab.request(asked);
        let end = Instant::now() + Duration::from_secs(5);
        while pool.used() > 0 {
            assert!(Instant::now() < end, "{} bytes are still taken: {adql}", pool.used());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_function_without_an_end_is_cancelled_within_a_second() {
    let lab = Lab::stars(20_000, 2_000);
    for adql in [
        "SELECT my.spin(ra) FROM sky.stars",
        "SELECT my.hang(ra) FROM sky.stars",
        // Evaluated while the query is planned.
        "SELECT my.spin(1) FROM sky.stars",
    ] {
        runtime().block_on(async {
            let request = request(adql);
            let cancel = request.cancel.clone();
            let asked = tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(300)).await;
                cancel.cancel();
                Instant::now()
            });
            let end = match lab.engine.query(request).await {
                Ok(mut answer) => answer.batches.next().await.map(|batch| batch.map(drop)),
                Err(error) => Some(Err(error)),
            };
            assert!(matches!(end, Some(Err(EngineError::Cancelled))), "{adql}: {end:?}");
            assert!(asked.await.unwrap().elapsed() < Duration::from_secs(1), "{adql}");
        });
    }
}

#[test]
fn a_function_without_an_end_is_stopped_when_its_time_is_over() {
    let lab = Lab::stars(20_000, 2_000);
    let limited = EngineOptions { query_seconds: 1, ..options() };
    let engine = Engine::open(lab.dir.path(), limited).unwrap();
    let start = Instant::now();
    let error = runtime().block_on(async {
        let asked = request("SELECT my.spin(ra) FROM sky.stars");
        engine.query(asked).await?.batches.try_collect::<Vec<_>>().await
    });
    assert!(matches!(error, Err(EngineError::TimedOut { seconds: 1 })), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(3));
}
