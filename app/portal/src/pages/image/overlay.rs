//! Scale bar, north and east, coordinate grid: SVG over the canvas.

use leptos::prelude::*;
use tenkyu_wire::messages::portal as p;

use super::ImagePage;
use super::answers::GridLine;
use crate::i18n::use_lang;

/// Length of the arrows, CSS pixels.
const ARROW: f64 = 36.0;

/// The drawing. Screen readers read the canvas' label and the readout instead.
#[component]
pub(super) fn OverlayDrawing(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let overlay = page.overlay;
    let arrow = move |to: Option<(f64, f64)>, name: &'static str| {
        to.map(|(dx, dy)| {
            let (x, y) = (dx * ARROW, dy * ARROW);
            view! {
                <line x1="0" y1="0" x2=x y2=y />
                <text x=x * 1.32 y=y * 1.32>{name}</text>
            }
        })
    };
    view! {
        <svg class="overlay" aria-hidden="true">
            {move || overlay.with(|o| o.grid.iter().map(grid_line).collect_view())}
        </svg>
        <svg class="compass" aria-hidden="true" viewBox="-56 -56 112 112">
            {move || {
                let (north, east) = overlay.with(|o| (o.north, o.east));
                (arrow(north, p::NORTH.text(lang)), arrow(east, p::EAST.text(lang)))
            }}
        </svg>
        <div class="scale" aria-hidden="true">
            {move || {
                overlay
                    .with(|o| o.scale_bar.clone())
                    .map(|bar| {
                        view! {
                            <span class="scale-bar" style:width=format!("{}px", bar.length)></span>
                            <span>{bar.label}</span>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

fn grid_line(line: &GridLine) -> impl IntoView + use<> {
    let mut path = String::new();
    for (i, (x, y)) in line.points.iter().enumerate() {
        path.push_str(&format!("{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' }));
    }
    let label = line.at.filter(|_| !line.label.is_empty()).map(|(x, y)| {
        view! { <text x=x + 4.0 y=y - 4.0>{line.label.clone()}</text> }
    });
    view! {
        <path d=path />
        {label}
    }
}
