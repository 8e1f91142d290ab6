//! HDU, plane, stretch, limits, colours, frame, grid, zoom.

use leptos::prelude::*;
use tenkyu_wire::Message;
use tenkyu_wire::messages::image as m;
use tenkyu_wire::view::{ColorMap, Frame, Limits, Stretch};

use super::ImagePage;
use super::answers::{AxisValue, ViewKind};
use crate::components::icon::Icon;
use crate::i18n::use_lang;

/// Percentiles in the menu of limits.
const PERCENTILES: [f64; 5] = [90.0, 95.0, 99.0, 99.5, 99.9];

impl ImagePage {
    /// Shows the whole image.
    pub(super) fn fit(self) {
        if let Some(Some(viewer)) = self.viewer.try_get_value() {
            viewer.fit();
            self.redraw();
        }
        self.address.replace(|s| {
            s.center = None;
            s.zoom = None;
        });
    }

    /// One image pixel a screen pixel, about the present centre.
    pub(super) fn one_to_one(self) {
        self.take_view();
        self.address.replace(|s| s.zoom = Some(1.0));
    }
}

/// The name of a stretch.
fn stretch_name(stretch: Stretch) -> Message {
    match stretch {
        Stretch::Linear => m::STRETCH_LINEAR,
        Stretch::Log => m::STRETCH_LOG,
        Stretch::Asinh => m::STRETCH_ASINH,
        Stretch::Sqrt => m::STRETCH_SQRT,
        Stretch::Power => m::STRETCH_POWER,
        Stretch::Histogram => m::STRETCH_HISTOGRAM,
    }
}

/// The name of a frame.
fn frame_name(frame: Frame) -> Message {
    match frame {
        Frame::Icrs => m::FRAME_ICRS,
        Frame::Galactic => m::FRAME_GALACTIC,
        Frame::Ecliptic => m::FRAME_ECLIPTIC,
        Frame::Fk5 => m::FRAME_FK5,
    }
}

/// A labelled menu of words.
fn menu(
    label: Message,
    options: Vec<(String, String)>,
    chosen: impl Fn() -> String + Copy + Send + Sync + 'static,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let options = options.into_iter().map(move |(word, name)| {
        let own = word.clone();
        view! {
            <option value=word selected=move || chosen() == own>
                {name}
            </option>
        }
    });
    view! {
        <label class="field">
            <span>{label.text(use_lang())}</span>
            <select
                prop:value=chosen
                on:change=move |event| choose(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}

/// The toolbar.
#[component]
pub(super) fn Toolbar(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let address = page.address;
    let state = address.state;
    let picture = move || page.kind().is_picture();
    let stretches =
        Stretch::ALL.iter().map(|s| (s.to_string(), stretch_name(*s).text(lang).to_owned()));
    let frames = Frame::ALL.iter().map(|f| (f.to_string(), frame_name(*f).text(lang).to_owned()));
    view! {
        <div class="viewer-bar" role="toolbar" aria-label=m::TITLE.text(lang)>
            <HduMenu page />
            <Ways page />
            <div class="viewer-tools" class:concealed=move || !picture()>
                {menu(
                    m::STRETCH,
                    stretches.collect(),
                    move || state.with(|s| s.stretch.to_string()),
                    move |word| {
                        if let Ok(stretch) = word.parse() {
                            address.replace(|s| s.stretch = stretch);
                        }
                    },
                )}
                <LimitsMenu page />
                <ColorMapMenu page />
                {menu(
                    m::FRAME,
                    frames.collect(),
                    move || state.with(|s| s.frame.to_string()),
                    move |word| {
                        if let Ok(frame) = word.parse() {
                            address.replace(|s| s.frame = frame);
                        }
                    },
                )}
                <div class="viewer-buttons">
                    <button
                        type="button"
                        class="icon-button"
                        title=m::INVERT.text(lang)
                        aria-label=m::INVERT.text(lang)
                        aria-pressed=move || state.with(|s| s.invert).to_string()
                        on:click=move |_| address.replace(|s| s.invert = !s.invert)
                    >
                        <Icon name="invert" />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        title=m::GRID.text(lang)
                        aria-label=m::GRID.text(lang)
                        aria-pressed=move || state.with(|s| s.grid).to_string()
                        on:click=move |_| address.replace(|s| s.grid = !s.grid)
                    >
                        <Icon name="grid" />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        title=format!("{} (0)", m::FIT.text(lang))
                        aria-label=m::FIT.text(lang)
                        on:click=move |_| page.fit()
                    >
                        <Icon name="fit" />
                    </button>
                    <button
                        type="button"
                        class="icon-button"
                        title=format!("{} (1)", m::ONE_TO_ONE.text(lang))
                        aria-label=m::ONE_TO_ONE.text(lang)
                        on:click=move |_| page.one_to_one()
                    >
                        "1:1"
                    </button>
                </div>
            </div>
            <PlaneSlider page />
        </div>
    }
    .into_any()
}

#[component]
fn HduMenu(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let chosen = move || page.hdu.with(|h| h.as_ref().map_or(0, |h| h.index));
    view! {
        <label class="field">
            <span>{m::HDU.text(lang)}</span>
            <select on:change=move |event| {
                let index = event_target_value(&event).parse().ok();
                page.address
                    .push(|s| {
                        s.hdu = index;
                        s.plane = 0;
                        s.center = None;
                        s.zoom = None;
                    });
            }>
                {move || {
                    let hdus = page.file.with(|f| f.as_ref().map_or(Vec::new(), |f| f.hdus.clone()));
                    hdus.into_iter()
                        .map(|hdu| {
                            let index = hdu.index;
                            view! {
                                <option
                                    value=index.to_string()
                                    selected=move || chosen() == index
                                >
                                    {hdu.title()}
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

/// Picture or table of an event list, curve or table of a spectrum.
#[component]
fn Ways(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let ways = Memo::new(move |_| {
        page.hdu.with(|hdu| match hdu {
            Some(hdu) if hdu.columns.is_empty() => Vec::new(),
            Some(hdu) => match hdu.kind {
                ViewKind::Events => {
                    vec![(ViewKind::Events, m::PICTURE), (ViewKind::Table, m::TABLE)]
                }
                ViewKind::Spectrum => {
                    vec![(ViewKind::Spectrum, m::CURVE), (ViewKind::Table, m::TABLE)]
                }
                _ => Vec::new(),
            },
            None => Vec::new(),
        })
    });
    view! {
        <div class="button-row ways" hidden=move || ways.with(Vec::is_empty)>
            {move || {
                ways.get()
                    .into_iter()
                    .map(|(kind, name)| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                aria-pressed=move || (page.kind() == kind).to_string()
                                on:click=move |_| page.shown.set(Some(kind))
                            >
                                {name.text(lang)}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
    .into_any()
}

#[component]
fn PlaneSlider(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let planes = Memo::new(move |_| page.hdu.with(|h| h.as_ref().map_or(1, |h| h.planes)));
    let plane = move || page.address.state.with(|s| s.plane);
    let says = move || {
        let (n, all) = ((plane() + 1).to_string(), planes.get().to_string());
        let mut parts = vec![m::PLANE_OF.with(lang, &[("n", &n), ("all", &all)])];
        page.plane_axes.with(|axes| parts.extend(axes.iter().map(AxisValue::text)));
        parts.join(" · ")
    };
    view! {
        <label class="field plane" hidden=move || planes.get() <= 1 || !page.kind().is_picture()>
            <span class="num">{says}</span>
            <input
                type="range"
                min="0"
                title="[ ]"
                max=move || planes.get().saturating_sub(1).to_string()
                aria-label=m::PLANE.text(lang)
                aria-valuetext=says
                prop:value=move || plane().to_string()
                on:input=move |event| {
                    if let Ok(plane) = event_target_value(&event).parse() {
                        page.address.glide(|s| s.plane = plane);
                    }
                }
            />
        </label>
    }
    .into_any()
}

#[component]
fn LimitsMenu(page: ImagePage) -> impl IntoView {
    let lang = use_lang();
    let address = page.address;
    let state = address.state;
    let word = move || match state.with(|s| s.limits) {
        Limits::Values(..) => "own".to_owned(),
        limits => limits.to_string(),
    };
    let mut options = vec![
        ("auto".to_owned(), m::LIMITS_AUTO.text(lang).to_owned()),
        ("zscale".to_owned(), m::LIMITS_ZSCALE.text(lang).to_owned()),
        ("minmax".to_owned(), m::LIMITS_MINMAX.text(lang).to_owned()),
    ];
    options.extend(PERCENTILES.map(|p| (format!("p{p}"), format!("{p} %"))));
    options.push(("own".to_owned(), m::LIMITS_OWN.text(lang).to_owned()));
    let choose = move |word: String| {
        let own = page.limits.get_untracked().map(|l| Limits::Values(l.low, l.high));
        let limits = if word == "own" { own } else { word.parse().ok() };
        if let Some(limits) = limits {
            address.replace(|s| s.limits = limits);
        }
    };
    let number = move |low: bool, label: Message| {
        view! {
            <input
                type="number"
                step="any"
                aria-label=label.text(lang)
                title=label.text(lang)
                prop:value=move || {
                    let limits = page.limits.get().unwrap_or_default();
                    shortened(if low { limits.low } else { limits.high }, 6)
                }
                on:change=move |event| {
                    let Ok(value) = event_target_value(&event).parse::<f64>() else { return };
                    let now = page.limits.get_untracked().unwrap_or_default();
                    let (a, b) = if low { (value, now.high) } else { (now.low, value) };
                    if value.is_finite() {
                        address.replace(|s| s.limits = Limits::Values(a, b));
                    }
                }
            />
        }
    };
    view! {
        {menu(m::LIMITS, options, word, choose)}
        <div class="limit-values">{number(true, m::LOW)} {number(false, m::HIGH)}</div>
    }
    .into_any()
}

/// So many significant digits, in a form that a number field takes.
fn shortened(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if (-4.0..7.0).contains(&size) {
        let digits = (f64::from(digits - 1) - size).clamp(0.0, 9.0) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    format!("{value:.*e}", usize::try_from(digits - 1).unwrap_or_default())
}

#[component]
fn ColorMapMenu(page: ImagePage) -> impl IntoView {
    let address = page.address;
    let state = address.state;
    let options = ColorMap::ALL.iter().map(|c| (c.to_string(), c.to_string())).collect();
    let strip = move || {
        state.with(|s| {
            format!("cmap cmap-{}{}", s.cmap, if s.invert { " cmap-inverted" } else { "" })
        })
    };
    let ends = move || {
        let limits = page.limits.get().unwrap_or_default();
        let unit = page.hdu.with(|h| h.as_ref().map_or(String::new(), |h| h.unit.clone()));
        let hint = unit.clone();
        view! {
            <span>{shortened(limits.low, 4)}</span>
            <span class="unit" title=hint>{unit}</span>
            <span>{shortened(limits.high, 4)}</span>
        }
    };
    view! {
        {menu(
            m::COLOR_MAP,
            options,
            move || state.with(|s| s.cmap.to_string()),
            move |word| {
                if let Ok(cmap) = word.parse() {
                    address.replace(|s| s.cmap = cmap);
                }
            },
        )}
        <div class="color-bar">
            <div class=strip></div>
            <p class="num">{ends}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_a_number_field() {
        assert_eq!(shortened(0.0, 6), "0");
        assert_eq!(shortened(-0.001_25, 6), "-0.00125");
        assert_eq!(shortened(0.033_753_3, 4), "0.03375");
        assert_eq!(shortened(65_535.0, 4), "65535");
        assert!(shortened(1.5e-19, 6).parse::<f64>().is_ok_and(|v| (v - 1.5e-19).abs() < 1e-24));
    }
}
