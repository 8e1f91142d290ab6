//! A view that is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use url::form_urlencoded;

use crate::WorkspaceError;

/// Longest path, characters.
const LONGEST_PATH: usize = 500;
/// Longest query string, characters.
const LONGEST_QUERY: usize = 16_000;
/// Longest title, characters.
const LONGEST_TITLE: usize = 300;

/// Parameter of a view's address that names the snapshots to read.
const SNAPSHOT: &str = "snapshot";

/// A view to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewView {
    /// Path within the portal, such as `/query`.
    pub path: String,
    /// The state as it stands after `?`.
    #[serde(default)]
    pub query: String,
    /// What the user calls it.
    #[serde(default)]
    pub title: Option<String>,
    /// Data snapshots that it shows, table by table. The server fills this in.
    #[serde(skip)]
    pub snapshots: BTreeMap<String, String>,
}

/// A view that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedView {
    /// The last part of `/s/{id}`.
    pub id: String,
    /// Path within the portal.
    pub path: String,
    /// Query string without `?`.
    pub query: String,
    /// What the user calls it; may be empty.
    pub title: String,
    /// Data snapshots that it shows, table by table.
    pub snapshots: BTreeMap<String, String>,
    /// When it was kept, seconds since 1970 UTC.
    pub created_at: i64,
}

impl NewView {
    /// Whether the address stays within this portal: what is stored here is where browsers are
    /// sent later.
    pub(crate) fn check(&self) -> Result<(), WorkspaceError> {
        let bad = || WorkspaceError::BadAddress(self.path.chars().take(60).collect());
        let plain = |text: &str| !text.chars().any(|c| c.is_control() || c == '\\');
        let inside = self.path.starts_with('/')
            && !self.path.starts_with("//")
            && !self.path.contains(['?', '#'])
            && !self.path.split('/').any(|part| matches!(part, "." | ".."));
        if !inside
            || !plain(&self.path)
            || !plain(&self.query)
            || self.query.contains('#')
            || self.title.as_deref().is_some_and(|title| title.contains('\0'))
        {
            return Err(bad());
        }
        let title = self.title.as_deref().unwrap_or_default();
        for (field, text, limit) in [
            ("path", self.path.as_str(), LONGEST_PATH),
            ("query", self.query.as_str(), LONGEST_QUERY),
            ("title", title, LONGEST_TITLE),
        ] {
            if text.chars().count() > limit {
                return Err(WorkspaceError::TooLong { field, limit });
            }
        }
        Ok(())
    }
}

/// Percent-encodes what may not stand in an address: pages hand over decoded text now and then.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

impl SavedView {
    /// Where the view is: path and query, with the snapshots that it was made with.
    pub fn address(&self) -> String {
        let pinned =
            form_urlencoded::parse(self.query.as_bytes()).any(|(name, _)| name == SNAPSHOT);
        let mut query = form_urlencoded::Serializer::new(self.query.clone());
        if !self.snapshots.is_empty() && !pinned {
            let list: Vec<_> = self.snapshots.iter().map(|(t, s)| format!("{t}@{s}")).collect();
            query.append_pair(SNAPSHOT, &list.join(","));
        }
        let query = query.finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}
