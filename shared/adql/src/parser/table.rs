//! Tables of the `FROM` clause and their joins.

use super::{Parser, Result};
use crate::{
    ast::{Join, JoinConstraint, JoinKind, TableName, TableRef},
    error::Expected,
    lexer::Symbol,
};

impl Parser<'_> {
    /// `primary {join primary}`
    pub(super) fn table_ref(&mut self) -> Result<TableRef> {
        let mut left = self.table_primary()?;
        loop {
            let natural = self.eat("NATURAL");
            let Some(kind) = self.join_kind()? else {
                if natural {
                    return Err(self.unexpected());
                }
                return Ok(left);
            };
            let height = self.height;
            let right = self.table_primary()?;
            let height = height.max(self.height);
            let constraint =
                if natural { JoinConstraint::Natural } else { self.join_constraint()? };
            self.grow(height)?;
            let span = self.since(left.span().start);
            left = TableRef::Join(Box::new(Join { left, right, kind, constraint, span }));
        }
    }

    fn join_kind(&mut self) -> Result<Option<JoinKind>> {
        for (word, kind) in
            [("LEFT", JoinKind::Left), ("RIGHT", JoinKind::Right), ("FULL", JoinKind::Full)]
        {
            if self.eat(word) {
                self.eat("OUTER");
                self.need("JOIN")?;
                return Ok(Some(kind));
            }
        }
        if self.eat("INNER") {
            self.need("JOIN")?;
            return Ok(Some(JoinKind::Inner));
        }
        Ok(self.eat("JOIN").then_some(JoinKind::Inner))
    }

    fn join_constraint(&mut self) -> Result<JoinConstraint> {
        if self.eat("ON") {
            return self.expr().map(JoinConstraint::On);
        }
        if !self.eat("USING") {
            return Ok(JoinConstraint::None);
        }
        self.need_open()?;
        self.names_to_close().map(JoinConstraint::Using)
    }

    fn table_primary(&mut self) -> Result<TableRef> {
        let start = self.start();
        self.height = 0;
        if self.is_symbol_at(self.at, Symbol::Open) {
            if self.starts_query() {
                self.advance();
                let query = Box::new(self.query()?);
                self.need_close()?;
                self.eat("AS");
                let alias = self.ident(Expected::Name)?;
                return Ok(TableRef::Subquery { query, alias, span: self.since(start) });
            }
            self.advance();
            let table = self.deeper(Parser::table_ref)?;
            self.need_close()?;
            return Ok(table);
        }
        let name = self.table_name()?;
        let alias = self.alias()?;
        Ok(TableRef::Table { name, alias, span: self.since(start) })
    }

    /// `[[catalog.]schema.]table`; a dot that no name follows is left.
    pub(super) fn table_name(&mut self) -> Result<TableName> {
        let first = self.ident(Expected::Table)?;
        let start = first.span.start;
        let mut parts = vec![first];
        while parts.len() < 3
            && self.is_symbol_at(self.at, Symbol::Dot)
            && !self.is_symbol_at(self.at + 1, Symbol::Star)
        {
            self.advance();
            parts.push(self.ident(Expected::Table)?);
        }
        Ok(TableName { parts, span: self.since(start) })
    }

    /// Whether the parenthesis that comes next holds a query: `SELECT` or `WITH` follows, or more
    /// parentheses that hold one and are followed by what only a query goes on with.
    pub(super) fn starts_query(&self) -> bool {
        let mut index = self.at;
        let mut open = 0;
        while self.is_symbol_at(index, Symbol::Open) {
            open += 1;
            index += 1;
        }
        if open == 0 || !(self.is_word_at(index, "SELECT") || self.is_word_at(index, "WITH")) {
            return false;
        }
        while open > 1 {
            let Some(close) = self.matching_close(index) else { return true };
            index = close + 1;
            open -= 1;
            let goes_on = self.is_symbol_at(index, Symbol::Close)
                || ["UNION", "EXCEPT", "INTERSECT", "ORDER", "OFFSET"]
                    .iter()
                    .any(|word| self.is_word_at(index, word));
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// The parenthesis that closes the one that is open at `index`.
    fn matching_close(&self, mut index: usize) -> Option<usize> {
        let mut open = 1_usize;
        loop {
            if self.is_symbol_at(index, Symbol::Open) {
                open += 1;
            } else if self.is_symbol_at(index, Symbol::Close) {
                open -= 1;
                if open == 0 {
                    return Some(index);
                }
            } else if index >= self.tokens.len() {
                return None;
            }
            index += 1;
        }
    }
}
