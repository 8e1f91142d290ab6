//! Jobs: work that outlives the request that asked for it (UWS 1.1).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Lang;

/// Where a job is on its way (UWS 1.1 §2.1.3). The phases HELD, SUSPENDED, ARCHIVED and UNKNOWN do
/// not occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Phase {
    /// Made, and waits to be told to run.
    Pending,
    /// Waits for its turn.
    Queued,
    /// Runs.
    Executing,
    /// Ended with a result.
    Completed,
    /// Ended with an error.
    Error,
    /// Stopped by its owner or by its limit of time.
    Aborted,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 6] = [
        Phase::Pending,
        Phase::Queued,
        Phase::Executing,
        Phase::Completed,
        Phase::Error,
        Phase::Aborted,
    ];

    /// The word of the standard.
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Pending => "PENDING",
            Phase::Queued => "QUEUED",
            Phase::Executing => "EXECUTING",
            Phase::Completed => "COMPLETED",
            Phase::Error => "ERROR",
            Phase::Aborted => "ABORTED",
        }
    }

    /// The phase of a word, without case.
    pub fn parse(word: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.word().eq_ignore_ascii_case(word))
    }

    /// Whether it can still change.
    pub const fn is_active(self) -> bool {
        matches!(self, Phase::Pending | Phase::Queued | Phase::Executing)
    }
}

/// Where a job waits: short ones do not wait for long ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Queue {
    /// Jobs that asked for little time.
    Quick,
    /// All others.
    Long,
}

impl Queue {
    /// Both queues.
    pub const ALL: [Queue; 2] = [Queue::Quick, Queue::Long];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Queue::Quick => "quick",
            Queue::Long => "long",
        }
    }

    /// The queue of this name.
    pub fn parse(word: &str) -> Option<Queue> {
        Queue::ALL.into_iter().find(|queue| queue.word() == word)
    }
}

/// A job. Times are milliseconds since 1970, UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its name, which cannot be guessed: whoever knows it may see and stop the job.
    pub id: String,
    /// Whose it is: a key that opens more than this job, and leaves the server in no answer.
    #[serde(skip)]
    pub owner: String,
    /// The client's own mark (RUNID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Where it is.
    pub phase: Phase,
    /// Where it waits.
    pub queue: Queue,
    /// When it was made.
    pub created: i64,
    /// When it last began to run.
    pub started: Option<i64>,
    /// When it ended.
    pub ended: Option<i64>,
    /// When it will be removed with its results.
    pub destruction: i64,
    /// Seconds that it may run.
    pub seconds: u64,
    /// Times that it began to run.
    pub attempts: u32,
    /// Parameters in the order in which they were given.
    pub parameters: Vec<(String, String)>,
    /// Names of the request's parts that lie beside it as files, in the order of their numbers.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// Modules with its owner's functions as they were when it was made, by their SHA-256; they lie
    /// beside it as files, in this order.
    #[serde(default)]
    pub functions: Vec<String>,
    /// Language in which it was asked.
    #[serde(default)]
    pub lang: Lang,
    /// How far it is.
    #[serde(default)]
    pub progress: Progress,
    /// What it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Why it failed or was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobError>,
}

impl Job {
    /// The first value of a parameter, by its name without case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Rows of the result so far.
    pub rows: u64,
    /// Bytes of the result so far.
    pub bytes: u64,
    /// Bytes of tables read so far.
    pub scanned: u64,
}

/// The result of a job, a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    /// Media type.
    pub content_type: String,
    /// Name under which it is saved.
    pub filename: String,
    /// Length, bytes.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Whether it was cut at the limit of rows.
    pub overflow: bool,
}

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// A stable word, as [`crate::Problem::code`].
    pub code: String,
    /// What happened and what to do, in English.
    pub en: String,
    /// The same in Japanese.
    pub ja: String,
    /// Whether the same job may succeed another time.
    pub transient: bool,
}

impl JobError {
    /// The text in a language.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

/// A job to be made.
#[derive(Clone, Debug, Default)]
pub struct NewJob {
    /// Who may list it.
    pub owner: String,
    /// Address that its limits count for.
    pub address: String,
    /// The client's own mark.
    pub run_id: Option<String>,
    /// Seconds that it may run; the default if absent.
    pub seconds: Option<u64>,
    /// When it is to be removed, milliseconds since 1970; the default if absent.
    pub destruction: Option<i64>,
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// Names of parts and files that hold them, which are moved to the job's folder.
    pub attachments: Vec<(String, PathBuf)>,
    /// Modules with functions, by their SHA-256, and their files, which are copied.
    pub functions: Vec<(String, PathBuf)>,
    /// Language in which it was asked.
    pub lang: Lang,
}

/// Which jobs of an owner are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// In one of these phases; all if empty.
    pub phases: Vec<Phase>,
    /// Made after this time, milliseconds since 1970.
    pub after: Option<i64>,
    /// At most this many, the newest.
    pub last: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for phase in Phase::ALL {
            assert_eq!(Phase::parse(&phase.word().to_lowercase()), Some(phase));
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.word());
        }
        assert_eq!(Phase::parse("HELD"), None);
        for queue in Queue::ALL {
            assert_eq!(Queue::parse(queue.word()), Some(queue));
        }
    }
}
