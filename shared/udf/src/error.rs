//! What can be wrong with a module and with a call.

use tenkyu_wire::messages::functions as text;
use tenkyu_wire::{Explain, Lang, Message};

/// An error of a user's own function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum UdfError {
    /// The module is larger than what is taken.
    #[error("the module has more than {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// No module.
    #[error("not a WebAssembly module")]
    NotModule,
    /// A module that cannot be read, or that needs what is not there.
    #[error("not a module that can be used: {0}")]
    NotWasm(String),
    /// It wants something from outside.
    #[error("the module imports {0}")]
    Import(String),
    /// An export is missing or has another type.
    #[error("the module does not export {0}")]
    Export(String),
    /// The description of the functions breaks a rule.
    #[error("the module describes its functions wrongly: {0}")]
    Description(String),
    /// It did what WebAssembly stops.
    #[error("my.{function} stopped: {reason}")]
    Trap {
        /// The function.
        function: String,
        /// What it did.
        reason: String,
    },
    /// It took more instructions than it may.
    #[error("my.{function} worked longer than {limit} instructions")]
    Fuel {
        /// The function.
        function: String,
        /// Instructions that it may take.
        limit: u64,
    },
    /// It wanted more memory than it may have.
    #[error("my.{function} needs more than {limit} bytes")]
    Memory {
        /// The function.
        function: String,
        /// Bytes that it may have.
        limit: u64,
    },
    /// All functions that run have taken what there is for them together.
    #[error("no memory is left for my.{function}")]
    Pool {
        /// The function.
        function: String,
    },
    /// It said itself that it cannot answer.
    #[error("my.{function} refused: {reason}")]
    Refused {
        /// The function.
        function: String,
        /// Its words.
        reason: String,
    },
    /// What it answered is not of the agreed form.
    #[error("my.{function} gave what cannot be read: {reason}")]
    Garbage {
        /// The function.
        function: String,
        /// What is wrong.
        reason: String,
    },
    /// Nobody waits for the answer any more.
    #[error("the query was stopped")]
    Stopped,
}

impl UdfError {
    pub(crate) fn garbage(function: &str, reason: impl Into<String>) -> UdfError {
        UdfError::Garbage { function: function.to_owned(), reason: reason.into() }
    }
}

impl Explain for UdfError {
    fn code(&self) -> &'static str {
        match self {
            UdfError::TooLarge { .. } => "function-too-large",
            UdfError::NotModule | UdfError::NotWasm(_) => "function-not-wasm",
            UdfError::Import(_) => "function-import",
            UdfError::Export(_) => "function-export",
            UdfError::Description(_) => "function-description",
            UdfError::Trap { .. } => "function-trap",
            UdfError::Fuel { .. } => "function-fuel",
            UdfError::Memory { .. } => "function-memory",
            UdfError::Pool { .. } => "function-pool",
            UdfError::Refused { .. } => "function-refused",
            UdfError::Garbage { .. } => "function-garbage",
            UdfError::Stopped => "cancelled",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let about = |message: Message, function: &str, reason: &str| {
            message.with(lang, &[("function", function), ("reason", reason)])
        };
        match self {
            UdfError::TooLarge { limit } => {
                text::TOO_LARGE.with(lang, &[("limit", &limit.to_string())])
            }
            UdfError::NotModule => text::NOT_MODULE.text(lang).to_owned(),
            UdfError::NotWasm(reason) => text::NOT_WASM.with(lang, &[("reason", reason)]),
            UdfError::Import(name) => text::IMPORT.with(lang, &[("name", name)]),
            UdfError::Export(name) => text::EXPORT.with(lang, &[("name", name)]),
            UdfError::Description(reason) => text::DESCRIPTION.with(lang, &[("reason", reason)]),
            UdfError::Trap { function, reason } => about(text::TRAP, function, reason),
            UdfError::Fuel { function, limit } => {
                let limit = limit.to_string();
                text::FUEL.with(lang, &[("function", function), ("limit", &limit)])
            }
            UdfError::Memory { function, limit } => {
                let limit = (limit >> 20).to_string();
                text::MEMORY.with(lang, &[("function", function), ("limit", &limit)])
            }
            UdfError::Pool { function } => text::POOL.with(lang, &[("function", function)]),
            UdfError::Refused { function, reason } => about(text::REFUSED, function, reason),
            UdfError::Garbage { function, reason } => about(text::GARBAGE, function, reason),
            UdfError::Stopped => text::STOPPED.text(lang).to_owned(),
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let help = match self {
            UdfError::TooLarge { .. } => text::TOO_LARGE_HELP,
            UdfError::NotModule => text::NOT_MODULE_HELP,
            UdfError::NotWasm(_) => text::NOT_WASM_HELP,
            UdfError::Import(_) => text::IMPORT_HELP,
            UdfError::Export(_) => text::EXPORT_HELP,
            UdfError::Description(_) => text::DESCRIPTION_HELP,
            UdfError::Trap { .. } => text::TRAP_HELP,
            UdfError::Fuel { .. } => text::FUEL_HELP,
            UdfError::Memory { .. } => text::MEMORY_HELP,
            UdfError::Pool { .. } => text::POOL_HELP,
            UdfError::Refused { .. } => text::REFUSED_HELP,
            UdfError::Garbage { .. } => text::GARBAGE_HELP,
            UdfError::Stopped => return None,
        };
        Some(help.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        match self {
            UdfError::TooLarge { .. } => 413,
            UdfError::Pool { .. } => 503,
            _ => 400,
        }
    }
}
