//! What travels between the server, the page and its workers: view state and permalinks, request
//! and response types, error codes, and the one catalogue of texts in Japanese and English.
//!
//! Everything here is plain data. It compiles natively and to wasm32 and does no I/O.

pub mod access;
pub mod error;
pub mod files;
pub mod functions;
pub mod jobs;
pub mod lang;
pub mod messages;
pub mod observation;
pub mod resolve;
pub mod table;
pub mod tables;
pub mod view;

pub use error::{Explain, Place, Problem};
pub use lang::Lang;
pub use messages::Message;
