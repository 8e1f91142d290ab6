//! Where a catalogue lies: a folder, or a prefix of an object store.

use std::{
    fmt,
    future::Future,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use datafusion::{
    execution::object_store::ObjectStoreUrl,
    object_store::{self, ObjectStore, ObjectStoreExt as _, path::Path as ObjectPath},
};
use futures::TryStreamExt as _;
use object_store_remote::{ClientOptions, aws::AmazonS3Builder, http::HttpBuilder};
use tokio::runtime::Handle;

use crate::EngineError;

/// A folder of a catalogue, wherever it is. Names below it use `/`.
#[derive(Clone)]
pub enum Place {
    /// A folder of this machine, by its absolute path.
    Folder(PathBuf),
    /// A prefix of an object store.
    Store(Store),
}

/// A prefix of an object store.
#[derive(Clone)]
pub struct Store {
    /// Scheme and host: what plans call the store by.
    pub url: ObjectStoreUrl,
    /// The store.
    pub objects: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    /// Waits for the store: descriptions of catalogues are read by code that blocks.
    runtime: Handle,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(dir) => write!(f, "{}", dir.display()),
            Self::Store(store) => write!(f, "{}{}", store.url.as_str(), store.prefix),
        }
    }
}

impl Store {
    /// The prefix `prefix` of a store.
    pub fn new(
        url: ObjectStoreUrl,
        objects: Arc<dyn ObjectStore>,
        prefix: &str,
        runtime: Handle,
    ) -> io::Result<Self> {
        let prefix = ObjectPath::parse(prefix).map_err(io::Error::other)?;
        Ok(Self { url, objects, prefix, runtime })
    }

    fn path(&self, name: &str) -> io::Result<ObjectPath> {
        let full = format!("{}/{name}", self.prefix);
        ObjectPath::parse(full.trim_start_matches('/')).map_err(io::Error::other)
    }

    /// Runs a request on the runtime, from a thread that may wait: the caller may be one of the
    /// runtime's own.
    fn wait<T: Send>(&self, request: impl Future<Output = T> + Send) -> io::Result<T> {
        let done = std::thread::scope(|scope| {
            scope.spawn(|| self.runtime.block_on(request)).join().map_err(|_| ())
        });
        done.map_err(|()| io::Error::other("the request to the object store broke off"))
    }
}

fn has_credentials() -> bool {
    // Keys, a profile of a container or of a web identity: whatever the builder looks at.
    ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        .iter()
        .any(|name| std::env::var_os(name).is_some())
}

fn io_error(error: object_store::Error) -> io::Error {
    match error {
        object_store::Error::NotFound { .. } => {
            io::Error::new(io::ErrorKind::NotFound, error.to_string())
        }
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => {
            io::Error::new(io::ErrorKind::PermissionDenied, error.to_string())
        }
        other => io::Error::other(other),
    }
}

impl Place {
    /// The place at an address: a folder, `s3://bucket/prefix`, or an `https` or `http` URL.
    ///
    /// Credentials, region and endpoint of S3 come from the usual `AWS_…` variables.
    pub fn parse(address: &str, runtime: &Handle) -> Result<Self, EngineError> {
        let Some((scheme, rest)) = address.split_once("://") else {
            let dir = PathBuf::from(address);
            let dir = dir.canonicalize().map_err(|e| EngineError::io(&dir, e))?;
            return Ok(Self::Folder(dir));
        };
        let fail = |e: object_store::Error| EngineError::io(Path::new(address), io_error(e));
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let root = format!("{scheme}://{host}");
        let objects: Arc<dyn ObjectStore> = match scheme {
            "s3" => {
                let mut s3 = AmazonS3Builder::from_env().with_bucket_name(host);
                if !has_credentials() {
                    // Public buckets are read without a signature.
                    s3 = s3.with_skip_signature(true);
                }
                Arc::new(s3.build().map_err(fail)?)
            }
            "http" | "https" => {
                let options = ClientOptions::new().with_allow_http(scheme == "http");
                let http = HttpBuilder::new().with_url(&root).with_client_options(options);
                Arc::new(http.build().map_err(fail)?)
            }
            _ => return Err(EngineError::BadAddress { address: address.to_owned() }),
        };
        let bad = |_| EngineError::BadAddress { address: address.to_owned() };
        let url = ObjectStoreUrl::parse(&root).map_err(bad)?;
        let store = Store::new(url, objects, prefix.trim_end_matches('/'), runtime.clone());
        store.map(Self::Store).map_err(|_| EngineError::BadAddress { address: address.to_owned() })
    }

    /// The folder `name` of this one; absolute paths stay what they are.
    pub fn join(&self, name: &str) -> io::Result<Self> {
        match self {
            Self::Folder(dir) => Ok(Self::Folder(dir.join(name))),
            Self::Store(store) => {
                // A whole address of the same store, or a name.
                let inner = name.strip_prefix(store.url.as_str());
                let prefix = match inner {
                    Some(inner) => ObjectPath::parse(inner).map_err(io::Error::other)?,
                    None if name.contains("://") => {
                        return Err(io::Error::other(format!("{name} is in another store")));
                    }
                    None => store.path(name)?,
                };
                Ok(Self::Store(Store { prefix, ..store.clone() }))
            }
        }
    }

    /// The bytes of a file.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Folder(dir) => std::fs::read(dir.join(name)),
            Self::Store(store) => {
                let path = store.path(name)?;
                let get = async {
                    let found = store.objects.get(&path).await.map_err(io_error)?;
                    found.bytes().await.map_err(io_error)
                };
                Ok(store.wait(get)??.to_vec())
            }
        }
    }

    /// The text of a file.
    pub fn read_text(&self, name: &str) -> io::Result<String> {
        let bytes = self.read(name)?;
        String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }

    /// Whether there is a file of this name.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Self::Folder(dir) => dir.join(name).is_file(),
            Self::Store(store) => {
                let Ok(path) = store.path(name) else { return false };
                store.wait(store.objects.head(&path)).is_ok_and(|head| head.is_ok())
            }
        }
    }

    /// The files below a folder, at any depth, by name relative to this place, with their sizes.
    pub fn list(&self, name: &str) -> io::Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        match self {
            Self::Folder(dir) => walk(dir, &dir.join(name), &mut found)?,
            Self::Store(store) => {
                let below = store.path(name)?;
                let listed = store.objects.list(Some(&below)).map_err(io_error);
                let all: Vec<_> = store.wait(listed.try_collect())??;
                let prefix = format!("{}/", store.prefix);
                for object in all {
                    let full = object.location.as_ref();
                    let relative = full.strip_prefix(&prefix).unwrap_or(full);
                    found.push((relative.to_owned(), object.size));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Size of a file where that costs no request.
    pub fn size(&self, name: &str) -> io::Result<Option<u64>> {
        match self {
            Self::Folder(dir) => std::fs::metadata(dir.join(name)).map(|m| Some(m.len())),
            Self::Store(_) => Ok(None),
        }
    }

    /// What plans call the store by.
    pub fn url(&self) -> ObjectStoreUrl {
        match self {
            Self::Folder(_) => ObjectStoreUrl::local_filesystem(),
            Self::Store(store) => store.url.clone(),
        }
    }

    /// A store that has this place as its root, and nothing beside it.
    #[cfg(feature = "cluster")]
    pub(crate) fn objects(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        use datafusion::object_store::{local::LocalFileSystem, prefix::PrefixStore};
        Ok(match self {
            Self::Folder(dir) => Arc::new(LocalFileSystem::new_with_prefix(dir)?),
            Self::Store(store) => {
                Arc::new(PrefixStore::new(store.objects.clone(), store.prefix.clone()))
            }
        })
    }

    /// What plans call a file by.
    pub fn object(&self, name: &str) -> io::Result<ObjectPath> {
        match self {
            Self::Folder(dir) => {
                ObjectPath::from_absolute_path(dir.join(name)).map_err(io::Error::other)
            }
            Self::Store(store) => store.path(name),
        }
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, u64)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let metadata = std::fs::metadata(&path)?;
        if metadata.is_dir() {
            walk(root, &path, found)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            found.push((name.replace('\\', "/"), metadata.len()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::object_store::{PutPayload, memory::InMemory};

    #[test]
    fn folders_and_stores_answer_alike() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let objects = Arc::new(InMemory::new());
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("a/x.txt", "one"), ("a/b/y.txt", "three"), ("z.txt", "")] {
            let path = ObjectPath::from(format!("deep/cat/{name}"));
            runtime.block_on(objects.put(&path, PutPayload::from(text))).unwrap();
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let url = ObjectStoreUrl::parse("s3://bucket").unwrap();
        let handle = runtime.handle().clone();
        let store = Store::new(url, objects, "deep/cat", handle).unwrap();
        // Called from a thread of the runtime itself, too.
        let places = [Place::Folder(dir.path().to_owned()), Place::Store(store)];
        let check = async move {
            for place in places {
                let expected = vec![("a/b/y.txt".to_owned(), 5), ("a/x.txt".to_owned(), 3)];
                assert_eq!(place.list("a").unwrap(), expected);
                let inner = place.join("a").unwrap();
                assert_eq!(inner.read_text("b/y.txt").unwrap(), "three");
                assert!(inner.has("x.txt") && !inner.has("y.txt"));
                assert_eq!(inner.read("none").unwrap_err().kind(), io::ErrorKind::NotFound);
            }
        };
        runtime.block_on(check);
    }
}
