//! Jobs in XML (UWS 1.1 §3, schema UWS v1.1) and JSON.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tenkyu_wire::Lang;
use tenkyu_wire::jobs::{Job, Phase};

use crate::xml::Xml;

/// Name of the one result of a query, as TAP 1.1 §2.8 has it.
pub(super) const RESULT: &str = "result";

/// A time as UWS and DALI write it.
pub(super) fn time(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// Reads an ISO 8601 time: with or without a time of day, a fraction and a zone; UTC where no
/// zone is given (DALI 1.1 §3.3.3).
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
        .map(|time| time.and_utc().timestamp_millis())
}

fn root(name: &'static str) -> Xml {
    let mut xml = Xml::document();
    xml.open(name)
        .attr("xmlns:uws", "http://www.ivoa.net/xml/UWS/v1.0")
        .attr("xmlns:xlink", "http://www.w3.org/1999/xlink")
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    xml
}

/// An element whose absence is said.
fn leaf_or_nil(xml: &mut Xml, name: &'static str, value: Option<&str>) {
    match value {
        Some(value) => xml.leaf(name, value),
        None => xml.open(name).attr("xsi:nil", "true").close(),
    };
    xml.line();
}

/// When a job will have ended at the latest, for one that runs. Nobody knows for others.
pub(super) fn quote(job: &Job) -> Option<String> {
    let started = job.started.filter(|_| job.phase == Phase::Executing)?;
    let seconds = i64::try_from(job.seconds).ok()?;
    Some(time(started.saturating_add(seconds.saturating_mul(1000))))
}

/// A whole job.
pub(super) fn job(job: &Job, list: &str, lang: Lang) -> String {
    let own = format!("{list}/{}", job.id);
    let mut xml = root("uws:job");
    xml.attr("version", "1.1").line();
    xml.leaf("uws:jobId", &job.id).line();
    if let Some(run_id) = &job.run_id {
        xml.leaf("uws:runId", run_id).line();
    }
    leaf_or_nil(&mut xml, "uws:ownerId", None);
    xml.leaf("uws:phase", job.phase.word()).line();
    leaf_or_nil(&mut xml, "uws:quote", quote(job).as_deref());
    xml.leaf("uws:creationTime", &time(job.created)).line();
    leaf_or_nil(&mut xml, "uws:startTime", job.started.map(time).as_deref());
    leaf_or_nil(&mut xml, "uws:endTime", job.ended.map(time).as_deref());
    xml.leaf("uws:executionDuration", &job.seconds.to_string()).line();
    xml.leaf("uws:destruction", &time(job.destruction)).line();
    push_parameters(&mut xml, job, "uws:parameters", false);
    push_results(&mut xml, job, &own, "uws:results", false);
    if let Some(error) = &job.error {
        xml.open("uws:errorSummary")
            .attr("type", if error.transient { "transient" } else { "fatal" })
            .attr("hasDetail", "true");
        xml.leaf("uws:message", error.text(lang)).close().line();
    }
    push_info(&mut xml, job);
    xml.finish()
}

/// `jobInfo`: how far it is, in elements of our own, which are in no namespace: validators look for
/// the schema of every namespace that they meet.
fn push_info(xml: &mut Xml, job: &Job) {
    xml.open("uws:jobInfo").line();
    let progress = job.progress;
    for (name, value) in
        [("rows", progress.rows), ("bytes", progress.bytes), ("bytesRead", progress.scanned)]
    {
        xml.leaf(name, &value.to_string());
    }
    xml.leaf("queue", job.queue.word());
    if let Some(result) = &job.result {
        xml.leaf("overflow", if result.overflow { "true" } else { "false" });
    }
    xml.line().close().line();
}

fn open(xml: &mut Xml, name: &'static str, is_root: bool) {
    if !is_root {
        xml.open(name);
    }
    xml.line();
}

fn push_parameters(xml: &mut Xml, job: &Job, name: &'static str, is_root: bool) {
    open(xml, name, is_root);
    for (name, value) in &job.parameters {
        xml.open("uws:parameter").attr("id", name).text(value).close().line();
    }
    xml.close().line();
}

fn push_results(xml: &mut Xml, job: &Job, own: &str, name: &'static str, is_root: bool) {
    open(xml, name, is_root);
    if let Some(result) = &job.result {
        xml.open("uws:result")
            .attr("id", RESULT)
            .attr("xlink:type", "simple")
            .attr("xlink:href", &format!("{own}/results/{RESULT}"))
            .attr("mime-type", &result.content_type)
            .attr("size", &result.bytes.to_string());
        xml.close().line();
    }
    xml.close().line();
}

/// The parameters alone.
pub(super) fn parameters(job: &Job) -> String {
    let mut xml = root("uws:parameters");
    push_parameters(&mut xml, job, "uws:parameters", true);
    xml.finish()
}

/// The results alone.
pub(super) fn results(job: &Job, list: &str) -> String {
    let mut xml = root("uws:results");
    push_results(&mut xml, job, &format!("{list}/{}", job.id), "uws:results", true);
    xml.finish()
}

/// The list of jobs.
pub(super) fn jobs(jobs: &[Job], list: &str) -> String {
    let mut xml = root("uws:jobs");
    xml.attr("version", "1.1").line();
    for job in jobs {
        xml.open("uws:jobref").attr("id", &job.id);
        xml.attr("xlink:type", "simple").attr("xlink:href", &format!("{list}/{}", job.id)).line();
        xml.leaf("uws:phase", job.phase.word());
        if let Some(run_id) = &job.run_id {
            xml.leaf("uws:runId", run_id);
        }
        xml.leaf("uws:creationTime", &time(job.created)).close().line();
    }
    xml.finish()
}

/// A job for programs that read JSON: as it is kept, with times in ISO 8601 and addresses.
pub(super) fn json(job: &Job, list: &str, lang: Lang) -> Value {
    let own = format!("{list}/{}", job.id);
    json!({
        "id": job.id,
        "url": own,
        "runId": job.run_id,
        "phase": job.phase.word(),
        "queue": job.queue.word(),
        "creationTime": time(job.created),
        "startTime": job.started.map(time),
        "endTime": job.ended.map(time),
        "destruction": time(job.destruction),
        "executionDuration": job.seconds,
        "parameters": job.parameters,
        "progress": job.progress,
        "result": job.result.as_ref().map(|result| json!({
            "url": format!("{own}/results/{RESULT}"),
            "contentType": result.content_type,
            "filename": result.filename,
            "rows": result.rows,
            "bytes": result.bytes,
            "overflow": result.overflow,
        })),
        "error": job.error.as_ref().map(|error| json!({
            "code": error.code,
            "detail": error.text(lang),
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_usual_form() {
        // From `date -u -d @1795350896`.
        let seconds = 1_795_350_896_000;
        for text in [
            "2026-11-22T12:34:56Z",
            "2026-11-22T12:34:56",
            "2026-11-22T12:34:56.000Z",
            "2026-11-22T21:34:56+09:00",
            "2026-11-22 12:34:56",
        ] {
            assert_eq!(parse_time(text), Some(seconds), "{text}");
        }
        assert_eq!(parse_time("2026-11-22"), Some(1_795_305_600_000));
        assert_eq!(time(seconds + 7), "2026-11-22T12:34:56.007Z");
        for bad in ["", "tomorrow", "2026-13-01", "12:00"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }
}
