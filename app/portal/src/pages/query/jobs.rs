//! Queries that go on when the page is closed: started, followed, stopped and found again as jobs
//! of `/tap/async` (UWS 1.1), which answers JSON to those who ask for it.

use std::time::Duration;

use leptos::html::Details;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::view::QueryState;
use tenkyu_wire::{Message, Problem};

use super::QueryPage;
use super::session::{MOST_ROWS, Progress, Source};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::{format, net};

/// How often a job that is under way is asked for its progress.
const LOOK_EVERY: Duration = Duration::from_millis(800);

/// Jobs in the menu.
const LISTED: u32 = 30;

/// A job, as far as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Job {
    id: String,
    phase: Phase,
    creation_time: String,
    parameters: Vec<(String, String)>,
    progress: Done,
    result: Option<Outcome>,
    error: Option<Failure>,
}

/// Where a job is on its way (UWS 1.1 §2.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Phase {
    Pending,
    Queued,
    Executing,
    Completed,
    Error,
    Aborted,
    #[default]
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Done {
    rows: u64,
    bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Outcome {
    url: String,
    rows: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Failure {
    code: String,
    detail: String,
}

impl Phase {
    fn is_active(self) -> bool {
        matches!(self, Phase::Pending | Phase::Queued | Phase::Executing)
    }

    fn name(self) -> Message {
        match self {
            Phase::Pending | Phase::Queued => m::JOB_QUEUED,
            Phase::Executing => m::JOB_EXECUTING,
            Phase::Completed => m::JOB_COMPLETED,
            Phase::Error => m::JOB_ERROR,
            Phase::Aborted => m::JOB_ABORTED,
            Phase::Unknown => m::JOB_UNKNOWN,
        }
    }
}

impl Job {
    fn query(&self) -> &str {
        let found = self.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("query"));
        found.map_or("", |(_, text)| text.trim())
    }

    /// Why there is no result.
    fn problem(&self) -> Problem {
        let lang = use_lang();
        let error = self.error.clone().unwrap_or_default();
        let detail = if error.detail.is_empty() {
            self.phase.name().text(lang).to_owned()
        } else {
            error.detail
        };
        net::own_problem(&error.code, detail, None)
    }
}

fn address_of(id: &str) -> String {
    format!("/tap/async/{}", net::encode(id))
}

/// Starts a job.
async fn create(adql: &str, snapshot: &str) -> Result<Job, Problem> {
    let mut form = vec![
        ("LANG", "ADQL"),
        ("RESPONSEFORMAT", "arrow"),
        ("MAXREC", MOST_ROWS),
        ("PHASE", "RUN"),
        ("QUERY", adql),
    ];
    if !snapshot.is_empty() {
        form.push(("SNAPSHOT", snapshot));
    }
    net::post_json("/tap/async", &net::form(&form)).await
}

impl QueryPage {
    /// Hands the query of the editor to the long queue and follows it.
    pub(super) fn run_as_job(self) {
        let adql = self.text.get_untracked().trim().to_owned();
        if adql.is_empty() {
            return;
        }
        super::examples::remember(&adql);
        let state = self.address.state.get_untracked();
        let snapshot = if state.adql == adql { state.snapshot } else { String::new() };
        let run = self.session.expect(Default::default());
        spawn_local(async move {
            match create(&adql, &snapshot).await {
                Ok(job) => self.address.push(|s| {
                    *s =
                        QueryState { adql, snapshot, job: job.id, run: true, ..Default::default() };
                }),
                Err(problem) => self.session.fail(run, problem),
            }
        });
    }

    /// Shows a job: how far it is, then its result or its error.
    pub(super) fn follow_job(self, id: String) {
        let rule = self.address.state.with_untracked(|s| s.rule.clone());
        let run = self.session.expect(rule);
        self.look_at_job(id, run);
    }

    fn look_at_job(self, id: String, run: u64) {
        spawn_local(async move {
            let answer = net::get_json::<Job>(&address_of(&id)).await;
            if !self.session.is_current(run) {
                return;
            }
            match answer {
                Ok(job) if job.phase.is_active() => {
                    self.session.report(
                        run,
                        Progress {
                            rows: job.progress.rows,
                            bytes: job.progress.bytes,
                            overflow: false,
                        },
                    );
                }
                Ok(job) => return self.take_job(run, &job),
                // The job goes on without the network, and so does the page.
                Err(problem) if problem.code == "offline" => {}
                Err(problem) => return self.session.fail(run, problem),
            }
            set_timeout(move || self.look_at_job(id, run), LOOK_EVERY);
        });
    }

    fn take_job(self, run: u64, job: &Job) {
        match &job.result {
            Some(result) if job.phase == Phase::Completed => {
                let rule = self.address.state.with_untracked(|s| s.rule.clone());
                self.session.open(Source::Result(result.url.clone()), rule);
            }
            _ => self.session.fail(run, job.problem()),
        }
    }

    /// Stops the query, also where it runs as a job; what has arrived stays.
    pub(super) fn stop(self) {
        let job = self.address.state.with_untracked(|s| s.job.clone());
        if job.is_empty() {
            return self.session.cancel();
        }
        spawn_local(async move {
            let form = net::form(&[("PHASE", "ABORT")]);
            // What became of it is seen by the next look.
            let _ = net::post_json::<Job>(&format!("{}/phase", address_of(&job)), &form).await;
        });
    }
}

/// The menu of one's own jobs.
#[component]
pub(super) fn JobsMenu(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let menu = NodeRef::<Details>::new();
    let asked = RwSignal::new(0_u32);
    let jobs = use_load(
        move || (asked.get() > 0).then(|| asked.get()),
        |_| async { net::get_json::<Vec<Job>>(&format!("/tap/async?LAST={LISTED}")).await },
    );
    let toggled = move |_| {
        if menu.get_untracked().is_some_and(|menu| menu.has_attribute("open")) {
            asked.update(|n| *n += 1);
        }
    };
    let open = Callback::new(move |job: Job| {
        if let Some(menu) = menu.get_untracked() {
            let _ = menu.remove_attribute("open");
        }
        let adql = job.query().to_owned();
        page.text.set(adql.clone());
        page.address.push(|s| {
            *s = QueryState { adql, job: job.id, run: true, ..Default::default() };
        });
    });
    let remove = Callback::new(move |id: String| {
        spawn_local(async move {
            let form = net::form(&[("ACTION", "DELETE")]);
            let done = net::post_json::<Vec<Job>>(&address_of(&id), &form).await;
            jobs.set(done.map_or_else(Load::Failed, Load::Done));
        });
    });
    view! {
        <details class="menu" name="query-menu" node_ref=menu on:toggle=toggled>
            <summary class="button">{m::JOBS.text(lang)}</summary>
            <ul>
                {move || match jobs.get() {
                    Load::Done(list) if list.is_empty() => {
                        view! { <li class="quiet">{m::JOBS_EMPTY.text(lang)}</li> }.into_any()
                    }
                    Load::Done(list) => {
                        list.into_iter()
                            .map(|job| view! { <JobEntry job open remove /> })
                            .collect_view()
                            .into_any()
                    }
                    Load::Failed(problem) => {
                        view! { <li class="quiet">{problem.detail}</li> }.into_any()
                    }
                    _ => view! { <li class="quiet">"…"</li> }.into_any(),
                }}
            </ul>
        </details>
    }
    .into_any()
}

#[component]
fn JobEntry(job: Job, open: Callback<Job>, remove: Callback<String>) -> impl IntoView {
    let lang = use_lang();
    let rows = job.result.as_ref().map_or(job.progress.rows, |result| result.rows);
    let rows = m::ROWS_NUMBER.with(lang, &[("n", &format::count(rows))]);
    let when = job.creation_time.get(..16).unwrap_or_default().replace('T', " ");
    let about = format!("{} · {rows} · {when} UTC", job.phase.name().text(lang));
    let query = job.query().to_owned();
    let id = job.id.clone();
    view! {
        <li class="job">
            <button type="button" on:click=move |_| open.run(job.clone())>
                <small class="quiet num">{about}</small>
                <code>{query}</code>
            </button>
            <button
                type="button"
                class="icon-button icon-small"
                aria-label=m::JOB_DELETE.text(lang)
                title=m::JOB_DELETE.text(lang)
                on:click=move |_| remove.run(id.clone())
            >
                <crate::components::icon::Icon name="close" />
            </button>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_as_the_service_writes_it() {
        let text = r#"{"id":"ab","url":"http://x/tap/async/ab","runId":null,"phase":"COMPLETED",
            "queue":"long","creationTime":"2026-11-22T12:34:56.000Z","startTime":null,
            "parameters":[["LANG","ADQL"],["Query","SELECT 1 "]],
            "progress":{"rows":3,"bytes":40,"scanned":7},
            "result":{"url":"/tap/async/ab/results/result","rows":3,"bytes":40,"overflow":false},
            "error":null}"#;
        let job: Job = serde_json::from_str(text).unwrap();
        assert_eq!(job.phase, Phase::Completed);
        assert_eq!(job.query(), "SELECT 1");
        assert_eq!(job.progress, Done { rows: 3, bytes: 40 });
        assert_eq!(job.result.unwrap().url, "/tap/async/ab/results/result");
    }

    #[test]
    fn a_phase_of_later_standards_is_no_error() {
        let job: Job = serde_json::from_str(r#"{"phase":"HELD"}"#).unwrap();
        assert_eq!(job.phase, Phase::Unknown);
        assert!(!job.phase.is_active());
    }
}
