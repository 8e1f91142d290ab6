//! Requests that carry files beside their parameters (TAP 1.1 §2.7.6, inline uploads).

use std::path::{Path, PathBuf};

use axum::extract::{FromRequest, Multipart, Request};
use http::{Method, header};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use crate::error::RequestError;
use crate::params::{MAX_BODY, Params};
use crate::{ServiceError, Vo};

/// Most files of one request.
const MAX_FILES: usize = 32;

/// The parameters of a request, and its files on disk.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) params: Params,
    /// Files by the name of their part. They are removed with this value unless they were moved.
    pub(crate) files: Vec<(String, PathBuf)>,
    folder: Option<TempDir>,
}

impl Form {
    /// Reads the query string and the body. Parts of a multipart body that have a file name go to
    /// disk as they come; the others are parameters.
    pub(crate) async fn read(vo: &Vo, request: Request) -> Result<Form, ServiceError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let multipart = request.method() == Method::POST
            && kind.is_some_and(|kind| {
                kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
            });
        if !multipart {
            let params = Params::from_request(request).await?;
            return Ok(Form { params, ..Form::default() });
        }
        let params = Params::parse(request.uri().query().unwrap_or_default())?;
        let mut form = Form { params, ..Form::default() };
        let mut parts = Multipart::from_request(request, &()).await.map_err(|e| bad(&e))?;
        let (mut text, mut bytes) = (0, 0);
        while let Some(mut part) = parts.next_field().await.map_err(|e| bad(&e))? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                let path = form.next_file(&vo.scratch)?;
                let mut file = tokio::fs::File::create(&path).await.map_err(disk)?;
                while let Some(chunk) = part.chunk().await.map_err(|e| bad(&e))? {
                    bytes += chunk.len() as u64;
                    if bytes > vo.limits.upload_bytes {
                        return Err(RequestError::UploadTooLarge(vo.limits.upload_bytes).into());
                    }
                    file.write_all(&chunk).await.map_err(disk)?;
                }
                file.flush().await.map_err(disk)?;
                form.files.push((name, path));
                continue;
            }
            let mut value = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(|e| bad(&e))? {
                text += chunk.len();
                if text > MAX_BODY {
                    return Err(RequestError::TooLarge.into());
                }
                value.extend_from_slice(&chunk);
            }
            form.params.push(name, String::from_utf8(value).map_err(|e| bad(&e))?)?;
        }
        Ok(form)
    }

    fn next_file(&mut self, scratch: &Path) -> Result<PathBuf, ServiceError> {
        if self.files.len() >= MAX_FILES {
            return Err(RequestError::TooManyParameters(MAX_FILES).into());
        }
        Ok(self.folder(scratch)?.join(format!("part-{}", self.files.len())))
    }

    /// A folder that lives as long as this value.
    pub(crate) fn folder(&mut self, scratch: &Path) -> Result<PathBuf, ServiceError> {
        if let Some(folder) = &self.folder {
            return Ok(folder.path().to_owned());
        }
        let folder = TempDir::new_in(scratch).map_err(disk)?;
        let path = folder.path().to_owned();
        self.folder = Some(folder);
        Ok(path)
    }
}

fn bad(error: &dyn std::fmt::Display) -> ServiceError {
    RequestError::BadBody(error.to_string()).into()
}

/// An error of our own disk: a full one is told, others go to the log.
pub(crate) fn disk(error: std::io::Error) -> ServiceError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        RequestError::DiskFull.into()
    } else {
        ServiceError::internal(error)
    }
}
