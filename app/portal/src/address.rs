//! A view's state and the address bar, kept equal.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use tenkyu_wire::view::View;

use crate::i18n::href;

/// How long the address waits for a dragged slider or a panned map to rest.
const REST: Duration = Duration::from_millis(250);

/// The state of the view that the address names.
pub(crate) struct Address<T: View + Clone + Send + Sync + 'static> {
    /// The state. Change it through [`Address::push`] or [`Address::replace`].
    pub(crate) state: RwSignal<T>,
    /// Parameters of the address that could not be read.
    pub(crate) broken: RwSignal<Vec<String>>,
    write: Callback<(T, bool)>,
    pending: StoredValue<Option<TimeoutHandle>>,
}

impl<T: View + Clone + Send + Sync + 'static> Clone for Address<T> {
    fn clone(&self) -> Self {
        *self
    }
}

// Not derived: the handles are `Copy` although the state is not.
impl<T: View + Clone + Send + Sync + 'static> Copy for Address<T> {}

impl<T: View + Clone + Send + Sync + 'static> Address<T> {
    /// A step that "back" undoes, such as a new search.
    pub(crate) fn push(self, change: impl FnOnce(&mut T)) {
        self.settle(change, false);
    }

    /// A step without an entry in the history of its own.
    pub(crate) fn replace(self, change: impl FnOnce(&mut T)) {
        self.settle(change, true);
    }

    fn settle(self, change: impl FnOnce(&mut T), replace: bool) {
        let mut next = self.state.get_untracked();
        change(&mut next);
        self.forget_pending();
        if next != self.state.get_untracked() {
            self.state.set(next.clone());
        }
        self.write.run((next, replace));
    }

    /// A step of a continuous movement: the state follows at once, the address when it rests.
    pub(crate) fn glide(self, change: impl FnOnce(&mut T)) {
        let mut next = self.state.get_untracked();
        change(&mut next);
        if next == self.state.get_untracked() {
            return;
        }
        self.state.set(next);
        self.forget_pending();
        let write = move || self.write.run((self.state.get_untracked(), true));
        self.pending.set_value(set_timeout_with_handle(write, REST).ok());
    }

    fn forget_pending(self) {
        if let Some(handle) = self.pending.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}

/// Binds the view's state to the present address; "back" and "forward" change the state.
///
/// On the server the state is what the request's address says.
pub(crate) fn use_address<T: View + Clone + Send + Sync + 'static>() -> Address<T> {
    let location = use_location();
    let navigate = use_navigate();
    let read = T::from_query(&location.search.get_untracked());
    let state = RwSignal::new(read.state);
    let broken = RwSignal::new(read.broken);
    let path = location.pathname.get_untracked();
    let search = location.search;
    let pathname = location.pathname;

    let here = path.clone();
    let write = Callback::new(move |(state, replace): (T, bool)| {
        // The page may have been left while a write was waiting.
        if pathname.get_untracked() != here {
            return;
        }
        let same = T::from_query(&search.get_untracked()).state == state;
        if same && replace {
            return;
        }
        let options =
            NavigateOptions { replace: replace || same, scroll: false, ..Default::default() };
        navigate(&href(&format!("{here}?{}", state.to_query())), options);
    });
    let pending = StoredValue::new(None);

    Effect::new(move |first: Option<()>| {
        let search = search.get();
        if first.is_none() || pathname.get_untracked() != path {
            return;
        }
        let read = T::from_query(&search);
        broken.set(read.broken);
        if state.with_untracked(|state| *state != read.state) {
            state.set(read.state);
        }
    });
    Address { state, broken, write, pending }
}
