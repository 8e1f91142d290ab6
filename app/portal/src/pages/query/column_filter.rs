//! The filter of one column: a range over its histogram, texts with counts, nulls.

use leptos::prelude::*;
use tenkyu_wire::messages::{common, query as m};
use tenkyu_wire::table::{Reply, Request};
use tenkyu_wire::tables::ColumnMeta;

use super::QueryPage;
use super::clauses;
use super::histogram::{Bars, HistogramData};
use crate::components::icon::Icon;
use crate::components::note::{ProblemNote, Skeleton};
use crate::format;
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::net;
use crate::tap::literal;

/// Bars of the histogram behind the range.
const BINS: u32 = 60;
/// Texts that are listed.
const TEXTS: u32 = 40;

/// The panel below the toolbar; open while a column is chosen.
#[component]
pub(super) fn ColumnFilter(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    view! {
        {move || {
            page.filtering
                .get()
                .map(|column| {
                    let title = m::FILTER_COLUMN.with(lang, &[("column", &column.name)]);
                    let label = title.clone();
                    let numeric = column.datatype.kind.is_numeric();
                    view! {
                        <section class="column-filter" aria-label=label>
                            <header>
                                <h3>{title}</h3>
                                <small class="quiet">
                                    {column.description.clone()} " " {column.unit.clone()}
                                </small>
                                <button
                                    type="button"
                                    class="icon-button icon-small"
                                    aria-label=common::CLOSE.text(lang)
                                    on:click=move |_| page.filtering.set(None)
                                >
                                    <Icon name="close" />
                                </button>
                            </header>
                            {if numeric {
                                view! { <Range page column=column.clone() /> }.into_any()
                            } else {
                                view! { <Texts page column=column.clone() /> }.into_any()
                            }}
                            <Nulls page column />
                        </section>
                    }
                })
        }}
    }
    .into_any()
}

fn set(page: QueryPage, name: &str, conditions: Vec<String>) {
    page.address.replace(|s| s.rule.filter = clauses::replace(&s.rule.filter, name, conditions));
}

/// The bounds that the filter text holds for a column.
fn bounds(filter: &str, name: &str) -> Option<(f64, f64)> {
    clauses::of_column(filter, name).iter().find_map(|condition| {
        let (_, rest) = condition.split_once(" BETWEEN ")?;
        let (low, high) = rest.split_once(" AND ")?;
        Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
    })
}

#[component]
fn Range(page: QueryPage, column: ColumnMeta) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let name = column.name.clone();
    let asked = name.clone();
    let data = use_load(
        move || Some((asked.clone(), session.version.get())),
        move |(column, _)| async move {
            let answer =
                session.ask(Request::Histogram { column, bins: BINS, range: None }).await?;
            HistogramData::of(answer.reply)
        },
    );
    let full = Memo::new(move |_| data.with(|d| d.done().map(|d| (d.low, d.high))));
    // The last histogram stays while the next is counted, so that the sliders do not jump.
    let shown = Memo::new(move |last: Option<&Option<HistogramData>>| {
        data.with(|d| d.done().cloned()).or_else(|| last.cloned().flatten())
    });
    let chosen = {
        let name = name.clone();
        Memo::new(move |_| {
            let own = page.address.state.with(|s| bounds(&s.rule.filter, &name));
            own.or_else(|| full.get()).unwrap_or((0.0, 1.0))
        })
    };
    let choose = Callback::new(move |(low, high): (f64, f64)| {
        let text = format!("{} BETWEEN {low} AND {high}", clauses::column(&name));
        let all = full.get_untracked().is_some_and(|(a, b)| low <= a && high >= b);
        set(page, &name, if all { Vec::new() } else { vec![text] });
    });
    let failed = move || {
        data.with(|d| match d {
            Load::Failed(problem) => Some(problem.clone()),
            _ => None,
        })
    };
    let number = move |low: bool, label| {
        view! {
            <label class="field">
                <span>{label}</span>
                <input
                    type="number"
                    step="any"
                    prop:value=move || {
                        let (a, b) = chosen.get();
                        (if low { a } else { b }).to_string()
                    }
                    on:change=move |event| {
                        let Ok(value) = event_target_value(&event).parse::<f64>() else { return };
                        let (a, b) = chosen.get_untracked();
                        choose.run(if low { (value, b) } else { (a, value) });
                    }
                />
            </label>
        }
    };
    view! {
        {move || failed().map(|problem| view! { <ProblemNote problem /> })}
        {move || match shown.get() {
            None => view! { <Skeleton lines=4 /> }.into_any(),
            Some(data) => view! { <Bars data on_range=choose range=chosen.get() /> }.into_any(),
        }}
        <Slider full chosen choose />
        <div class="range-numbers">
            {number(true, m::AT_LEAST.text(lang))} {number(false, m::AT_MOST.text(lang))}
        </div>
    }
    .into_any()
}

/// Two sliders over the whole range.
#[component]
fn Slider(
    full: Memo<Option<(f64, f64)>>,
    chosen: Memo<(f64, f64)>,
    choose: Callback<(f64, f64)>,
) -> impl IntoView {
    let lang = use_lang();
    const STEPS: f64 = 1000.0;
    let value = move |t: f64| full.get_untracked().map_or(0.0, |(a, b)| a + (b - a) * t / STEPS);
    let place = move |v: f64| {
        full.get().map_or(0.0, |(a, b)| if b > a { (v - a) / (b - a) * STEPS } else { 0.0 })
    };
    let thumb = move |low: bool, label: &'static str| {
        view! {
            <input
                type="range"
                min="0"
                max=STEPS.to_string()
                aria-label=label
                aria-valuetext=move || {
                    let (a, b) = chosen.get();
                    format::number(if low { a } else { b })
                }
                prop:value=move || {
                    let (a, b) = chosen.get();
                    place(if low { a } else { b }).to_string()
                }
                on:input=move |event| {
                    let Ok(t) = event_target_value(&event).parse::<f64>() else { return };
                    let (a, b) = chosen.get_untracked();
                    let v = value(t);
                    choose.run(if low { (v.min(b), b) } else { (a, v.max(a)) });
                }
            />
        }
    };
    view! {
        <div class="range-slider">
            {thumb(true, m::AT_LEAST.text(lang))} {thumb(false, m::AT_MOST.text(lang))}
        </div>
    }
    .into_any()
}

/// The texts that an `IN (…)` condition names.
fn chosen_texts(filter: &str, name: &str) -> Vec<String> {
    let conditions = clauses::of_column(filter, name);
    let Some(list) = conditions.iter().find_map(|c| {
        c.split_once(" IN (").and_then(|(_, rest)| rest.strip_suffix(')')).map(str::to_owned)
    }) else {
        return Vec::new();
    };
    let mut texts = Vec::new();
    let mut rest = list.as_str();
    while let Some(open) = rest.find('\'') {
        let mut text = String::new();
        let mut chars = rest[open + 1..].char_indices().peekable();
        let mut end = rest.len();
        while let Some((i, c)) = chars.next() {
            if c != '\'' {
                text.push(c);
            } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
                text.push('\'');
                chars.next();
            } else {
                end = open + 1 + i + 1;
                break;
            }
        }
        texts.push(text);
        rest = rest.get(end..).unwrap_or_default();
    }
    texts
}

#[component]
fn Texts(page: QueryPage, column: ColumnMeta) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let name = StoredValue::new(column.name);
    let texts = use_load(
        move || Some((name.get_value(), session.progress.with(|p| p.rows))),
        move |(column, _)| async move {
            match session.ask(Request::Texts { column, limit: TEXTS }).await?.reply {
                Reply::Texts { texts, distinct, .. } => Ok((texts, distinct)),
                _ => Err(net::own_problem("worker-answer", String::new(), None)),
            }
        },
    );
    let chosen = Memo::new(move |_| {
        page.address.state.with(|s| chosen_texts(&s.rule.filter, &name.get_value()))
    });
    let toggle = move |text: &str| {
        let mut list = chosen.get_untracked();
        match list.iter().position(|t| t == text) {
            Some(i) => {
                list.remove(i);
            }
            None => list.push(text.to_owned()),
        }
        let column = name.get_value();
        let quoted: Vec<_> = list.iter().map(|t| literal(t)).collect();
        let text = format!("{} IN ({})", clauses::column(&column), quoted.join(", "));
        set(page, &column, if list.is_empty() { Vec::new() } else { vec![text] });
    };
    let contains = move |event| {
        let typed = event_target_value(&event);
        let column = name.get_value();
        let text = format!("{} LIKE {}", clauses::column(&column), literal(&format!("%{typed}%")));
        set(page, &column, if typed.is_empty() { Vec::new() } else { vec![text] });
    };
    view! {
        <label class="field">
            <span>{m::CONTAINS.text(lang)}</span>
            <input type="text" on:change=contains />
        </label>
        {move || match texts.get() {
            Load::Idle | Load::Busy => view! { <Skeleton lines=4 /> }.into_any(),
            Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
            Load::Done((texts, distinct)) => {
                let more = distinct.saturating_sub(texts.len() as u64);
                let items = texts
                    .into_iter()
                    .map(|(text, n)| {
                        let (value, shown) = (text.clone(), text.clone());
                        view! {
                            <li>
                                <label>
                                    <input
                                        type="checkbox"
                                        prop:checked=move || chosen.with(|c| c.contains(&text))
                                        on:change=move |_| toggle(&value)
                                    />
                                    <span>{shown}</span>
                                    <span class="num quiet">{format::count(n)}</span>
                                </label>
                            </li>
                        }
                    })
                    .collect_view();
                view! {
                    <ul class="text-list">{items}</ul>
                    {(more > 0)
                        .then(|| {
                            view! {
                                <p class="quiet">
                                    {m::MORE_TEXTS.with(lang, &[("n", &format::count(more))])}
                                </p>
                            }
                        })}
                }
                    .into_any()
            }
        }}
    }
    .into_any()
}

#[component]
fn Nulls(page: QueryPage, column: ColumnMeta) -> impl IntoView {
    let lang = use_lang();
    let name = StoredValue::new(column.name);
    let now = Memo::new(move |_| {
        page.address.state.with(|s| {
            let own = clauses::of_column(&s.rule.filter, &name.get_value());
            match own.iter().find_map(|c| c.split_once(" IS ").map(|(_, rest)| rest.to_owned())) {
                Some(rest) if rest == "NULL" => "null",
                Some(_) => "value",
                None => "any",
            }
        })
    });
    let choose = move |event| {
        let column = name.get_value();
        let quoted = clauses::column(&column);
        match event_target_value(&event).as_str() {
            "null" => set(page, &column, vec![format!("{quoted} IS NULL")]),
            "value" => set(page, &column, vec![format!("{quoted} IS NOT NULL")]),
            _ => set(page, &column, Vec::new()),
        }
    };
    let option = move |word: &'static str, text: &'static str| {
        view! { <option value=word selected=move || now.get() == word>{text}</option> }
    };
    view! {
        <label class="field">
            <span>{m::NULLS.text(lang)}</span>
            <select on:change=choose>
                {option("any", m::NULLS_ANY.text(lang))}
                {option("value", m::NULLS_VALUE.text(lang))} {option("null", m::NULLS_NULL.text(lang))}
            </select>
        </label>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_text_is_read_back() {
        let filter = "mag BETWEEN -1.5 AND 6 AND name IN ('O''Hara', 'x, y')";
        assert_eq!(bounds(filter, "mag"), Some((-1.5, 6.0)));
        assert_eq!(bounds(filter, "name"), None);
        assert_eq!(chosen_texts(filter, "name"), ["O'Hara", "x, y"]);
        assert!(chosen_texts(filter, "mag").is_empty());
    }
}
