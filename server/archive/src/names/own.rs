//! The tables that come with the program, so that Messier's objects and the best-known names work
//! without any catalogue.

use super::index::{Builder, Object, RANK_OWN};

const MESSIER: &str = include_str!("messier.tsv");
const JAPANESE: &str = include_str!("japanese.tsv");

/// Kinds of objects, the words of [`tenkyu_wire::resolve::Target::kind`].
const KINDS: &[&str] = &[
    "star",
    "galaxy",
    "galaxy-cluster",
    "open-cluster",
    "globular-cluster",
    "nebula",
    "planetary-nebula",
    "supernova-remnant",
    "target",
];

pub(super) fn add(builder: &mut Builder) {
    for line in lines(MESSIER) {
        if let Some(object) = messier(line) {
            builder.add(object, 0);
        }
    }
    for line in lines(JAPANESE) {
        if let Some(object) = well_known(line) {
            builder.add(object, 1);
        }
    }
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn list(field: &str) -> Vec<String> {
    field.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn kind(field: &str) -> Option<&'static str> {
    KINDS.iter().find(|kind| **kind == field).copied()
}

fn messier(line: &str) -> Option<Object> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [number, designation, kind_, ra, dec, constellation, size, magnitude, common] =
        fields.as_slice()
    else {
        return None;
    };
    let mut names = vec![format!("M {number}")];
    names.extend(list(designation));
    names.extend(list(common));
    Some(Object {
        names,
        japanese: Vec::new(),
        ra_deg: ra.parse().ok()?,
        dec_deg: dec.parse().ok()?,
        kind: kind(kind_),
        constellation: Some((*constellation).to_owned()),
        size_deg: size.parse::<f64>().ok().map(|arcmin| arcmin / 60.0),
        magnitude: (!magnitude.is_empty()).then(|| format!("V {magnitude}")),
        source: "name:messier",
        rank: RANK_OWN,
    })
}

fn well_known(line: &str) -> Option<Object> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [japanese, names, kind_, ra, dec, constellation, magnitude] = fields.as_slice() else {
        return None;
    };
    Some(Object {
        names: list(names),
        japanese: list(japanese),
        ra_deg: ra.parse().ok()?,
        dec_deg: dec.parse().ok()?,
        kind: kind(kind_),
        constellation: (!constellation.is_empty()).then(|| (*constellation).to_owned()),
        size_deg: None,
        magnitude: (!magnitude.is_empty()).then(|| (*magnitude).to_owned()),
        source: "name:well-known",
        rank: RANK_OWN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        assert_eq!(lines(MESSIER).count(), 110);
        assert!(lines(MESSIER).all(|line| messier(line).is_some_and(|o| o.kind.is_some())));
        assert!(lines(JAPANESE).count() >= 130);
        for line in lines(JAPANESE) {
            let object = well_known(line).unwrap_or_else(|| panic!("{line}"));
            assert!(object.kind.is_some() && !object.names.is_empty(), "{line}");
        }
    }
}
