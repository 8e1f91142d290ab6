//! `tenkyu adql`.

use std::io::{Read, Write};
use std::process::ExitCode;

use clap::Subcommand;
use tenkyu_adql::{MAX_LENGTH, check, check_syntax, text_of};
use tenkyu_wire::tables::SchemaMeta;

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::explain;
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
}

pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Check { syntax, query } = command;
    let lang = terminal_lang();
    let told: Vec<String> = match text_of(&bytes_of(&query)?) {
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
