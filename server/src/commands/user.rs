//! `tenkyu user`: accounts without the page.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tenkyu_accounts::{Application, NewPerson, State};

use crate::Config;
use crate::cli::terminal_lang;
use crate::commands::failed;
use crate::http::identity::now;
use crate::rooms::open_accounts;

#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Command {
    /// Make an account, and print a link by which its owner sets a password
    Create(Create),
    /// List accounts: user name, state, whether an operator, name, e-mail, affiliation
    List {
        /// Only those whose names, e-mail or affiliation hold this text
        #[arg(default_value = "")]
        text: String,
    },
    /// Approve an application, unlock an account or renew its year
    Enable {
        /// User name
        user: String,
    },
    /// Lock an account and end its sessions
    Disable {
        /// User name
        user: String,
    },
    /// Print a link, good once and for a day, by which somebody sets a new password
    ResetLink {
        /// User name
        user: String,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Create {
    /// User name
    user: String,
    /// Name that is shown
    #[arg(long)]
    name: String,
    /// E-mail
    #[arg(long)]
    email: String,
    /// Where they work
    #[arg(long, default_value = "")]
    affiliation: String,
    /// Make an operator of this service
    #[arg(long)]
    operator: bool,
}

pub(crate) async fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let accounts = open_accounts(config).await?;
    let lang = terminal_lang();
    let told = |error| failed(error, lang);
    let link = |secret: &str| format!("{}/sign-in#reset={secret}", config.public_url());
    match command {
        Command::Create(create) => {
            let about = Application {
                user: create.user,
                display: create.name,
                email: create.email,
                affiliation: create.affiliation,
                ..Application::default()
            };
            let new = NewPerson { about, operator: create.operator };
            let made = accounts.create(&new, now()).await.map_err(told)?;
            let secret = accounts.reset_link(&made.person.id, "", now()).await.map_err(told)?;
            println!("{}", link(&secret));
        }
        Command::List { text } => {
            for person in accounts.people(None, &text, now()).await.map_err(told)? {
                let state = match person.state {
                    State::Applied => "applied",
                    State::Active => "active",
                    State::Expired => "expired",
                    State::Locked => "locked",
                };
                let operator = if person.operator { "operator" } else { "" };
                let about = &person.person;
                println!(
                    "{}\t{state}\t{operator}\t{}\t{}\t{}",
                    about.user, about.display, person.email, person.affiliation
                );
            }
        }
        Command::Enable { user } => {
            let id = accounts.by_user(&user, now()).await.map_err(told)?.person.id;
            accounts.decide(&id, true, now()).await.map_err(told)?;
        }
        Command::Disable { user } => {
            let id = accounts.by_user(&user, now()).await.map_err(told)?.person.id;
            accounts.decide(&id, false, now()).await.map_err(told)?;
        }
        Command::ResetLink { user } => {
            let id = accounts.by_user(&user, now()).await.map_err(told)?.person.id;
            println!("{}", link(&accounts.reset_link(&id, "", now()).await.map_err(told)?));
        }
    }
    Ok(ExitCode::SUCCESS)
}
