//! The files of an observation: content, size, checksum, ways to open.

use std::sync::Arc;

use leptos::prelude::*;
use tenkyu_wire::messages::observation as m;
use tenkyu_wire::observation::{Artifact, Hdu, Observation};

use crate::i18n::{href, use_lang};
use crate::{format, net};

/// A table of files by product.
#[component]
pub(super) fn Files(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let rows = observation.planes.iter().flat_map(|plane| {
        let level = plane.calib_level.to_string();
        let about = format!(
            "{} · {}",
            format::kind(&plane.product_type, lang),
            m::CALIB_LEVEL.with(lang, &[("level", &level)])
        );
        plane.artifacts.iter().map(move |artifact| row(artifact.clone(), about.clone()))
    });
    let titles = [m::COL_FILE, m::COL_CONTENT, m::COL_SIZE, m::SHA256];
    view! {
        <section aria-labelledby="files-title">
            <h2 id="files-title">{m::FILES.text(lang)}</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label=m::FILES.text(lang)>
                <table class="table">
                    <thead>
                        <tr>
                            {titles
                                .map(|title| view! { <th scope="col">{title.text(lang)}</th> })
                                .collect_view()}
                            <th></th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// `[1] SCI image 1024 × 1024`
fn hdu(hdu: &Hdu) -> String {
    let shape: Vec<_> = hdu.shape.iter().map(u64::to_string).collect();
    format!("[{}] {} {} {}", hdu.index, hdu.name, hdu.kind, shape.join(" × "))
}

fn row(artifact: Artifact, about: String) -> impl IntoView {
    let lang = use_lang();
    let id = net::encode(&artifact.id);
    view! {
        <tr>
            <th scope="row">
                <a rel="external" href=format!("/data/{id}") download=artifact.filename.clone()>
                    {artifact.filename.clone()}
                </a>
                <br />
                <small class="quiet">{about}</small>
            </th>
            <td>
                {artifact
                    .hdus
                    .iter()
                    .map(|h| view! { <small class="hdu">{hdu(h)}</small> })
                    .collect_view()}
            </td>
            <td class="num" title=format!("{} B", artifact.bytes)>{format::bytes(artifact.bytes)}</td>
            <td><code class="checksum">{artifact.sha256}</code></td>
            <td>
                <a class="button button-small" href=href(&format!("/image/{id}"))>
                    {m::OPEN_VIEWER.text(lang)}
                </a>
            </td>
        </tr>
    }
    .into_any()
}
