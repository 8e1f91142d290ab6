//! The image viewer's page: an image of the archive, or a local file that never leaves the
//! browser. Everything that is set is in the address.

mod answers;
mod canvas;
mod other;
mod overlay;
mod toolbar;

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use tenkyu_wire::messages::{image as m, portal as p};
use tenkyu_wire::view::{ImageState, View};
use tenkyu_wire::{Message, Problem};
use wasm_bindgen::prelude::*;

use crate::address::{Address, use_address};
use crate::components::icon::Icon;
use crate::components::note::{BrokenNote, ProblemNote};
use crate::components::page_title::PageTitle;
use crate::components::reproduce::{Embedding, Reproduce, origin};
use crate::i18n::{href, use_lang};
use crate::load::use_load;
use crate::tap::{self, literal};
use crate::viewers::ImageViewer;
use crate::{bridge, format, net};

use answers::{AxisValue, Description, Hdu, LimitValues, Overlay, Readout, ViewKind};

/// How far a file is.
#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    /// No file yet.
    #[default]
    Waiting,
    /// Bytes that have come, and how many there will be where the server says so.
    Loading(u64, Option<u64>),
    /// Opened.
    Open,
    /// No viewer, or no file.
    Failed(Problem),
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(crate) struct ImagePage {
    address: Address<ImageState>,
    canvas: NodeRef<Canvas>,
    viewer: StoredValue<Option<ImageViewer>, LocalStorage>,
    stage: RwSignal<Stage>,
    file: RwSignal<Option<Arc<Description>>>,
    readout: RwSignal<Option<Readout>>,
    overlay: RwSignal<Overlay>,
    limits: RwSignal<Option<LimitValues>>,
    /// Where the plane lies on the other axes.
    plane_axes: RwSignal<Vec<AxisValue>>,
    /// What is shown of an HDU that can be shown in two ways.
    shown: RwSignal<Option<ViewKind>>,
    hdu: Memo<Option<Hdu>>,
}

fn use_image_page() -> ImagePage {
    let address = use_address::<ImageState>();
    let file = RwSignal::new(None::<Arc<Description>>);
    let hdu = Memo::new(move |_| {
        let wanted = address.state.with(|s| s.hdu);
        file.with(|file| {
            let file = file.as_ref()?;
            let index = wanted.unwrap_or(file.chosen);
            file.hdus.iter().find(|hdu| hdu.index == index).cloned()
        })
    });
    let page = ImagePage {
        address,
        canvas: NodeRef::new(),
        viewer: StoredValue::new_local(None),
        stage: RwSignal::default(),
        file,
        readout: RwSignal::new(None),
        overlay: RwSignal::default(),
        limits: RwSignal::new(None),
        plane_axes: RwSignal::default(),
        shown: RwSignal::new(None),
        hdu,
    };
    page.follow_the_state();
    page
}

impl ImagePage {
    /// What the HDU is shown as now.
    fn kind(self) -> ViewKind {
        let hdu = self.hdu.get();
        self.shown.get().or(hdu.map(|hdu| hdu.kind)).unwrap_or_default()
    }

    /// Hands changes of the state to the viewer.
    fn follow_the_state(self) {
        Effect::new(move |_| {
            self.hdu.track();
            self.shown.set(None);
        });
        Effect::new(move |_| {
            let state = self.address.state.get();
            if self.stage.get() != Stage::Open || !self.kind().is_picture() {
                return;
            }
            let text = serde_json::to_string(&state).unwrap_or_default();
            let Some(Some(viewer)) = self.viewer.try_get_value() else { return };
            match viewer.set_state(&text) {
                Ok(()) => self.redraw(),
                Err(error) => self.stage.set(Stage::Failed(net::thrown(&error))),
            }
        });
    }

    /// Draws in the next frame and reads what changes with the view.
    fn redraw(self) {
        let Some(Some(viewer)) = self.viewer.try_get_value() else { return };
        bridge::draw(viewer.as_ref(), move |problem| {
            if let Some(problem) = problem {
                self.stage.try_set(Stage::Failed(problem));
                return;
            }
            let Some(Some(viewer)) = self.viewer.try_get_value() else { return };
            let overlay = viewer.overlay().ok().and_then(|t| serde_json::from_str(&t).ok());
            self.overlay.try_set(overlay.unwrap_or_default());
            let limits = viewer.limits().ok().and_then(|t| serde_json::from_str(&t).ok());
            self.limits.try_set(limits);
            let axes = viewer.plane_axes().ok().and_then(|t| serde_json::from_str(&t).ok());
            self.plane_axes.try_set(axes.unwrap_or_default());
        });
    }

    /// The viewer, started on first use.
    async fn started(self) -> Result<ImageViewer, Problem> {
        if let Some(Some(viewer)) = self.viewer.try_get_value() {
            return Ok(viewer);
        }
        let canvas = self.canvas.get_untracked().ok_or_else(|| {
            net::own_problem("no-canvas", p::VIEWER_FAILED.text(use_lang()).to_owned(), None)
        })?;
        let opened = bridge::open_viewer("ImageViewer", &canvas);
        let viewer: ImageViewer =
            opened.await.map_err(|e| net::viewer_problem(&e))?.unchecked_into();
        self.viewer.try_set_value(Some(viewer.clone()));
        canvas::attach(self, &canvas);
        Ok(viewer)
    }

    async fn open(self, source: Source) -> Result<(), Problem> {
        let viewer = self.started().await?;
        let answer = match source {
            Source::Archive(id) => {
                let progress =
                    Closure::<dyn FnMut(f64, f64)>::new(move |loaded: f64, total: f64| {
                        let total = (total > 0.0).then_some(total as u64);
                        self.stage.try_set(Stage::Loading(loaded as u64, total));
                    });
                let url = format!("/data/{}", net::encode(&id));
                viewer.open_url(&url, progress.as_ref().unchecked_ref()).await
            }
            Source::Local(file) => {
                let bytes = bridge::file_bytes(file.as_ref()).await;
                match bytes {
                    Ok(bytes) => bridge::open_bytes(viewer.as_ref(), &bytes, &file.name()).await,
                    Err(error) => Err(error),
                }
            }
        };
        let text = answer.map_err(|e| net::thrown(&e))?.as_string().unwrap_or_default();
        let file: Description = serde_json::from_str(&text)
            .map_err(|e| net::own_problem("viewer-answer", e.to_string(), None))?;
        if file.hdus.is_empty() {
            let text = m::NOTHING_READ.text(use_lang()).to_owned();
            return Err(net::own_problem("nothing-read", text, None));
        }
        self.file.set(Some(Arc::new(file)));
        Ok(())
    }

    /// Opens a file of the archive as soon as there is a canvas in the document to draw on.
    fn open_when_ready(self, id: Memo<String>) {
        let ready = Memo::new(move |_| self.canvas.get().is_some());
        Effect::new(move |_| {
            if ready.get() {
                self.begin(Source::Archive(id.get()));
            }
        });
    }

    fn begin(self, source: Source) {
        self.stage.set(Stage::Loading(0, None));
        self.file.set(None);
        spawn_local(async move {
            let done = self.open(source).await;
            self.stage.try_set(match done {
                Ok(()) => Stage::Open,
                Err(problem) => Stage::Failed(problem),
            });
        });
    }
}

/// Where a file comes from.
enum Source {
    /// `/data/{artifact}`
    Archive(String),
    /// The user's own machine.
    Local(web_sys::File),
}

/// What an artifact belongs to.
#[derive(Clone, Debug, PartialEq)]
struct About {
    title: String,
    observation: String,
}

/// Asks ObsCore whose file it is.
async fn about(id: String) -> Result<About, Problem> {
    let address = literal(&format!("%/data/{id}"));
    let query = format!(
        "SELECT obs_id, target_name, instrument_name FROM ivoa.obscore WHERE access_url LIKE {address}"
    );
    let table = tap::query(query).await?;
    let row = table.rows().next().ok_or_else(|| net::own_problem("no-row", id.clone(), None))?;
    let observation = row.text("obs_id");
    let parts = [row.text("target_name"), row.text("instrument_name"), observation.clone()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Ok(About { title: parts.join(" · "), observation })
}

/// An image of the archive.
#[component]
pub(crate) fn ArchiveImage() -> impl IntoView {
    let lang = use_lang();
    let page = use_image_page();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("artifact").unwrap_or_default()));
    page.open_when_ready(id);
    let about = use_load(move || Some(id.get()), about);
    let name = move || about.with(|a| a.done().map_or_else(|| id.get(), |a| a.title.clone()));
    let title = Signal::derive(move || m::TITLE_FOR.with(lang, &[("what", &name())]));
    view! {
        <PageTitle text=title />
        <div class="viewer-page">
            <BrokenNote fields=page.address.broken />
            <header class="viewer-head">
                <h1>
                    {move || match about.with(|a| a.done().map(|a| a.observation.clone())) {
                        Some(observation) => {
                            let page = format!("/observation/{}", net::encode(&observation));
                            view! { <a href=href(&page)>{name}</a> }.into_any()
                        }
                        None => view! { {name} }.into_any(),
                    }}
                </h1>
                <Reproduce title embedding=embedding(page, id) code=code(id) />
            </header>
            <Workbench page preview=Signal::derive(move || Some(id.get())) />
        </div>
    }
    .into_any()
}

/// The viewer alone, for embedding.
#[component]
pub(crate) fn EmbeddedImage() -> impl IntoView {
    let page = use_image_page();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("artifact").unwrap_or_default()));
    page.open_when_ready(id);
    view! {
        <div class="viewer-page">
            <Workbench page preview=Signal::derive(move || Some(id.get())) slim=true />
        </div>
    }
    .into_any()
}

fn embedding(page: ImagePage, id: Memo<String>) -> Signal<Option<Embedding>> {
    Signal::derive(move || {
        let query = page.address.state.with(View::to_query);
        let id = net::encode(&id.get());
        let state = query.strip_prefix("v=1").unwrap_or(&query).trim_start_matches('&');
        let attribute = if state.is_empty() {
            String::new()
        } else {
            format!(" state=\"{}\"", state.replace('&', "&amp;"))
        };
        Some(Embedding {
            path: format!("image/{id}?{query}"),
            element: format!("<tenkyu-image artifact=\"{id}\"{attribute}></tenkyu-image>"),
        })
    })
}

fn code(id: Memo<String>) -> Signal<Vec<(Message, String)>> {
    Signal::derive(move || {
        let url = format!("{}/data/{}", origin(), net::encode(&id.get()));
        let curl = format!("curl -sS -OJ '{url}'");
        let python = format!(
            "from astropy.io import fits\n\nwith fits.open(\"{url}\") as hdus:\n    hdus.info()\n    data, header = hdus[0].data, hdus[0].header"
        );
        vec![(p::CODE_CURL, curl), (m::CODE_OPEN, python)]
    })
}

/// A file of the user's own.
#[component]
pub(crate) fn LocalImage() -> impl IntoView {
    let lang = use_lang();
    let page = use_image_page();
    let over = RwSignal::new(false);
    let first = move |list: Option<web_sys::FileList>| list.and_then(|files| files.get(0));
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = first(event.data_transfer().and_then(|data| data.files())) {
            page.begin(Source::Local(file));
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let input: Option<web_sys::HtmlInputElement> =
            event.target().and_then(|target| target.dyn_into().ok());
        if let Some(file) = first(input.and_then(|input| input.files())) {
            page.begin(Source::Local(file));
        }
    };
    let waiting = move || matches!(page.stage.get(), Stage::Waiting);
    view! {
        <Title text=m::TITLE.text(lang) />
        <div
            class="viewer-page"
            class:dropping=over
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <BrokenNote fields=page.address.broken />
            <header class="viewer-head">
                <h1>
                    {move || {
                        let name = page.file.with(|f| f.as_ref().map(|f| f.filename.clone()));
                        name.unwrap_or_else(|| m::TITLE.text(lang).to_owned())
                    }}
                </h1>
                <label class="button" class:button-accent=waiting>
                    <Icon name="file" />
                    {move || if waiting() { m::CHOOSE } else { m::OTHER_FILE }.text(lang)}
                    <input
                        type="file"
                        class="visually-hidden"
                        accept=".fits,.fit,.fts,.fz,.gz"
                        on:change=chosen
                    />
                </label>
            </header>
            <div class="drop" hidden=move || !waiting()>
                <p class="drop-title">{m::DROP.text(lang)}</p>
                <p>{m::DROP_LEAD.text(lang)}</p>
            </div>
            <Workbench page preview=Signal::stored(None) />
        </div>
    }
    .into_any()
}

/// Toolbar, picture, readout; or the table, the curve, the message in its place.
#[component]
fn Workbench(
    page: ImagePage,
    preview: Signal<Option<String>>,
    #[prop(optional)] slim: bool,
) -> impl IntoView {
    let waiting = move || matches!(page.stage.get(), Stage::Waiting);
    let open = Memo::new(move |_| page.stage.get() == Stage::Open);
    let picture = Memo::new(move |_| open.get() && page.kind().is_picture());
    view! {
        <div class="viewer" class:viewer-slim=slim hidden=waiting>
            <toolbar::Toolbar page />
            <Warnings page />
            <div class="viewer-stage">
                <canvas::Picture page visible=picture />
                <Show when=move || open.get() && !picture.get()>
                    <other::Other page />
                </Show>
                <Loading page preview />
            </div>
            <canvas::ReadoutLine page />
        </div>
    }
    .into_any()
}

#[component]
fn Loading(page: ImagePage, preview: Signal<Option<String>>) -> impl IntoView {
    let lang = use_lang();
    view! {
        {move || match page.stage.get() {
            Stage::Waiting | Stage::Open => ().into_any(),
            Stage::Loading(0, _) => {
                view! {
                    <p class="viewer-loading" role="status">
                        {m::STARTING.text(lang)}
                    </p>
                }
                    .into_any()
            }
            Stage::Loading(loaded, total) => {
                let loaded_text = format::bytes(loaded);
                let text = match total {
                    Some(total) => {
                        let total = format::bytes(total);
                        m::DOWNLOADING.with(lang, &[("loaded", &loaded_text), ("total", &total)])
                    }
                    None => m::DOWNLOADING_UNKNOWN.with(lang, &[("loaded", &loaded_text)]),
                };
                view! {
                    <div class="viewer-loading" role="status">
                        <p class="num">{text}</p>
                        {total
                            .map(|total| {
                                view! {
                                    <progress
                                        max=total.to_string()
                                        value=loaded.to_string()
                                    ></progress>
                                }
                            })}
                    </div>
                }
                    .into_any()
            }
            Stage::Failed(problem) => {
                view! {
                    <div class="viewer-failed">
                        <ProblemNote problem />
                        {preview
                            .get()
                            .map(|id| {
                                view! {
                                    <p>{m::PREVIEW_INSTEAD.text(lang)}</p>
                                    <img
                                        src=format!("/data/{}/preview?size=1024", net::encode(&id))
                                        alt=m::PREVIEW_INSTEAD.text(lang)
                                    />
                                }
                            })}
                    </div>
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

#[component]
fn Warnings(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let list = move || page.file.with(|f| f.as_ref().map_or(Vec::new(), |f| f.warnings.clone()));
    view! {
        <Show when=move || !list().is_empty()>
            <details class="viewer-warnings">
                <summary>
                    {move || m::WARNINGS.with(lang, &[("n", &list().len().to_string())])}
                </summary>
                <ul>{move || list().into_iter().map(|w| view! { <li>{w}</li> }).collect_view()}</ul>
            </details>
        </Show>
    }
    .into_any()
}
