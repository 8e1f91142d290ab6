//! The Leptos application: routes, pages, components.
