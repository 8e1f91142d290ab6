//! The `tenkyu` program: command line, configuration, router. The only crate that knows all rooms.

mod cli;
mod commands;
mod config;
mod demo;
mod glue;
mod http;
mod memory;
mod rooms;
mod watch;

pub use cli::main;
pub use config::{Config, ConfigError, Settings};
pub use glue::FunctionLimits;
pub use http::{openapi, router, routes, rules};
pub use rooms::Rooms;
