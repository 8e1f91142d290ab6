//! Tables that come with a query.

use std::io::Write;

use tenkyu_server::Settings;

use crate::harness::{Answer, Service};

const VOTABLE: &str = r#"<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE><TABLE><FIELD name="id" datatype="char" arraysize="*"/>
<FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra"/><FIELD name="dec" datatype="double" unit="deg"/>
<DATA><TABLEDATA><TR><TD>near Rigel</TD><TD>78.631</TD><TD>-8.2</TD></TR>
<TR><TD>nowhere</TD><TD>10</TD><TD>-80</TD></TR><TR><TD>no place</TD><TD/><TD/></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;

const MATCH: &str = "SELECT u.id, s.name FROM TAP_UPLOAD.mine AS u JOIN test.stars AS s \
     ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(u.ra, u.dec, 0.1))";

/// A multipart body of parameters and files.
fn multipart(parameters: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in parameters {
        let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        write!(body, "{head}{value}\r\n").unwrap();
    }
    for (name, bytes) in files {
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    body
}

async fn ask(
    service: &Service,
    query: &str,
    parameters: &[(&str, &str)],
    files: &[(&str, &[u8])],
) -> Answer {
    let all: Vec<(&str, &str)> = [("QUERY", query), ("LANG", "ADQL"), ("FORMAT", "csv")]
        .into_iter()
        .chain(parameters.iter().copied())
        .collect();
    let body = multipart(&all, files);
    service.post_bytes("/tap/sync", "multipart/form-data; boundary=B", body).await
}

#[tokio::test]
async fn an_inline_table_is_joined_in_every_format() {
    let service = Service::new().await;
    let upload = [("UPLOAD", "mine,param:t")];
    let answer = ask(&service, MATCH, &upload, &[("t", VOTABLE.as_bytes())]).await;
    assert_eq!((answer.status, answer.text()), (200, "id,name\r\nnear Rigel,Rigel\r\n"));
    let csv = "id,ra,dec\nnear Rigel,78.631,-8.2\nnowhere,10,-80\n";
    let answer = ask(&service, MATCH, &upload, &[("t", csv.as_bytes())]).await;
    assert_eq!(answer.text(), "id,name\r\nnear Rigel,Rigel\r\n");
    // What the service writes, it reads.
    let all = "SELECT name AS id, ra, dec FROM test.stars WHERE name = 'Rigel'";
    for format in ["votable", "votable/b2", "votable/b", "parquet", "tsv", "fits"] {
        let file = service.adql(all, format).await;
        assert_eq!(file.status, 200, "{format}: {}", String::from_utf8_lossy(&file.bytes));
        let answer = ask(&service, MATCH, &upload, &[("t", &file.bytes)]).await;
        assert_eq!(answer.text(), "id,name\r\nRigel,Rigel\r\n", "{format}");
    }
}

#[tokio::test]
async fn metadata_of_an_upload_reach_the_answer() {
    let service = Service::new().await;
    let query = "SELECT ra, id FROM tap_upload.MINE WHERE ra IS NOT NULL ORDER BY ra";
    let upload = [("UPLOAD", "mine,param:t"), ("RESPONSEFORMAT", "json")];
    let answer = ask(&service, query, &upload, &[("t", VOTABLE.as_bytes())]).await.json();
    assert_eq!(answer["metadata"][0]["unit"], "deg");
    assert_eq!(answer["metadata"][0]["ucd"], "pos.eq.ra");
    assert_eq!(answer["data"], serde_json::json!([[10.0, "nowhere"], [78.631, "near Rigel"]]));
}

#[tokio::test]
async fn several_tables_and_names_that_need_delimiters() {
    let service = Service::new().await;
    let query = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.\"my stars\" AS a, TAP_UPLOAD.b AS b";
    let upload = [("UPLOAD", "\"my stars\",param:x;b,param:y")];
    let files: [(&str, &[u8]); 2] = [("x", b"a\n1\n2\n"), ("y", b"b\n1\n2\n3\n")];
    assert_eq!(ask(&service, query, &upload, &files).await.text(), "n\r\n6\r\n");
    let twice = ask(&service, query, &[("UPLOAD", "b,param:x;B,param:y")], &files).await;
    assert_eq!(twice.status, 400);
    assert!(twice.text().contains("vo-upload-twice"), "{}", twice.text());
    let absent = ask(&service, query, &[("UPLOAD", "b,param:z")], &files).await;
    assert!(absent.text().contains("vo-upload-part"), "{}", absent.text());
    let unnamed = ask(&service, "SELECT 1 FROM TAP_UPLOAD.c", &upload, &files).await;
    assert!(unnamed.text().contains("adql-unknown-table"), "{}", unnamed.text());
}

#[tokio::test]
async fn what_is_no_table_or_too_large_is_said() {
    let settings =
        Settings { upload_rows: Some(2), upload_bytes: Some(2_000), ..Settings::default() };
    let service = Service::with(settings).await;
    let query = "SELECT * FROM TAP_UPLOAD.t";
    let upload = [("UPLOAD", "t,param:p")];
    for (bytes, code) in [
        (&b"\0\x01\x02"[..], "import-unknown-format"),
        (b"<VOTABLE><RESOURCE>", "import-unreadable"),
        (b"SIMPLE  =                    T", "import-unreadable"),
        (b"a\n1\n2\n3\n", "upload-too-large"),
        (&[b'a'; 3_000], "too-large"),
    ] {
        let answer = ask(&service, query, &upload, &[("p", bytes)]).await;
        assert!(answer.status == 400 || answer.status == 413, "{code}: {}", answer.status);
        assert!(answer.text().contains(code), "{code}: {}", answer.text());
    }
    let scratch = service.rooms.jobs.folder("..").join("scratch");
    assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0, "files are left behind");
}

#[tokio::test]
async fn addresses_within_are_not_read() {
    let service = Service::new().await;
    for url in ["http://127.0.0.1:9/t", "http://localhost/t", "http://169.254.169.254/latest"] {
        let upload = [("UPLOAD", &*format!("t,{url}"))];
        let answer = ask(&service, "SELECT * FROM TAP_UPLOAD.t", &upload, &[]).await;
        assert!(answer.text().contains("upload-address-refused"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_job_keeps_the_tables_that_came_with_it() {
    let service = Service::new().await;
    let parameters = [
        ("QUERY", MATCH),
        ("LANG", "ADQL"),
        ("FORMAT", "csv"),
        ("UPLOAD", "mine,param:t"),
        ("PHASE", "RUN"),
    ];
    let body = multipart(&parameters, &[("t", VOTABLE.as_bytes())]);
    let made = service.post_bytes("/tap/async", "multipart/form-data; boundary=B", body).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let job = made.header("location").strip_prefix("http://archive.example").unwrap().to_owned();
    let mut phase = String::new();
    while !["COMPLETED", "ERROR"].contains(&phase.as_str()) {
        phase = service.get(&format!("{job}/phase?WAIT=10")).await.text().to_owned();
    }
    let result = service.get(&format!("{job}/results/result")).await;
    assert_eq!(result.text(), "id,name\r\nnear Rigel,Rigel\r\n");
}
