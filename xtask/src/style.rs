//! The one style sheet of the page, from the files in `style/`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Reads a style sheet with every `@import "file";` replaced by that file, each file once.
pub fn bundle(file: &Path) -> Result<String> {
    let mut out = String::new();
    append(file, &mut out, &mut HashSet::new())?;
    Ok(out)
}

fn append(file: &Path, out: &mut String, seen: &mut HashSet<PathBuf>) -> Result<()> {
    if !seen.insert(file.to_path_buf()) {
        return Ok(());
    }
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    for line in text.lines() {
        match imported(line) {
            Some(name) => append(&file.with_file_name("").join(name), out, seen)?,
            None => {
                out.push_str(line.trim());
                out.push('\n');
            }
        }
    }
    Ok(())
}

fn imported(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("@import")?.trim();
    let rest = rest.trim_start_matches("url(").trim_start_matches(['"', '\'']);
    rest.split(['"', '\'']).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_replaced_once_and_in_order() {
        let dir = std::env::temp_dir().join(format!("tenkyu-style-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("parts")).unwrap();
        std::fs::write(
            dir.join("main.css"),
            "@import \"parts/a.css\";\n@import 'parts/b.css';\nc {}\n",
        )
        .unwrap();
        std::fs::write(dir.join("parts/a.css"), "  a {}\n").unwrap();
        std::fs::write(dir.join("parts/b.css"), "@import \"a.css\";\nb {}\n").unwrap();
        assert_eq!(bundle(&dir.join("main.css")).unwrap(), "a {}\nb {}\nc {}\n");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
