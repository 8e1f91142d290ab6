//! The files of one person in a folder of their own.

#![allow(dead_code, reason = "each test program uses a part of it")]

use futures::StreamExt;
use tenkyu_store::testing;
use tenkyu_wire::files::FileNode;
use tenkyu_workspace::files::{
    Body, Expected, FileError, FileLimits, Files, NewNode, NewUpload, Precondition, UploadKind,
};

pub const ANNA: &str = "person:anna";

pub struct Shelf {
    pub files: Files,
    pub home: FileNode,
    pub folder: tempfile::TempDir,
}

/// A body that comes whole.
pub fn body(bytes: &[u8]) -> Body {
    futures::stream::iter([Ok(bytes.to_vec().into())]).boxed()
}

/// A body of which some pieces come before the connection breaks.
pub fn broken(pieces: &[&[u8]]) -> Body {
    let pieces: Vec<_> = pieces.iter().map(|piece| Ok(piece.to_vec().into())).collect();
    let end = futures::stream::iter([Err("the connection broke".into())]);
    futures::stream::iter(pieces).chain(end).boxed()
}

pub fn new_upload(parent: &str, name: &str, length: Option<u64>) -> NewUpload {
    NewUpload {
        kind: UploadKind::Whole,
        parent: parent.to_owned(),
        name: name.to_owned(),
        creator: ANNA.to_owned(),
        length,
        content_type: None,
        expected: Expected::default(),
        precondition: Precondition::Any,
        metadata: String::new(),
    }
}

impl Shelf {
    pub async fn new() -> Shelf {
        Shelf::with(FileLimits::default()).await
    }

    pub async fn with(limits: FileLimits) -> Shelf {
        let folder = tempfile::tempdir().unwrap();
        let store = testing::open(folder.path()).await;
        let files = Files::open(&store, folder.path(), limits).await.unwrap();
        let home = files.home(ANNA, "anna").await.unwrap().node;
        assert_eq!((home.path.as_str(), home.owner.as_str()), ("/home/anna", ANNA));
        Shelf { files, home, folder }
    }

    /// The same data directory, as a server finds it that was killed.
    pub async fn reopened(self) -> Shelf {
        let Shelf { files, folder, .. } = self;
        let limits = files.limits().clone();
        drop(files);
        let store = testing::open(folder.path()).await;
        let files = Files::open(&store, folder.path(), limits).await.unwrap();
        let home = files.home(ANNA, "anna").await.unwrap().node;
        Shelf { files, home, folder }
    }

    pub async fn folder(&self, parent: &str, name: &str) -> FileNode {
        let new = NewNode { creator: ANNA.to_owned(), ..NewNode::default() };
        self.files.make(parent, name, &new).await.unwrap().node
    }

    pub async fn put(&self, name: &str, bytes: &[u8]) -> Result<FileNode, FileError> {
        self.put_in(&self.home.id, name, bytes).await
    }

    pub async fn put_in(
        &self,
        parent: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<FileNode, FileError> {
        self.send(new_upload(parent, name, Some(bytes.len() as u64)), bytes).await
    }

    pub async fn send(&self, new: NewUpload, bytes: &[u8]) -> Result<FileNode, FileError> {
        let upload = self.files.begin(new).await?;
        let done = self.files.append(&upload.id, 0, body(bytes), None).await?;
        Ok(self.files.get(&done.done.unwrap()).await?.node)
    }

    pub async fn node(&self, path: &str) -> FileNode {
        self.files.find(&format!("/home/anna/{path}")).await.unwrap().node
    }

    pub async fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.files.content(&self.node(path).await).unwrap()).unwrap()
    }

    pub async fn remove(&self, id: &str) {
        self.files.throw_away(id).await.unwrap();
        self.files.purge(id).await.unwrap();
    }

    pub async fn used(&self) -> u64 {
        self.files.usage(ANNA).await.unwrap().used
    }

    pub async fn reserved(&self) -> u64 {
        self.files.usage(ANNA).await.unwrap().reserved
    }

    /// Contents on disk.
    pub fn objects(&self) -> usize {
        let list = |path: &std::path::Path| -> Vec<std::path::PathBuf> {
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
        };
        let first = list(&self.folder.path().join("files/objects"));
        first.iter().flat_map(|one| list(one)).map(|two| list(&two).len()).sum()
    }

    /// Nothing is wrong with files, sums and reservations.
    pub async fn clean(&self) {
        let report = self.files.check(true, false).await.unwrap();
        assert!(report.is_good(), "{report:?}");
    }
}
