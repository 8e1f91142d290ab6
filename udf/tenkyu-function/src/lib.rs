//! Functions for Tenkyu's queries, compiled to WebAssembly.
//!
//! Write plain functions, name them in [`functions!`], and build for `wasm32-unknown-unknown`.
//! The macro makes every export of the interface, which `INTERFACE.md` describes.
//!
//! ```
//! fn colour(g: f64, r: f64) -> f64 {
//!     g - r
//! }
//!
//! tenkyu_function::functions! {
//!     /// Colour of two magnitudes.
//!     scalar colour(g: f64 ["mag"], r: f64 ["mag"]) -> f64 ["mag"];
//! }
//! # fn main() {}
//! ```
//!
//! An argument of a plain type takes no NULL: where one is NULL, the value is NULL and the function
//! is not called; an aggregate passes over the row. An argument of type `Option<…>` sees NULL as
//! `None`. A function that gives `Option<…>` makes NULL of `None`; one that gives `Result<…>` ends
//! the query with its error.

mod column;
mod groups;
mod output;
#[doc(hidden)]
pub mod rt;

pub use column::Argument;
pub use groups::{Aggregate, Taken};
pub use output::Value;

/// Makes the exports of a module from its functions.
///
/// A line is `scalar name(argument: type ["unit"], …) -> type ["unit"];` for a function of that
/// name, or `aggregate name(…) -> type = State;` for a type `State` that is an [`Aggregate`] and
/// has a method `update` with these arguments. Units may be left out. What stands in the comment
/// above a line becomes the function's description.
#[macro_export]
macro_rules! functions {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident $name:ident ($($argument:ident: $type:ty $([$unit:literal])?),+ $(,)?)
            -> $value:ty $([$value_unit:literal])? $(= $state:ty)?;
    )+) => {
        mod tenkyu_exports {
            use super::*;

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_describe() -> *const $crate::rt::Span {
                let mut text = $crate::rt::Description::default();
                $(
                    text.begin(stringify!($kind), stringify!($name));
                    $(text.argument(
                        stringify!($argument),
                        <$type as $crate::Argument>::TYPE,
                        &[$($unit)?],
                    );)+
                    text.end(
                        <$value as $crate::Value>::TYPE,
                        &[$($value_unit)?],
                        &[$($doc),*],
                    );
                )+
                text.done()
            }

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_call(
                function: u32,
                rows: u32,
                columns: *const $crate::rt::Column,
            ) -> *const $crate::rt::Column {
                let mut index = 0;
                $(
                    if function == index {
                        return $crate::__call!(
                            $kind $name ($($argument: $type),+) $value; rows, columns);
                    }
                    index += 1;
                )+
                $crate::rt::fail(&format!("there is no function {function} of {index}"))
            }

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_update(
                function: u32,
                rows: u32,
                columns: *const $crate::rt::Column,
                groups: *const u32,
                count: u32,
            ) -> u32 {
                let mut index = 0;
                $(
                    if function == index {
                        return $crate::__update!(
                            $kind ($($argument: $type),+) $($state)?; rows, columns, groups, count);
                    }
                    index += 1;
                )+
                $crate::rt::failed(&format!("there is no function {function} of {index}"))
            }

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_merge(
                function: u32,
                rows: u32,
                columns: *const $crate::rt::Column,
                groups: *const u32,
                count: u32,
            ) -> u32 {
                let mut index = 0;
                $(
                    if function == index {
                        return $crate::__merge!($kind $($state)?; rows, columns, groups, count);
                    }
                    index += 1;
                )+
                $crate::rt::failed(&format!("there is no function {function} of {index}"))
            }

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_states(function: u32, first: u32) -> *const $crate::rt::Column {
                let mut index = 0;
                $(
                    if function == index {
                        return $crate::__take!($kind states $($state)?; first);
                    }
                    index += 1;
                )+
                $crate::rt::fail(&format!("there is no function {function} of {index}"))
            }

            #[unsafe(no_mangle)]
            extern "C" fn tenkyu_finish(function: u32, first: u32) -> *const $crate::rt::Column {
                let mut index = 0;
                $(
                    if function == index {
                        return $crate::__take!($kind finish $($state)?; first);
                    }
                    index += 1;
                )+
                $crate::rt::fail(&format!("there is no function {function} of {index}"))
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __call {
    (scalar $name:ident ($($argument:ident: $type:ty),+) $value:ty; $rows:expr, $columns:expr) => {
        $crate::rt::values::<$value>($rows, $columns, |columns, row| {
            let mut columns = columns.iter();
            $(let $argument = <$type as $crate::Argument>::read(columns.next()?, row)?;)+
            Some($name($($argument),+))
        }, [$(stringify!($argument)),+].len())
    };
    (aggregate $name:ident $arguments:tt $value:ty; $rows:expr, $columns:expr) => {
        $crate::rt::fail("an aggregate is not called on single rows")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __update {
    (aggregate ($($argument:ident: $type:ty),+) $state:ty;
        $rows:expr, $columns:expr, $groups:expr, $count:expr) => {
        $crate::rt::update::<$state, _>($rows, $columns, $groups, $count, |state, columns, row| {
            let mut columns = columns.iter();
            $(let $argument = <$type as $crate::Argument>::read(columns.next()?, row)?;)+
            Some(state.update($($argument),+))
        }, [$(stringify!($argument)),+].len())
    };
    (scalar $arguments:tt; $rows:expr, $columns:expr, $groups:expr, $count:expr) => {
        $crate::rt::failed("it is no aggregate")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __merge {
    (aggregate $state:ty; $rows:expr, $columns:expr, $groups:expr, $count:expr) => {
        $crate::rt::merge::<$state>($rows, $columns, $groups, $count)
    };
    (scalar; $rows:expr, $columns:expr, $groups:expr, $count:expr) => {
        $crate::rt::failed("it is no aggregate")
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __take {
    (aggregate states $state:ty; $first:expr) => {
        $crate::rt::states::<$state>($first)
    };
    (aggregate finish $state:ty; $first:expr) => {
        $crate::rt::finish::<$state>($first)
    };
    (scalar $what:ident; $first:expr) => {
        $crate::rt::fail("it is no aggregate")
    };
}
