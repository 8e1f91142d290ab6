//! Settings: command-line flag, else environment (`TENKYU_*`), else `tenkyu.toml`, else default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use tenkyu_accounts::AccountOptions;
use tenkyu_engine::ClusterOptions;
use tenkyu_jobs::JobLimits;
use tenkyu_udf::sandbox::Limits;
use tenkyu_vo::QueryLimits;
use tenkyu_workspace::{ModuleLimits, TableLimits};

use crate::{FunctionLimits, memory};

/// Where settings are read when no file is named.
const FILE: &str = "tenkyu.toml";

/// What can be set, each by flag, environment and file alike.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Settings file [default: tenkyu.toml, where it exists]
    #[arg(long, global = true, env = "TENKYU_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where the archive, the catalogues and the saved views lie [default: tenkyu-data]
    #[arg(long, global = true, env = "TENKYU_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database of the metadata, postgres://… [default: SQLite in the data directory]
    #[arg(
        long,
        global = true,
        env = "TENKYU_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, env = "TENKYU_ADDR", value_name = "ADDRESS:PORT")]
    pub addr: Option<SocketAddr>,
    /// Address under which clients reach the service, where a proxy stands before it
    #[arg(long, global = true, env = "TENKYU_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Folder of the page's files [default: `site` beside the program's folder]
    #[arg(long, global = true, env = "TENKYU_SITE_ROOT", value_name = "DIR")]
    pub site_root: Option<PathBuf>,
    /// Origins whose pages may embed views, separated by commas [default: *]
    #[arg(long, global = true, env = "TENKYU_EMBED_ORIGINS", value_delimiter = ',')]
    pub embed_origins: Option<Vec<String>>,
    /// Authority in the archive's IVOA identifiers [default: tenkyu.local]
    #[arg(long, global = true, env = "TENKYU_AUTHORITY")]
    pub authority: Option<String>,
    /// Rows of a query that names no MAXREC [default: 100000]
    #[arg(long, global = true, env = "TENKYU_DEFAULT_ROWS", value_name = "N")]
    pub default_rows: Option<u64>,
    /// Rows that no MAXREC can exceed [default: 20000000]
    #[arg(long, global = true, env = "TENKYU_MAX_ROWS", value_name = "N")]
    pub max_rows: Option<u64>,
    /// Seconds that a query may run [default: 300]
    #[arg(long, global = true, env = "TENKYU_QUERY_SECONDS", value_name = "SECONDS")]
    pub query_seconds: Option<u64>,
    /// Queries that run at the same time [default: 8]
    #[arg(long, global = true, env = "TENKYU_CONCURRENT_QUERIES", value_name = "N")]
    pub concurrent_queries: Option<usize>,
    /// Bytes of memory that all queries may use together [default: a quarter of the machine's]
    #[arg(long, global = true, env = "TENKYU_QUERY_MEMORY", value_name = "BYTES")]
    pub query_memory: Option<usize>,
    /// Bytes of memory for columns that queries keep asking for [default: a quarter of the
    /// machine's]
    #[arg(long, global = true, env = "TENKYU_COLUMN_MEMORY", value_name = "BYTES")]
    pub column_memory: Option<usize>,
    /// Rows of the tables that a query may bring along [default: 1000000]
    #[arg(long, global = true, env = "TENKYU_UPLOAD_ROWS", value_name = "N")]
    pub upload_rows: Option<u64>,
    /// Bytes of the files that a query may bring along [default: 200000000]
    #[arg(long, global = true, env = "TENKYU_UPLOAD_BYTES", value_name = "BYTES")]
    pub upload_bytes: Option<u64>,
    /// Hosts of the inner network whose tables may be uploaded by address, as host or host:port
    #[arg(long, global = true, env = "TENKYU_UPLOAD_HOSTS", value_delimiter = ',')]
    pub upload_hosts: Option<Vec<String>>,
    /// Seconds that a job may run which asks for no other time [default: 3600]
    #[arg(long, global = true, env = "TENKYU_JOB_SECONDS", value_name = "SECONDS")]
    pub job_seconds: Option<u64>,
    /// Seconds that any job may run [default: 86400]
    #[arg(long, global = true, env = "TENKYU_JOB_MAX_SECONDS", value_name = "SECONDS")]
    pub job_max_seconds: Option<u64>,
    /// Jobs that ask for at most so many seconds wait in the quick queue [default: 60]
    #[arg(long, global = true, env = "TENKYU_QUICK_SECONDS", value_name = "SECONDS")]
    pub quick_seconds: Option<u64>,
    /// Jobs of the quick queue that run at the same time [default: 4]
    #[arg(long, global = true, env = "TENKYU_QUICK_JOBS", value_name = "N")]
    pub quick_jobs: Option<usize>,
    /// Jobs of the long queue that run at the same time [default: 2]
    #[arg(long, global = true, env = "TENKYU_LONG_JOBS", value_name = "N")]
    pub long_jobs: Option<usize>,
    /// Jobs of one address that run at the same time, in each queue [default: 2]
    #[arg(long, global = true, env = "TENKYU_JOBS_PER_ADDRESS", value_name = "N")]
    pub jobs_per_address: Option<usize>,
    /// Jobs of one address that wait or run [default: 100]
    #[arg(long, global = true, env = "TENKYU_WAITING_PER_ADDRESS", value_name = "N")]
    pub waiting_per_address: Option<u64>,
    /// Seconds that a job is kept [default: 604800]
    #[arg(long, global = true, env = "TENKYU_JOB_KEEP_SECONDS", value_name = "SECONDS")]
    pub job_keep_seconds: Option<u64>,
    /// Seconds that any job is kept at most [default: 2592000]
    #[arg(long, global = true, env = "TENKYU_JOB_MAX_KEEP_SECONDS", value_name = "SECONDS")]
    pub job_max_keep_seconds: Option<u64>,
    /// Bytes of a job's result [default: 20000000000]
    #[arg(long, global = true, env = "TENKYU_JOB_RESULT_BYTES", value_name = "BYTES")]
    pub job_result_bytes: Option<u64>,
    /// Tables that one person may keep [default: 500]
    #[arg(long, global = true, env = "TENKYU_OWN_TABLES", value_name = "N")]
    pub own_tables: Option<u64>,
    /// Bytes of all tables that one person keeps [default: 10000000000]
    #[arg(long, global = true, env = "TENKYU_OWN_TABLE_BYTES", value_name = "BYTES")]
    pub own_table_bytes: Option<u64>,
    /// Bytes of one module with users' own functions [default: 4194304]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_MODULE_BYTES", value_name = "BYTES")]
    pub function_module_bytes: Option<u64>,
    /// Modules with functions that one person may keep [default: 32]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_MODULES", value_name = "N")]
    pub function_modules: Option<u64>,
    /// Bytes of all modules that one person keeps [default: 33554432]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_PERSON_BYTES", value_name = "BYTES")]
    pub function_person_bytes: Option<u64>,
    /// Bytes of all modules that are kept [default: 2147483648]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_STORE_BYTES", value_name = "BYTES")]
    pub function_store_bytes: Option<u64>,
    /// Bytes of memory of one running function, of which a query may have several
    /// [default: 134217728]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_MEMORY", value_name = "BYTES")]
    pub function_memory: Option<u64>,
    /// Bytes of memory of all running functions [default: 2147483648]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_POOL", value_name = "BYTES")]
    pub function_pool: Option<u64>,
    /// Instructions that a function may take for a row [default: 1000000]
    #[arg(long, global = true, env = "TENKYU_FUNCTION_FUEL", value_name = "N")]
    pub function_fuel: Option<u64>,
    /// Scheduler of the cluster that works on jobs of the long queue, as http://host:port
    #[arg(long, global = true, env = "TENKYU_CLUSTER", value_name = "URL")]
    pub cluster: Option<String>,
    /// Parts that a query is cut into for the cluster: some for each of its cores [default: 64]
    #[arg(long, global = true, env = "TENKYU_CLUSTER_PARTS", value_name = "N")]
    pub cluster_parts: Option<usize>,
    /// Work on long jobs here when the cluster's scheduler does not answer; they fail otherwise
    /// [default: false]
    #[arg(long, global = true, env = "TENKYU_CLUSTER_FALLBACK", num_args = 0..=1, default_missing_value = "true")]
    pub cluster_fallback: Option<bool>,
    /// Take clients' addresses from X-Forwarded-For, where a proxy stands before the server
    /// [default: false]
    #[arg(long, global = true, env = "TENKYU_TRUST_FORWARDED", num_args = 0..=1, default_missing_value = "true")]
    pub trust_forwarded: Option<bool>,
    /// What is logged, as in `info,tenkyu_vo=debug` [default: info]
    #[arg(long, global = true, env = "TENKYU_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Log JSON lines [default: false]
    #[arg(long, global = true, env = "TENKYU_LOG_JSON", num_args = 0..=1, default_missing_value = "true")]
    pub log_json: Option<bool>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the archive, the catalogues and the saved views lie.
    pub data_dir: PathBuf,
    /// Database of the metadata, where it is not SQLite in the data directory.
    pub database_url: Option<String>,
    /// Costs and times of accounts.
    pub accounts: AccountOptions,
    /// Address to listen on.
    pub addr: SocketAddr,
    /// Address under which clients reach the service, without a slash at its end.
    pub base_url: Option<String>,
    /// Folder of the page's files.
    pub site_root: PathBuf,
    /// Origins whose pages may embed views.
    pub embed_origins: Vec<String>,
    /// Authority in the archive's IVOA identifiers.
    pub authority: Option<String>,
    /// Limits on queries.
    pub limits: QueryLimits,
    /// Bytes of memory of all queries together.
    pub query_memory: usize,
    /// Bytes of memory of columns that stay between queries.
    pub column_memory: usize,
    /// Limits on jobs.
    pub job_limits: JobLimits,
    /// Limits on users' own functions.
    pub function_limits: FunctionLimits,
    /// Limits on users' own tables.
    pub table_limits: TableLimits,
    /// Hosts of the inner network that uploads may name.
    pub upload_hosts: Vec<String>,
    /// Where jobs of the long queue are worked on, if not here.
    pub cluster: Option<ClusterOptions>,
    /// Whether a proxy's word on the client's address is taken.
    pub trust_forwarded: bool,
    /// What is logged.
    pub log: String,
    /// Whether the log is JSON lines.
    pub log_json: bool,
}

/// What can be wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {source}")]
    Read {
        /// File.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file is not TOML, or names what cannot be set.
    #[error("{path}: {reason}")]
    Parse {
        /// File.
        path: PathBuf,
        /// What is wrong, with its line.
        reason: String,
    },
    /// A value that a setting cannot have.
    #[error("{name} cannot be {value:?}: {help}")]
    Value {
        /// Setting.
        name: &'static str,
        /// Value.
        value: String,
        /// What it can be.
        help: &'static str,
    },
}

impl Settings {
    /// Reads the settings file and fills in what neither flag nor environment gave.
    ///
    /// # Errors
    /// A file that was named and cannot be read, one that cannot be understood, and values that
    /// are out of range.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let file = match &self.config {
            Some(path) => read(path)?,
            None if Path::new(FILE).is_file() => read(Path::new(FILE))?,
            None => Settings::default(),
        };
        self.or(file).with_defaults()
    }

    fn or(self, file: Settings) -> Settings {
        Settings {
            config: self.config,
            data_dir: self.data_dir.or(file.data_dir),
            database_url: self.database_url.or(file.database_url),
            addr: self.addr.or(file.addr),
            base_url: self.base_url.or(file.base_url),
            site_root: self.site_root.or(file.site_root),
            embed_origins: self.embed_origins.or(file.embed_origins),
            authority: self.authority.or(file.authority),
            default_rows: self.default_rows.or(file.default_rows),
            max_rows: self.max_rows.or(file.max_rows),
            query_seconds: self.query_seconds.or(file.query_seconds),
            concurrent_queries: self.concurrent_queries.or(file.concurrent_queries),
            query_memory: self.query_memory.or(file.query_memory),
            column_memory: self.column_memory.or(file.column_memory),
            upload_rows: self.upload_rows.or(file.upload_rows),
            upload_bytes: self.upload_bytes.or(file.upload_bytes),
            upload_hosts: self.upload_hosts.or(file.upload_hosts),
            job_seconds: self.job_seconds.or(file.job_seconds),
            job_max_seconds: self.job_max_seconds.or(file.job_max_seconds),
            quick_seconds: self.quick_seconds.or(file.quick_seconds),
            quick_jobs: self.quick_jobs.or(file.quick_jobs),
            long_jobs: self.long_jobs.or(file.long_jobs),
            jobs_per_address: self.jobs_per_address.or(file.jobs_per_address),
            waiting_per_address: self.waiting_per_address.or(file.waiting_per_address),
            job_keep_seconds: self.job_keep_seconds.or(file.job_keep_seconds),
            job_max_keep_seconds: self.job_max_keep_seconds.or(file.job_max_keep_seconds),
            job_result_bytes: self.job_result_bytes.or(file.job_result_bytes),
            own_tables: self.own_tables.or(file.own_tables),
            own_table_bytes: self.own_table_bytes.or(file.own_table_bytes),
            function_module_bytes: self.function_module_bytes.or(file.function_module_bytes),
            function_modules: self.function_modules.or(file.function_modules),
            function_person_bytes: self.function_person_bytes.or(file.function_person_bytes),
            function_store_bytes: self.function_store_bytes.or(file.function_store_bytes),
            function_memory: self.function_memory.or(file.function_memory),
            function_pool: self.function_pool.or(file.function_pool),
            function_fuel: self.function_fuel.or(file.function_fuel),
            cluster: self.cluster.or(file.cluster),
            cluster_parts: self.cluster_parts.or(file.cluster_parts),
            cluster_fallback: self.cluster_fallback.or(file.cluster_fallback),
            trust_forwarded: self.trust_forwarded.or(file.trust_forwarded),
            log: self.log.or(file.log),
            log_json: self.log_json.or(file.log_json),
        }
    }

    fn job_limits(&self) -> Result<JobLimits, ConfigError> {
        let usual = JobLimits::default();
        let hard_seconds =
            at_least_one("job-max-seconds", self.job_max_seconds, usual.hard_seconds)?;
        Ok(JobLimits {
            default_seconds: at_least_one("job-seconds", self.job_seconds, usual.default_seconds)?
                .min(hard_seconds),
            hard_seconds,
            quick_seconds: self.quick_seconds.unwrap_or(usual.quick_seconds),
            quick: at_least_one("quick-jobs", self.quick_jobs, usual.quick)?,
            long: at_least_one("long-jobs", self.long_jobs, usual.long)?,
            per_address: at_least_one(
                "jobs-per-address",
                self.jobs_per_address,
                usual.per_address,
            )?,
            waiting_per_address: at_least_one(
                "waiting-per-address",
                self.waiting_per_address,
                usual.waiting_per_address,
            )?,
            keep_seconds: self.job_keep_seconds.unwrap_or(usual.keep_seconds),
            hard_keep_seconds: self.job_max_keep_seconds.unwrap_or(usual.hard_keep_seconds),
            ..usual
        })
    }

    fn function_limits(&self) -> FunctionLimits {
        let FunctionLimits { sandbox, kept, pool_bytes } = FunctionLimits::default();
        FunctionLimits {
            sandbox: Limits {
                module_bytes: self.function_module_bytes.unwrap_or(sandbox.module_bytes),
                memory_bytes: self.function_memory.unwrap_or(sandbox.memory_bytes),
                fuel_per_value: self.function_fuel.unwrap_or(sandbox.fuel_per_value),
                ..sandbox
            },
            kept: ModuleLimits {
                per_owner: self.function_modules.unwrap_or(kept.per_owner),
                owner_bytes: self.function_person_bytes.unwrap_or(kept.owner_bytes),
                all_bytes: self.function_store_bytes.unwrap_or(kept.all_bytes),
            },
            pool_bytes: self.function_pool.unwrap_or(pool_bytes),
        }
    }

    fn cluster(&self) -> Result<Option<ClusterOptions>, ConfigError> {
        let partitions =
            at_least_one("cluster-parts", self.cluster_parts, ClusterOptions::PARTITIONS)?;
        let fallback = self.cluster_fallback.unwrap_or(false);
        Ok(self.cluster.clone().map(|scheduler| ClusterOptions { scheduler, partitions, fallback }))
    }

    fn with_defaults(self) -> Result<Config, ConfigError> {
        let (job_limits, cluster) = (self.job_limits()?, self.cluster()?);
        let function_limits = self.function_limits();
        let usual = TableLimits::default();
        let table_limits = TableLimits {
            per_owner: self.own_tables.unwrap_or(usual.per_owner),
            owner_bytes: self.own_table_bytes.unwrap_or(usual.owner_bytes),
        };
        let usual = QueryLimits::default();
        let hard_rows = self.max_rows.unwrap_or(usual.hard_rows);
        let limits = QueryLimits {
            default_rows: self.default_rows.unwrap_or(usual.default_rows).min(hard_rows),
            hard_rows,
            seconds: at_least_one("query-seconds", self.query_seconds, usual.seconds)?,
            concurrent: at_least_one(
                "concurrent-queries",
                self.concurrent_queries,
                usual.concurrent,
            )?
            .min(MOST_QUERIES),
            upload_rows: self.upload_rows.unwrap_or(usual.upload_rows),
            upload_bytes: self.upload_bytes.unwrap_or(usual.upload_bytes),
            result_bytes: self.job_result_bytes.unwrap_or(usual.result_bytes),
            ..usual
        };
        let embed_origins = self.embed_origins.unwrap_or_else(|| vec!["*".to_owned()]);
        for origin in &embed_origins {
            check_origin(origin)?;
        }
        Ok(Config {
            data_dir: self.data_dir.unwrap_or_else(|| PathBuf::from("tenkyu-data")),
            database_url: self.database_url.map(|url| check_database_url(&url)).transpose()?,
            accounts: AccountOptions::default(),
            addr: self.addr.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000))),
            base_url: self.base_url.map(|url| check_base_url(&url)).transpose()?,
            site_root: self.site_root.unwrap_or_else(default_site_root),
            embed_origins,
            authority: self.authority,
            limits,
            query_memory: self.query_memory.unwrap_or_else(memory::share),
            column_memory: self.column_memory.unwrap_or_else(memory::share),
            job_limits,
            function_limits,
            table_limits,
            cluster,
            upload_hosts: self.upload_hosts.unwrap_or_default(),
            trust_forwarded: self.trust_forwarded.unwrap_or(false),
            log: self.log.unwrap_or_else(|| "info".to_owned()),
            log_json: self.log_json.unwrap_or(false),
        })
    }
}

/// Queries at the same time that any machine can hold.
const MOST_QUERIES: usize = 10_000;

fn read(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|error| ConfigError::Parse { path: path.to_owned(), reason: error.to_string() })
}

fn at_least_one<T: PartialEq + Default + ToString>(
    name: &'static str,
    value: Option<T>,
    default: T,
) -> Result<T, ConfigError> {
    match value {
        None => Ok(default),
        Some(value) if value == T::default() => Err(ConfigError::Value {
            name,
            value: value.to_string(),
            help: "it must be at least 1",
        }),
        Some(value) => Ok(value),
    }
}

/// An origin goes into a security header as it is: nothing but an origin may stand there.
fn check_origin(origin: &str) -> Result<(), ConfigError> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:*[]".contains(c);
    let fits = matches!(origin, "*" | "'self'" | "'none'")
        || host.is_some_and(|host| !host.is_empty() && host.chars().all(plain));
    if fits {
        return Ok(());
    }
    Err(ConfigError::Value {
        name: "embed-origins",
        value: origin.to_owned(),
        help: "write origins such as https://example.org, or * for any",
    })
}

/// The address is not told back: it holds a password.
fn check_database_url(text: &str) -> Result<String, ConfigError> {
    let fits = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if fits && url::Url::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(ConfigError::Value {
        name: "database-url",
        value: "…".to_owned(),
        help: "write postgres://user:password@host/database",
    })
}

fn check_base_url(text: &str) -> Result<String, ConfigError> {
    let fits = url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
    if fits {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(ConfigError::Value {
        name: "base-url",
        value: text.to_owned(),
        help: "write an address such as https://archive.example.org",
    })
}

/// `site` beside the folder of the program, as a build lays it out (`target/release/tenkyu`,
/// `target/site`), or beside the program itself.
fn default_site_root() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("site"))
        .find(|site| site.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.toml");
        std::fs::write(&file, "default_rows = 7\nmax_rows = 50\naddr = \"0.0.0.0:80\"\n").unwrap();
        let flags = Settings {
            config: Some(file),
            default_rows: Some(60),
            base_url: Some("https://a.example/".to_owned()),
            ..Settings::default()
        };
        let config = flags.resolve().unwrap();
        assert_eq!((config.limits.default_rows, config.limits.hard_rows), (50, 50));
        assert_eq!(config.addr.port(), 80);
        assert_eq!(config.base_url.as_deref(), Some("https://a.example"));
        assert_eq!(config.embed_origins, ["*"]);
    }

    #[test]
    fn a_misspelt_setting_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.toml");
        std::fs::write(&file, "\ndata_dri = \"x\"\n").unwrap();
        let error = Settings { config: Some(file), ..Settings::default() }.resolve().unwrap_err();
        assert!(error.to_string().contains("data_dri"), "{error}");
        let missing = Settings { config: Some(folder.path().join("none")), ..Settings::default() };
        assert!(matches!(missing.resolve(), Err(ConfigError::Read { .. })));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let set = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.with_defaults()
        };
        assert!(set(|s| s.concurrent_queries = Some(0)).is_err());
        assert!(set(|s| s.query_seconds = Some(0)).is_err());
        assert!(set(|s| s.base_url = Some("example.org".to_owned())).is_err());
        let origins = |list: &[&str]| {
            let list = list.iter().map(|o| (*o).to_owned()).collect();
            Settings { embed_origins: Some(list), ..Settings::default() }.with_defaults()
        };
        assert!(origins(&["https://a.example:8080", "'self'", "https://*.b.example"]).is_ok());
        assert!(origins(&["https://a.example; script-src *"]).is_err());
        assert!(origins(&["a.example"]).is_err());
    }
}
