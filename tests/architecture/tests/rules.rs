//! Each test is a rule of ARCHITECTURE.md or deny.toml.

use std::path::{Path, PathBuf};

use tenkyu_architecture::{Metadata, root};

/// Crates that do I/O, read a clock, start threads or bring an async runtime.
const NOT_PURE: [&str; 12] = [
    "tokio",
    "async-std",
    "smol",
    "rayon",
    "reqwest",
    "hyper",
    "axum",
    "sqlx",
    "object_store",
    "web-sys",
    "js-sys",
    "chrono",
];

#[test]
fn shared_crates_are_pure() {
    let metadata = Metadata::read().unwrap();
    for package in metadata.ours().filter(|p| p.folder().starts_with("shared/")) {
        for name in package.uses() {
            assert!(!NOT_PURE.contains(&name), "{} depends on {name}", package.name);
        }
    }
}

#[test]
fn shared_sources_touch_neither_files_nor_clocks_nor_threads() {
    for file in rust_files(&root().join("shared")) {
        // Tests and examples may read fixtures.
        let shown = file.display().to_string();
        if shown.contains("/tests/") || shown.contains("/examples/") || shown.ends_with("tests.rs")
        {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["std::fs", "std::net", "std::thread", "std::time", "std::process", "std::env"]
        {
            assert!(!code.contains(word), "{shown} names {word}");
        }
    }
}

#[test]
fn engines_stay_behind_their_crates() {
    let metadata = Metadata::read().unwrap();
    for package in metadata.ours() {
        for name in package.uses() {
            let home = match name {
                _ if name.starts_with("datafusion") || name.starts_with("ballista") => {
                    "server/engine"
                }
                "wgpu" | "naga" => "app/viewers",
                _ => continue,
            };
            assert_eq!(package.folder(), home, "{} depends on {name}", package.name);
        }
    }
}

#[test]
fn rooms_know_only_shared_crates() {
    let metadata = Metadata::read().unwrap();
    for package in metadata.ours().filter(|p| p.folder().starts_with("server/")) {
        for name in package.uses().filter(|name| name.starts_with("tenkyu-")) {
            let shared = [
                "tenkyu-sky",
                "tenkyu-fits",
                "tenkyu-adql",
                "tenkyu-udf",
                "tenkyu-wire",
                "tenkyu-store",
            ];
            assert!(shared.contains(&name), "{} depends on {name}", package.name);
        }
    }
}

#[test]
fn viewers_know_no_page() {
    let metadata = Metadata::read().unwrap();
    for package in metadata.ours().filter(|p| p.folder() == "app/viewers") {
        assert!(package.uses().all(|name| !name.starts_with("leptos") && name != "tenkyu-portal"));
    }
}

#[test]
fn every_licence_is_allowed() {
    let deny: toml::Table =
        std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(|v| v.as_str()).collect();
    let metadata = Metadata::read().unwrap();
    for package in &metadata.packages {
        let license = package.license.as_deref().unwrap_or_default();
        assert!(
            satisfied(license, &allowed),
            "{}: licence `{license}` is not in deny.toml",
            package.name
        );
    }
}

/// Whether an SPDX expression can be met by the allowed licences: one of every `OR`, all of every
/// `AND`. Old manifests write `/` for `OR`.
fn satisfied(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    expression
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| allowed.contains(&licence.trim())))
}

#[test]
fn expressions_are_met_as_spdx_means() {
    let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
    assert!(satisfied("MIT OR GPL-3.0", &allowed));
    assert!(satisfied("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(satisfied("MIT/Apache-2.0", &allowed));
    assert!(!satisfied("MIT AND GPL-3.0", &allowed));
    assert!(!satisfied("", &allowed));
}

#[test]
fn the_repository_names_no_machine_and_no_registry() {
    // Joined here so that this file does not name them itself.
    let hosts = [
        ["/ro", "ot/"].concat(),
        ["/wo", "rk/"].concat(),
        ["py", "pi.org"].concat(),
        ["npm", "js.org"].concat(),
        ["deb", ".debian.org"].concat(),
    ];
    for folder in ["shared", "app", "server", "xtask/src", "tests", "e2e", "style", ".ci", ".cargo"]
    {
        for file in files(&root().join(folder)) {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            for host in &hosts {
                assert!(!text.contains(host.as_str()), "{} names {host}", file.display());
            }
        }
    }
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    files(dir).into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs")).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "node_modules" && name != "results") {
                found.extend(files(&path));
            }
        } else {
            found.push(path);
        }
    }
    found
}
