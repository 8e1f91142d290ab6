//! The result as a table that scrolls through a million rows: only the rows in view exist.

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::table::{Reply, Request};
use tenkyu_wire::tables::{ColumnMeta, Kind};
use wasm_bindgen::prelude::*;

use super::QueryPage;
use super::grid_keys::{self, Cell};
use super::session::Stage;
use crate::bridge;
use crate::components::icon::Icon;
use crate::i18n::use_lang;

/// Height of a row, CSS pixels; the style sheet has the same number.
const ROW: f64 = 28.0;
/// Browsers draw no element that is much higher than this; beyond it, one scrolled pixel is more
/// than one pixel of rows.
const TALLEST: f64 = 12e6;
/// Width of the row numbers, CSS pixels, as in the style sheet.
const NUMBERS: f64 = 64.0;
/// Rows fetched above and below what is in view.
const MARGIN: u64 = 8;

/// Rows that the worker has answered.
#[derive(Clone, Debug, Default, PartialEq)]
struct Window {
    start: u64,
    cells: Vec<Vec<Option<String>>>,
    selected: Vec<bool>,
}

/// What of the table is in view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sight {
    top: f64,
    height: f64,
}

/// First row in view and how far above it the view begins, for a scroll position.
fn first_row(sight: Sight, rows: u64) -> u64 {
    let full = rows as f64 * ROW;
    let room = (full.min(TALLEST) - sight.height).max(1.0);
    let hidden = (full - sight.height).max(0.0);
    let offset = if full > TALLEST { sight.top / room * hidden } else { sight.top };
    ((offset / ROW).floor() as u64).min(rows.saturating_sub(1))
}

/// Where, in the scrolled content, a row is drawn.
fn row_top(row: u64, sight: Sight, rows: u64) -> f64 {
    if rows as f64 * ROW <= TALLEST {
        return row as f64 * ROW;
    }
    sight.top + (row as f64 - first_row(sight, rows) as f64) * ROW
}

/// The scroll position that brings a row into view, below a head of some height.
fn top_for(row: u64, sight: Sight, head: f64, rows: u64) -> f64 {
    let full = rows as f64 * ROW;
    if full <= TALLEST {
        return grid_keys::into_view(sight.top, sight.height - head, row as f64 * ROW, ROW);
    }
    let first = first_row(sight, rows);
    let whole = ((sight.height - head) / ROW).floor().max(1.0) as u64;
    let wanted = grid_keys::into_view(first as f64, whole as f64, row as f64, 1.0);
    if wanted == first as f64 {
        return sight.top;
    }
    // The inverse of `first_row`, whose rounding must not fall back by a row.
    let (room, hidden) = (TALLEST - sight.height, full - sight.height);
    (wanted * ROW * room / hidden).ceil()
}

/// Width of a column, CSS pixels.
fn width(column: &ColumnMeta) -> f64 {
    let head = column.name.chars().count().max(column.unit.chars().count()) as f64 * 8.5 + 64.0;
    let body = match column.datatype.kind {
        // As many digits as these types can need.
        Kind::Double | Kind::Long => 156.0,
        kind if kind.is_numeric() => 112.0,
        _ => 160.0,
    };
    head.clamp(body, 280.0)
}

/// The grid.
#[component]
pub(super) fn Grid(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let scroller = NodeRef::<Div>::new();
    let sight = RwSignal::new(Sight { top: 0.0, height: 480.0 });
    let window = RwSignal::new(Window::default());
    let busy = StoredValue::new(false);
    let again = StoredValue::new(false);
    let kept = Memo::new(move |_| session.counts.with(|c| c.kept));
    let active = RwSignal::new(None::<Cell>);

    fetch_what_is_in_sight(page, sight, kept, window, busy, again);
    Effect::new(move |_| {
        let Some(scroller) = scroller.get() else { return };
        let sized = Closure::<dyn FnMut(f64, f64, f64)>::new(move |_, height, _| {
            sight.try_update(|s| s.height = height);
        });
        bridge::watch_size(&scroller, &bridge::forever(sized));
    });
    let scrolled = move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            let top = f64::from(scroller.scroll_top());
            sight.update(|s| s.top = top);
        }
    };
    let keys = move |event: web_sys::KeyboardEvent| {
        let Some(scroller) = scroller.get_untracked() else { return };
        let own =
            event.target().is_some_and(|t| t == *scroller.unchecked_ref::<web_sys::EventTarget>());
        if !own || event.alt_key() || event.meta_key() {
            return;
        }
        let columns = session.columns.get_untracked();
        let (size, seen) = ((kept.get_untracked(), columns.len()), sight.get_untracked());
        let page = ((seen.height / ROW) as u64).saturating_sub(3).max(1);
        let control = event.ctrl_key();
        // The first key enters the table where the user looks.
        let next = match active.get_untracked() {
            Some(at) => grid_keys::step(&event.key(), control, at, size, page),
            None => {
                grid_keys::step(&event.key(), control, (first_row(seen, size.0), 0), size, page)
                    .map(|_| (first_row(seen, size.0), 0))
            }
        };
        let Some((row, column)) = next else { return };
        event.prevent_default();
        active.set(Some((row, column)));
        let head = scroller
            .first_element_child()
            .map_or(0.0, |head| head.get_bounding_client_rect().height());
        scroller.set_scroll_top(top_for(row, seen, head, size.0).ceil() as i32);
        let left: f64 = columns.iter().take(column).map(width).sum();
        let own_width = columns.get(column).map_or(0.0, width);
        let (from, wide) = (f64::from(scroller.scroll_left()), f64::from(scroller.client_width()));
        let left = grid_keys::into_view(from, wide - NUMBERS, left, own_width + NUMBERS);
        scroller.set_scroll_left(left.round() as i32);
    };
    let total_width = move || session.columns.with(|c| c.iter().map(width).sum::<f64>() + NUMBERS);
    let height = move || (kept.get() as f64 * ROW).min(TALLEST);
    view! {
        <div
            node_ref=scroller
            class="grid"
            role="grid"
            tabindex="0"
            aria-label=m::RESULT_TABLE.text(lang)
            aria-rowcount=move || (kept.get() + 1).to_string()
            aria-colcount=move || session.columns.with(Vec::len).to_string()
            aria-busy=move || (session.stage.get() == Stage::Running).to_string()
            aria-activedescendant=move || active.get().map(cell_id)
            on:scroll=scrolled
            on:keydown=keys
        >
            <div
                class="grid-head"
                role="row"
                aria-rowindex="1"
                style:width=move || format!("{}px", total_width())
            >
                <span class="grid-corner"></span>
                {move || {
                    session
                        .columns
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(index, column)| view! { <Head page index column /> })
                        .collect_view()
                }}
            </div>
            <div
                class="grid-body"
                style:height=move || format!("{}px", height())
                style:width=move || format!("{}px", total_width())
            >
                {move || {
                    let columns = session.columns.get();
                    rows(window.get(), &columns, sight, kept.get(), active)
                }}
            </div>
        </div>
    }
    .into_any()
}

/// Keeps the window of rows at what is in sight; one question at a time is under way.
fn fetch_what_is_in_sight(
    page: QueryPage,
    sight: RwSignal<Sight>,
    kept: Memo<u64>,
    window: RwSignal<Window>,
    busy: StoredValue<bool>,
    again: StoredValue<bool>,
) {
    let session = page.session;
    let wanted = Memo::new(move |_| {
        let (sight, rows) = (sight.get(), kept.get());
        let first = first_row(sight, rows).saturating_sub(MARGIN);
        let count = (sight.height / ROW).ceil() as u64 + 2 * MARGIN;
        (first, count.min(200) as u32)
    });
    let pull = move || {
        if busy.get_value() {
            again.set_value(true);
            return;
        }
        busy.set_value(true);
        spawn_local(async move {
            loop {
                again.set_value(false);
                let (start, count) = wanted.get_untracked();
                if let Ok(answer) = session.ask(Request::Rows { start, count }).await
                    && let Reply::Rows { start, cells, selected } = answer.reply
                {
                    window.try_set(Window { start, cells, selected });
                }
                if again.try_get_value() != Some(true) {
                    break;
                }
            }
            busy.try_set_value(false);
        });
    };
    Effect::new(move |_| {
        wanted.track();
        session.version.track();
        if session.stage.get_untracked() != Stage::Empty && kept.get_untracked() > 0 {
            pull();
        } else {
            window.set(Window::default());
        }
    });
}

fn rows(
    window: Window,
    columns: &[ColumnMeta],
    sight: RwSignal<Sight>,
    kept: u64,
    active: RwSignal<Option<Cell>>,
) -> impl IntoView + use<> {
    let widths: Vec<_> = columns.iter().map(|c| (width(c), c.datatype.kind.is_numeric())).collect();
    let start = window.start;
    let marks = window.selected;
    let list = window.cells.into_iter().enumerate().map(move |(i, cells)| {
        let row = start + i as u64;
        let marked = marks.get(i).copied().unwrap_or(false);
        let cells = cells.into_iter().zip(widths.clone()).enumerate();
        let cells = cells.map(move |(column, (cell, (width, numeric)))| {
            let null = cell.is_none();
            let text = cell.unwrap_or_default();
            let full = text.clone();
            view! {
                <span
                    role="gridcell"
                    id=cell_id((row, column))
                    aria-colindex=(column + 1).to_string()
                    class:active=move || active.get() == Some((row, column))
                    on:click=move |_| active.set(Some((row, column)))
                    class:num=numeric
                    class:null=null
                    title=full
                    style:width=format!("{width}px")
                >
                    {text}
                </span>
            }
        });
        view! {
            <div
                class="grid-row"
                class:marked=marked
                role="row"
                aria-rowindex=(row + 2).to_string()
                aria-selected=marked.to_string()
                style:transform=move || {
                    format!("translateY({}px)", row_top(row, sight.get(), kept))
                }
            >
                <span class="grid-number">{row + 1}</span>
                {cells.collect_view()}
            </div>
        }
    });
    list.collect_view()
}

/// The element of a cell.
fn cell_id((row, column): Cell) -> String {
    format!("cell-{row}-{column}")
}

/// A column's head: sort, filter, unit.
#[component]
fn Head(page: QueryPage, index: usize, column: ColumnMeta) -> impl IntoView {
    let lang = use_lang();
    let state = page.address.state;
    let name = column.name.clone();
    let sorted = name.clone();
    let order = Memo::new(move |_| {
        state.with(|s| match &s.rule.sort {
            Some((column, descending)) if *column == sorted => Some(*descending),
            _ => None,
        })
    });
    let sort = {
        let name = name.clone();
        move |_| {
            let name = name.clone();
            page.address.push(move |s| {
                s.rule.sort = match order.get_untracked() {
                    None => Some((name, false)),
                    Some(false) => Some((name, true)),
                    Some(true) => None,
                };
            });
        }
    };
    let filtered = {
        let name = name.clone();
        move || state.with(|s| !super::clauses::of_column(&s.rule.filter, &name).is_empty())
    };
    let open = {
        let column = column.clone();
        move |_| {
            page.filtering.update(|f| {
                *f = if f.as_ref() == Some(&column) { None } else { Some(column.clone()) };
            })
        }
    };
    let about = [column.description.as_str(), column.ucd.as_str()];
    let about = about.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n");
    view! {
        <span
            class="grid-title"
            role="columnheader"
            aria-colindex=(index + 1).to_string()
            title=about
            style:width=format!("{}px", width(&column))
            aria-sort=move || match order.get() {
                None => "none",
                Some(false) => "ascending",
                Some(true) => "descending",
            }
        >
            <button type="button" class="sort" on:click=sort>{name.clone()}</button>
            <button
                type="button"
                class="icon-button icon-small"
                aria-label=m::FILTER_COLUMN.with(lang, &[("column", &name)])
                title=m::FILTER_COLUMN.with(lang, &[("column", &name)])
                aria-pressed=move || filtered().to_string()
                on:click=open
            >
                <Icon name="filter" />
            </button>
            <small class="quiet">{column.unit.clone()}</small>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_reaches_the_last_of_a_million_rows() {
        let rows = 1_000_000;
        let height = 560.0;
        let bottom = Sight { top: TALLEST - height, height };
        let last_in_view = first_row(bottom, rows) + (height / ROW) as u64;
        assert_eq!(last_in_view, rows);
        assert_eq!(first_row(Sight { top: 0.0, height }, rows), 0);
    }

    #[test]
    fn every_row_of_a_long_table_is_reached_by_key() {
        let (rows, height, head) = (1_000_000, 560.0, 60.0);
        let mut sight = Sight { top: 0.0, height };
        for row in [0, 17, 18, 400_000, 400_018, 999_999, 999_980, 5] {
            sight.top = top_for(row, sight, head, rows);
            let (first, top) = (first_row(sight, rows), row_top(row, sight, rows));
            assert!(first <= row, "{row} is above the view");
            assert!(top + ROW + head <= sight.top + height + 1.0, "{row} is below the view");
        }
    }

    #[test]
    fn short_tables_scroll_pixel_by_pixel() {
        let sight = Sight { top: 285.0, height: 560.0 };
        assert_eq!(first_row(sight, 1000), 10);
        assert_eq!(row_top(10, sight, 1000), 280.0);
        assert_eq!(first_row(sight, 0), 0);
    }
}
