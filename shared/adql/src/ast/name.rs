//! Names of tables and columns.

use std::fmt;

use crate::{Span, words};

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name; of a delimited one without its quotes.
    pub text: String,
    /// Written in double quotes: its case counts.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Ident {
    /// Whether it names `name`: without regard to case (ASCII), unless it is delimited.
    pub fn is(&self, name: &str) -> bool {
        if self.quoted { self.text == name } else { self.text.eq_ignore_ascii_case(name) }
    }

    /// Whether both name the same thing: exactly, if both are delimited.
    pub fn same(&self, other: &Ident) -> bool {
        if self.quoted && other.quoted {
            self.text == other.text
        } else {
            self.text.eq_ignore_ascii_case(&other.text)
        }
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted {
            f.write_str(&words::delimited(&self.text))
        } else {
            f.write_str(&self.text)
        }
    }
}

/// `[[catalog.]schema.]table`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// One to three parts; the last is the table.
    pub parts: Vec<Ident>,
    /// Where it stands.
    pub span: Span,
}

impl TableName {
    /// The last part.
    pub fn table(&self) -> Option<&Ident> {
        self.parts.last()
    }

    /// The part before the last.
    pub fn schema(&self) -> Option<&Ident> {
        self.parts.len().checked_sub(2).and_then(|index| self.parts.get(index))
    }

    /// Whether it names `full`, written `schema.table` or `table`; a part that is not written here
    /// matches any.
    pub fn is(&self, full: &str) -> bool {
        let mut theirs = full.rsplit('.');
        self.parts.iter().rev().all(|part| theirs.next().is_some_and(|name| part.is(name)))
    }
}

impl TableName {
    /// The name without the snapshot that a delimited last part may name, and that snapshot:
    /// `sky."stars@20261123T010203Z"`.
    pub fn split_snapshot(&self) -> (TableName, Option<String>) {
        let mut plain = self.clone();
        if let Some(last) = plain.parts.last_mut()
            && last.quoted
            && let Some((table, snapshot)) = last.text.split_once('@')
        {
            let snapshot = snapshot.to_owned();
            last.text = table.to_owned();
            return (plain, Some(snapshot));
        }
        (plain, None)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}
