//! `tenkyu adql`.

use std::io::Read;
use std::process::ExitCode;

use clap::Subcommand;
use tenkyu_adql::check;
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
    let text = text_of(&query)?;
    let schemas = if syntax { Vec::new() } else { schemas(config).await? };
    let lang = terminal_lang();
    let found = check(&text, &schemas);
    for diagnostic in &found {
        println!("{}", explain(diagnostic, lang));
    }
    if found.is_empty() {
        println!("ok");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

async fn schemas(config: &Config) -> anyhow::Result<Vec<SchemaMeta>> {
    Ok(Rooms::open(config).await?.vo.tap.schemas().await?)
}

fn text_of(argument: &str) -> anyhow::Result<String> {
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    let path = std::path::Path::new(argument);
    Ok(if path.is_file() { std::fs::read_to_string(path)? } else { argument.to_owned() })
}
