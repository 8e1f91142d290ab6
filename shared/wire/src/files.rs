//! Files of people and groups, as `/vospace` gives them in JSON and as the page shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a node of the tree is (VOSpace 2.1 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A folder.
    Container,
    /// A file.
    Data,
    /// A name for another address.
    Link,
}

impl NodeKind {
    /// The word in JSON and in the store.
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Container => "container",
            NodeKind::Data => "data",
            NodeKind::Link => "link",
        }
    }

    /// Reads [`NodeKind::word`].
    pub fn parse(word: &str) -> Option<NodeKind> {
        [NodeKind::Container, NodeKind::Data, NodeKind::Link]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// Who may see and change a node, besides the owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sharing {
    /// Everyone may read.
    pub public: bool,
    /// Groups that may read, by name.
    pub read: Vec<String>,
    /// Groups that may read and write, by name.
    pub write: Vec<String>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNode {
    /// Identifier; stays when the node is renamed or moved.
    pub id: String,
    /// Names from the root, each after a `/`; empty for the root itself.
    pub path: String,
    /// What it is.
    pub kind: NodeKind,
    /// Whose it is and whose quota it uses: `person:…` or `group:…`; empty for what is the
    /// service's own.
    pub owner: String,
    /// Who made it.
    pub creator: String,
    /// Length of a file, bytes; 0 for others.
    pub bytes: u64,
    /// SHA-256 of a file, lower-case hex.
    pub sha256: Option<String>,
    /// MD5 of a file, lower-case hex; VOSpace clients compare it.
    pub md5: Option<String>,
    /// Media type of a file.
    pub content_type: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub created: i64,
    /// Milliseconds since 1970, UTC.
    pub modified: i64,
    /// Counts from 1 with each new content.
    pub version: u64,
    /// Where a link leads.
    pub target: Option<String>,
    /// Further properties, by URI.
    pub properties: BTreeMap<String, String>,
    /// Its own rule, where it has one.
    pub sharing: Option<Sharing>,
    /// The rule in force: its own, or that of the nearest folder above that has one.
    pub effective: Sharing,
}

impl FileNode {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A page of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderPage {
    /// The folder.
    pub node: FileNode,
    /// Nodes in it, by name.
    pub nodes: Vec<FileNode>,
    /// Name after which the next page begins; absent on the last.
    pub next: Option<String>,
}

/// An earlier content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVersion {
    /// Its number.
    pub version: u64,
    /// Length, bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// MD5, lower-case hex.
    pub md5: String,
    /// Media type.
    pub content_type: Option<String>,
    /// When it was written, milliseconds since 1970, UTC.
    pub created: i64,
    /// Who wrote it.
    pub creator: String,
}

/// A node that was thrown away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trashed {
    /// Identifier of the node.
    pub id: String,
    /// Where it was.
    pub path: String,
    /// What it is.
    pub kind: NodeKind,
    /// Bytes in it and below.
    pub bytes: u64,
    /// When it was thrown away, milliseconds since 1970, UTC.
    pub deleted: i64,
    /// When it is gone for good, milliseconds since 1970, UTC.
    pub expires: i64,
}

/// How much space is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// `person:…` or `group:…`.
    pub owner: String,
    /// Bytes of files, with earlier versions and what is in the trash.
    pub used: u64,
    /// Bytes of uploads that run.
    pub reserved: u64,
    /// Bytes that may be used.
    pub quota: u64,
}

impl Usage {
    /// Per cent from which the page warns.
    const WARN: u128 = 90;

    /// Whether it is time to make room.
    pub fn is_nearly_full(&self) -> bool {
        let taken = u128::from(self.used) + u128::from(self.reserved);
        taken * 100 >= u128::from(self.quota) * Usage::WARN
    }
}

/// A secret link to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretLink {
    /// Identifier, by which it is withdrawn; not the secret.
    pub id: String,
    /// Whether it also lets write.
    pub write: bool,
    /// When it ends, milliseconds since 1970, UTC.
    pub expires: i64,
    /// When it was made.
    pub created: i64,
    /// The secret; given once, when the link is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_comes_at_ninety_per_cent() {
        let usage = |used, reserved| Usage { owner: String::new(), used, reserved, quota: 1000 };
        assert!(!usage(899, 0).is_nearly_full());
        assert!(usage(850, 50).is_nearly_full());
        assert!(usage(u64::MAX, u64::MAX).is_nearly_full());
    }
}
