//! The archive as a whole, on files made for the purpose.

mod bad_input;
mod fixtures;
mod golden;
mod interrupted;
mod life;
