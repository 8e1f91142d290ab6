//! The rows of the result on the sky.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::table::{Reply, Request};
use tenkyu_wire::view::SkyState;

use super::QueryPage;
use crate::catalogues::main_position;
use crate::components::sky_map::{SkyLayers, SkyMap, SkyPoints};
use crate::format;
use crate::i18n::use_lang;

/// The middle of points on the sphere and the radius that holds them, degrees.
fn extent(ra: &[f64], dec: &[f64]) -> Option<(f64, f64, f64)> {
    let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
    for (ra, dec) in ra.iter().zip(dec) {
        let (ra, dec) = (ra.to_radians(), dec.to_radians());
        x += dec.cos() * ra.cos();
        y += dec.cos() * ra.sin();
        z += dec.sin();
    }
    let length = (x * x + y * y + z * z).sqrt();
    // No points, or points that cancel out: no direction is the middle.
    if length.is_nan() || length <= 0.0 {
        return None;
    }
    let ra0 = y.atan2(x).to_degrees().rem_euclid(360.0);
    let dec0 = (z / length).clamp(-1.0, 1.0).asin().to_degrees();
    let far = ra.iter().zip(dec).fold(0.0_f64, |far, (ra, dec)| {
        far.max(tenkyu_sky::sphere::separation_deg(*ra, *dec, ra0, dec0))
    });
    Some((ra0, dec0, far))
}

/// The map.
#[component]
pub(super) fn RowsOnSky(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let columns = Memo::new(move |_| session.columns.with(|c| main_position(c)));
    let layers = SkyLayers::new(SkyState::default());
    let placed = StoredValue::new(false);
    Effect::new(move |_| {
        session.version.track();
        let Some((x, y)) = columns.get() else { return };
        spawn_local(async move {
            let Ok(answer) = session.ask(Request::Points { x, y }).await else { return };
            let Reply::Points { origin, .. } = answer.reply else { return };
            let numbers = |i, origin: f64| -> Vec<f64> {
                let offsets = js_sys::Float32Array::new(&answer.buffers.get(i)).to_vec();
                offsets.into_iter().map(|offset| origin + f64::from(offset)).collect()
            };
            let (ra, dec) = (numbers(0, origin.0), numbers(1, origin.1));
            let flags = js_sys::Uint8Array::new(&answer.buffers.get(2)).to_vec();
            let mut points = SkyPoints::default();
            for ((ra, dec), flag) in ra.into_iter().zip(dec).zip(flags) {
                if flag > 0 {
                    points.ra.push(ra);
                    points.dec.push(dec);
                    points.flags.push(flag);
                }
            }
            if placed.try_get_value() == Some(false)
                && let Some((ra_deg, dec_deg, far)) = extent(&points.ra, &points.dec)
            {
                placed.try_set_value(true);
                let fov_deg = (far * 2.4).clamp(1e-3, 180.0);
                layers.view.try_set(SkyState { ra_deg, dec_deg, fov_deg });
            }
            layers.points.try_set(Arc::new(points));
        });
    });
    let label = Signal::derive(move || {
        let view = layers.view.get();
        let kept = format::count(session.counts.with(|c| c.kept));
        let position = format::sexagesimal(view.ra_deg, view.dec_deg);
        m::SKY_LABEL.with(lang, &[("kept", &kept), ("position", &position)])
    });
    view! {
        {move || {
            if columns.with(Option::is_some) {
                view! { <div class="result-sky"><SkyMap layers label /></div> }.into_any()
            } else {
                view! { <p class="empty">{m::SKY_NONE.text(lang)}</p> }.into_any()
            }
        }}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_right_across_zero_hours() {
        let (ra, dec, far) = extent(&[359.0, 1.0], &[0.0, 0.0]).unwrap();
        assert!(ra.min(360.0 - ra) < 1e-9);
        assert!(dec.abs() < 1e-9 && (far - 1.0).abs() < 1e-9);
        assert_eq!(extent(&[], &[]), None);
    }
}
