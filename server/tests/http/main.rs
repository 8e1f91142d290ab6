//! Every route of the program, over a small data directory that is made for the test.

mod archive;
mod harness;
mod pages;
mod query;
mod routes;
mod share;
