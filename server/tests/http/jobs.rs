//! Jobs by UWS 1.1 over the real queue and engine.

use std::time::{Duration, Instant};

use tenkyu_server::Settings;

use crate::harness::{Answer, Service};

const FORM: &str = "application/x-www-form-urlencoded";
const STARS: &str = "LANG=ADQL&QUERY=SELECT+name,+ra+FROM+test.stars+ORDER+BY+ra&FORMAT=csv";

/// A query that runs for a long time on any machine, and that makes no row until its end.
const ENDLESS: &str = "LANG=ADQL&QUERY=SELECT+COUNT(*)+FROM+test.stars+a,+test.stars+b,\
     +test.stars+c,+test.stars+d,+test.stars+e,+test.stars+f,+test.stars+g,+test.stars+h,\
     +test.stars+i,+test.stars+j,+test.stars+k,+test.stars+l,+test.stars+m,+test.stars+n\
     +WHERE+a.ra+%2B+b.ra+%2B+c.ra+%2B+n.ra+%2B+m.ra+%3C+d.ra+%2B+e.ra+%2B+f.ra";

/// Makes a job; its path.
async fn make(service: &Service, form: &str) -> String {
    let answer = service.post("/tap/async", FORM, form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    path_of(&answer)
}

fn path_of(answer: &Answer) -> String {
    let location = answer.header("location");
    location.strip_prefix("http://archive.example").unwrap().to_owned()
}

async fn phase(service: &Service, job: &str) -> String {
    service.get(&format!("{job}/phase")).await.text().to_owned()
}

async fn set_phase(service: &Service, job: &str, phase: &str) -> Answer {
    service.post(&format!("{job}/phase"), FORM, &format!("PHASE={phase}")).await
}

/// Waits until a job has ended.
async fn ended(service: &Service, job: &str) -> String {
    for _ in 0..60 {
        let answer = service.get(&format!("{job}/phase?WAIT=5")).await;
        if !["PENDING", "QUEUED", "EXECUTING"].contains(&answer.text()) {
            return answer.text().to_owned();
        }
    }
    panic!("{job} does not end");
}

#[tokio::test]
async fn a_job_runs_when_it_is_told_and_keeps_its_result() {
    let service = Service::new().await;
    let job = make(&service, &format!("{STARS}&RUNID=mine")).await;
    assert_eq!(phase(&service, &job).await, "PENDING");
    assert_eq!(service.get(&format!("{job}/results/result")).await.status, 404);
    let change = service.post(&format!("{job}/parameters"), FORM, "MAXREC=2").await;
    assert_eq!((change.status, path_of(&change)), (303, job.clone()));
    assert_eq!(set_phase(&service, &job, "RUN").await.status, 303);
    assert_eq!(ended(&service, &job).await, "COMPLETED");

    let text = service.get(&job).await;
    assert_eq!(text.header("content-type"), "text/xml; charset=utf-8");
    let text = text.text();
    for part in [
        "<uws:job ",
        " version=\"1.1\"",
        "<uws:runId>mine</uws:runId>",
        "<uws:parameter id=\"MAXREC\">2</uws:parameter>",
        "/results/result\" mime-type=\"text/csv; charset=utf-8; header=present\"",
        "<rows>2</rows>",
        "<overflow>true</overflow>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let result = service.get(&format!("{job}/results/result")).await;
    assert_eq!(result.text(), "name,ra\r\nPolaris,37.95\r\nRigel,78.63\r\n");
    let range = [("range", "bytes=9-15")];
    let part = service.get_with(&format!("{job}/results/result"), &range).await;
    assert_eq!((part.status, part.text()), (206, "Polaris"));
    assert_eq!(service.get(&format!("{job}/error")).await.status, 404);
    assert!(service.get(&format!("{job}/results")).await.text().contains("id=\"result\""));
    // It has run; it cannot be changed any more.
    assert_eq!(service.post(&format!("{job}/parameters"), FORM, "MAXREC=3").await.status, 409);
}

#[tokio::test]
async fn an_error_is_told_as_dali_has_it() {
    let service = Service::new().await;
    let job = make(&service, "PHASE=RUN&LANG=ADQL&QUERY=SELECT+nam+FROM+test.stars").await;
    assert_eq!(ended(&service, &job).await, "ERROR");
    let error = service.get(&format!("{job}/error")).await;
    assert_eq!(error.header("content-type"), "application/x-votable+xml");
    assert!(error.text().contains("value=\"ERROR\"") && error.text().contains("name?"));
    let japanese = service.get(&format!("{job}/error?lang=ja")).await;
    assert!(japanese.text().contains("列"), "{}", japanese.text());
    let text = service.get(&job).await;
    assert!(text.text().contains("<uws:errorSummary type=\"fatal\" hasDetail=\"true\">"));
    let missing = make(&service, "PHASE=RUN&LANG=ADQL").await;
    assert_eq!(ended(&service, &missing).await, "ERROR");
    assert!(service.get(&format!("{missing}/error")).await.text().contains("QUERY"));
}

#[tokio::test]
async fn a_running_job_is_stopped_within_a_second() {
    let service = Service::new().await;
    let job = make(&service, &format!("{ENDLESS}&PHASE=RUN")).await;
    while phase(&service, &job).await != "EXECUTING" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let start = Instant::now();
    assert_eq!(set_phase(&service, &job, "ABORT").await.status, 303);
    assert_eq!(phase(&service, &job).await, "ABORTED");
    while service.rooms.jobs.running() > 0 {
        assert!(start.elapsed() < Duration::from_secs(1), "it still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // And is left as it is.
    assert_eq!(set_phase(&service, &job, "RUN").await.status, 409);
}

#[tokio::test]
async fn waiting_ends_with_the_phase_or_the_time() {
    let service = Service::new().await;
    let job = make(&service, STARS).await;
    let start = Instant::now();
    assert_eq!(service.get(&format!("{job}/phase?WAIT=1")).await.text(), "PENDING");
    assert!(start.elapsed() >= Duration::from_secs(1));
    let start = Instant::now();
    service.get(&format!("{job}?WAIT=60&PHASE=QUEUED")).await;
    assert!(start.elapsed() < Duration::from_secs(5), "the phase is another already");
    let waits = async { service.get(&format!("{job}/phase?WAIT=-1")).await.text().to_owned() };
    let runs = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        set_phase(&service, &job, "RUN").await
    };
    let (waited, _) = tokio::join!(waits, runs);
    assert_ne!(waited, "PENDING");
    for bad in ["WAIT=soon", "WAIT=-2", "WAIT=NaN", "WAIT=1&PHASE=LATE"] {
        assert_eq!(service.get(&format!("{job}?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn times_are_set_within_their_limits() {
    let settings = Settings {
        job_max_seconds: Some(100),
        job_max_keep_seconds: Some(1000),
        ..Settings::default()
    };
    let service = Service::with(settings).await;
    let job = make(&service, STARS).await;
    let seconds = async || service.get(&format!("{job}/executionduration")).await.text().to_owned();
    assert_eq!(seconds().await, "100");
    let set = |part: &str, form: &str| {
        let (path, form) = (format!("{job}/{part}"), form.to_owned());
        let service = &service;
        async move { service.post(&path, FORM, &form).await.status }
    };
    assert_eq!(set("executionduration", "EXECUTIONDURATION=7").await, 303);
    assert_eq!(seconds().await, "7");
    assert!(service.get(&job).await.text().contains("<queue>quick</queue>"));
    assert_eq!(set("executionduration", "EXECUTIONDURATION=99999").await, 303);
    assert_eq!(seconds().await, "100");
    assert_eq!(set("executionduration", "EXECUTIONDURATION=long").await, 400);
    assert_eq!(set("destruction", "DESTRUCTION=2999-01-01T00:00:00Z").await, 303);
    let destruction = service.get(&format!("{job}/destruction")).await.text().to_owned();
    assert!(!destruction.starts_with("2999"), "{destruction}");
    assert_eq!(set("destruction", "DESTRUCTION=later").await, 400);
    assert_eq!(service.get(&format!("{job}/quote")).await.text(), "");
    assert_eq!(service.get(&format!("{job}/owner")).await.text(), "");
}

#[tokio::test]
async fn the_list_shows_the_jobs_of_its_cookie_alone() {
    let service = Service::new().await;
    let mine = service.post("/tap/async", FORM, STARS).await;
    let cookie = mine.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(mine.header("set-cookie").contains("HttpOnly; SameSite=Lax"));
    let _theirs = make(&service, STARS).await;
    let id = path_of(&mine).rsplit('/').next().unwrap().to_owned();
    assert_eq!(id.len(), 26);

    let listed = async |query: &str, cookie: &str| {
        let answer = service.get_with(&format!("/tap/async{query}"), &[("cookie", cookie)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().matches("<uws:jobref ").count()
    };
    assert_eq!(listed("", &cookie).await, 1);
    assert_eq!(listed("", "").await, 0);
    assert_eq!(listed("", "tenkyu-jobs=00000000000000000000000000000000").await, 0);
    assert_eq!(listed("?PHASE=PENDING&PHASE=ERROR", &cookie).await, 1);
    assert_eq!(listed("?PHASE=COMPLETED", &cookie).await, 0);
    assert_eq!(listed("?PHASE=HELD", &cookie).await, 0);
    assert_eq!(listed("?AFTER=2999-01-01", &cookie).await, 0);
    assert_eq!(listed("?AFTER=2020-01-01T00:00:00&LAST=1", &cookie).await, 1);
    assert_eq!(listed("?LAST=0", &cookie).await, 0);
    for bad in ["?PHASE=LATE", "?AFTER=soon", "?LAST=-1"] {
        assert_eq!(service.get(&format!("/tap/async{bad}")).await.status, 400, "{bad}");
    }
    let headers = [("cookie", cookie.as_str()), ("accept", "application/json")];
    let json = service.get_with("/tap/async", &headers).await.json();
    assert_eq!((&json[0]["id"], &json[0]["phase"]), (&id.into(), &"PENDING".into()));
}

#[tokio::test]
async fn a_job_is_removed_with_its_files() {
    let service = Service::new().await;
    let one = make(&service, &format!("{STARS}&PHASE=RUN")).await;
    assert_eq!(ended(&service, &one).await, "COMPLETED");
    let folder = service.rooms.jobs.folder(one.rsplit('/').next().unwrap());
    assert!(folder.join("result").is_file());
    let gone = service.delete(&one).await;
    assert_eq!((gone.status, path_of(&gone).as_str()), (303, "/tap/async"));
    assert_eq!(service.get(&one).await.status, 404);
    assert!(!folder.exists());
    assert_eq!(service.delete(&one).await.status, 404);

    let other = make(&service, STARS).await;
    assert_eq!(service.post(&other, FORM, "ACTION=SELL").await.status, 400);
    assert_eq!(service.post(&other, FORM, "ACTION=DELETE").await.status, 303);
    assert_eq!(service.get(&other).await.status, 404);
    for path in ["/tap/async/..%2f..%2fscratch", "/tap/async/x'--", "/tap/async/%00"] {
        assert_eq!(service.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn one_address_does_not_take_every_place() {
    let settings = Settings { waiting_per_address: Some(3), ..Settings::default() };
    let service = Service::with(settings).await;
    for _ in 0..3 {
        make(&service, STARS).await;
    }
    let answer = service.post("/tap/async", FORM, STARS).await;
    assert_eq!(answer.status, 429);
    assert!(answer.text().contains("QUERY_STATUS"), "{}", answer.text());
}

#[tokio::test]
async fn a_job_that_runs_too_long_is_aborted_and_says_why() {
    let service = Service::new().await;
    let job = make(&service, &format!("{ENDLESS}&PHASE=RUN&EXECUTIONDURATION=1")).await;
    assert_eq!(ended(&service, &job).await, "ABORTED");
    assert!(service.get(&format!("{job}/error")).await.text().contains("1 s"));
}
