//! Queries of other services: each is planned over empty tables with the names that it uses.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use tenkyu_adql::ast::{
    self, ExprKind, JoinConstraint, Literal, Query, QueryBody, SelectItem, TableRef,
};
use tenkyu_engine::{EngineError, TableSource};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind, TableMeta};

use crate::support::{Lab, shared};

/// A table without rows.
struct Empty(TableMeta);

#[async_trait]
impl TableSource for Empty {
    fn meta(&self) -> TableMeta {
        self.0.clone()
    }

    async fn batches(&self) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Vec::new())
    }
}

/// Names that a query uses.
#[derive(Default)]
struct Names {
    /// Tables as they are written.
    tables: Vec<String>,
    /// Columns, and whether they are used as texts.
    columns: BTreeMap<String, bool>,
}

impl Names {
    fn query(&mut self, query: &Query) {
        for table in &query.with {
            self.query(&table.query);
        }
        self.body(&query.body);
        query.order_by.iter().for_each(|item| self.expr(&item.expr));
    }

    fn body(&mut self, body: &QueryBody) {
        match body {
            QueryBody::Nested(query) => self.query(query),
            QueryBody::Set { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            QueryBody::Select(select) => {
                select.from.iter().for_each(|table| self.table(table));
                for item in &select.items {
                    if let SelectItem::Expr { expr, .. } = item {
                        self.expr(expr);
                    }
                }
                let conditions = select.condition.iter().chain(&select.having);
                conditions.chain(&select.group_by).for_each(|expr| self.expr(expr));
            }
        }
    }

    fn table(&mut self, table: &TableRef) {
        match table {
            TableRef::Table { name, .. } => {
                let parts: Vec<&str> = name.parts.iter().map(|part| part.text.as_str()).collect();
                self.tables.push(parts.join("."));
            }
            TableRef::Subquery { query, .. } => self.query(query),
            TableRef::Join(join) => {
                self.table(&join.left);
                self.table(&join.right);
                match &join.constraint {
                    JoinConstraint::On(condition) => self.expr(condition),
                    JoinConstraint::Using(columns) => {
                        columns.iter().for_each(|name| self.column(&name.text, false));
                    }
                    JoinConstraint::Natural | JoinConstraint::None => {}
                }
            }
        }
    }

    fn column(&mut self, name: &str, is_text: bool) {
        let name = name.to_lowercase();
        *self.columns.entry(name).or_default() |= is_text;
    }

    fn expr(&mut self, expr: &ast::Expr) {
        let mut queries = Vec::new();
        expr.visit(&mut |one| {
            queries.extend(one.query());
            self.use_of(one);
        });
        queries.into_iter().for_each(|query| self.query(query));
    }

    /// What an expression says about the columns right below it.
    fn use_of(&mut self, expr: &ast::Expr) {
        let is_text = |e: &ast::Expr| matches!(&e.kind, ExprKind::Literal(Literal::String(_)));
        let texts = match &expr.kind {
            ExprKind::Column(column) => return self.column(&column.name.text, false),
            ExprKind::Binary { op, left, right } => {
                *op == ast::BinaryOp::Concat || is_text(left) || is_text(right)
            }
            ExprKind::Like { .. } => true,
            ExprKind::InList { list, .. } => list.iter().any(is_text),
            ExprKind::Between { low, .. } => is_text(low),
            ExprKind::Call(call) => matches!(
                call.function,
                ast::Function::Builtin(tenkyu_adql::Builtin::Lower | tenkyu_adql::Builtin::Upper)
            ),
            _ => false,
        };
        expr.children(|child| {
            if let (true, ExprKind::Column(column)) = (texts, &child.kind) {
                self.column(&column.name.text, true);
            }
        });
    }

    fn register(&self, lab: &Lab) {
        let column = |(name, is_text): (&String, &bool)| ColumnMeta {
            name: name.clone(),
            datatype: match is_text {
                true => Datatype { kind: Kind::Char, size: ArraySize::Variable },
                false => Datatype { kind: Kind::Double, size: ArraySize::Scalar },
            },
            principal: true,
            ..ColumnMeta::default()
        };
        for table in &self.tables {
            let name = match table.contains('.') {
                true => table.clone(),
                false => format!("public.{table}"),
            };
            let columns = self.columns.iter().map(column).collect();
            lab.engine.register(Arc::new(Empty(TableMeta {
                name,
                columns,
                ..TableMeta::default()
            })));
        }
    }
}

/// How many queries are planned; a fault of ours, or a panic, fails the test.
fn plan_all(queries: &[String]) -> usize {
    let mut planned = 0;
    for text in queries {
        let Ok(query) = tenkyu_adql::parse(text) else { continue };
        let lab = Lab::empty();
        let mut names = Names::default();
        names.query(&query);
        names.register(&lab);
        match lab.engine.check(text) {
            Ok(_) => planned += 1,
            Err(EngineError::Internal(reason)) => panic!("{text}\n  {reason}"),
            Err(_) => {}
        }
    }
    planned
}

#[test]
fn gathered_queries_are_planned() {
    let Some(path) = shared("vo/adql_corpus.json") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let corpus: serde_json::Value = serde_json::from_str(&text).unwrap();
    let queries: Vec<String> = corpus["queries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["query"].as_str().unwrap().to_owned())
        .collect();
    let planned = plan_all(&queries);
    println!("{planned} of {} are planned", queries.len());
    // The others call functions of other services, or do not name all of their columns.
    assert!(planned > 400, "{planned}");
}

#[test]
fn own_queries_are_planned() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/adql/tests/corpus/valid.adql");
    let text = std::fs::read_to_string(path).unwrap();
    let queries: Vec<String> = text.split("\n\n").map(str::to_owned).collect();
    let planned = plan_all(&queries);
    assert!(planned > 12, "{planned}");
}
