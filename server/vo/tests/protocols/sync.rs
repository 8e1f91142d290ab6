use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::ipc::reader::StreamReader;
use axum::body::Body;
use base64::Engine as _;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tenkyu_vo::QueryLimits;

use crate::fake::{Answer, Service};

#[tokio::test]
async fn tabledata_has_every_value_and_every_null() {
    let answer = Service::new().query("rows 3", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/x-votable+xml");
    let text = answer.text();
    assert!(text.contains(
        "<TR><TD>9007199254740993</TD><TD>0.1</TD><TD>17.25</TD><TD>-1</TD><TD>true</TD>\
         <TD>M 31</TD><TD>1.5 2.0</TD></TR>"
    ));
    assert!(text.contains("<TR><TD/><TD/><TD/><TD/><TD/><TD/><TD/></TR>"));
    assert!(text.contains(
        "<TD>NaN</TD><TD>+Inf</TD><TD>-2147483648</TD><TD>false</TD>\
         <TD>a,&quot;b&quot;\t&lt;天&gt;&amp;\n</TD><TD></TD>"
    ));
    assert!(text.contains("A name &amp; more &lt;b&gt;"));
    // The schema has every INFO of a RESOURCE before its COOSYS.
    let (before, after) = text.split_once(r#"<COOSYS ID="ICRS" system="ICRS"/>"#).unwrap();
    assert!(before.contains("<INFO ") && !after.contains("<INFO "));
    assert!(text.contains(r#"unit="deg" ucd="pos.eq.ra;meta.main" ref="ICRS""#));
    assert!(text.contains(r#"name="tenkyu.snapshot.cat.stars" value="2026-11-22""#));
    assert!(!text.contains("OVERFLOW"));
    assert_eq!(answer.overflow(), "false");
}

#[tokio::test]
async fn an_empty_result_is_complete() {
    for format in ["votable", "votable/b2", "csv", "json", "arrow", "parquet", "text"] {
        let answer = Service::new().query("none", &[("FORMAT", format)]).await;
        assert_eq!((answer.status, answer.overflow()), (200, "false"), "{format}");
        assert!(!answer.bytes().is_empty());
    }
}

#[tokio::test]
async fn binary2_is_a_mask_and_big_endian_values() {
    let answer = Service::new().query("rows 2", &[("FORMAT", "votable/b2")]).await;
    let text = answer.text();
    let stream = text.split_once("<STREAM encoding=\"base64\">").unwrap().1;
    let stream: String = stream.split_once("</STREAM>").unwrap().0.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(stream).unwrap();
    let mut expected = vec![0_u8];
    expected.extend(9_007_199_254_740_993_i64.to_be_bytes());
    expected.extend(0.1_f64.to_be_bytes());
    expected.extend(17.25_f32.to_be_bytes());
    expected.extend((-1_i32).to_be_bytes());
    expected.extend(b"T\0\0\0\x04M 31\0\0\0\x02");
    expected.extend(1.5_f32.to_be_bytes());
    expected.extend(2.0_f32.to_be_bytes());
    assert_eq!(&bytes[..expected.len()], expected);
    let null_row = &bytes[expected.len()..];
    assert_eq!(null_row[0], 0b1111_1110);
    assert_eq!(null_row.len(), 1 + 8 + 8 + 4 + 4 + 1 + 4 + 4);
}

#[tokio::test]
async fn csv_tells_null_from_empty_and_quotes() {
    let answer = Service::new().query("rows 3", &[("RESPONSEFORMAT", "text/csv")]).await;
    assert_eq!(
        answer.text(),
        "id,ra,mag,n,good,name,flux\r\n\
         9007199254740993,0.1,17.25,-1,true,M 31,1.5 2.0\r\n\
         ,,,,,,\r\n\
         9007199254740993,NaN,+Inf,-2147483648,false,\"a,\"\"b\"\"\t<天>&\n\",\r\n"
    );
    assert!(answer.header("content-disposition").contains("result.csv"));
    let answer = Service::new().query("rows 1", &[("FORMAT", "tsv")]).await;
    assert_eq!(answer.text().lines().next(), Some("id\tra\tmag\tn\tgood\tname\tflux"));
}

#[tokio::test]
async fn json_keeps_long_integers_and_has_no_nan() {
    let answer = Service::new().query("rows 3", &[("FORMAT", "json")]).await;
    let json = answer.json();
    assert_eq!(json["data"][0][0], 9_007_199_254_740_993_i64);
    assert_eq!(json["data"][0][6], serde_json::json!([1.5, 2.0]));
    assert!(json["data"][1].as_array().unwrap().iter().all(serde_json::Value::is_null));
    assert!(json["data"][2][1].is_null() && json["data"][2][2].is_null());
    assert_eq!(json["metadata"][1]["unit"], "deg");
    assert_eq!(json["metadata"][6]["arraysize"], "*");
    assert_eq!(json["overflow"], false);
    assert_eq!(json["snapshots"]["cat.stars"], "2026-11-22");
}

#[tokio::test]
async fn arrow_carries_metadata_in_its_schema() {
    let answer = Service::new().query("rows 3", &[("FORMAT", "arrow")]).await;
    let reader = StreamReader::try_new(answer.bytes(), None).unwrap();
    let schema = reader.schema();
    assert_eq!(schema.metadata["tenkyu.maxrec"], "10");
    assert_eq!(schema.field(1).metadata()["unit"], "deg");
    assert!(!schema.field(3).metadata().contains_key("unit"));
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().value(0), 9_007_199_254_740_993);
    assert!(batches[0].column(1).as_primitive::<Float64Type>().value(2).is_nan());
    assert!(batches[0].column(1).is_null(1));
}

#[tokio::test]
async fn parquet_carries_a_votable() {
    let answer = Service::new().query("rows 30", &[("FORMAT", "parquet")]).await;
    let bytes = Bytes::copy_from_slice(answer.bytes());
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let about = builder.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let value =
        |key: &str| about.iter().find(|kv| kv.key == key).and_then(|kv| kv.value.clone()).unwrap();
    assert!(value("IVOA.VOTable-Parquet.content").contains("ucd=\"phot.mag\""));
    assert!(value("IVOA.VOTable-Parquet.content").contains("OVERFLOW"));
    assert_eq!(value("tenkyu.overflow"), "true");
    let rows: usize = builder.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 10);
}

#[tokio::test]
async fn a_cut_result_says_so_in_each_format() {
    let service = Service::new();
    let rows = |text: &str| text.matches("<TR>").count();
    for (maxrec, expected) in [("7", 7), ("10", 10), ("1000", 50)] {
        let answer = service.query("rows 500", &[("MAXREC", maxrec)]).await;
        assert_eq!(rows(answer.text()), expected);
        let after = answer.text().split_once("</TABLE>").unwrap().1;
        assert!(after.contains(r#"<INFO name="QUERY_STATUS" value="OVERFLOW">"#), "{after}");
        assert_eq!(answer.overflow(), "true");
    }
    let exact = service.query("rows 7", &[("MAXREC", "7")]).await;
    assert!(!exact.text().contains("OVERFLOW"));
    let json = service.query("rows 500", &[("FORMAT", "json"), ("MAXREC", "2")]).await.json();
    assert_eq!(
        (json["overflow"].as_bool(), json["data"].as_array().unwrap().len()),
        (Some(true), 2)
    );
    let text = service.query("rows 500", &[("FORMAT", "text")]).await;
    assert!(text.text().contains("# The result was cut at 10 rows"));
    let csv = service.query("rows 500", &[("FORMAT", "csv")]).await;
    assert_eq!((csv.overflow(), csv.header("tenkyu-maxrec")), ("true", "10"));
}

#[tokio::test]
async fn maxrec_zero_gives_the_columns_alone() {
    let answer = Service::new().query("rows 3", &[("MAXREC", "0")]).await;
    assert_eq!(answer.text().matches("<FIELD ").count(), 7);
    assert!(!answer.text().contains("<TR>") && answer.text().contains("OVERFLOW"));
}

#[tokio::test]
async fn errors_are_votables_in_the_readers_language() {
    let service = Service::new();
    let answer = service.query("bad", &[]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/x-votable+xml");
    assert!(answer.text().contains(
        r#"<INFO name="QUERY_STATUS" value="ERROR">1:8: no column &lt;raa&gt; ra?</INFO>"#
    ));
    let answer = service.query("bad", &[("lang", "ja")]).await;
    // The VO's own LANG comes first there and is no language of people.
    assert_eq!(answer.status, 400);
    let path = "/tap/sync?QUERY=bad";
    let answer = service.get_with(path, &[("accept-language", "ja")]).await;
    assert!(answer.text().contains("列 &lt;raa&gt; はありません"));
    let answer = service.get_with(path, &[("accept", "application/problem+json")]).await;
    assert_eq!(answer.json()["code"], "adql-unknown-column");
    let answer = service.query("bad", &[("FORMAT", "arrow")]).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["place"]["column"], 8);
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name() {
    let service = Service::new();
    for (more, code) in [
        (("MAXREC", "lots"), "vo-parameter-value"),
        (("FORMAT", "docx"), "vo-parameter-value"),
        (("LANG", "ADQL"), "vo-parameter-repeated"),
        (("UPLOAD", "a,b"), "vo-upload"),
        (("UPLOAD", "a,param:b"), "vo-upload-part"),
        (("REQUEST", "x"), "vo-parameter-value"),
    ] {
        let answer = service.query("rows 1", &[more]).await;
        assert_eq!(answer.status, 400, "{more:?}");
        assert!(answer.text().contains(code), "{}", answer.text());
    }
    let answer = service.get("/tap/sync").await;
    assert!(answer.text().contains("The parameter QUERY is missing."));
}

#[tokio::test]
async fn post_reads_forms_and_multipart() {
    let service = Service::new();
    let post = |kind: &str, body: &'static str| {
        Request::post("/tap/sync").header("content-type", kind).body(Body::from(body)).unwrap()
    };
    let form = post("application/x-www-form-urlencoded", "query=rows+1&format=csv");
    assert_eq!(Answer::of(service.send(form).await).await.text().lines().count(), 2);
    let multipart = post(
        "multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"QUERY\"\r\n\r\nrows 1\r\n\
         --x\r\nContent-Disposition: form-data; name=\"FORMAT\"\r\n\r\ncsv\r\n--x--\r\n",
    );
    assert_eq!(Answer::of(service.send(multipart).await).await.text().lines().count(), 2);
    let broken = post("multipart/form-data; boundary=x", "--x\r\nContent-Disp");
    assert_eq!(service.send(broken).await.status(), 400);
    let json = post("application/json", "{}");
    assert_eq!(service.send(json).await.status(), 400);
    let long = Request::post("/tap/sync").body(Body::from(vec![b'a'; 3_000_000])).unwrap();
    assert_eq!(service.send(long).await.status(), 413);
}

#[tokio::test]
async fn an_error_after_the_first_rows_is_not_a_short_answer() {
    let service = Service::new();
    let votable = service.query("late", &[]).await;
    assert_eq!(votable.text().matches("<TR>").count(), 3);
    let after = votable.text().split_once("</TABLE>").unwrap().1;
    assert!(after.contains(r#"value="ERROR""#));
    let json = service.query("late", &[("FORMAT", "json")]).await.json();
    assert_eq!(json["error"]["code"], "adql-unknown-column");
    for format in ["csv", "tsv", "arrow", "parquet"] {
        let broken = service.query("late", &[("FORMAT", format)]).await;
        assert!(broken.body.is_err(), "{format}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_query() {
    let limits = QueryLimits { default_rows: u64::MAX, hard_rows: u64::MAX, ..Default::default() };
    let service = Service::with(limits);
    let request = Request::get("/tap/sync?QUERY=endless").body(Body::empty()).unwrap();
    let mut body = service.send(request).await.into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    assert_eq!(service.vo.running(), 1);
    drop(body);
    for _ in 0..500 {
        if service.cancelled.load(Ordering::SeqCst) && service.vo.running() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the query goes on");
}

#[tokio::test(start_paused = true)]
async fn time_is_limited() {
    let service = Service::with(QueryLimits { seconds: 5, ..Default::default() });
    let answer = service.query("slow", &[]).await;
    assert_eq!(answer.status, 504);
    assert!(answer.text().contains("5 s"));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(service.cancelled.load(Ordering::SeqCst));
    assert_eq!(service.vo.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_given_up_and_told() {
    let limits = QueryLimits { default_rows: u64::MAX, hard_rows: u64::MAX, ..Default::default() };
    let service = Service::with(limits);
    let request = Request::get("/tap/sync?QUERY=endless&FORMAT=csv").body(Body::empty()).unwrap();
    let body = service.send(request).await.into_body();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(service.vo.running(), 0);
    assert!(body.collect().await.is_err());
}

#[tokio::test]
async fn more_queries_than_allowed_are_asked_to_come_again() {
    let service = Service::with(QueryLimits { concurrent: 1, ..Default::default() });
    let request = Request::get("/tap/sync?QUERY=endless").body(Body::empty()).unwrap();
    let held = service.send(request).await;
    let answer = service.query("rows 1", &[]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    drop(held);
}
