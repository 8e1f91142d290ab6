//! The canvas with its overlay, and the line that reads pixels.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use tenkyu_wire::messages::image as m;
use wasm_bindgen::prelude::*;

use super::ImagePage;
use super::answers::Readout;
use super::overlay::OverlayDrawing;
use crate::i18n::use_lang;
use crate::{bridge, format};

/// Connects size, pointer, wheel and keyboard with the viewer.
pub(super) fn attach(page: ImagePage, canvas: &web_sys::HtmlCanvasElement) {
    let sized = Closure::<dyn FnMut(f64, f64, f64)>::new(move |width, height, ratio| {
        // A hidden canvas has no size; it gets one when it is shown.
        if width > 0.0
            && height > 0.0
            && let Some(Some(viewer)) = page.viewer.try_get_value()
        {
            viewer.resize_image(width, height, ratio);
            page.redraw();
        }
    });
    bridge::watch_size(canvas, &bridge::forever(sized));
    let tell = Closure::<dyn FnMut(String, f64, f64, f64)>::new(
        move |kind: String, a: f64, b: f64, c: f64| {
            let Some(Some(viewer)) = page.viewer.try_get_value() else { return };
            match kind.as_str() {
                "pan" => viewer.pan_image(a, b),
                "zoom" => viewer.zoom_image_at(a, b, c),
                "hover" => {
                    let read = viewer.readout(a, b);
                    page.readout.try_set(read.and_then(|text| serde_json::from_str(&text).ok()));
                    return;
                }
                "leave" => {
                    page.readout.try_set(None);
                    return;
                }
                _ => return,
            }
            page.take_view();
            page.redraw();
        },
    );
    bridge::gestures(canvas, &bridge::forever(tell));
}

impl ImagePage {
    /// Takes centre and zoom from the viewer into the address.
    pub(super) fn take_view(self) {
        use tenkyu_wire::view::ImageState;
        let Some(Some(viewer)) = self.viewer.try_get_value() else { return };
        if let Ok(state) = serde_json::from_str::<ImageState>(&viewer.state()) {
            self.address.glide(|s| {
                s.center = state.center;
                s.zoom = state.zoom;
            });
        }
    }

    /// Steps through the planes of a cube.
    pub(super) fn step_plane(self, by: i64) {
        let planes = self.hdu.with_untracked(|h| h.as_ref().map_or(1, |h| h.planes.max(1)));
        let now = i64::from(self.address.state.with_untracked(|s| s.plane));
        let next = (now + by).clamp(0, planes as i64 - 1);
        self.address.glide(|s| s.plane = u32::try_from(next).unwrap_or(0));
    }
}

/// The picture.
#[component]
pub(super) fn Picture(page: ImagePage, visible: Memo<bool>) -> impl IntoView {
    let lang = use_lang();
    let label = move || {
        let limits = page.limits.get().unwrap_or_default();
        let (file, shape, unit) = page
            .file
            .with(|file| file.as_ref().map(|f| f.filename.clone()))
            .zip(page.hdu.get())
            .map(|(file, hdu)| {
                let shape: Vec<_> = hdu.shape.iter().map(u64::to_string).collect();
                (file, shape.join(" × "), hdu.unit)
            })
            .unwrap_or_default();
        m::CANVAS_LABEL.with(
            lang,
            &[
                ("file", &file),
                ("shape", &shape),
                ("low", &format::number(limits.low)),
                ("high", &format::number(limits.high)),
                ("unit", &unit),
            ],
        )
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "[" => page.step_plane(-1),
        "]" => page.step_plane(1),
        "0" => page.fit(),
        "1" => page.one_to_one(),
        _ => {}
    };
    view! {
        <div class="picture" class:concealed=move || !visible.get() on:keydown=keys>
            <canvas node_ref=page.canvas role="img" tabindex="0" aria-label=label></canvas>
            <OverlayDrawing page />
        </div>
    }
    .into_any()
}

/// Pixel, value with unit, and position under the pointer.
#[component]
pub(super) fn ReadoutLine(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let unit = move || page.hdu.with(|h| h.as_ref().map_or(String::new(), |h| h.unit.clone()));
    let parts = move |read: Readout| {
        let number = read.text.or_else(|| read.value.map(|value| value.to_string()));
        let value = match number {
            Some(number) => {
                format!("{number} {}", if read.unit.is_empty() { unit() } else { read.unit })
            }
            None => m::READOUT_BLANK.text(lang).to_owned(),
        };
        let others = read.axes.iter().map(|axis| {
            view! { <span class="readout-axis">{axis.text()}</span> }
        });
        view! {
            <span class="readout-pixel">
                {m::READOUT_PIXEL.text(lang)} " " {format!("{:.1}, {:.1}", read.x, read.y)}
            </span>
            <output class="readout-value" name="value">{value}</output>
            <span class="readout-world">{read.world}</span>
            {others.collect_view()}
        }
    };
    view! {
        <p class="readout num">
            {move || match page.readout.get() {
                Some(read) => parts(read).into_any(),
                None => {
                    view! { <span class="quiet">{m::READOUT_EMPTY.text(lang)}</span> }.into_any()
                }
            }}
        </p>
    }
    .into_any()
}
