//! The editor: a text area over a coloured copy of its text, with errors marked at their place
//! and completion of names.

use leptos::ev::KeyboardEvent;
use leptos::html::{Pre, Textarea};
use leptos::prelude::*;
use tenkyu_wire::messages::query as m;

use super::QueryPage;
use crate::adql::{self, Completion, Mark};
use crate::i18n::use_lang;
use crate::load::Load;

/// Completions that are listed.
const LISTED: usize = 12;

/// Byte offset of a UTF-16 offset, as text areas count.
fn byte_of_utf16(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= utf16 {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

/// UTF-16 offset of a byte offset.
fn utf16_of_byte(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, c)| c.len_utf16()).sum()
}

/// Line and column of a byte offset, from 0, in characters.
fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let before: String =
        text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, c)| c).collect();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count());
    (line, column)
}

/// A piece of the coloured copy.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    text: String,
    class: &'static str,
    wrong: bool,
}

/// The text cut at the edges of tokens and marks.
fn pieces(text: &str, marks: &[Mark]) -> Vec<Piece> {
    let tokens = adql::tokens(text);
    let mut cuts = vec![0, text.len()];
    cuts.extend(tokens.iter().flat_map(|t| [t.range.start, t.range.end]));
    cuts.extend(marks.iter().flat_map(|m| [m.range.start, m.range.end]));
    cuts.sort_unstable();
    cuts.dedup();
    let mut list = Vec::new();
    for edge in cuts.windows(2) {
        let [from, to] = edge else { continue };
        let Some(piece) = text.get(*from..*to) else { continue };
        let class = tokens.iter().find(|t| t.range.contains(from)).map_or("", |t| t.class);
        let wrong = marks.iter().any(|mark| mark.range.contains(from));
        list.push(Piece { text: piece.to_owned(), class, wrong });
    }
    list
}

/// The editor.
#[component]
pub(super) fn Editor(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let area = page.area;
    let under = NodeRef::<Pre>::new();
    let cursor = RwSignal::new(None::<usize>);
    let active = RwSignal::new(0_usize);
    let text = page.text;

    let completions = Memo::new(move |_| {
        let at = cursor.get()?;
        let mut list = text.with(|text| {
            page.schemas.with(|s| adql::complete(text, at, s.done().map_or(&[], Vec::as_slice)))
        });
        list.truncate(LISTED);
        (!list.is_empty()).then_some(list)
    });
    let caret = move || {
        let area = area.get_untracked()?;
        let utf16 = area.selection_start().ok().flatten()? as usize;
        Some(text.with_untracked(|t| byte_of_utf16(t, utf16)))
    };
    let accept = move |completion: &Completion| {
        replace(page, area, completion.range.clone(), &completion.insert);
        cursor.set(None);
    };
    let typed = move |event| {
        text.set(event_target_value(&event));
        active.set(0);
        let at = caret();
        let in_word = at.is_some_and(|at| {
            text.with_untracked(|t| {
                let last = t.get(..at).and_then(|t| t.chars().next_back());
                last.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
            })
        });
        cursor.set(at.filter(|_| in_word));
    };
    let keys = move |event: KeyboardEvent| {
        let control = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "Enter" if control => {
                event.prevent_default();
                cursor.set(None);
                page.run.run(());
                return;
            }
            " " if control => {
                event.prevent_default();
                active.set(0);
                cursor.set(caret());
                return;
            }
            _ => {}
        }
        let Some(list) = completions.get_untracked() else { return };
        match event.key().as_str() {
            "ArrowDown" => active.update(|a| *a = (*a + 1) % list.len()),
            "ArrowUp" => active.update(|a| *a = (*a + list.len() - 1) % list.len()),
            "Enter" | "Tab" => {
                if let Some(completion) = list.get(active.get_untracked()) {
                    accept(completion);
                }
            }
            "Escape" => cursor.set(None),
            _ => return,
        }
        event.prevent_default();
    };
    let follow_scroll = move |_| {
        if let (Some(area), Some(under)) = (area.get_untracked(), under.get_untracked()) {
            under.set_scroll_top(area.scroll_top());
            under.set_scroll_left(area.scroll_left());
        }
    };
    let popup_place = move || {
        let at = completions.with(|c| c.as_ref().and_then(|c| c.first().map(|c| c.range.start)));
        text.with(|t| line_column(t, at.unwrap_or(0)))
    };
    view! {
        <div class="editor">
            <pre class="editor-under" node_ref=under aria-hidden="true">
                {move || {
                    let marks = page.marks.get();
                    text.with(|t| pieces(t, &marks))
                        .into_iter()
                        .map(|piece| {
                            view! {
                                <span class=piece.class class:wrong=piece.wrong>
                                    {piece.text}
                                </span>
                            }
                        })
                        .collect_view()
                }}
                "\n"
            </pre>
            <textarea
                node_ref=area
                class="editor-area"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                aria-label=m::EDITOR.text(lang)
                aria-describedby="editor-help"
                aria-autocomplete="list"
                aria-controls="editor-completions"
                aria-invalid=move || (!page.marks.with(Vec::is_empty)).to_string()
                aria-activedescendant=move || {
                    completions.with(Option::is_some).then(|| format!("completion-{}", active.get()))
                }
                prop:value=move || text.get()
                on:input=typed
                on:keydown=keys
                on:scroll=follow_scroll
                on:blur=move |_| cursor.set(None)
            ></textarea>
            // Only while open: the policy of the page forbids inline style in what the server sends.
            <Show when=move || completions.with(Option::is_some)>
            <ul
                id="editor-completions"
                class="completions"
                role="listbox"
                aria-label=m::COMPLETIONS.text(lang)
                style:left=move || format!("calc({}ch + 12px)", popup_place().1)
                style:top=move || format!("calc({} * 1.6em + 12px)", popup_place().0 + 1)
            >
                {move || {
                    let list = completions.get().unwrap_or_default();
                    list.into_iter()
                        .enumerate()
                        .map(|(i, completion)| {
                            let chosen = completion.clone();
                            view! {
                                <li
                                    id=format!("completion-{i}")
                                    role="option"
                                    aria-selected=move || (active.get() == i).to_string()
                                    on:pointerdown=move |event| {
                                        event.prevent_default();
                                        accept(&chosen);
                                    }
                                >
                                    <code>{completion.label}</code>
                                    <small class="quiet">{completion.detail}</small>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            </Show>
        </div>
        <p id="editor-help" class="visually-hidden">{m::EDITOR_HELP.text(lang)}</p>
        <Problems page />
    }
    .into_any()
}

/// Errors below the editor, each with its line; a click goes there.
#[component]
fn Problems(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let go = move |byte: usize| {
        if let Some(area) = page.area.get_untracked() {
            let at = page.text.with_untracked(|t| utf16_of_byte(t, byte)) as u32;
            let _ = area.focus();
            let _ = area.set_selection_range(at, at);
        }
    };
    view! {
        <ul class="problems" aria-label=m::PROBLEMS.text(lang) aria-live="polite">
            {move || {
                page.marks
                    .get()
                    .into_iter()
                    .map(|mark| {
                        let start = mark.range.start;
                        let (line, column) = page.text.with(|t| line_column(t, start));
                        let place = [
                            ("line", (line + 1).to_string()),
                            ("column", (column + 1).to_string()),
                        ];
                        let place: Vec<_> = place.iter().map(|(n, v)| (*n, v.as_str())).collect();
                        view! {
                            <li>
                                <button type="button" on:click=move |_| go(start)>
                                    <span class="num">{m::LINE.with(lang, &place)}</span>
                                    " "
                                    {mark.text}
                                </button>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
    }
    .into_any()
}

/// Puts text in the place of a range of bytes, with the cursor behind it.
pub(super) fn replace(
    page: QueryPage,
    area: NodeRef<Textarea>,
    range: std::ops::Range<usize>,
    insert: &str,
) {
    let Some(area) = area.get_untracked() else { return };
    let mut text = page.text.get_untracked();
    if text.get(range.clone()).is_none() {
        return;
    }
    text.replace_range(range.clone(), insert);
    let at = utf16_of_byte(&text, range.start + insert.len()) as u32;
    page.text.set(text.clone());
    area.set_value(&text);
    let _ = area.focus();
    let _ = area.set_selection_range(at, at);
}

/// Puts a name at the cursor, with spaces where it would touch a word.
pub(super) fn insert(page: QueryPage, name: &str) {
    let Some(area) = page.area.get_untracked() else { return };
    let text = page.text.get_untracked();
    let utf16 = area.selection_start().ok().flatten().map_or(usize::MAX, |at| at as usize);
    let at = byte_of_utf16(&text, utf16);
    let touches = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"');
    let before = touches(text.get(..at).and_then(|t| t.chars().next_back()));
    let after = touches(text.get(at..).and_then(|t| t.chars().next()));
    let spaced = format!("{}{name}{}", if before { " " } else { "" }, if after { " " } else { "" });
    replace(page, page.area, at..at, &spaced);
}

/// Marks of the present text, where the tables are known.
pub(super) fn marks(page: QueryPage) -> Vec<Mark> {
    page.text.with(|text| {
        if text.trim().is_empty() {
            return Vec::new();
        }
        page.schemas.with(|schemas| match schemas {
            Load::Done(schemas) => adql::check(text, schemas),
            _ => Vec::new(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_agree_with_text_areas() {
        let text = "a天😀b";
        assert_eq!(byte_of_utf16(text, 4), 8);
        assert_eq!(utf16_of_byte(text, 8), 4);
        assert_eq!(byte_of_utf16(text, 99), text.len());
        assert_eq!(line_column("ab\n天c", 6), (1, 1));
    }

    #[test]
    fn pieces_make_the_whole_text() {
        let text = "SELECT x\nFROM t";
        let marks = [Mark { range: 7..8, text: String::new() }];
        let list = pieces(text, &marks);
        assert_eq!(list.iter().map(|p| p.text.as_str()).collect::<String>(), text);
        assert!(list.iter().any(|p| p.wrong && p.text == "x"));
    }
}
