//! A running query: the worker, what has arrived, what is kept and marked.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::table::{ExportFormat, Reply, Request, ViewRule};
use tenkyu_wire::tables::ColumnMeta;
use wasm_bindgen::prelude::*;

use crate::i18n::use_lang;
use crate::tables::{self, Answer, TableClient};
use crate::{bridge, net};

/// Rows in all, kept, kept and marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) rows: u64,
    pub(crate) kept: u64,
    pub(crate) selected: u64,
}

/// How far the stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) overflow: bool,
}

/// What a result comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A query to run, on the newest data or on the named snapshots.
    Query { adql: String, snapshot: String },
    /// Address of the result of a job.
    Result(String),
}

impl Source {
    fn request(&self) -> Request {
        let (adql, snapshot) = match self {
            Source::Result(url) => return Request::Open { url: url.clone(), form: None },
            Source::Query { adql, snapshot } => (adql, snapshot),
        };
        let mut form = vec![
            ("LANG", "ADQL"),
            ("REQUEST", "doQuery"),
            ("RESPONSEFORMAT", "arrow"),
            ("MAXREC", MOST_ROWS),
            ("QUERY", adql),
        ];
        if !snapshot.is_empty() {
            form.push(("SNAPSHOT", snapshot));
        }
        Request::Open { url: "/tap/sync".to_owned(), form: Some(net::form(&form)) }
    }
}

/// State of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing was run.
    #[default]
    Empty,
    /// Rows may still come.
    Running,
    /// All rows are there, or the user stopped it.
    Ready,
    /// It failed.
    Failed,
}

/// The result of the query page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    client: StoredValue<Option<TableClient>, LocalStorage>,
    run: StoredValue<u64>,
    last_look: StoredValue<f64>,
    rule: StoredValue<ViewRule>,
    pub(crate) stage: RwSignal<Stage>,
    pub(crate) columns: RwSignal<Vec<ColumnMeta>>,
    pub(crate) progress: RwSignal<Progress>,
    pub(crate) counts: RwSignal<Counts>,
    /// Why the query failed.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// Why the filter or the selection was refused.
    pub(crate) rule_problem: RwSignal<Option<Problem>>,
    /// Grows whenever rows, filter, marks or order have changed.
    pub(crate) version: RwSignal<u64>,
    /// Seconds that the query took or has been taking.
    pub(crate) seconds: RwSignal<f64>,
}

/// Rows asked for at most: what a browser's memory holds with room to spare.
pub(super) const MOST_ROWS: &str = "2000000";

/// How often a growing result is looked at, milliseconds.
const LOOK_EVERY: f64 = 200.0;

/// What `tables-client.js` says of a function that does not end.
const STUCK: &str = "function-browser-time";

impl Session {
    pub(crate) fn new() -> Session {
        Session {
            client: StoredValue::new_local(None),
            run: StoredValue::new(0),
            last_look: StoredValue::new(0.0),
            rule: StoredValue::new(ViewRule::default()),
            stage: RwSignal::default(),
            columns: RwSignal::default(),
            progress: RwSignal::default(),
            counts: RwSignal::default(),
            problem: RwSignal::default(),
            rule_problem: RwSignal::default(),
            version: RwSignal::new(0),
            seconds: RwSignal::new(0.0),
        }
    }

    async fn client(self) -> Result<TableClient, Problem> {
        if let Some(Some(client)) = self.client.try_get_value() {
            return Ok(client);
        }
        let opened = bridge::open_tables().await.map_err(|error| net::thrown(&error))?;
        let client: TableClient = opened.unchecked_into();
        self.client.try_set_value(Some(client.clone()));
        Ok(client)
    }

    /// Asks the worker about the open result.
    pub(crate) async fn ask(self, request: Request) -> Result<Answer, Problem> {
        tables::ask(&self.client().await?, &request, None).await
    }

    /// Waits for a result that is not there yet, in place of what was open. Gives the number by
    /// which it is told apart from what is opened later.
    pub(super) fn expect(self, rule: ViewRule) -> u64 {
        let run = self.run.get_value() + 1;
        self.run.set_value(run);
        self.rule.set_value(rule);
        self.stage.set(Stage::Running);
        self.problem.set(None);
        self.rule_problem.set(None);
        self.columns.set(Vec::new());
        self.progress.set(Progress::default());
        self.counts.set(Counts::default());
        self.version.update(|v| *v += 1);
        self.tick(run, bridge::now());
        run
    }

    /// Whether nothing was opened since.
    pub(super) fn is_current(self, run: u64) -> bool {
        self.run.try_get_value() == Some(run)
    }

    /// How far it is, of a result that is waited for.
    pub(super) fn report(self, run: u64, progress: Progress) {
        if self.is_current(run) {
            self.progress.set(progress);
        }
    }

    /// Ends the wait with an error.
    pub(super) fn fail(self, run: u64, problem: Problem) {
        if self.is_current(run) {
            self.problem.set(Some(problem));
            self.stage.set(Stage::Failed);
        }
    }

    /// Opens a result; what was open is replaced.
    pub(super) fn open(self, source: Source, rule: ViewRule) {
        let request = source.request();
        let run = self.expect(rule);
        let started = bridge::now();
        spawn_local(async move {
            let done = self.stream(run, &request).await;
            if !self.is_current(run) {
                return;
            }
            self.seconds.set((bridge::now() - started) / 1000.0);
            match done {
                Ok(()) => {
                    self.look().await;
                    self.stage.set(Stage::Ready);
                }
                Err(problem) => self.fail(run, problem),
            }
        });
    }

    async fn stream(self, run: u64, request: &Request) -> Result<(), Problem> {
        let client = self.client().await?;
        let progress = Closure::<dyn FnMut(String)>::new(move |reply: String| {
            if self.is_current(run)
                && let Ok(reply) = serde_json::from_str(&reply)
            {
                self.hear(reply);
            }
        });
        let last = tables::ask(&client, request, Some(progress.as_ref().unchecked_ref())).await?;
        self.hear(last.reply);
        Ok(())
    }

    /// Takes in a progress report.
    fn hear(self, reply: Reply) {
        let Reply::Progress { rows, bytes, columns, overflow, .. } = reply else { return };
        if self.columns.with_untracked(Vec::len) != columns.len() {
            self.columns.set(columns);
        }
        self.progress.set(Progress { rows, bytes, overflow });
        let now = bridge::now();
        if now - self.last_look.get_value() > LOOK_EVERY {
            self.last_look.set_value(now);
            spawn_local(self.look());
        }
    }

    /// Applies the rule to what is there and counts.
    async fn look(self) {
        let Some(rule) = self.rule.try_get_value() else { return };
        match self.ask(Request::View(rule)).await {
            Ok(Answer { reply: Reply::View { rows, kept, selected }, .. }) => {
                self.rule_problem.set(None);
                self.counts.set(Counts { rows, kept, selected });
                self.version.update(|v| *v += 1);
            }
            Ok(_) => {}
            // The worker was ended, and the rows with it.
            Err(problem) if problem.code == STUCK => {
                let lang = use_lang();
                let (text, help) =
                    (m::FUNCTION_STUCK.text(lang), m::FUNCTION_STUCK_HELP.text(lang));
                let problem = net::own_problem(STUCK, text.to_owned(), Some(help));
                self.fail(self.run.get_value(), problem);
            }
            Err(problem) => self.rule_problem.set(Some(problem)),
        }
    }

    /// The user's own functions are others now: what was found with them is found anew.
    pub(super) async fn functions_changed(self) {
        if self.client.try_with_value(Option::is_some) != Some(true) {
            return;
        }
        let _ = self.ask(Request::Functions).await;
        if self.stage.get_untracked() != Stage::Empty {
            self.look().await;
        }
    }

    /// Sets filter, marks and order.
    pub(crate) fn set_rule(self, rule: ViewRule) {
        if self.rule.with_value(|r| *r == rule) {
            return;
        }
        self.rule.set_value(rule);
        if self.stage.get_untracked() != Stage::Empty {
            spawn_local(self.look());
        }
    }

    /// Stops the stream; what has arrived stays.
    pub(crate) fn cancel(self) {
        spawn_local(async move {
            let _ = self.ask(Request::Cancel).await;
            self.look().await;
            self.stage.set(Stage::Ready);
        });
    }

    /// The running time, ten times a second while the query runs.
    fn tick(self, run: u64, started: f64) {
        let running =
            self.stage.try_get_untracked() == Some(Stage::Running) && self.is_current(run);
        if running {
            self.seconds.set((bridge::now() - started) / 1000.0);
            set_timeout(move || self.tick(run, started), std::time::Duration::from_millis(100));
        }
    }

    /// The kept (or only the marked) rows as Parquet.
    pub(crate) async fn parquet(self, selected: bool) -> Result<JsValue, Problem> {
        let format = ExportFormat::Parquet;
        Ok(self.ask(Request::Export { format, selected }).await?.buffers.get(0))
    }

    /// Hands the kept (or only the marked) rows to the user as a file.
    pub(crate) async fn save(self, format: ExportFormat, selected: bool) -> Result<(), Problem> {
        let answer = self.ask(Request::Export { format, selected }).await?;
        let Reply::Export { content_type } = answer.reply else { return Ok(()) };
        let extension = match format {
            ExportFormat::Csv => "csv",
            ExportFormat::Votable => "vot",
            ExportFormat::Fits => "fits",
            ExportFormat::Parquet => "parquet",
        };
        bridge::save_file(&answer.buffers.get(0), &format!("tenkyu.{extension}"), &content_type);
        Ok(())
    }
}
