//! Something that the page fetches: not asked, under way, there, or failed.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::Problem;

/// How far a fetch is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Load<T> {
    /// Nothing was asked.
    #[default]
    Idle,
    /// Under way.
    Busy,
    /// It is there.
    Done(T),
    /// It did not work.
    Failed(Problem),
}

impl<T> Load<T> {
    /// The value, where it is there.
    pub(crate) fn done(&self) -> Option<&T> {
        match self {
            Load::Done(value) => Some(value),
            _ => None,
        }
    }

    /// Whether an answer is awaited.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Load::Busy)
    }
}

/// Fetches anew whenever `key` changes; `None` is nothing to ask. An answer that was overtaken by
/// a newer question is dropped. On the server the value stays [`Load::Idle`].
pub(crate) fn use_load<K, T, Fut>(
    key: impl Fn() -> Option<K> + Send + Sync + 'static,
    fetch: impl Fn(K) -> Fut + 'static,
) -> RwSignal<Load<T>>
where
    K: PartialEq + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T, Problem>> + 'static,
{
    let value = RwSignal::new(Load::Idle);
    let turn = StoredValue::new(0_u64);
    let key = Memo::new(move |_| key());
    Effect::new(move |_| {
        let Some(turn_now) = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        let Some(key) = key.get() else {
            value.set(Load::Idle);
            return;
        };
        value.set(Load::Busy);
        let answer = fetch(key);
        spawn_local(async move {
            let answer = answer.await;
            if turn.try_get_value() != Some(turn_now) {
                return;
            }
            value.try_set(match answer {
                Ok(answer) => Load::Done(answer),
                Err(problem) => Load::Failed(problem),
            });
        });
    });
    value
}
