//! What a first visit downloads.

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::paths;
use crate::site::{self, Profile};

/// A set of files that one visit downloads, and how many compressed bytes it may take.
struct Budget {
    name: &'static str,
    files: &'static [&'static str],
    bytes: u64,
}

const PAGE: [&str; 4] = ["portal.js", "portal_bg.wasm", "portal.css", "portal-bridge.js"];
const SKY: [&str; 6] = [
    "portal.js",
    "portal_bg.wasm",
    "portal.css",
    "portal-bridge.js",
    "viewers.js",
    "viewers_bg.wasm",
];
const TABLES: [&str; 4] = ["tables.js", "tables_bg.wasm", "tables-client.js", "tables-worker.js"];

const BUDGETS: [Budget; 3] = [
    Budget { name: "landing page", files: &PAGE, bytes: 400_000 },
    Budget { name: "landing page with the sky viewer", files: &SKY, bytes: 1_200_000 },
    Budget { name: "table worker", files: &TABLES, bytes: 1_000_000 },
];

/// Prints the sizes and fails when one is over its budget.
pub fn measure() -> Result<()> {
    site::build(Profile::Release)?;
    let pkg = paths::site().join("pkg");
    let mut over = Vec::new();
    for budget in &BUDGETS {
        let mut bytes = 0;
        for file in budget.files {
            let path = pkg.join(format!("{file}.br"));
            bytes += std::fs::metadata(&path)
                .with_context(|| format!("cannot find {}", path.display()))?
                .len();
        }
        println!(
            "{}",
            json!({ "name": format!("transfer: {}", budget.name), "bytes": bytes, "budget_bytes": budget.bytes })
        );
        if bytes > budget.bytes {
            over.push(budget.name);
        }
    }
    if !over.is_empty() {
        bail!("over budget: {}", over.join(", "));
    }
    Ok(())
}
