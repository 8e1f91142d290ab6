//! What a first visit downloads. The files of each visit are listed here; the browser tests watch
//! that the start page asks for no other module.

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::paths;
use crate::site::{self, Profile};

/// A set of files that one visit downloads, and how many compressed bytes it may take.
struct Budget {
    name: &'static str,
    files: &'static [&'static [&'static str]],
    bytes: u64,
}

/// What every page needs.
const FRAME: &[&str] =
    &["pkg/portal-bridge.js", "pkg/portal.css", "favicon.svg", "icons.svg", "manifest.webmanifest"];
const LANDING: &[&str] = &["pkg/landing.js", "pkg/landing_bg.wasm"];
const PORTAL: &[&str] = &["pkg/portal.js", "pkg/portal_bg.wasm"];
const WEBGPU: &[&str] = &["pkg/viewers-webgpu.js", "pkg/viewers-webgpu_bg.wasm"];
const WEBGL2: &[&str] = &["pkg/viewers-webgl2.js", "pkg/viewers-webgl2_bg.wasm"];
const TABLES: &[&str] =
    &["pkg/tables.js", "pkg/tables_bg.wasm", "pkg/tables-client.js", "pkg/tables-worker.js"];

const BUDGETS: [Budget; 5] = [
    Budget { name: "landing page", files: &[FRAME, LANDING], bytes: 400_000 },
    Budget {
        name: "landing page with the sky viewer on WebGPU",
        files: &[FRAME, LANDING, WEBGPU],
        bytes: 1_200_000,
    },
    Budget {
        name: "landing page with the sky viewer on WebGL2",
        files: &[FRAME, LANDING, WEBGL2],
        bytes: 1_200_000,
    },
    Budget { name: "every page", files: &[PORTAL], bytes: 700_000 },
    Budget { name: "table worker", files: &[TABLES], bytes: 1_000_000 },
];

/// Prints the sizes and fails when one is over its budget.
pub fn measure() -> Result<()> {
    site::build(Profile::Release)?;
    let mut over = Vec::new();
    for budget in &BUDGETS {
        let bytes = budget.files.iter().copied().flatten().try_fold(0, |sum, file| {
            let path = paths::site().join(format!("{file}.br"));
            let meta = std::fs::metadata(&path)
                .with_context(|| format!("cannot find {}", path.display()))?;
            anyhow::Ok(sum + meta.len())
        })?;
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
