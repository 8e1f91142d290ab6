//! Routes and the HTML document around them.

use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;
use tenkyu_wire::messages::common;

use crate::frame::{Bare, Frame};
use crate::i18n::use_lang;
use crate::leave;
use crate::pages::{embed, home, image, not_found, observation, query, search};

/// Sets light or dark before the first paint, from what this browser remembers.
const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('tenkyu-theme');\
if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// The browser module that takes over the page at a path, a name in `/pkg/`: the start page has a
/// small one of its own, so that a first visit does not wait for pages that it does not show.
pub fn module_of(path: &str) -> &'static str {
    if path == "/" { "landing" } else { "portal" }
}

/// The HTML document; the server calls it for every page.
///
/// The language comes from the request that is being answered. Inline scripts carry the nonce of
/// the answer's content security policy; there are no inline styles.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let lang = use_lang();
    let css = format!("/{}/portal.css", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=common::TAGLINE.text(lang) />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <script nonce=leptos::nonce::use_nonce()>{THEME_SCRIPT}</script>
                <link rel="stylesheet" href=css />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    .into_any()
}

/// The application: every route of the portal.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| view! { <not_found::NotFoundInFrame /> }>
                <ParentRoute path=path!("/embed") view=Bare>
                    <Route path=path!("/image/:artifact") view=embed::EmbedImage />
                    <Route path=path!("/sky") view=embed::EmbedSky />
                    <Route path=path!("/table") view=embed::EmbedTable />
                </ParentRoute>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("") view=home::Home />
                    <Route path=path!("/search") view=search::Search />
                    <Route path=path!("/observation/:id") view=observation::ObservationPage />
                    <Route path=path!("/image") view=image::LocalImage />
                    <Route path=path!("/image/:artifact") view=image::ArchiveImage />
                    <Route path=path!("/query") view=query::Query />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}

/// The start page alone, which every other page is a visit away from.
#[component]
pub fn StartPage() -> impl IntoView {
    provide_meta_context();
    leave::provide();
    view! {
        <Router>
            <Routes fallback=|| ()>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("") view=home::Home />
                </ParentRoute>
            </Routes>
        </Router>
    }
    .into_any()
}
