//! `collection.properties`: a catalogue with its margin caches and id indexes beside it.

use super::{place::Place, properties::Properties};

/// The file that makes a folder a collection.
pub const FILE: &str = "collection.properties";

/// What a collection holds, by names relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// The catalogue.
    pub primary: String,
    /// Margin caches, the default one first.
    pub margins: Vec<String>,
    /// Column and catalogue of each index, the default one first.
    pub indexes: Vec<(String, String)>,
}

impl Collection {
    /// Reads the file's keys; `None` if it names no catalogue.
    pub fn parse(properties: &Properties) -> Option<Self> {
        let primary = properties.get("hats_primary_table_url")?.to_owned();
        let mut margins = words(properties.get("all_margins").unwrap_or_default());
        let default = properties.get("default_margin");
        margins.sort_by_key(|m| default != Some(m.as_str()));
        let pairs = words(properties.get("all_indexes").unwrap_or_default());
        let mut indexes: Vec<(String, String)> = pairs
            .chunks_exact(2)
            .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
            .collect();
        let default = properties.get("default_index");
        indexes.sort_by_key(|(column, _)| default != Some(column.as_str()));
        Some(Self { primary, margins, indexes })
    }

    /// The keys of the file for a collection called `name`.
    pub fn properties(&self, name: &str) -> Properties {
        let mut p = Properties::default();
        p.set("obs_collection", name);
        p.set("hats_primary_table_url", &self.primary);
        if let Some(default) = self.margins.first() {
            p.set("all_margins", self.margins.join(" "));
            p.set("default_margin", default);
        }
        if let Some((default, _)) = self.indexes.first() {
            let pairs: Vec<String> =
                self.indexes.iter().map(|(column, table)| format!("{column} {table}")).collect();
            p.set("all_indexes", pairs.join(" "));
            p.set("default_index", default);
        }
        p
    }

    /// The collection at a place; `None` where there is none.
    pub fn read(place: &Place) -> Option<Self> {
        Self::parse(&Properties::parse(&place.read_text(FILE).ok()?))
    }
}

/// Lists are separated by spaces; older files have commas or semicolons.
fn words(text: &str) -> Vec<String> {
    text.split([' ', ',', ';', '\n', '\t']).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_round_trip_with_their_defaults_first() {
        let text = "obs_collection=gaia\nhats_primary_table_url=gaia\n\
                    all_margins=gaia_5arcs gaia_10arcs\ndefault_margin=gaia_10arcs\n\
                    all_indexes=designation by_name id gaia_id_index\ndefault_index=id\n";
        let read = Collection::parse(&Properties::parse(text)).unwrap();
        assert_eq!(read.primary, "gaia");
        assert_eq!(read.margins, ["gaia_10arcs", "gaia_5arcs"]);
        assert_eq!(read.indexes[0], ("id".to_owned(), "gaia_id_index".to_owned()));
        let written = read.properties("gaia").text();
        assert_eq!(Collection::parse(&Properties::parse(&written)), Some(read));
        assert_eq!(Collection::parse(&Properties::parse("obs_collection=x\n")), None);
    }
}
