//! Aggregates: one state for each group of rows.

use std::any::Any;
use std::cell::RefCell;

use crate::Value;

/// The state of an aggregate over the rows of one group: map, combine, reduce.
///
/// Rows come in by a method `update` of the type itself, whose arguments are those of the
/// function. Parts of a group are gathered by different instances, on different threads: their
/// states travel as bytes and are merged, in any order, into a state that may be new.
pub trait Aggregate: Default + 'static {
    /// What the group comes to.
    type Value: Value;

    /// The state as bytes.
    fn state(&self) -> Vec<u8>;

    /// Takes another state in.
    ///
    /// # Errors
    /// States that do not fit together, in words for the user.
    fn merge(&mut self, state: &[u8]) -> Result<(), String>;

    /// The value of all rows that were taken in.
    fn finish(self) -> Self::Value;
}

/// What taking a row in gives: nothing, or an error that ends the query.
pub trait Taken {
    #[doc(hidden)]
    fn taken(self) -> Result<(), String>;
}

impl Taken for () {
    fn taken(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: ToString> Taken for Result<(), E> {
    fn taken(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

thread_local! {
    /// The groups of the one aggregate that an instance serves, a `Vec` of states.
    static GROUPS: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Works on the groups, of which there are at least `count`.
pub(crate) fn with<S: Aggregate, R>(count: usize, work: impl FnOnce(&mut Vec<S>) -> R) -> R {
    GROUPS.with_borrow_mut(|groups| {
        if !groups.as_ref().is_some_and(|groups| groups.is::<Vec<S>>()) {
            *groups = Some(Box::new(Vec::<S>::new()));
        }
        let mut none = Vec::new();
        let states = groups.as_mut().and_then(|groups| groups.downcast_mut()).unwrap_or(&mut none);
        if states.len() < count {
            states.resize_with(count, S::default);
        }
        work(states)
    })
}
