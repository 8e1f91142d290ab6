//! The frame around every page: navigation, language, light and dark, help, keyboard.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use tenkyu_wire::Lang;
use tenkyu_wire::messages::{common, portal as m};
use wasm_bindgen::JsCast;

use crate::bridge;
use crate::components::icon::Icon;
use crate::components::notation::provide_notation;
use crate::components::search_box::SearchBox;
use crate::i18n::{COOKIE, href, use_lang};

/// Header, page, footer around the page of the route.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    view! {
        <FrameAround>
            <Outlet />
        </FrameAround>
    }
    .into_any()
}

/// Header, content, footer.
#[component]
pub(crate) fn FrameAround(children: Children) -> impl IntoView {
    let lang = use_lang();
    let help = NodeRef::<Dialog>::new();
    let on_home = {
        let pathname = use_location().pathname;
        move || pathname.get() == "/"
    };
    provide_notation();
    shortcuts(help);
    view! {
        <a class="skip-link" href="#content">{common::SKIP_TO_CONTENT.text(lang)}</a>
        <header class="top" class:top-home=on_home>
            <a class="brand" href=href("/")>
                <img src="/favicon.svg" alt="" width="24" height="24" />
                <span>{common::PRODUCT.text(lang)}</span>
            </a>
            <div class="top-search"><SearchBox compact=true /></div>
            <Navigation />
            <div class="top-tools">
                <LanguageSwitch />
                <ThemeSwitch />
                <button
                    type="button"
                    class="icon-button"
                    aria-label=m::HELP.text(lang)
                    title=format!("{} (?)", m::HELP.text(lang))
                    on:click=move |_| open_dialog(help)
                >
                    <Icon name="help" />
                </button>
            </div>
        </header>
        <main id="content" tabindex="-1">
            {children()}
        </main>
        <Footer />
        <HelpDialog dialog=help />
    }
    .into_any()
}

/// A page without the frame, for embedding.
#[component]
pub(crate) fn Bare() -> impl IntoView {
    view! {
        <main id="content" class="bare">
            <Outlet />
        </main>
    }
    .into_any()
}

#[component]
fn Navigation() -> impl IntoView {
    let lang = use_lang();
    let pathname = use_location().pathname;
    let item = move |path: &'static str, text: &'static str| {
        let current = move || pathname.get().starts_with(path).then_some("page");
        view! { <a href=href(path) aria-current=current>{text}</a> }
    };
    view! {
        <nav class="top-nav" aria-label=m::MAIN_NAVIGATION.text(lang)>
            {item("/search", common::NAV_SEARCH.text(lang))}
            {item("/query", common::NAV_QUERY.text(lang))}
            {item("/image", common::NAV_IMAGE.text(lang))}
        </nav>
    }
    .into_any()
}

/// A link to the same view in the other language; the choice is remembered by a cookie.
#[component]
fn LanguageSwitch() -> impl IntoView {
    let lang = use_lang();
    let other = match lang {
        Lang::En => Lang::Ja,
        Lang::Ja => Lang::En,
    };
    let name = match other {
        Lang::En => "English",
        Lang::Ja => "日本語",
    };
    let location = use_location();
    let target = move || {
        let query = location.search.get();
        let mut fields = url::form_urlencoded::Serializer::new(String::new());
        let query = query.strip_prefix('?').unwrap_or(&query).to_owned();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if key != "lang" {
                fields.append_pair(&key, &value);
            }
        }
        fields.append_pair("lang", other.tag());
        format!("{}?{}", location.pathname.get(), fields.finish())
    };
    let remember = move |_| {
        if let Some(document) = window().document() {
            let cookie =
                format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", other.tag());
            let _ = js_sys::Reflect::set(&document, &"cookie".into(), &cookie.into());
        }
    };
    view! {
        <a
            class="quiet-link"
            rel="external"
            href=target
            hreflang=other.tag()
            lang=other.tag()
            title=m::SWITCH_TO.text(other)
            on:click=remember
        >
            {name}
        </a>
    }
    .into_any()
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let lang = use_lang();
    let switch = move |_| {
        let Some(root) = document().document_element() else { return };
        let dark = match root.get_attribute("data-theme").as_deref() {
            Some("dark") => true,
            Some(_) => false,
            None => window()
                .match_media("(prefers-color-scheme: dark)")
                .ok()
                .flatten()
                .is_some_and(|query| query.matches()),
        };
        let next = if dark { "light" } else { "dark" };
        let _ = root.set_attribute("data-theme", next);
        bridge::remember("tenkyu-theme", next);
    };
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=common::THEME.text(lang)
            title=common::THEME.text(lang)
            on:click=switch
        >
            <Icon name="theme" />
        </button>
    }
    .into_any()
}

#[component]
fn Footer() -> impl IntoView {
    let lang = use_lang();
    view! {
        <footer class="foot">
            <p>{m::FOOTER_OPEN.text(lang)}</p>
            <nav aria-label=m::FOOTER_SERVICES.text(lang)>
                <a rel="external" href="/tap/capabilities">"TAP"</a>
                <a rel="external" href="/tap/tables">"VOSI"</a>
                <a rel="external" href="/openapi.json">"OpenAPI"</a>
            </nav>
        </footer>
    }
    .into_any()
}

#[component]
fn HelpDialog(dialog: NodeRef<Dialog>) -> impl IntoView {
    let lang = use_lang();
    let rows = [
        ("/", m::KEY_SEARCH),
        ("?", m::KEY_HELP),
        ("← → ↑ ↓", m::KEY_PAN),
        ("+ −", m::KEY_ZOOM),
        ("[ ]", m::KEY_STEP),
        ("Ctrl Enter", m::KEY_RUN),
        ("Ctrl Space", m::KEY_COMPLETE),
        ("Esc", m::KEY_ESC),
    ];
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="help-title">
            <form method="dialog">
                <h2 id="help-title">{m::HELP_TITLE.text(lang)}</h2>
                <dl class="keys">
                    {rows
                        .map(|(keys, text)| {
                            view! {
                                <dt>
                                    {keys
                                        .split(' ')
                                        .map(|key| view! { <kbd>{key.to_owned()}</kbd> })
                                        .collect_view()}
                                </dt>
                                <dd>{text.text(lang)}</dd>
                            }
                        })
                        .collect_view()}
                </dl>
                <button class="button">{common::CLOSE.text(lang)}</button>
            </form>
        </dialog>
    }
    .into_any()
}

fn open_dialog(dialog: NodeRef<Dialog>) {
    if let Some(dialog) = dialog.get_untracked()
        && !dialog.open()
    {
        let _ = dialog.show_modal();
    }
}

/// `/` goes to the search box, `?` opens the help; neither while something is being typed.
fn shortcuts(help: NodeRef<Dialog>) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
                return;
            }
            match event.key().as_str() {
                "/" if focus_search() => event.prevent_default(),
                "?" => open_dialog(help),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

/// The wide search box of the page where there is one, else the header's.
fn focus_search() -> bool {
    for selector in [".search-box-wide input[type=search]", "input[type=search]"] {
        let found = document().query_selector(selector).ok().flatten();
        if let Some(input) = found.and_then(|e| e.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            let _ = input.focus();
            input.select();
            return true;
        }
    }
    false
}
