//! Every route of the program, over a small data directory that is made for the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod accounts;
mod archive;
mod commands;
mod functions;
mod harness;
mod jobs;
mod own_tables;
mod pages;
mod query;
mod routes;
mod rules;
mod share;
mod uploads;
