//! What a check can find, and how a user is told.

use tenkyu_wire::{
    Explain, Lang, Place,
    messages::{adql as texts, functions as own},
};

use crate::{ParseError, ParseErrorKind, ast::SetOp, words};

/// Something that is wrong with a query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {}, column {}: {kind}", place.line, place.column)]
pub struct Diagnostic {
    /// What.
    pub kind: DiagnosticKind,
    /// Where.
    pub place: Place,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DiagnosticKind {
    /// It is not ADQL.
    #[error(transparent)]
    Syntax(ParseErrorKind),
    /// No such table.
    #[error("unknown table {name}")]
    UnknownTable {
        /// As written.
        name: String,
        /// The most similar.
        near: Option<String>,
        /// Some that there are.
        known: Vec<String>,
    },
    /// No such column.
    #[error("unknown column {name}")]
    UnknownColumn {
        /// As written, without quotes.
        name: String,
        /// Written in double quotes.
        quoted: bool,
        /// The most similar.
        near: Option<String>,
        /// Some that there are.
        known: Vec<String>,
    },
    /// A column of several tables.
    #[error("ambiguous column {name}")]
    Ambiguous {
        /// As written.
        name: String,
        /// Those tables.
        tables: Vec<String>,
    },
    /// Two tables of one name.
    #[error("duplicate table {0}")]
    DuplicateTable(String),
    /// A function with too many or too few arguments.
    #[error("{function} with {count} arguments")]
    Arguments {
        /// Its name.
        function: String,
        /// How many it was given.
        count: usize,
        /// How it is called.
        signature: String,
    },
    /// No such function, but a similar one.
    #[error("unknown function {name}")]
    UnknownFunction {
        /// As written.
        name: String,
        /// The similar one.
        near: String,
    },
    /// None of the user's own functions.
    #[error("unknown function my.{name}")]
    UnknownOwn {
        /// As written, without the schema.
        name: String,
        /// Spelt nearly like it.
        near: Option<String>,
    },
    /// Neither aggregated nor grouped by.
    #[error("{0} is not grouped")]
    NotGrouped(String),
    /// An aggregate in `WHERE`, `GROUP BY`, `ON` or another aggregate.
    #[error("{0} out of place")]
    AggregatePlace(String),
    /// Two values that cannot be compared or computed with.
    #[error("{left:?} against {right:?}")]
    TypeMismatch {
        /// First operand.
        left: Type,
        /// Second operand.
        right: Type,
    },
    /// A value of the wrong type.
    #[error("{expression} is {actual:?}, not {expected:?}")]
    WrongType {
        /// What belongs here.
        expected: Type,
        /// What it is.
        actual: Type,
        /// The value.
        expression: String,
        /// It is a geometric predicate, which yields a number.
        geometric: bool,
    },
    /// A column where a condition belongs.
    #[error("column {0} as a condition")]
    ColumnCondition(String),
    /// An outer join that does not say which rows are partners.
    #[error("outer join without a condition")]
    JoinCondition,
    /// `ORDER BY` a position that the result does not have.
    #[error("order by position {position} of {count}")]
    OrderPosition {
        /// As written.
        position: u64,
        /// Columns of the result.
        count: usize,
    },
    /// A set operation on results of different width.
    #[error("{} of {left} and {right} columns", op.word())]
    ColumnCount {
        /// Which.
        op: SetOp,
        /// Columns of the first.
        left: usize,
        /// Columns of the second.
        right: usize,
    },
}

impl DiagnosticKind {
    /// Whether the grammar of the language forbids it, whatever tables and types there are.
    pub fn is_of_the_language(&self) -> bool {
        let plain = |kind: &Type| matches!(kind, Type::Number | Type::Text | Type::Time);
        match self {
            DiagnosticKind::Syntax(_)
            | DiagnosticKind::Arguments { .. }
            | DiagnosticKind::ColumnCondition(_) => true,
            // The grammar lets texts stand for numbers.
            DiagnosticKind::WrongType { expected, actual, .. } => {
                !(plain(expected) && plain(actual))
            }
            _ => false,
        }
    }
}

/// Types, as far as checks tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any number.
    Number,
    /// A text.
    Text,
    /// A truth value.
    Condition,
    /// A timestamp or an interval.
    Time,
    /// A shape on the sky.
    Geometry,
    /// Not known, or `NULL`: goes with everything.
    Unknown,
}

impl Type {
    /// What a user calls it.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Type::Number => texts::TYPE_NUMBER,
            Type::Text => texts::TYPE_TEXT,
            Type::Condition => texts::TYPE_CONDITION,
            Type::Time => texts::TYPE_TIME,
            Type::Geometry => texts::TYPE_GEOMETRY,
            Type::Unknown => texts::A_VALUE,
        }
        .text(lang)
    }
}

impl Diagnostic {
    fn syntax(&self) -> Option<ParseError> {
        match &self.kind {
            DiagnosticKind::Syntax(kind) => {
                Some(ParseError { kind: kind.clone(), place: self.place })
            }
            _ => None,
        }
    }
}

impl Explain for Diagnostic {
    fn code(&self) -> &'static str {
        match &self.kind {
            DiagnosticKind::Syntax(_) => self.syntax().map_or("adql-syntax", |error| error.code()),
            DiagnosticKind::UnknownTable { .. } => "adql-unknown-table",
            DiagnosticKind::UnknownColumn { .. } => "adql-unknown-column",
            DiagnosticKind::Ambiguous { .. } => "adql-ambiguous-column",
            DiagnosticKind::DuplicateTable(_) => "adql-duplicate-table",
            DiagnosticKind::Arguments { .. } => "adql-arguments",
            DiagnosticKind::UnknownFunction { .. } | DiagnosticKind::UnknownOwn { .. } => {
                "adql-unknown-function"
            }
            DiagnosticKind::NotGrouped(_) => "adql-not-grouped",
            DiagnosticKind::AggregatePlace(_) => "adql-aggregate-place",
            DiagnosticKind::TypeMismatch { .. } | DiagnosticKind::WrongType { .. } => "adql-type",
            DiagnosticKind::ColumnCondition(_) => "adql-type",
            DiagnosticKind::JoinCondition => "adql-join-condition",
            DiagnosticKind::OrderPosition { .. } => "adql-order-position",
            DiagnosticKind::ColumnCount { .. } => "adql-column-count",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match &self.kind {
            DiagnosticKind::Syntax(_) => {
                self.syntax().map(|error| error.detail(lang)).unwrap_or_default()
            }
            DiagnosticKind::UnknownTable { name, .. } => {
                texts::UNKNOWN_TABLE.with(lang, &[("name", name)])
            }
            DiagnosticKind::UnknownColumn { name, .. } => {
                texts::UNKNOWN_COLUMN.with(lang, &[("name", name)])
            }
            DiagnosticKind::Ambiguous { name, tables } => {
                texts::AMBIGUOUS.with(lang, &[("name", name), ("tables", &tables.join(", "))])
            }
            DiagnosticKind::DuplicateTable(name) => {
                texts::DUPLICATE_TABLE.with(lang, &[("name", name)])
            }
            DiagnosticKind::Arguments { function, count, .. } => texts::ARGUMENTS
                .with(lang, &[("function", function), ("count", &count.to_string())]),
            DiagnosticKind::UnknownFunction { name, .. } => {
                texts::UNKNOWN_FUNCTION.with(lang, &[("name", name)])
            }
            DiagnosticKind::UnknownOwn { name, .. } => own::UNKNOWN.with(lang, &[("name", name)]),
            DiagnosticKind::NotGrouped(expression) => {
                texts::NOT_GROUPED.with(lang, &[("expression", expression)])
            }
            DiagnosticKind::AggregatePlace(function) => {
                texts::AGGREGATE_PLACE.with(lang, &[("function", function)])
            }
            DiagnosticKind::TypeMismatch { left, right } => texts::TYPE_MISMATCH
                .with(lang, &[("left", left.text(lang)), ("right", right.text(lang))]),
            DiagnosticKind::WrongType { expected, actual, expression, .. } => {
                let values = [
                    ("expected", expected.text(lang)),
                    ("actual", actual.text(lang)),
                    ("expression", expression),
                ];
                texts::WRONG_TYPE.with(lang, &values)
            }
            DiagnosticKind::ColumnCondition(name) => {
                texts::COLUMN_CONDITION.with(lang, &[("name", name)])
            }
            DiagnosticKind::JoinCondition => texts::JOIN_CONDITION.text(lang).to_owned(),
            DiagnosticKind::OrderPosition { position, count } => texts::ORDER_POSITION
                .with(lang, &[("position", &position.to_string()), ("count", &count.to_string())]),
            DiagnosticKind::ColumnCount { op, left, right } => {
                let (left, right) = (left.to_string(), right.to_string());
                let values = [("op", op.word()), ("left", left.as_str()), ("right", &right)];
                texts::COLUMN_COUNT.with(lang, &values)
            }
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let near = |name: &str| Some(texts::DID_YOU_MEAN.with(lang, &[("name", name)]));
        let plain = |message: tenkyu_wire::Message| Some(message.text(lang).to_owned());
        match &self.kind {
            DiagnosticKind::Syntax(_) => self.syntax().and_then(|error| error.help(lang)),
            DiagnosticKind::UnknownTable { near: Some(name), .. }
            | DiagnosticKind::UnknownFunction { near: name, .. } => near(name),
            DiagnosticKind::UnknownColumn { near: Some(name), .. } => near(&words::quoted(name)),
            DiagnosticKind::UnknownColumn { quoted: true, .. } => plain(texts::TEXT_QUOTES_HELP),
            DiagnosticKind::UnknownColumn { known, .. } if !known.is_empty() => {
                Some(texts::COLUMNS_HELP.with(lang, &[("names", &known.join(", "))]))
            }
            DiagnosticKind::UnknownTable { known, .. } if !known.is_empty() => {
                Some(texts::TABLES_HELP.with(lang, &[("names", &known.join(", "))]))
            }
            DiagnosticKind::ColumnCondition(name) => {
                let example = format!("{name} = 1");
                Some(texts::COLUMN_CONDITION_HELP.with(lang, &[("example", &example)]))
            }
            DiagnosticKind::JoinCondition => plain(texts::JOIN_CONDITION_HELP),
            DiagnosticKind::Ambiguous { name, tables } => {
                let table = tables.first()?;
                let example = format!("{}.{}", words::quoted(table), words::quoted(name));
                Some(texts::AMBIGUOUS_HELP.with(lang, &[("example", &example)]))
            }
            DiagnosticKind::DuplicateTable(_) => plain(texts::DUPLICATE_TABLE_HELP),
            DiagnosticKind::UnknownOwn { near: Some(near), .. } => {
                Some(own::UNKNOWN_NEAR.with(lang, &[("near", near)]))
            }
            DiagnosticKind::UnknownOwn { near: None, .. } => plain(own::UNKNOWN_HELP),
            DiagnosticKind::Arguments { signature, .. } => {
                Some(texts::SIGNATURE_HELP.with(lang, &[("signature", signature)]))
            }
            DiagnosticKind::NotGrouped(_) => plain(texts::NOT_GROUPED_HELP),
            DiagnosticKind::AggregatePlace(_) => plain(texts::AGGREGATE_PLACE_HELP),
            DiagnosticKind::WrongType { geometric: true, .. } => plain(texts::CONTAINS_HELP),
            DiagnosticKind::UnknownTable { .. }
            | DiagnosticKind::UnknownColumn { .. }
            | DiagnosticKind::TypeMismatch { .. }
            | DiagnosticKind::WrongType { .. }
            | DiagnosticKind::OrderPosition { .. }
            | DiagnosticKind::ColumnCount { .. } => None,
        }
    }

    fn place(&self) -> Option<Place> {
        Some(self.place)
    }
}
