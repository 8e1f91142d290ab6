//! `tenkyu cluster`: machines that work on long jobs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use tenkyu_engine::cluster::{self, ExecutorOptions, SchedulerOptions};

use super::failed;
use crate::Config;
use crate::cli::terminal_lang;

/// Memory of an executor's tasks where nobody says otherwise, bytes a core.
const BYTES_PER_CORE: usize = 1 << 30;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Deal the tasks of queries to executors
    Scheduler {
        /// Address to listen on; whoever reaches it can run plans, so keep its network private
        #[arg(long, default_value = "127.0.0.1:50050", value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
        /// Name under which executors reach this machine [default: the address]
        #[arg(long)]
        host: Option<String>,
    },
    /// Work on tasks beside the catalogues of the data directory, which are only read
    Executor {
        /// The scheduler
        #[arg(long, default_value = "http://127.0.0.1:50050", value_name = "URL")]
        scheduler: String,
        /// Address that hands out results; tasks come to the next port. Whoever reaches them can
        /// run plans, so keep their network private
        #[arg(long, default_value = "127.0.0.1:50051", value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
        /// Name under which the other machines reach this one [default: the address]
        #[arg(long)]
        host: Option<String>,
        /// Where the folder of results between stages is made: a local and fast disk
        /// [default: that of temporary files]
        #[arg(long, value_name = "DIR")]
        work: Option<PathBuf>,
        /// Tasks at a time [default: every core]
        #[arg(long, value_name = "N")]
        cores: Option<usize>,
        /// Memory of all tasks together [default: 1 GiB a core]
        #[arg(long, value_name = "BYTES")]
        memory: Option<usize>,
        /// Memory of decoded columns that stay between tasks
        #[arg(long, default_value_t = 1 << 30, value_name = "BYTES")]
        hot: usize,
    },
}

/// Runs until it is told to stop.
pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Scheduler { listen, host } => {
            // Whoever started us waits for this line and nothing else.
            let ready = |addr| println!("listening on http://{addr}");
            cluster::scheduler(SchedulerOptions { addr: listen, host }, ready).await
        }
        Command::Executor { scheduler, listen, host, work, cores, memory, hot } => {
            let cores = cores.unwrap_or_else(|| {
                std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
            });
            let work = work.unwrap_or_else(std::env::temp_dir);
            let options = ExecutorOptions {
                scheduler,
                addr: listen,
                host,
                catalogs: config.catalogs(),
                work,
                cores,
                memory_bytes: memory.unwrap_or(cores.saturating_mul(BYTES_PER_CORE)),
                hot_bytes: hot,
            };
            cluster::executor(options).await
        }
    };
    done.map_err(|error| failed(error, terminal_lang()))?;
    Ok(ExitCode::SUCCESS)
}
