//! Small catalogues in a temporary folder, and answers as text.

use std::path::{Path, PathBuf};

use arrow::{
    array::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use futures::TryStreamExt;
use tenkyu_engine::{
    Engine, EngineError, EngineOptions, ImportOptions, QueryRequest, QueryStats, generate,
};

/// An engine over a folder that is removed with it.
pub struct Lab {
    pub engine: Engine,
    pub dir: tempfile::TempDir,
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The workspace's shared data, where it is.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("TENKYU_SHARED_DATA") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

pub fn options() -> EngineOptions {
    EngineOptions {
        memory_bytes: 256 << 20,
        hot_bytes: 64 << 20,
        threads: 2,
        query_seconds: 60,
        cluster: None,
    }
}

impl Lab {
    pub fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), options()).unwrap();
        Self { engine, dir }
    }

    /// `lab.objects` and `lab.links` from CSV.
    pub fn small() -> Self {
        let lab = Self::empty();
        lab.engine.resolve_names_with(std::sync::Arc::new(OneStar));
        for name in ["objects", "links"] {
            let import = ImportOptions::new(format!("lab.{name}"));
            lab.engine.import(&data(&format!("{name}.csv")), &import, &mut |_| {}).unwrap();
        }
        lab
    }

    /// `sky.stars`: generated stars in partitions of at most `max_rows`.
    pub fn stars(rows: u64, max_rows: u64) -> Self {
        let lab = Self::empty();
        let import = ImportOptions { max_rows, ..ImportOptions::new("sky.stars") };
        generate::import(lab.dir.path(), rows, 7, &import, &mut |_| {}).unwrap();
        lab.engine.reload().unwrap();
        lab
    }

    pub fn run(&self, adql: &str) -> Result<(Vec<RecordBatch>, QueryStats), EngineError> {
        self.request(QueryRequest { adql: adql.to_owned(), ..QueryRequest::default() })
    }

    pub fn request(
        &self,
        request: QueryRequest,
    ) -> Result<(Vec<RecordBatch>, QueryStats), EngineError> {
        runtime().block_on(async {
            let answer = self.engine.query(request).await?;
            let (schema, stats) = (answer.schema.clone(), answer.stats.clone());
            let mut batches: Vec<RecordBatch> = answer.batches.try_collect().await?;
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            Ok((batches, stats))
        })
    }

    /// Header and rows, cells separated by ` | `, nulls as `∅`.
    pub fn text(&self, adql: &str) -> Result<Vec<String>, EngineError> {
        self.run(adql).map(|(batches, _)| lines(&batches))
    }

    /// Integers of the first column, sorted.
    pub fn ids(&self, adql: &str) -> Vec<i64> {
        let lines = self.text(adql).unwrap_or_else(|e| panic!("{adql}: {e}"));
        let mut ids: Vec<i64> = lines[1..].iter().map(|l| l.parse().unwrap()).collect();
        ids.sort_unstable();
        ids
    }
}

/// Knows Vega, and its German spelling as something like it.
struct OneStar;

impl tenkyu_engine::NameResolver for OneStar {
    fn position(&self, name: &str) -> Result<(f64, f64), Vec<String>> {
        match name.to_lowercase().as_str() {
            "vega" => Ok((279.234_734_79, 38.783_688_96)),
            "wega" => Err(vec!["Vega".to_owned()]),
            _ => Err(Vec::new()),
        }
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

pub fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let schema = batches[0].schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut lines = vec![names.join(" | ")];
    let format = FormatOptions::default().with_null("∅");
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &format).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            lines.push(cells.join(" | "));
        }
    }
    lines
}

/// The same numbers on every run (SplitMix64; Steele, Lea and Flood 2014).
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }
}
