//! The answer page of a search.

use url::form_urlencoded::Serializer;

use super::codec::{Fields, View, put, put_option};

/// What was searched and how the observations are narrowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchState {
    /// The text in the box.
    pub q: String,
    /// Radius, degrees; the box's own or the default when absent.
    pub radius_deg: Option<f64>,
    /// Facilities kept; empty keeps all.
    pub facilities: Vec<String>,
    /// Instruments kept; empty keeps all.
    pub instruments: Vec<String>,
    /// ObsCore `dataproduct_type`s kept; empty keeps all.
    pub types: Vec<String>,
    /// Bands kept; empty keeps all.
    pub bands: Vec<String>,
    /// Earliest observation date, ISO 8601.
    pub from: String,
    /// Latest observation date, ISO 8601.
    pub to: String,
    /// Shortest exposure, seconds.
    pub exposure_min: Option<f64>,
    /// Column to sort by, with `-` before it for descending.
    pub sort: String,
}

impl View for SearchState {
    fn read(fields: &mut Fields) -> Self {
        SearchState {
            q: fields.text("q").unwrap_or_default().to_owned(),
            radius_deg: fields.number("r", 0.0, 180.0),
            facilities: fields.texts("facility"),
            instruments: fields.texts("instrument"),
            types: fields.texts("type"),
            bands: fields.texts("band"),
            from: fields.text("from").unwrap_or_default().to_owned(),
            to: fields.text("to").unwrap_or_default().to_owned(),
            exposure_min: fields.number("exposure", 0.0, f64::MAX),
            sort: fields.text("sort").unwrap_or_default().to_owned(),
        }
    }

    fn write(&self, out: &mut Serializer<'_, String>) {
        let empty = String::new();
        put(out, "q", &self.q, &empty);
        put_option(out, "r", self.radius_deg.as_ref());
        for (name, values) in [
            ("facility", &self.facilities),
            ("instrument", &self.instruments),
            ("type", &self.types),
            ("band", &self.bands),
        ] {
            for value in values {
                out.append_pair(name, value);
            }
        }
        put(out, "from", &self.from, &empty);
        put(out, "to", &self.to, &empty);
        put_option(out, "exposure", self.exposure_min.as_ref());
        put(out, "sort", &self.sort, &empty);
    }
}
