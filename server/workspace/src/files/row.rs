//! Rows of nodes.

use sqlx::Row as _;
use sqlx::any::AnyRow;
use tenkyu_wire::files::{FileNode, NodeKind, Sharing};

use super::{FileError, to_u64};

/// Columns that [`Row::read`] reads, of the table named `n`.
pub(super) const COLUMNS: &str = "n.id, n.parent, n.name, n.kind, n.owner, n.creator, n.bytes, \
     n.sha256, n.md5, n.content_type, n.created_at, n.modified_at, n.version, n.target, n.sharing";

/// A node as it stands in the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) kind: NodeKind,
    pub(super) owner: String,
    pub(super) creator: String,
    pub(super) bytes: u64,
    pub(super) sha256: Option<String>,
    pub(super) md5: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) created: i64,
    pub(super) modified: i64,
    pub(super) version: u64,
    pub(super) target: Option<String>,
    pub(super) sharing: Option<Sharing>,
}

impl Row {
    pub(super) fn read(row: &AnyRow) -> Result<Row, FileError> {
        let kind: String = row.try_get("kind")?;
        let sharing: Option<String> = row.try_get("sharing")?;
        Ok(Row {
            id: row.try_get("id")?,
            parent: row.try_get("parent")?,
            name: row.try_get("name")?,
            kind: NodeKind::parse(&kind).ok_or_else(|| FileError::corrupt(kind))?,
            owner: row.try_get("owner")?,
            creator: row.try_get("creator")?,
            bytes: to_u64(row.try_get("bytes")?),
            sha256: row.try_get("sha256")?,
            md5: row.try_get("md5")?,
            content_type: row.try_get("content_type")?,
            created: row.try_get("created_at")?,
            modified: row.try_get("modified_at")?,
            version: to_u64(row.try_get("version")?),
            target: row.try_get("target")?,
            sharing: sharing.as_deref().map(read_sharing).transpose()?,
        })
    }

    /// The node at a path, under the rule that its folder is under.
    pub(super) fn placed(self, path: String, above: &Sharing) -> FileNode {
        FileNode {
            path,
            effective: self.sharing.clone().unwrap_or_else(|| above.clone()),
            id: self.id,
            kind: self.kind,
            owner: self.owner,
            creator: self.creator,
            bytes: self.bytes,
            sha256: self.sha256,
            md5: self.md5,
            content_type: self.content_type,
            created: self.created,
            modified: self.modified,
            version: self.version,
            target: self.target,
            sharing: self.sharing,
            properties: Default::default(),
        }
    }
}

fn read_sharing(text: &str) -> Result<Sharing, FileError> {
    serde_json::from_str(text).map_err(FileError::corrupt)
}

pub(super) fn write_sharing(sharing: &Sharing) -> Result<String, FileError> {
    serde_json::to_string(sharing).map_err(FileError::corrupt)
}

/// A node with what lies above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The node.
    pub node: FileNode,
    /// Identifiers of the folders above it, from the root; without the node itself.
    pub above: Vec<String>,
}

impl Placed {
    /// Whether the node is this one or lies below it.
    pub fn is_within(&self, id: &str) -> bool {
        self.node.id == id || self.above.iter().any(|above| above == id)
    }
}
