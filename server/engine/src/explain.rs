//! `EXPLAIN query`: what a query would read and what it skips, without reading it; and
//! `EXPLAIN ANALYZE query`: what it did read, and how long it took.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Int64Array, RecordBatch, StringArray},
    datatypes::Schema,
};
use futures::{StreamExt, TryStreamExt, stream};
use tenkyu_adql::Explained;
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind};
use tokio::time::Instant;

use crate::{Engine, EngineError, QueryRequest, QueryStats, QueryStream, counts::TableScan, meta};

/// A line of the answer.
#[derive(Debug, Default)]
struct Line {
    item: &'static str,
    table: Option<String>,
    /// All there are and those that are read.
    counts: Option<(u64, u64)>,
    value: Option<String>,
}

impl Engine {
    /// Answers an `EXPLAIN`.
    pub(crate) async fn explain(
        &self,
        request: QueryRequest,
        explained: Explained,
    ) -> Result<QueryStream, EngineError> {
        let start = Instant::now();
        // A limit on rows is meant for this answer, not for the query that it is about.
        let inner = QueryRequest { adql: explained.query, max_rows: None, ..request };
        let cluster = self.cluster_line(&inner).await?;
        let (answer, mut lines) = if explained.analyze {
            let mut answer = self.run(inner).await?;
            while answer.batches.try_next().await?.is_some() {}
            let lines = measured(&answer.stats, start.elapsed().as_millis());
            (answer, lines)
        } else {
            (self.prepare(inner).await?, Vec::new())
        };
        let scans: Vec<TableScan> = answer.stats.tables();
        let mut all: Vec<Line> = scans.into_iter().flat_map(planned).collect();
        all.append(&mut lines);
        all.extend(cluster);
        let plan = answer.stats.plan();
        let nodes = plan.lines().map(|line| Line {
            item: "plan",
            value: Some(line.to_owned()),
            ..Line::default()
        });
        all.extend(nodes);
        let columns = columns();
        let batch = batch(&columns, &all)?;
        Ok(QueryStream {
            schema: batch.schema(),
            columns,
            batches: stream::once(std::future::ready(Ok(batch))).boxed(),
            ..answer
        })
    }
}

impl Engine {
    /// Whether a cluster would work on the query, where there is one.
    #[cfg(feature = "cluster")]
    async fn cluster_line(&self, request: &QueryRequest) -> Result<Option<Line>, EngineError> {
        let report = self.cluster_report(request).await?;
        Ok(report.map(|value| Line { item: "cluster", value: Some(value), ..Line::default() }))
    }

    /// There is no cluster.
    #[cfg(not(feature = "cluster"))]
    async fn cluster_line(&self, _: &QueryRequest) -> Result<Option<Line>, EngineError> {
        Ok(None)
    }
}

/// What was decided about a table before anything of it was read.
fn planned(scan: TableScan) -> [Line; 2] {
    let line = |item, counts| Line {
        item,
        table: Some(scan.table.clone()),
        counts: Some(counts),
        value: None,
    };
    [
        line("partitions", (scan.partitions, scan.partitions_read)),
        line("row groups", (scan.row_groups, scan.row_groups_read)),
    ]
}

/// What was found in the files that were opened.
fn measured(stats: &QueryStats, milliseconds: u128) -> Vec<Line> {
    let scan = stats.scan();
    let count = |item, counts| Line { item, counts: Some(counts), ..Line::default() };
    let value = |item, value: String| Line { item, value: Some(value), ..Line::default() };
    vec![
        count("row groups of opened partitions", (scan.row_groups, scan.row_groups_read)),
        count("pages of read row groups", (scan.pages, scan.pages_read)),
        value("bytes read", scan.bytes.to_string()),
        value("rows of the answer", stats.rows().to_string()),
        value("milliseconds", milliseconds.to_string()),
    ]
}

fn columns() -> Vec<ColumnMeta> {
    let text = Datatype { kind: Kind::Char, size: ArraySize::Variable };
    let number = Datatype { kind: Kind::Long, size: ArraySize::Scalar };
    let column = |name: &str, datatype, ucd: &str, description: &str| ColumnMeta {
        name: name.to_owned(),
        datatype,
        ucd: ucd.to_owned(),
        description: description.to_owned(),
        principal: true,
        ..ColumnMeta::default()
    };
    vec![
        column("item", text, "meta.title", "What is counted, or a line of the plan"),
        column("table_name", text, "meta.id;meta.table", "The table it belongs to"),
        column("total", number, "meta.number", "All there are"),
        column("read", number, "meta.number", "Those that are read"),
        column("skipped", number, "meta.number", "Those that are skipped"),
        column("value", text, "", "A measured value, or the text of the plan"),
    ]
}

fn batch(columns: &[ColumnMeta], lines: &[Line]) -> Result<RecordBatch, EngineError> {
    let number = |of: fn((u64, u64)) -> u64| -> ArrayRef {
        let values = lines.iter().map(|l| l.counts.and_then(|c| i64::try_from(of(c)).ok()));
        Arc::new(values.collect::<Int64Array>())
    };
    let text = |of: fn(&Line) -> Option<&str>| -> ArrayRef {
        Arc::new(lines.iter().map(of).collect::<StringArray>())
    };
    let fields: Vec<_> = columns.iter().map(meta::field_of).collect();
    let arrays = vec![
        text(|line| Some(line.item)),
        text(|line| line.table.as_deref()),
        number(|(total, _)| total),
        number(|(_, read)| read),
        number(|(total, read)| total.saturating_sub(read)),
        text(|line| line.value.as_deref()),
    ];
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}
