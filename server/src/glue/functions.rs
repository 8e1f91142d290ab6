//! Users' own functions: kept by the workspace, read by the sandbox.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tenkyu_udf::sandbox::{Limits, Module, Pool};
use tenkyu_vo::{FunctionRoom, ModuleFile, ServiceError};
use tenkyu_wire::functions::ModuleMeta;
use tenkyu_workspace::{ModuleLimits, Workspace, WorkspaceError};

/// Limits on users' own functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionLimits {
    /// On what a running module uses.
    pub sandbox: Limits,
    /// On what is kept.
    pub kept: ModuleLimits,
    /// Bytes of memory of all running modules together.
    pub pool_bytes: u64,
}

impl Default for FunctionLimits {
    /// 2 GiB of memory for all running modules.
    fn default() -> Self {
        let (sandbox, kept) = (Limits::default(), ModuleLimits::default());
        FunctionLimits { sandbox, kept, pool_bytes: 2 << 30 }
    }
}

/// Modules that were read last stay read.
const READ: usize = 64;

/// The functions behind `/tap/functions` and `my.…`.
pub(crate) struct ModuleRoom {
    workspace: Workspace,
    limits: FunctionLimits,
    pool: Arc<Pool>,
    read: Mutex<VecDeque<(String, Module)>>,
}

impl ModuleRoom {
    pub(crate) fn new(workspace: Workspace, limits: FunctionLimits) -> Self {
        let pool = Pool::new(limits.pool_bytes);
        ModuleRoom { workspace, limits, pool, read: Mutex::default() }
    }

    /// The modules of a query, ready to be started.
    pub(crate) async fn modules(&self, files: &[ModuleFile]) -> Result<Vec<Module>, ServiceError> {
        let mut modules = Vec::with_capacity(files.len());
        for file in files {
            let module = match self.known(&file.id) {
                Some(module) => module,
                None => {
                    let bytes =
                        tokio::fs::read(&file.path).await.map_err(ServiceError::internal)?;
                    self.check(bytes.into()).await.inspect(|module| self.keep(&file.id, module))?
                }
            };
            modules.push(module);
        }
        Ok(modules)
    }

    async fn check(&self, bytes: Bytes) -> Result<Module, ServiceError> {
        let (limits, pool) = (self.limits.sandbox, self.pool.clone());
        let read = tokio::task::spawn_blocking(move || Module::read(&bytes, limits, &pool)).await;
        read.map_err(ServiceError::internal)?.map_err(ServiceError::new)
    }

    fn known(&self, id: &str) -> Option<Module> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let at = read.iter().position(|(known, _)| known == id)?;
        let found = read.remove(at)?;
        let module = found.1.clone();
        read.push_front(found);
        Some(module)
    }

    fn keep(&self, id: &str, module: &Module) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.push_front((id.to_owned(), module.clone()));
        read.truncate(READ);
    }
}

/// An error of the workspace: what the user can mend is told, the rest goes to the log.
pub(super) fn outward(error: WorkspaceError) -> ServiceError {
    if error.is_internal() {
        ServiceError::internal(format!("{:#}", anyhow::Error::from(error)))
    } else {
        ServiceError::new(error)
    }
}

#[async_trait]
impl FunctionRoom for ModuleRoom {
    async fn add(
        &self,
        owner: &str,
        name: &str,
        module: Bytes,
    ) -> Result<(ModuleMeta, bool), ServiceError> {
        let read = self.check(module.clone()).await?;
        let functions = read.functions().to_vec();
        let added = self.workspace.add_module(owner, name, &module, functions, self.limits.kept);
        let (meta, is_new) = added.await.map_err(outward)?;
        self.keep(&meta.id, &read);
        Ok((meta, is_new))
    }

    async fn list(&self, owner: &str) -> Result<Vec<ModuleMeta>, ServiceError> {
        self.workspace.modules(owner).await.map_err(outward)
    }

    async fn module(&self, owner: &str, id: &str) -> Result<ModuleMeta, ServiceError> {
        self.workspace.module(owner, id).await.map_err(outward)
    }

    async fn remove(&self, owner: &str, id: &str) -> Result<(), ServiceError> {
        self.workspace.remove_module(owner, id).await.map_err(outward)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.workspace.module_file(id)
    }

    fn longest(&self) -> u64 {
        self.limits.sandbox.module_bytes
    }
}
