//! The scatter plot and the histogram beside the table. Dragging marks rows by a condition.

use leptos::html::Canvas;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::table::{Reply, Request};
use tenkyu_wire::tables::ColumnMeta;
use wasm_bindgen::prelude::*;

use super::QueryPage;
use super::clauses::column as quoted;
use super::histogram::{Bars, HistogramData};
use crate::components::note::{ProblemNote, Skeleton};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::viewers::PlotViewer;
use crate::{bridge, format, net};

/// The two columns of the plot: what the address says, else the first two that are neither an
/// identifier nor an error.
fn axes(page: QueryPage) -> Option<(String, String)> {
    let columns = page.numeric_columns();
    let (x, y) = page.address.state.with(|s| (s.x.clone(), s.y.clone()));
    let known = |name: &str| columns.iter().any(|c| c.name == name);
    let plain = |c: &&ColumnMeta| {
        let ucd = c.ucd.to_lowercase();
        !(ucd.contains("meta.id") || ucd.contains("stat.error") || ucd.contains("meta.code"))
    };
    let mut usual = columns.iter().filter(plain).map(|c| c.name.clone());
    let mut pick = |chosen: String| if known(&chosen) { Some(chosen) } else { usual.next() };
    let x = pick(x)?;
    let y = pick(y)?;
    Some((x, y))
}

/// Chooses a column for an axis.
#[component]
fn AxisSelect(
    page: QueryPage,
    label: &'static str,
    #[prop(into)] chosen: Signal<String>,
    choose: Callback<String>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span>{label}</span>
            <select on:change=move |event| choose.run(event_target_value(&event))>
                {move || {
                    page.numeric_columns()
                        .into_iter()
                        .map(|column| {
                            let name = column.name.clone();
                            let title = if column.unit.is_empty() {
                                column.name.clone()
                            } else {
                                format!("{} [{}]", column.name, column.unit)
                            };
                            view! {
                                <option
                                    value=column.name.clone()
                                    selected=move || chosen.with(|c| *c == name)
                                >
                                    {title}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </label>
    }
    .into_any()
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Ticks {
    x: Vec<Tick>,
    y: Vec<Tick>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Tick {
    /// CSS pixels from the left or the top.
    at: f64,
    label: String,
}

/// A rectangle being dragged, CSS pixels: start and present corner.
type Drag = ((f64, f64), (f64, f64));

#[derive(Clone, Copy)]
struct Plot {
    page: QueryPage,
    viewer: StoredValue<Option<PlotViewer>, LocalStorage>,
    ready: RwSignal<bool>,
    failed: RwSignal<Option<Problem>>,
    ticks: RwSignal<Ticks>,
    drag: RwSignal<Option<Drag>>,
    axes: Memo<Option<(String, String)>>,
    /// The columns of the points on the canvas; behind `axes` until their points are there.
    drawn: RwSignal<Option<(String, String)>>,
}

impl Plot {
    fn redraw(self) {
        let Some(Some(viewer)) = self.viewer.try_get_value() else { return };
        bridge::draw(viewer.as_ref(), move |problem| {
            if let Some(Some(viewer)) = self.viewer.try_get_value() {
                self.ticks.try_set(serde_json::from_str(&viewer.ticks()).unwrap_or_default());
            }
            if problem.is_some() {
                self.failed.try_set(problem);
            }
        });
    }

    async fn start(self, canvas: web_sys::HtmlCanvasElement) {
        match bridge::open_viewer("PlotViewer", &canvas).await {
            Ok(opened) => {
                let opened: PlotViewer = opened.unchecked_into();
                if self.viewer.try_update_value(|v| *v = Some(opened)).is_some() {
                    self.attach(&canvas);
                    self.ready.set(true);
                }
            }
            Err(error) => {
                self.failed.try_set(Some(net::viewer_problem(&error)));
            }
        }
    }

    fn attach(self, canvas: &web_sys::HtmlCanvasElement) {
        let sized = Closure::<dyn FnMut(f64, f64, f64)>::new(move |width, height, ratio| {
            if let Some(Some(viewer)) = self.viewer.try_get_value() {
                viewer.resize_plot(width, height, ratio);
                self.redraw();
            }
        });
        bridge::watch_size(canvas, &bridge::forever(sized));
        let tell = Closure::<dyn FnMut(String, f64, f64, f64)>::new(
            move |kind: String, x: f64, y: f64, _| match kind.as_str() {
                "brush-start" => {
                    self.drag.try_set(Some(((x, y), (x, y))));
                }
                "brush" => {
                    self.drag.try_update(|d| {
                        if let Some((_, end)) = d {
                            *end = (x, y);
                        }
                    });
                }
                "brushed" => self.mark(),
                "brush-cancel" => {
                    self.drag.try_set(None);
                }
                _ => {}
            },
        );
        bridge::gestures(canvas, &bridge::forever(tell));
    }

    /// Turns the dragged rectangle into the condition that marks its rows.
    fn mark(self) {
        let drag = self.drag.try_get_untracked().flatten();
        self.drag.try_set(None);
        let (Some(((x0, y0), (x1, y1))), Some(Some(viewer))) = (drag, self.viewer.try_get_value())
        else {
            return;
        };
        let (Some((ax, ay)), Some((bx, by))) = (data(&viewer, x0, y0), data(&viewer, x1, y1))
        else {
            return;
        };
        let Some(Some((x, y))) = self.drawn.try_get_untracked() else { return };
        let range = |name: &str, a: f64, b: f64| {
            format!(
                "{} BETWEEN {} AND {}",
                quoted(name),
                short(a.min(b), a, b),
                short(a.max(b), a, b)
            )
        };
        let condition = format!("{} AND {}", range(&x, ax, bx), range(&y, ay, by));
        self.page.address.push(|s| s.rule.select = condition);
    }

    /// Fetches the points whenever rows, filter, marks or axes change.
    fn follow(self) {
        let session = self.page.session;
        let busy = StoredValue::new(false);
        let again = StoredValue::new(false);
        Effect::new(move |_| {
            session.version.track();
            let axes = self.axes.get();
            if !self.ready.get() || axes.is_none() {
                return;
            }
            if busy.get_value() {
                again.set_value(true);
                return;
            }
            busy.set_value(true);
            spawn_local(async move {
                loop {
                    again.set_value(false);
                    let Some(Some((x, y))) = self.axes.try_get_untracked() else { break };
                    if let Err(problem) = self.fetch(x, y).await {
                        self.failed.try_set(Some(problem));
                    }
                    if again.try_get_value() != Some(true) {
                        break;
                    }
                }
                busy.try_set_value(false);
            });
        });
    }

    async fn fetch(self, x: String, y: String) -> Result<(), Problem> {
        let answer = self.page.session.ask(Request::Points { x: x.clone(), y: y.clone() }).await?;
        let Reply::Points { origin, x_range, y_range } = answer.reply else { return Ok(()) };
        let Some(Some(viewer)) = self.viewer.try_get_value() else { return Ok(()) };
        let floats = |i| js_sys::Float32Array::new(&answer.buffers.get(i));
        let flags = js_sys::Uint8Array::new(&answer.buffers.get(2));
        let set = viewer.set_plot_points(
            floats(0).as_ref(),
            floats(1).as_ref(),
            flags.as_ref(),
            origin.0,
            origin.1,
        );
        let (x0, x1) = padded(x_range);
        let (y0, y1) = padded(y_range);
        set.and_then(|()| viewer.set_range(x0, x1, y0, y1)).map_err(|e| net::thrown(&e))?;
        self.drawn.try_set(Some((x, y)));
        self.redraw();
        Ok(())
    }
}

/// A range with room at its ends; a single value gets a range of its own.
fn padded((low, high): (f64, f64)) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    let room = if high > low { (high - low) * 0.04 } else { low.abs().max(1.0) * 0.5 };
    (low - room, high + room)
}

/// A bound with the digits that the rectangle can mean, so that links stay short.
fn short(value: f64, a: f64, b: f64) -> String {
    let size = (a - b).abs();
    if size > 0.0 && size.is_finite() {
        let digits = (3.0 - size.log10().floor()).clamp(0.0, 12.0) as usize;
        return format!("{value:.digits$}");
    }
    value.to_string()
}

fn data(viewer: &PlotViewer, x: f64, y: f64) -> Option<(f64, f64)> {
    #[derive(Deserialize)]
    struct At {
        x: f64,
        y: f64,
    }
    let at: At = serde_json::from_str(&viewer.to_data(x, y)?).ok()?;
    Some((at.x, at.y))
}

/// The scatter plot.
#[component]
pub(super) fn Scatter(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let canvas = NodeRef::<Canvas>::new();
    let axes = Memo::new(move |_| axes(page));
    let plot = Plot {
        page,
        viewer: StoredValue::new_local(None),
        ready: RwSignal::new(false),
        failed: RwSignal::new(None),
        ticks: RwSignal::default(),
        drag: RwSignal::new(None),
        axes,
        drawn: RwSignal::new(None),
    };
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            spawn_local(plot.start(canvas));
        }
    });
    plot.follow();
    let name = move |first: bool| {
        Signal::derive(move || axes.get().map_or(String::new(), |(x, y)| if first { x } else { y }))
    };
    let label = move || {
        let counts = page.session.counts.get();
        m::PLOT_LABEL.with(
            lang,
            &[
                ("x", &name(true).get()),
                ("y", &name(false).get()),
                ("kept", &format::count(counts.kept)),
                ("selected", &format::count(counts.selected)),
            ],
        )
    };
    view! {
        <div class="plot-bar">
            <AxisSelect
                page
                label=m::X_AXIS.text(lang)
                chosen=name(true)
                choose=Callback::new(move |c| page.address.replace(|s| s.x = c))
            />
            <AxisSelect
                page
                label=m::Y_AXIS.text(lang)
                chosen=name(false)
                choose=Callback::new(move |c| page.address.replace(|s| s.y = c))
            />
        </div>
        <div class="plot" hidden=move || axes.with(Option::is_none)>
            <div class="plot-area">
                <canvas
                    node_ref=canvas
                    data-tool="brush"
                    role="img"
                    tabindex="0"
                    aria-label=label
                    aria-busy=move || (plot.drawn.get() != axes.get()).to_string()
                ></canvas>
                {move || plot.drag.get().map(rectangle)}
            </div>
            <PlotAxes ticks=plot.ticks />
        </div>
        <Show when=move || axes.with(Option::is_none)>
            <p class="empty">{m::PLOT_NONE.text(lang)}</p>
        </Show>
        {move || plot.failed.get().map(|problem| view! { <ProblemNote problem /> })}
    }
    .into_any()
}

fn rectangle(((x0, y0), (x1, y1)): Drag) -> impl IntoView {
    view! {
        <svg class="brush" aria-hidden="true">
            <rect x=x0.min(x1) y=y0.min(y1) width=(x1 - x0).abs() height=(y1 - y0).abs() />
        </svg>
    }
}

#[component]
fn PlotAxes(ticks: RwSignal<Ticks>) -> impl IntoView {
    view! {
        <div class="plot-x" aria-hidden="true">
            {move || {
                ticks
                    .get()
                    .x
                    .into_iter()
                    .map(|t| view! { <span style:left=format!("{}px", t.at)>{t.label}</span> })
                    .collect_view()
            }}
        </div>
        <div class="plot-y" aria-hidden="true">
            {move || {
                ticks
                    .get()
                    .y
                    .into_iter()
                    .map(|t| view! { <span style:top=format!("{}px", t.at)>{t.label}</span> })
                    .collect_view()
            }}
        </div>
    }
    .into_any()
}

/// The histogram of the horizontal axis; dragging marks a range.
#[component]
pub(super) fn OneColumn(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let column = Memo::new(move |_| axes(page).map(|(x, _)| x));
    let data = use_load(
        move || Some((column.get()?, page.session.version.get())),
        move |(column, _)| async move {
            let request = Request::Histogram { column, bins: 100, range: None };
            HistogramData::of(page.session.ask(request).await?.reply)
        },
    );
    let shown = Memo::new(move |last: Option<&Option<HistogramData>>| {
        data.with(|d| d.done().cloned()).or_else(|| last.cloned().flatten())
    });
    let choose = Callback::new(move |(low, high): (f64, f64)| {
        if let Some(column) = column.get_untracked() {
            let ends = (short(low, low, high), short(high, low, high));
            let condition = format!("{} BETWEEN {} AND {}", quoted(&column), ends.0, ends.1);
            page.address.push(|s| s.rule.select = condition);
        }
    });
    view! {
        <div class="plot-bar">
            <AxisSelect
                page
                label=m::X_AXIS.text(lang)
                chosen=Signal::derive(move || column.get().unwrap_or_default())
                choose=Callback::new(move |c| page.address.replace(|s| s.x = c))
            />
        </div>
        {move || match (shown.get(), data.get()) {
            (_, Load::Failed(problem)) => view! { <ProblemNote problem /> }.into_any(),
            (Some(data), _) => {
                view! {
                    <div class="one-column">
                        <Bars data on_range=choose />
                    </div>
                }
                    .into_any()
            }
            (None, _) if column.get().is_none() => {
                view! { <p class="empty">{m::PLOT_NONE.text(lang)}</p> }.into_any()
            }
            (None, _) => view! { <Skeleton lines=6 /> }.into_any(),
        }}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_keep_the_digits_that_count() {
        assert_eq!(short(1.234_567, 1.0, 2.0), "1.235");
        assert_eq!(short(-30_123.4, -30_000.0, -50_000.0), "-30123");
        assert_eq!(short(0.5, 0.5, 0.5), "0.5");
        assert_eq!(padded((f64::NAN, 1.0)), (0.0, 1.0));
        assert_eq!(padded((0.0, 100.0)), (-4.0, 104.0));
    }
}
