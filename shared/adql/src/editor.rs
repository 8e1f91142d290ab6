//! Help while a query is typed: colours and completion. Both work on text that is not yet, or no
//! longer, a query.

mod around;

use tenkyu_wire::functions::{self, FunctionMeta};
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta, TableMeta};

use crate::{
    Builtin, ParseErrorKind, Span,
    ast::Aggregate,
    check::own_functions,
    error::Expected,
    lexer::{self, Bad, Symbol, TokenKind},
    parse, words,
};
use around::{Around, Clause, Table};

/// A stretch of the text that is shown in one colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Its colour.
    pub kind: HighlightKind,
    /// Where it stands.
    pub span: Span,
}

/// What is told apart by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HighlightKind {
    /// A reserved word.
    Keyword,
    /// A name with a parenthesis after it.
    Function,
    /// Any other name.
    Name,
    /// A text.
    String,
    /// A number.
    Number,
    /// An operator or a mark.
    Operator,
    /// A comment.
    Comment,
    /// Nothing that ADQL knows.
    Error,
}

impl HighlightKind {
    /// A short word for it, to be used as a CSS class.
    pub const fn class(self) -> &'static str {
        match self {
            HighlightKind::Keyword => "keyword",
            HighlightKind::Function => "function",
            HighlightKind::Name => "name",
            HighlightKind::String => "string",
            HighlightKind::Number => "number",
            HighlightKind::Operator => "operator",
            HighlightKind::Comment => "comment",
            HighlightKind::Error => "error",
        }
    }
}

/// The coloured stretches of `text`, in order; what lies between them is blank.
pub fn tokens(text: &str) -> Vec<Highlight> {
    let tokens = lexer::lex(text);
    let mut out = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        let called = || {
            let next = tokens.get(index + 1).map(|next| next.kind);
            next == Some(TokenKind::Symbol(Symbol::Open))
        };
        let word = token.span.of(text);
        let kind = match token.kind {
            TokenKind::Word if called() && is_function(word) => HighlightKind::Function,
            TokenKind::Word if words::is_reserved(word) => HighlightKind::Keyword,
            TokenKind::Word | TokenKind::Name => HighlightKind::Name,
            TokenKind::String | TokenKind::Bad(Bad::UnclosedString) => HighlightKind::String,
            TokenKind::Integer | TokenKind::Float => HighlightKind::Number,
            TokenKind::Symbol(_) => HighlightKind::Operator,
            TokenKind::Comment => HighlightKind::Comment,
            TokenKind::Bad(_) => HighlightKind::Error,
            TokenKind::End => continue,
        };
        out.push(Highlight { kind, span: token.span });
    }
    out
}

fn is_function(word: &str) -> bool {
    Builtin::find(word).is_some() || Aggregate::find(word).is_some() || !words::is_reserved(word)
}

/// Something that could be typed at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// More about it: a unit and description, a signature. May be empty.
    pub detail: String,
    /// What is put into the text; a function ends with its open parenthesis.
    pub insert: String,
    /// The part of the text that it replaces: the word under the cursor, up to the cursor.
    pub replace: Span,
}

/// Kinds of completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A column.
    Column,
    /// A table of the query, by its alias.
    Alias,
    /// A table.
    Table,
    /// A function.
    Function,
    /// A keyword.
    Keyword,
}

/// At most this many completions are given.
const MOST: usize = 200;

/// What could be typed at byte `cursor` of `text`: tables after `FROM`, the columns of `t` after
/// `t.`, elsewhere columns, functions and the keywords that the grammar allows. Names that begin
/// with what has been typed come first, then those that hold it.
pub fn complete(text: &str, cursor: usize, schemas: &[SchemaMeta]) -> Vec<Completion> {
    let Some(around) = Around::of(text, cursor) else { return Vec::new() };
    let mut all = Vec::new();
    let mut add = |label: &str, kind, detail: String, insert: String| {
        let label = label.to_owned();
        all.push(Completion { label, kind, detail, insert, replace: around.replace });
    };
    if let Some(qualifier) = &around.qualifier {
        add_qualified(qualifier, &around, schemas, &mut add);
    } else {
        let expected = expected_at(text.get(..around.replace.start).unwrap_or_default());
        let wants = |wanted: &[Expected]| {
            expected.as_ref().is_none_or(|all| all.iter().any(|one| wanted.contains(one)))
        };
        if around.clause == Clause::Tables && wants(&[Expected::Table]) {
            for name in &around.common {
                add(name, CompletionKind::Table, String::new(), words::quoted(name));
            }
            for table in schemas.iter().flat_map(|schema| &schema.tables) {
                let insert = quoted_path(&table.name);
                add(&table.name, CompletionKind::Table, table.description.clone(), insert);
            }
        }
        if around.clause == Clause::Values && wants(&[Expected::Value, Expected::Column]) {
            add_values(&around, schemas, &mut add);
        }
        for one in expected.into_iter().flatten() {
            if let Expected::Word(word) = one
                && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            {
                add(word, CompletionKind::Keyword, String::new(), format!("{word} "));
            }
        }
    }
    ranked(all, around.prefix)
}

type Add<'a> = dyn FnMut(&str, CompletionKind, String, String) + 'a;

fn add_values(around: &Around<'_>, schemas: &[SchemaMeta], add: &mut Add<'_>) {
    for table in &around.tables {
        for column in columns(table, schemas) {
            let insert = words::quoted(&column.name);
            add(&column.name, CompletionKind::Column, about(column), insert);
        }
    }
    for table in &around.tables {
        if let Some(name) = table.alias.as_deref().or(table.path.last().map(String::as_str)) {
            let insert = format!("{}.", words::quoted(name));
            add(name, CompletionKind::Alias, table.path.join("."), insert);
        }
    }
    for builtin in Builtin::ALL {
        let insert = format!("{}(", builtin.name());
        add(builtin.name(), CompletionKind::Function, builtin.signature().to_owned(), insert);
    }
    for function in own_functions(schemas).unwrap_or_default() {
        let name = format!("{}.{}", functions::SCHEMA, function.name);
        add(&name, CompletionKind::Function, about_function(function), format!("{name}("));
    }
    for aggregate in Aggregate::ALL {
        let name = aggregate.name();
        add(name, CompletionKind::Function, format!("{name}(x)"), format!("{name}("));
    }
}

/// Columns of the table `qualifier`, or tables of the schema of that name.
fn add_qualified(
    qualifier: &[String],
    around: &Around<'_>,
    schemas: &[SchemaMeta],
    add: &mut Add<'_>,
) {
    if around.clause != Clause::Tables {
        for table in around.tables.iter().filter(|table| table.is(qualifier)) {
            for column in columns(table, schemas) {
                let insert = words::quoted(&column.name);
                add(&column.name, CompletionKind::Column, about(column), insert);
            }
        }
    }
    let [schema] = qualifier else { return };
    if functions::is_own(schema) && around.clause == Clause::Values {
        for function in own_functions(schemas).unwrap_or_default() {
            let insert = format!("{}(", function.name);
            add(&function.name, CompletionKind::Function, about_function(function), insert);
        }
    }
    for table in schemas.iter().flat_map(|schema| &schema.tables) {
        if let Some((theirs, name)) = table.name.rsplit_once('.')
            && theirs.eq_ignore_ascii_case(schema)
        {
            add(name, CompletionKind::Table, table.description.clone(), words::quoted(name));
        }
    }
}

fn columns<'s>(table: &Table, schemas: &'s [SchemaMeta]) -> impl Iterator<Item = &'s ColumnMeta> {
    let stored = schemas.iter().flat_map(|schema| &schema.tables).find(|stored| {
        let mut theirs = stored.name.rsplit('.');
        let mut ours = table.path.iter().rev();
        !table.path.is_empty()
            && ours.all(|part| theirs.next().is_some_and(|name| part.eq_ignore_ascii_case(name)))
    });
    stored.into_iter().flat_map(|stored: &TableMeta| &stored.columns)
}

fn about(column: &ColumnMeta) -> String {
    match (column.unit.as_str(), column.description.as_str()) {
        ("", description) => description.to_owned(),
        (unit, "") => unit.to_owned(),
        (unit, description) => format!("{unit} · {description}"),
    }
}

fn about_function(function: &FunctionMeta) -> String {
    match function.description.as_str() {
        "" => function.form(),
        description => format!("{} · {description}", function.form()),
    }
}

fn quoted_path(name: &str) -> String {
    name.split('.').map(words::quoted).collect::<Vec<_>>().join(".")
}

/// What the grammar allows after `before`; `None` where `before` is already wrong.
fn expected_at(before: &str) -> Option<Vec<Expected>> {
    match parse(before) {
        Ok(_) => Some(after_whole_query(before)),
        Err(error) => match error.kind {
            ParseErrorKind::Unexpected { expected, found: None, .. } => Some(expected),
            _ => None,
        },
    }
}

/// A mark that fits nowhere makes the parser say what would.
fn after_whole_query(before: &str) -> Vec<Expected> {
    match parse(&format!("{before} )")).map_err(|error| error.kind) {
        Err(ParseErrorKind::Unexpected { expected, .. }) => expected,
        _ => Vec::new(),
    }
}

fn ranked(all: Vec<Completion>, prefix: &str) -> Vec<Completion> {
    let prefix = prefix.to_lowercase();
    let rank = |label: &str| {
        let label = label.to_lowercase();
        if label.starts_with(&prefix) {
            Some(0)
        } else if label.split(['.', '_']).any(|part| part.starts_with(&prefix)) {
            Some(1)
        } else {
            label.contains(&prefix).then_some(2)
        }
    };
    let mut ranked: Vec<(i32, Completion)> =
        all.into_iter().filter_map(|one| Some((rank(&one.label)?, one))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut out: Vec<Completion> = Vec::new();
    for (_, one) in ranked {
        let is_new = |other: &Completion| other.label != one.label || other.kind != one.kind;
        if out.len() < MOST && out.iter().all(is_new) {
            out.push(one);
        }
    }
    out
}
