//! Jobs in the metadata store, in SQL that SQLite and PostgreSQL both speak.

use sqlx::any::AnyRow;
use sqlx::{AnyPool, Row};
use tenkyu_store::Room;
use tenkyu_wire::Lang;
use tenkyu_wire::jobs::{Job, JobFilter, Phase, Progress, Queue};

use crate::JobsError;

/// Tables of this room.
const TABLES: Room = Room {
    name: "jobs",
    steps: &[&[
        "CREATE TABLE IF NOT EXISTS job (\
     id TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL, address TEXT NOT NULL, run_id TEXT, \
     phase TEXT NOT NULL, queue TEXT NOT NULL, created_at BIGINT NOT NULL, queued_at BIGINT, \
     started_at BIGINT, ended_at BIGINT, destruction_at BIGINT NOT NULL, seconds BIGINT NOT NULL, \
     attempts BIGINT NOT NULL, rows_done BIGINT NOT NULL, bytes_done BIGINT NOT NULL, \
     bytes_read BIGINT NOT NULL, request TEXT NOT NULL, outcome TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS job_owner ON job (owner, created_at)",
        "CREATE INDEX IF NOT EXISTS job_phase ON job (phase, queue, address, queued_at)",
        "CREATE INDEX IF NOT EXISTS job_destruction ON job (destruction_at)",
    ]],
};

const COLUMNS: &str = "id, owner, run_id, phase, queue, created_at, started_at, ended_at, \
     destruction_at, seconds, attempts, rows_done, bytes_done, bytes_read, request, outcome";

/// The table of jobs.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: AnyPool,
}

/// Jobs that one answer lists at most.
const LONGEST_LIST: u32 = 1000;

impl Store {
    pub(crate) async fn open(store: &tenkyu_store::Store) -> Result<Store, JobsError> {
        store.migrate(&TABLES).await?;
        Ok(Store { pool: store.pool().clone() })
    }

    pub(crate) async fn insert(
        &self,
        job: &Job,
        owner: &str,
        address: &str,
    ) -> Result<(), JobsError> {
        sqlx::query(
            "INSERT INTO job (id, owner, address, run_id, phase, queue, created_at, \
             destruction_at, seconds, attempts, rows_done, bytes_done, bytes_read, request, \
             outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, $10, '')",
        )
        .bind(&job.id)
        .bind(owner)
        .bind(address)
        .bind(&job.run_id)
        .bind(job.phase.word())
        .bind(job.queue.word())
        .bind(job.created)
        .bind(job.destruction)
        .bind(signed(job.seconds))
        .bind(request_text(job)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn job(&self, id: &str) -> Result<Option<Job>, JobsError> {
        let text = format!("SELECT {COLUMNS} FROM job WHERE id = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_optional(&self.pool).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The key of the owner.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<String>, JobsError> {
        let row = sqlx::query("SELECT owner FROM job WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get("owner")).transpose()?)
    }

    /// Hands the jobs of one owner to another.
    pub(crate) async fn adopt(&self, from: &str, to: &str) -> Result<(), JobsError> {
        sqlx::query("UPDATE job SET owner = $1 WHERE owner = $2")
            .bind(to)
            .bind(from)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The phase alone, by the primary key.
    pub(crate) async fn phase(&self, id: &str) -> Result<Option<Phase>, JobsError> {
        let row = sqlx::query("SELECT phase FROM job WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| phase_of(&row)).transpose()
    }

    /// The newest jobs of an owner, newest first.
    pub(crate) async fn list(
        &self,
        owner: &str,
        filter: &JobFilter,
    ) -> Result<Vec<Job>, JobsError> {
        // The words are ours, never the user's.
        let words: Vec<String> =
            filter.phases.iter().map(|phase| format!("'{}'", phase.word())).collect();
        let phases = match words.is_empty() {
            true => String::new(),
            false => format!("AND phase IN ({}) ", words.join(", ")),
        };
        let text = format!(
            "SELECT {COLUMNS} FROM job WHERE owner = $1 AND created_at > $2 {phases}\
             ORDER BY created_at DESC, id LIMIT $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(owner)
            .bind(filter.after.unwrap_or(i64::MIN))
            .bind(i64::from(filter.last.unwrap_or(LONGEST_LIST).min(LONGEST_LIST)))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Jobs of an address that have not ended.
    pub(crate) async fn active(&self, address: &str) -> Result<u64, JobsError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS n FROM job WHERE address = $1 \
             AND phase IN ('PENDING', 'QUEUED', 'EXECUTING')",
        )
        .bind(address)
        .fetch_one(&self.pool)
        .await?;
        Ok(unsigned(row.try_get("n")?))
    }

    /// Addresses with waiting jobs in a queue, the one that waited longest first.
    pub(crate) async fn waiting(&self, queue: Queue) -> Result<Vec<String>, JobsError> {
        let rows = sqlx::query(
            "SELECT address FROM job WHERE phase = 'QUEUED' AND queue = $1 \
             GROUP BY address ORDER BY MIN(queued_at)",
        )
        .bind(queue.word())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("address")?)).collect()
    }

    /// Takes the job that has waited longest, of an address, out of a queue: it executes from now.
    pub(crate) async fn claim(
        &self,
        queue: Queue,
        address: &str,
        now: i64,
    ) -> Result<Option<Job>, JobsError> {
        let found = sqlx::query(
            "SELECT id FROM job WHERE phase = 'QUEUED' AND queue = $1 AND address = $2 \
             ORDER BY queued_at, created_at, id LIMIT 1",
        )
        .bind(queue.word())
        .bind(address)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = found else { return Ok(None) };
        let id: String = row.try_get("id")?;
        let done = sqlx::query(
            "UPDATE job SET phase = 'EXECUTING', started_at = $1, attempts = attempts + 1 \
             WHERE id = $2 AND phase = 'QUEUED'",
        )
        .bind(now)
        .bind(&id)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 { Ok(None) } else { self.job(&id).await }
    }

    /// PENDING to QUEUED; whether it was pending.
    pub(crate) async fn enqueue(&self, id: &str, now: i64) -> Result<bool, JobsError> {
        let done = sqlx::query(
            "UPDATE job SET phase = 'QUEUED', queued_at = $1 WHERE id = $2 AND phase = 'PENDING'",
        )
        .bind(now)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends a job that is still active; whether it was.
    pub(crate) async fn abort(&self, id: &str, now: i64) -> Result<bool, JobsError> {
        let done = sqlx::query(
            "UPDATE job SET phase = 'ABORTED', ended_at = $1 WHERE id = $2 \
             AND phase IN ('PENDING', 'QUEUED', 'EXECUTING')",
        )
        .bind(now)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes how an executing job ended; whether it was still executing.
    pub(crate) async fn finish(&self, job: &Job) -> Result<bool, JobsError> {
        let done = sqlx::query(
            "UPDATE job SET phase = $1, ended_at = $2, rows_done = $3, bytes_done = $4, \
             bytes_read = $5, outcome = $6 WHERE id = $7 AND phase = 'EXECUTING'",
        )
        .bind(job.phase.word())
        .bind(job.ended)
        .bind(signed(job.progress.rows))
        .bind(signed(job.progress.bytes))
        .bind(signed(job.progress.scanned))
        .bind(outcome_text(job)?)
        .bind(&job.id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Rewrites what a PENDING job was asked; whether it was pending.
    pub(crate) async fn rewrite(&self, job: &Job) -> Result<bool, JobsError> {
        let done = sqlx::query(
            "UPDATE job SET run_id = $1, queue = $2, seconds = $3, request = $4 \
             WHERE id = $5 AND phase = 'PENDING'",
        )
        .bind(&job.run_id)
        .bind(job.queue.word())
        .bind(signed(job.seconds))
        .bind(request_text(job)?)
        .bind(&job.id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    pub(crate) async fn set_destruction(&self, id: &str, at: i64) -> Result<bool, JobsError> {
        let done = sqlx::query("UPDATE job SET destruction_at = $1 WHERE id = $2")
            .bind(at)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    pub(crate) async fn remove(&self, id: &str) -> Result<bool, JobsError> {
        let done =
            sqlx::query("DELETE FROM job WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Jobs whose time of destruction has passed.
    pub(crate) async fn expired(&self, now: i64) -> Result<Vec<String>, JobsError> {
        let rows = sqlx::query("SELECT id FROM job WHERE destruction_at <= $1")
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    /// Jobs that a server which is gone had in execution.
    pub(crate) async fn executing(&self) -> Result<Vec<Job>, JobsError> {
        let text = format!("SELECT {COLUMNS} FROM job WHERE phase = 'EXECUTING'");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Puts an executing job back to where it waited. `forgiven` takes back the attempt.
    pub(crate) async fn requeue(&self, id: &str, forgiven: bool) -> Result<bool, JobsError> {
        let done = sqlx::query(
            "UPDATE job SET phase = 'QUEUED', started_at = NULL, attempts = attempts - $1 \
             WHERE id = $2 AND phase = 'EXECUTING'",
        )
        .bind(i64::from(forgiven))
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

fn corrupt(error: impl std::fmt::Display) -> JobsError {
    JobsError::Corrupt(error.to_string())
}

fn request_text(job: &Job) -> Result<String, JobsError> {
    let request = (&job.parameters, &job.attachments, job.lang, &job.functions);
    serde_json::to_string(&request).map_err(corrupt)
}

type Request = (Vec<(String, String)>, Vec<String>, Lang, Vec<String>);

fn read_request(text: &str) -> Result<Request, JobsError> {
    serde_json::from_str(text).or_else(|_| {
        // Of a server that knew no functions.
        let (parameters, attachments, lang) = serde_json::from_str(text).map_err(corrupt)?;
        Ok((parameters, attachments, lang, Vec::new()))
    })
}

fn outcome_text(job: &Job) -> Result<String, JobsError> {
    serde_json::to_string(&(&job.result, &job.error)).map_err(corrupt)
}

fn phase_of(row: &AnyRow) -> Result<Phase, JobsError> {
    let word: String = row.try_get("phase")?;
    Phase::parse(&word).ok_or_else(|| corrupt(format!("phase {word}")))
}

fn read(row: &AnyRow) -> Result<Job, JobsError> {
    let number = |name| row.try_get::<i64, _>(name).map(unsigned);
    let request: String = row.try_get("request")?;
    let (parameters, attachments, lang, functions) = read_request(&request)?;
    let outcome: String = row.try_get("outcome")?;
    let (result, error) = match outcome.is_empty() {
        true => (None, None),
        false => serde_json::from_str(&outcome).map_err(corrupt)?,
    };
    let queue: String = row.try_get("queue")?;
    Ok(Job {
        id: row.try_get("id")?,
        owner: row.try_get("owner")?,
        run_id: row.try_get("run_id")?,
        phase: phase_of(row)?,
        queue: Queue::parse(&queue).ok_or_else(|| corrupt(format!("queue {queue}")))?,
        created: row.try_get("created_at")?,
        started: row.try_get("started_at")?,
        ended: row.try_get("ended_at")?,
        destruction: row.try_get("destruction_at")?,
        seconds: number("seconds")?,
        attempts: u32::try_from(number("attempts")?).unwrap_or(u32::MAX),
        parameters,
        attachments,
        functions,
        lang,
        progress: Progress {
            rows: number("rows_done")?,
            bytes: number("bytes_done")?,
            scanned: number("bytes_read")?,
        },
        result,
        error,
    })
}
