//! Bars over the values of a column: all rows, the kept and the marked ones.

use leptos::html::Div;
use leptos::prelude::*;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::table::Reply;

use crate::i18n::use_lang;
use crate::{format, net};

/// Counts by bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct HistogramData {
    pub(super) low: f64,
    pub(super) high: f64,
    all: Vec<u32>,
    kept: Vec<u32>,
    selected: Vec<u32>,
    nulls: u64,
}

impl HistogramData {
    pub(super) fn of(reply: Reply) -> Result<HistogramData, Problem> {
        match reply {
            Reply::Histogram { low, high, all, kept, selected, nulls } => {
                Ok(HistogramData { low, high, all, kept, selected, nulls })
            }
            _ => Err(net::own_problem("worker-answer", String::new(), None)),
        }
    }
}

/// The drawing is this many units wide and high.
const WIDE: f64 = 600.0;
const HIGH: f64 = 120.0;

/// Outline of bars as an SVG path.
fn bars(counts: &[u32], most: f64) -> String {
    let step = WIDE / counts.len().max(1) as f64;
    let mut path = String::new();
    for (i, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        // One row among many stays visible.
        let height = (f64::from(*n) / most * HIGH).max(1.0);
        let x = i as f64 * step;
        path.push_str(&format!(
            "M{x:.2} {HIGH}v-{height:.2}h{:.2}v{height:.2}z",
            (step - 0.5).max(0.5)
        ));
    }
    path
}

/// The bars. Dragging chooses a range.
#[component]
pub(super) fn Bars(
    data: HistogramData,
    on_range: Callback<(f64, f64)>,
    #[prop(optional)] range: Option<(f64, f64)>,
) -> impl IntoView {
    let lang = use_lang();
    let area = NodeRef::<Div>::new();
    let drag = RwSignal::new(None::<(f64, f64)>);
    let most = f64::from(data.all.iter().copied().max().unwrap_or(1).max(1));
    let (low, high) = (data.low, data.high);
    let fraction = move |x: i32| {
        area.get_untracked().map_or(0.0, |area| {
            let box_ = area.get_bounding_client_rect();
            ((f64::from(x) - box_.left()) / box_.width().max(1.0)).clamp(0.0, 1.0)
        })
    };
    let value = move |t: f64| low + (high - low) * t;
    let ended = move |_| {
        if let Some((a, b)) = drag.get_untracked() {
            drag.set(None);
            if (a - b).abs() > 0.005 {
                on_range.run((value(a.min(b)), value(a.max(b))));
            }
        }
    };
    let place = move |v: f64| {
        if high > low { ((v - low) / (high - low)).clamp(0.0, 1.0) * WIDE } else { 0.0 }
    };
    let shade = move || {
        let (a, b) = match (drag.get(), range) {
            (Some((a, b)), _) => (a.min(b) * WIDE, a.max(b) * WIDE),
            (None, Some((a, b))) => (place(a), place(b)),
            (None, None) => return None,
        };
        Some(view! { <rect class="bars-range" x=a y="0" width=(b - a).max(0.0) height=HIGH /> })
    };
    let kept: u64 = data.kept.iter().map(|n| u64::from(*n)).sum();
    let label = m::HISTOGRAM_LABEL.with(
        lang,
        &[
            ("low", &format::number(low)),
            ("high", &format::number(high)),
            ("kept", &format::count(kept)),
            ("nulls", &format::count(data.nulls)),
        ],
    );
    view! {
        <div
            class="bars-area"
            node_ref=area
            on:pointerdown=move |event| {
                let t = fraction(event.client_x());
                drag.set(Some((t, t)));
            }
            on:pointermove=move |event| {
                drag.update(|d| {
                    if let Some((_, end)) = d {
                        *end = fraction(event.client_x());
                    }
                });
            }
            on:pointerup=ended
            on:pointerleave=ended
        >
            <svg
                class="bars-plot"
                viewBox=format!("0 0 {WIDE} {HIGH}")
                preserveAspectRatio="none"
                role="img"
                aria-label=label
            >
                {shade}
                <path class="bars-all" d=bars(&data.all, most) />
                <path class="bars-kept" d=bars(&data.kept, most) />
                <path class="bars-selected" d=bars(&data.selected, most) />
            </svg>
            <p class="bars-ends num">
                <span>{format::number(low)}</span>
                <span class="quiet">
                    {(data.nulls > 0)
                        .then(|| m::N_NULLS.with(lang, &[("n", &format::count(data.nulls))]))}
                </span>
                <span>{format::number(high)}</span>
            </p>
        </div>
    }
    .into_any()
}
