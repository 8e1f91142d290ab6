//! Errors on their way from a task to the user.
//!
//! Ballista hands on no more than a text, in which an error is nested as it is debugged. So what
//! concerns the user is put into it in a form that is found again.

use arrow::error::ArrowError;
use ballista_core::error::BallistaError;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use datafusion::common::DataFusionError;
use tenkyu_udf::UdfError;

use crate::{EngineError, error::Reason};

/// What encloses an error of ours in a text.
const OPEN: &str = "tenkyu-told<";
const CLOSE: char = '>';

/// An error that concerns the user.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum Told {
    /// The task needed more memory than it may have.
    Memory(String),
    /// A value that cannot be computed, a call that cannot be made.
    Invalid(String),
    /// A function of the user's own failed.
    Own(UdfError),
}

impl Told {
    fn of(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(current) = next {
            if let Some(error) = current.downcast_ref::<DataFusionError>() {
                match error {
                    DataFusionError::ResourcesExhausted(detail) => {
                        return Some(Self::Memory(detail.clone()));
                    }
                    DataFusionError::Execution(reason)
                    | DataFusionError::Plan(reason)
                    | DataFusionError::NotImplemented(reason) => {
                        return Some(Self::Invalid(reason.clone()));
                    }
                    _ => {}
                }
            }
            if let Some(error) = current.downcast_ref::<UdfError>() {
                return Some(Self::Own(error.clone()));
            }
            if let Some(error) = current.downcast_ref::<ArrowError>() {
                let outer = matches!(error, ArrowError::IoError(..) | ArrowError::ExternalError(_));
                if !outer {
                    return Some(Self::Invalid(error.to_string()));
                }
            }
            if let Some(error) = current.downcast_ref::<BallistaError>() {
                return match error {
                    BallistaError::ArrowError(inner) => Self::of(inner.as_ref()),
                    BallistaError::DataFusionError(inner) => Self::of(inner.as_ref()),
                    // A result that was lost: Ballista knows what to do.
                    _ => None,
                };
            }
            next = current.source();
        }
        None
    }
}

/// The error of a task as it leaves the executor.
pub fn told(error: DataFusionError) -> DataFusionError {
    let told = Told::of(&error).and_then(|told| serde_json::to_vec(&told).ok());
    match told {
        Some(told) => {
            let told = BASE64_STANDARD.encode(told);
            DataFusionError::Execution(format!("{OPEN}{told}{CLOSE} {error}"))
        }
        None => error,
    }
}

/// What the text of a failed job means to the user.
pub fn meaning(text: &str, memory: u64) -> EngineError {
    let inner = text.split_once(OPEN).and_then(|(_, rest)| rest.split_once(CLOSE));
    let told = inner.and_then(|(told, _)| BASE64_STANDARD.decode(told).ok());
    match told.and_then(|told| serde_json::from_slice(&told).ok()) {
        Some(Told::Memory(detail)) => EngineError::OutOfMemory { limit: memory, detail },
        Some(Told::Invalid(reason)) => {
            EngineError::Invalid { reason: Reason::Given(reason), place: None }
        }
        Some(Told::Own(error)) => error.into(),
        None => EngineError::ClusterFailed { reason: text.trim_end().to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn after_the_way(error: DataFusionError) -> EngineError {
        meaning(&format!("Job failed due to stage 1 failed: {:?}", told(error)), 7)
    }

    #[test]
    fn an_error_of_the_user_is_found_in_what_the_cluster_makes_of_it() {
        let overflow = ArrowError::ArithmeticOverflow("1 * \"2\" \\".to_owned());
        let nested =
            DataFusionError::Shared(Arc::new(DataFusionError::External(Box::new(overflow))));
        let EngineError::Invalid { reason, .. } = after_the_way(nested) else { panic!() };
        assert_eq!(reason.to_string(), "Arithmetic overflow: 1 * \"2\" \\");
        let overflow = ArrowError::ArithmeticOverflow("1 * 2".to_owned());
        let written =
            DataFusionError::External(Box::new(BallistaError::ArrowError(Box::new(overflow))));
        assert!(matches!(after_the_way(written), EngineError::Invalid { .. }));
        let full = DataFusionError::ResourcesExhausted("sort".to_owned()).context("in a task");
        let EngineError::OutOfMemory { limit: 7, detail } = after_the_way(full) else { panic!() };
        assert_eq!(detail, "sort");
        let own = UdfError::Refused { function: "f".to_owned(), reason: "no".to_owned() };
        let refused = DataFusionError::External(Box::new(own.clone()));
        let EngineError::Own(told) = after_the_way(refused) else { panic!() };
        assert_eq!(told, own);
    }

    #[test]
    fn faults_of_machines_stay_what_they_are() {
        let io = DataFusionError::IoError(std::io::Error::other("disk"));
        assert!(matches!(after_the_way(io), EngineError::ClusterFailed { .. }));
        let lost = BallistaError::FetchFailed("e".into(), 1, 2, "x".into());
        let error = told(DataFusionError::External(Box::new(lost)));
        assert!(matches!(error, DataFusionError::External(_)));
        for text in ["", "tenkyu-told<", "tenkyu-told<???>", "tenkyu-told<e30=>"] {
            assert!(matches!(meaning(text, 0), EngineError::ClusterFailed { .. }), "{text}");
        }
    }
}
