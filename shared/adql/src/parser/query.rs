//! Queries: `WITH`, set operations, `SELECT` and its clauses.

use super::{Parser, Result};
use crate::{
    ast::{CommonTable, Ident, OrderItem, Query, QueryBody, Select, SelectItem, SetOp, TableName},
    error::{Expected, ParseErrorKind},
    lexer::{Symbol, TokenKind},
};

impl Parser<'_> {
    /// `[WITH …] body [ORDER BY …] [OFFSET n]`, the whole text.
    pub(super) fn outermost(&mut self) -> Result<Query> {
        let start = self.start();
        let with = if self.eat("WITH") { self.list(Parser::common_table)? } else { Vec::new() };
        let height = self.height;
        self.first = true;
        let query = self.query()?;
        self.height = self.height.max(height);
        Ok(Query { with, span: self.since(start), ..query })
    }

    /// `body [ORDER BY …] [OFFSET n]`. `WITH` stands before the outermost query alone (ADQL 2.1,
    /// appendix A).
    pub(super) fn query(&mut self) -> Result<Query> {
        if self.is_word_at(self.at, "WITH") {
            return Err(self.error(ParseErrorKind::WithInside, self.peek().span));
        }
        let outer = std::mem::take(&mut self.tallest);
        let query = self.deeper(Parser::query_parts)?;
        let height = self.tallest;
        self.tallest = outer;
        self.grow(height)?;
        Ok(query)
    }

    fn query_parts(&mut self) -> Result<Query> {
        let start = self.start();
        let body = self.body()?;
        let order_by = if self.eat("ORDER") {
            self.need("BY")?;
            self.list(Parser::order_item)?
        } else {
            Vec::new()
        };
        let offset = if self.eat("OFFSET") { Some(self.count("OFFSET")?) } else { None };
        Ok(Query { with: Vec::new(), body, order_by, offset, span: self.since(start) })
    }

    fn common_table(&mut self) -> Result<CommonTable> {
        let name = self.ident(Expected::Name)?;
        let columns =
            if self.eat_symbol(Symbol::Open, "(") { self.names_to_close()? } else { Vec::new() };
        self.need("AS")?;
        self.need_open()?;
        let query = Box::new(self.query()?);
        self.need_close()?;
        let span = self.since(name.span.start);
        Ok(CommonTable { name, columns, query, span })
    }

    /// `name, name)`
    pub(super) fn names_to_close(&mut self) -> Result<Vec<Ident>> {
        let names = self.list(|parser| parser.ident(Expected::Column))?;
        self.need_close()?;
        Ok(names)
    }

    /// `term {UNION | EXCEPT [ALL] term}`
    fn body(&mut self) -> Result<QueryBody> {
        let mut left = self.term()?;
        loop {
            let op = if self.eat("UNION") {
                SetOp::Union
            } else if self.eat("EXCEPT") {
                SetOp::Except
            } else {
                return Ok(left);
            };
            left = self.set_operation(op, left, Parser::term)?;
        }
    }

    /// `primary {INTERSECT [ALL] primary}`
    fn term(&mut self) -> Result<QueryBody> {
        let mut left = self.body_primary()?;
        while self.eat("INTERSECT") {
            left = self.set_operation(SetOp::Intersect, left, Parser::body_primary)?;
        }
        Ok(left)
    }

    fn set_operation(
        &mut self,
        op: SetOp,
        left: QueryBody,
        right: fn(&mut Self) -> Result<QueryBody>,
    ) -> Result<QueryBody> {
        let height = self.height;
        let all = self.eat("ALL");
        let right = right(self)?;
        self.grow(height.max(self.height))?;
        let span = self.since(left.span().start);
        Ok(QueryBody::Set { op, all, left: Box::new(left), right: Box::new(right), span })
    }

    fn body_primary(&mut self) -> Result<QueryBody> {
        if self.eat_symbol(Symbol::Open, "(") {
            let query = self.query()?;
            self.need_close()?;
            return Ok(QueryBody::Nested(Box::new(query)));
        }
        self.height = 0;
        Ok(QueryBody::Select(Box::new(self.select()?)))
    }

    fn select(&mut self) -> Result<Select> {
        let start = self.start();
        self.need("SELECT")?;
        let distinct = self.eat("DISTINCT");
        if !distinct {
            self.eat("ALL");
        }
        let top = if self.eat("TOP") { Some(self.count("TOP")?) } else { None };
        let is_first = std::mem::take(&mut self.first);
        let items = self.list(Parser::select_item)?;
        let mut into = None;
        if is_first && self.is_word_at(self.at, "INTO") {
            self.advance();
            into = Some(self.table_name()?);
        }
        self.need("FROM")?;
        let from = self.list(Parser::table_ref)?;
        let condition = if self.eat("WHERE") { Some(self.expr()?) } else { None };
        let group_by = if self.eat("GROUP") {
            self.need("BY")?;
            self.list(Parser::expr)?
        } else {
            Vec::new()
        };
        let having = if self.eat("HAVING") { Some(self.expr()?) } else { None };
        self.height = 0;
        let span = self.since(start);
        Ok(Select { distinct, top, items, into, from, condition, group_by, having, span })
    }

    fn select_item(&mut self) -> Result<SelectItem> {
        let start = self.start();
        if self.eat_symbol(Symbol::Star, "*") {
            return Ok(SelectItem::Wildcard { span: self.since(start) });
        }
        if let Some(table) = self.table_wildcard() {
            return Ok(SelectItem::TableWildcard { table, span: self.since(start) });
        }
        let expr = self.expr()?;
        Ok(SelectItem::Expr { expr, alias: self.alias()? })
    }

    /// `table.*`, if that is what comes next.
    fn table_wildcard(&mut self) -> Option<TableName> {
        let is_name = |index| matches!(self.token(index).kind, TokenKind::Word | TokenKind::Name);
        let mut index = self.at;
        while is_name(index) && self.is_symbol_at(index + 1, Symbol::Dot) {
            if self.is_symbol_at(index + 2, Symbol::Star) {
                let table = self.table_name().ok();
                self.advance(); // the dot that the name left
                self.advance();
                return table;
            }
            index += 2;
        }
        None
    }

    /// `[AS name]`
    pub(super) fn alias(&mut self) -> Result<Option<Ident>> {
        if self.eat("AS") { self.ident(Expected::Name).map(Some) } else { Ok(self.try_ident()) }
    }

    fn order_item(&mut self) -> Result<OrderItem> {
        let expr = self.expr()?;
        let start = expr.span.start;
        let descending = self.eat("DESC");
        if !descending {
            self.eat("ASC");
        }
        Ok(OrderItem { expr, descending, span: self.since(start) })
    }
}
