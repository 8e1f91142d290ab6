//! The sky map: a canvas that the viewers module draws, with a text alternative.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use tenkyu_wire::Problem;
use tenkyu_wire::messages::{portal as m, search as s};
use tenkyu_wire::view::SkyState;
use wasm_bindgen::prelude::*;

use crate::bridge;
use crate::components::icon::Icon;
use crate::components::note::ProblemNote;
use crate::i18n::use_lang;
use crate::viewers::SkyViewer;
use crate::{format, net};

/// An outline on the sky.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Footprint {
    /// What a pick answers; empty for a line that only marks a region and is never picked.
    pub(crate) id: String,
    /// STC-S, ICRS degrees.
    pub(crate) s_region: String,
    /// Outlines of one group share a colour.
    pub(crate) group: String,
    /// Drawn stronger.
    pub(crate) highlight: bool,
}

/// Stars: ICRS degrees and magnitudes, arrays of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stars {
    pub(crate) ra: Vec<f64>,
    pub(crate) dec: Vec<f64>,
    pub(crate) mag: Vec<f32>,
}

impl Stars {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ra.len()
    }
}

/// Rows of a result on the sky: ICRS degrees and 0 dropped, 1 kept, 2 kept and marked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SkyPoints {
    pub(crate) ra: Vec<f64>,
    pub(crate) dec: Vec<f64>,
    pub(crate) flags: Vec<u8>,
}

/// What the map draws.
#[derive(Clone, Copy)]
pub(crate) struct SkyLayers {
    pub(crate) view: RwSignal<SkyState>,
    pub(crate) footprints: RwSignal<Arc<Vec<Footprint>>>,
    /// The region that was searched, STC-S; empty for none.
    pub(crate) searched: RwSignal<String>,
    pub(crate) stars: RwSignal<Arc<Stars>>,
    pub(crate) points: RwSignal<Arc<SkyPoints>>,
    /// Outline under the pointer, here or in a table beside the map.
    pub(crate) hover: RwSignal<Option<String>>,
}

impl SkyLayers {
    /// Nothing but the view.
    pub(crate) fn new(view: SkyState) -> SkyLayers {
        SkyLayers {
            view: RwSignal::new(view),
            footprints: RwSignal::default(),
            searched: RwSignal::default(),
            stars: RwSignal::default(),
            points: RwSignal::default(),
            hover: RwSignal::new(None),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Label {
    x: f64,
    y: f64,
    text: String,
}

/// A map of the sky. `label` is the text alternative of the canvas.
#[component]
pub(crate) fn SkyMap(
    layers: SkyLayers,
    #[prop(into)] label: Signal<String>,
    /// Starts when the browser is idle and without controls: a background.
    #[prop(optional)]
    backdrop: bool,
    #[prop(optional)] on_pick: Option<Callback<String>>,
) -> impl IntoView {
    let lang = use_lang();
    let canvas = NodeRef::<Canvas>::new();
    let viewer = StoredValue::new_local(None::<SkyViewer>);
    let ready = RwSignal::new(false);
    let failed = RwSignal::new(None::<Problem>);
    let labels = RwSignal::new(Vec::<Label>::new());
    let cursor = RwSignal::new(None::<(f64, f64)>);

    let drawn = move |problem: Option<Problem>| {
        if let Some(Some(viewer)) = viewer.try_get_value() {
            labels.try_set(serde_json::from_str(&viewer.labels()).unwrap_or_default());
            if problem.is_some() {
                failed.try_set(problem);
            }
        }
    };
    let redraw = move || {
        if let Some(Some(viewer)) = viewer.try_get_value() {
            bridge::draw(viewer.as_ref(), drawn);
        }
    };
    let start = move || {
        let Some(canvas) = canvas.get_untracked() else { return };
        spawn_local(async move {
            match bridge::open_viewer("SkyViewer", &canvas).await {
                Ok(opened) => {
                    let opened: SkyViewer = opened.unchecked_into();
                    if viewer.try_update_value(|v| *v = Some(opened)).is_some() {
                        attach(&canvas, viewer, layers, cursor, redraw, on_pick);
                        ready.set(true);
                    }
                }
                Err(error) => {
                    failed.try_set(Some(net::viewer_problem(&error)));
                }
            }
        });
    };
    Effect::new(move |_| {
        if backdrop {
            let work = Closure::once_into_js(start);
            bridge::when_idle(work.unchecked_ref());
        } else {
            start();
        }
    });
    follow(layers, viewer, ready, redraw);

    let zoom = move |factor: f64| {
        if let (Some(Some(viewer)), Some(canvas)) = (viewer.try_get_value(), canvas.get_untracked())
        {
            let (w, h) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
            viewer.zoom_at(w / 2.0, h / 2.0, factor);
            if let Ok(view) = serde_json::from_str(&viewer.view()) {
                layers.view.set(view);
            }
            redraw();
        }
    };
    view! {
        <div class="sky" class:sky-backdrop=backdrop>
            <canvas
                node_ref=canvas
                class="sky-canvas"
                role="img"
                aria-label=label
                tabindex=if backdrop { "-1" } else { "0" }
            ></canvas>
            <svg class="sky-labels" aria-hidden="true">
                {move || {
                    labels
                        .get()
                        .into_iter()
                        .map(|l| view! { <text x=l.x y=l.y>{l.text}</text> })
                        .collect_view()
                }}
            </svg>
            {(!backdrop)
                .then(|| {
                    view! {
                        <div class="sky-tools">
                            <button
                                type="button"
                                class="icon-button"
                                aria-label=s::ZOOM_IN.text(lang)
                                title=format!("{} (+)", s::ZOOM_IN.text(lang))
                                on:click=move |_| zoom(1.5)
                            >
                                <Icon name="plus" />
                            </button>
                            <button
                                type="button"
                                class="icon-button"
                                aria-label=s::ZOOM_OUT.text(lang)
                                title=format!("{} (−)", s::ZOOM_OUT.text(lang))
                                on:click=move |_| zoom(1.0 / 1.5)
                            >
                                <Icon name="minus" />
                            </button>
                        </div>
                        <p class="sky-readout">
                            {move || {
                                cursor
                                    .get()
                                    .map_or_else(
                                        || {
                                            let view = layers.view.get();
                                            format!(
                                                "{} · {}",
                                                format::sexagesimal(view.ra_deg, view.dec_deg),
                                                format::angle(view.fov_deg),
                                            )
                                        },
                                        |(ra, dec)| format::sexagesimal(ra, dec),
                                    )
                            }}
                        </p>
                        {move || {
                            failed
                                .get()
                                .map(|problem| {
                                    let help = problem
                                        .help
                                        .clone()
                                        .unwrap_or_else(|| m::NO_GPU_HELP.text(lang).to_owned());
                                    let problem = Problem { help: Some(help), ..problem };
                                    view! {
                                        <div class="sky-failed">
                                            <ProblemNote problem />
                                        </div>
                                    }
                                })
                        }}
                    }
                })}
        </div>
    }
    .into_any()
}

/// Hands changes of the layers to the viewer.
fn follow(
    layers: SkyLayers,
    viewer: StoredValue<Option<SkyViewer>, LocalStorage>,
    ready: RwSignal<bool>,
    redraw: impl Fn() + Copy + 'static,
) {
    let with = move |work: &dyn Fn(&SkyViewer) -> Result<(), JsValue>| {
        if let Some(Some(viewer)) = viewer.try_get_value() {
            if let Err(error) = work(&viewer) {
                leptos::logging::warn!("sky map: {}", net::thrown(&error).detail);
            }
            redraw();
        }
    };
    Effect::new(move |_| {
        let view = layers.view.get();
        if ready.get() {
            let text = serde_json::to_string(&view).unwrap_or_default();
            with(&|viewer| viewer.set_view(&text));
        }
    });
    Effect::new(move |_| {
        let stars = layers.stars.get();
        if ready.get() {
            with(&|viewer| viewer.set_stars(&stars.ra, &stars.dec, &stars.mag));
        }
    });
    Effect::new(move |_| {
        let points = layers.points.get();
        if ready.get() {
            with(&|viewer| viewer.set_points(&points.ra, &points.dec, &points.flags));
        }
    });
    Effect::new(move |_| {
        let (footprints, hover) = (layers.footprints.get(), layers.hover.get());
        if !ready.get() {
            return;
        }
        let mut shown = footprints.as_ref().clone();
        for footprint in &mut shown {
            footprint.highlight |= hover.as_deref() == Some(&footprint.id);
        }
        let searched = layers.searched.get();
        if !searched.is_empty() {
            shown.push(Footprint { s_region: searched, ..Footprint::default() });
        }
        let text = serde_json::to_string(&shown).unwrap_or_default();
        with(&|viewer| viewer.set_footprints(&text));
    });
}

/// Connects size, pointer and keyboard with the viewer.
fn attach(
    canvas: &web_sys::HtmlCanvasElement,
    viewer: StoredValue<Option<SkyViewer>, LocalStorage>,
    layers: SkyLayers,
    cursor: RwSignal<Option<(f64, f64)>>,
    redraw: impl Fn() + Copy + 'static,
    on_pick: Option<Callback<String>>,
) {
    let sized = Closure::<dyn FnMut(f64, f64, f64)>::new(move |width, height, ratio| {
        if let Some(Some(viewer)) = viewer.try_get_value() {
            viewer.resize(width, height, ratio);
            redraw();
        }
    });
    bridge::watch_size(canvas, &bridge::forever(sized));
    let tell = Closure::<dyn FnMut(String, f64, f64, f64)>::new(
        move |kind: String, a: f64, b: f64, c: f64| {
            let Some(Some(viewer)) = viewer.try_get_value() else { return };
            match kind.as_str() {
                "pan" => viewer.pan(a, b),
                "zoom" => viewer.zoom_at(a, b, c),
                "hover" => {
                    cursor.set(position(&viewer, a, b));
                    let under = picked(&viewer, a, b);
                    if layers.hover.get_untracked() != under {
                        layers.hover.set(under);
                    }
                    return;
                }
                "leave" => {
                    cursor.set(None);
                    layers.hover.set(None);
                    return;
                }
                "tap" => {
                    if let (Some(id), Some(on_pick)) = (picked(&viewer, a, b), on_pick) {
                        on_pick.run(id);
                    }
                    return;
                }
                _ => return,
            }
            if let Ok(view) = serde_json::from_str(&viewer.view()) {
                layers.view.set(view);
            }
            redraw();
        },
    );
    bridge::gestures(canvas, &bridge::forever(tell));
}

fn picked(viewer: &SkyViewer, x: f64, y: f64) -> Option<String> {
    #[derive(Deserialize)]
    struct Picked {
        id: Option<String>,
    }
    let picked: Picked = serde_json::from_str(&viewer.pick(x, y)?).ok()?;
    picked.id
}

fn position(viewer: &SkyViewer, x: f64, y: f64) -> Option<(f64, f64)> {
    #[derive(Deserialize)]
    struct Position {
        ra_deg: f64,
        dec_deg: f64,
    }
    let at: Position = serde_json::from_str(&viewer.position(x, y)?).ok()?;
    Some((at.ra_deg, at.dec_deg))
}
