//! `tenkyu adql`.

use std::io::{Read, Write};
use std::process::ExitCode;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use clap::Subcommand;
use futures::TryStreamExt;
use tenkyu_adql::{MAX_LENGTH, check, check_syntax, text_of};
use tenkyu_engine::QueryRequest;
use tenkyu_wire::tables::SchemaMeta;

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::{explain, failed};
use crate::rooms::Rooms;

#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Command {
    /// Say what is wrong with a query
    Check {
        /// Check the language alone, without the tables of the data directory
        #[arg(long)]
        syntax: bool,
        /// The query, a file with it, or - for standard input
        query: String,
    },
    /// Tell what a query would read of the catalogues, and what it skips
    Explain {
        /// Run the query, and tell what it read and how long it took
        #[arg(long)]
        analyze: bool,
        /// The query, a file with it, or - for standard input
        query: String,
    },
}

pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check { syntax, query } => check_query(config, syntax, &query).await,
        Command::Explain { analyze, query } => explain_query(config, analyze, &query).await,
    }
}

/// Prints the answer of `EXPLAIN` as tab-separated lines.
async fn explain_query(config: &Config, analyze: bool, query: &str) -> anyhow::Result<ExitCode> {
    let words = if analyze { "EXPLAIN ANALYZE" } else { "EXPLAIN" };
    let lang = terminal_lang();
    let bytes = bytes_of(query)?;
    let text = text_of(&bytes).map_err(|error| anyhow::anyhow!(explain(&error, lang)))?;
    let adql = format!("{words} {text}");
    let rooms = Rooms::open(config).await?;
    let request = QueryRequest { adql, ..QueryRequest::default() };
    let answer = rooms.engine.query(request).await.map_err(|e| failed(e, lang))?;
    let names: Vec<&str> = answer.columns.iter().map(|c| c.name.as_str()).collect();
    println!("{}", names.join("\t"));
    let batches: Vec<_> = answer.batches.try_collect().await.map_err(|e| failed(e, lang))?;
    for batch in &batches {
        let cells: Vec<ArrayFormatter> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &FormatOptions::default()))
            .collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            let line: Vec<String> = cells.iter().map(|c| c.value(row).to_string()).collect();
            println!("{}", line.join("\t"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn check_query(config: &Config, syntax: bool, query: &str) -> anyhow::Result<ExitCode> {
    let lang = terminal_lang();
    let told: Vec<String> = match text_of(&bytes_of(query)?) {
        Err(error) => vec![explain(&error, lang)],
        Ok(text) => {
            let found =
                if syntax { check_syntax(text) } else { check(text, &schemas(config).await?) };
            found.iter().map(|one| explain(one, lang)).collect()
        }
    };
    let text = if told.is_empty() { "ok".to_owned() } else { told.join("\n") };
    // A reader that went away has seen enough.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(if told.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn schemas(config: &Config) -> anyhow::Result<Vec<SchemaMeta>> {
    Ok(Rooms::open(config).await?.vo.tap.schemas().await?)
}

fn bytes_of(argument: &str) -> std::io::Result<Vec<u8>> {
    if argument == "-" {
        return read(std::io::stdin());
    }
    let path = std::path::Path::new(argument);
    if path.is_file() { read(std::fs::File::open(path)?) } else { Ok(argument.into()) }
}

/// As much of a query as is ever parsed, and a byte more.
fn read(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
