//! HDUs that are no picture: tables as tables, spectra as curves, and a word for the rest.

use leptos::prelude::*;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::image as m;

use super::ImagePage;
use super::answers::{Spectrum, TableRows, ViewKind};
use crate::components::note::ProblemNote;
use crate::format;
use crate::i18n::use_lang;
use crate::net;

/// Rows of a page of the table.
const PAGE: u32 = 100;

/// What stands in the place of the picture.
#[component]
pub(super) fn Other(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    view! {
        <div class="viewer-other">
            {move || match page.kind() {
                ViewKind::Table => view! { <TableView page /> }.into_any(),
                ViewKind::Spectrum => view! { <Curve page /> }.into_any(),
                ViewKind::Empty => {
                    view! { <p class="empty">{m::EMPTY_HDU.text(lang)}</p> }.into_any()
                }
                _ => view! { <p class="empty">{m::OTHER_HDU.text(lang)}</p> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn read<T: serde::de::DeserializeOwned>(
    answer: Result<String, wasm_bindgen::JsValue>,
) -> Result<T, Problem> {
    let text = answer.map_err(|error| net::thrown(&error))?;
    serde_json::from_str(&text)
        .map_err(|error| net::own_problem("viewer-answer", error.to_string(), None))
}

#[component]
fn TableView(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let start = RwSignal::new(0_u32);
    let rows = Memo::new(move |_| {
        let hdu = page.hdu.get()?;
        let viewer = page.viewer.try_get_value().flatten()?;
        Some(read::<TableRows>(viewer.table_rows(hdu.index, start.get(), PAGE)))
    });
    Effect::new(move |_| {
        page.hdu.track();
        start.set(0);
    });
    let range = move |total: u64| {
        let from = u64::from(start.get()) + 1;
        let to = (from + u64::from(PAGE) - 1).min(total);
        m::TABLE_ROWS.with(
            lang,
            &[
                ("from", &format::count(from)),
                ("to", &format::count(to)),
                ("all", &format::count(total)),
            ],
        )
    };
    view! {
        {move || match rows.get() {
            None => ().into_any(),
            Some(Err(problem)) => view! { <ProblemNote problem /> }.into_any(),
            Some(Ok(table)) => {
                let total = table.total;
                view! {
                    <div class="pager">
                        <button
                            type="button"
                            class="button button-small"
                            disabled=move || start.get() == 0
                            on:click=move |_| start.update(|s| *s = s.saturating_sub(PAGE))
                        >
                            {m::PREVIOUS.text(lang)}
                        </button>
                        <span class="num">{range(total)}</span>
                        <button
                            type="button"
                            class="button button-small"
                            disabled=move || u64::from(start.get()) + u64::from(PAGE) >= total
                            on:click=move |_| start.update(|s| *s += PAGE)
                        >
                            {m::NEXT.text(lang)}
                        </button>
                    </div>
                    {rows_view(table)}
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

fn rows_view(table: TableRows) -> impl IntoView {
    let lang = use_lang();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=m::TABLE.text(lang)>
            <table class="table">
                <thead>
                    <tr>
                        {table
                            .columns
                            .into_iter()
                            .map(|column| {
                                view! {
                                    <th scope="col">
                                        {column.name} <br /> <small>{column.unit}</small>
                                    </th>
                                }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {table
                        .rows
                        .into_iter()
                        .map(|row| {
                            let cells = row
                                .into_iter()
                                .map(|cell| view! { <td class="num">{cell}</td> })
                                .collect_view();
                            view! { <tr>{cells}</tr> }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The drawing is this many units wide and high.
const WIDE: f64 = 1000.0;
const HIGH: f64 = 420.0;
/// Columns of the drawing; more points than that are drawn as the range in each column.
const COLUMNS: usize = 1000;

/// Smallest and largest finite value.
fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

/// A path through the points; each of many columns draws its lowest and highest value.
fn path(points: &[(f64, f64)], x: (f64, f64), y: (f64, f64)) -> String {
    let place = |v: f64, (low, high): (f64, f64), size: f64| {
        if high > low { (v - low) / (high - low) * size } else { size / 2.0 }
    };
    let mut path = String::new();
    let mut add = |px: f64, py: f64| {
        let command = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!(
            "{command}{:.1} {:.1}",
            place(px, x, WIDE),
            HIGH - place(py, y, HIGH)
        ));
    };
    let chunk = points.len().div_ceil(COLUMNS).max(1);
    for part in points.chunks(chunk) {
        let (Some((x0, _)), Some((low, high))) = (part.first(), extent(part.iter().map(|p| p.1)))
        else {
            continue;
        };
        add(*x0, low);
        if high > low {
            add(*x0, high);
        }
    }
    path
}

#[component]
fn Curve(page: ImagePage) -> impl IntoView {
    let spectrum = Memo::new(move |_| {
        let hdu = page.hdu.get()?;
        let viewer = page.viewer.try_get_value().flatten()?;
        Some(read::<Spectrum>(viewer.spectrum(hdu.index)))
    });
    view! {
        {move || match spectrum.get() {
            None => ().into_any(),
            Some(Err(problem)) => view! { <ProblemNote problem /> }.into_any(),
            Some(Ok(spectrum)) => curve(spectrum).into_any(),
        }}
    }
    .into_any()
}

fn curve(spectrum: Spectrum) -> impl IntoView {
    let lang = use_lang();
    let points: Vec<(f64, f64)> =
        spectrum.x.iter().zip(&spectrum.y).filter_map(|(x, y)| Some(((*x)?, (*y)?))).collect();
    let x = extent(points.iter().map(|p| p.0)).unwrap_or((0.0, 1.0));
    let y = extent(points.iter().map(|p| p.1)).unwrap_or((0.0, 1.0));
    let with_unit = |name: &str, unit: &str| {
        if unit.is_empty() { name.to_owned() } else { format!("{name} [{unit}]") }
    };
    let x_title = with_unit(&spectrum.x_name, &spectrum.x_unit);
    let y_title = with_unit(&spectrum.y_name, &spectrum.y_unit);
    let n = format::count(points.len() as u64);
    let label = m::SPECTRUM_LABEL.with(lang, &[("x", &x_title), ("y", &y_title), ("n", &n)]);
    view! {
        <figure class="curve">
            <figcaption>{y_title}</figcaption>
            <p class="curve-y num">
                <span>{format::number(y.1)}</span>
                <span>{format::number(y.0)}</span>
            </p>
            <svg
                viewBox=format!("0 0 {WIDE} {HIGH}")
                preserveAspectRatio="none"
                role="img"
                aria-label=label
            >
                <path d=path(&points, x, y) />
            </svg>
            <p class="curve-x num">
                <span>{format::number(x.0)}</span>
                <span>{x_title}</span>
                <span>{format::number(x.1)}</span>
            </p>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_peaks() {
        let mut points: Vec<_> = (0..100_000).map(|i| (f64::from(i), 0.0)).collect();
        points[54_321].1 = 10.0;
        let path = path(&points, (0.0, 99_999.0), (0.0, 10.0));
        assert!(path.contains(" 0.0"), "the peak reaches the top");
        assert!(path.len() < 40_000);
    }

    #[test]
    fn nothing_finite_has_no_extent() {
        assert_eq!(extent([f64::NAN].into_iter()), None);
        assert_eq!(extent([2.0, f64::NAN, -1.0].into_iter()), Some((-1.0, 2.0)));
    }
}
