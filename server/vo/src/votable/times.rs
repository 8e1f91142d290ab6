//! TIMESYS (VOTable 1.4 §3.4): what the numbers and texts of a time column count.

use tenkyu_wire::tables::{ColumnMeta, Kind};

use super::document::POSITION;

/// A time system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct System {
    pub(super) id: &'static str,
    /// Where numbers count from; empty for texts, which are dates by themselves.
    pub(super) origin: &'static str,
    pub(super) scale: &'static str,
    pub(super) position: &'static str,
}

/// Dates as text (DALI 1.1 §3.3.3: UTC), measured where the telescope stands.
const DATES: System = System { id: "dates", origin: "", scale: "UTC", position: "TOPOCENTER" };
/// ObsCore's t_min and t_max, from the headers' DATE-OBS.
const MJD: System =
    System { id: "mjd", origin: "MJD-origin", scale: "UTC", position: "TOPOCENTER" };
/// Numbers of catalogues whose names say from where they count, and nothing else.
const MJD_UNKNOWN: System =
    System { id: "mjd_unknown", origin: "MJD-origin", scale: "UNKNOWN", position: "UNKNOWN" };
const JD_UNKNOWN: System =
    System { id: "jd_unknown", origin: "JD-origin", scale: "UNKNOWN", position: "UNKNOWN" };

const SYSTEMS: [System; 4] = [DATES, MJD, MJD_UNKNOWN, JD_UNKNOWN];

/// Whether an ID is one of a coordinate or time system.
pub(super) fn is_system(id: &str) -> bool {
    id == POSITION || SYSTEMS.iter().any(|system| system.id == id)
}

/// The system of a time column; `None` for other columns and where nobody can know.
pub(super) fn system(column: &ColumnMeta) -> Option<System> {
    let first = column.ucd.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if column.datatype.kind == Kind::Char {
        return (column.xtype == "timestamp").then_some(DATES);
    }
    let is_time = ["time.epoch", "time.start", "time.end"].contains(&first.as_str());
    if !is_time || column.unit.trim() != "d" {
        return None;
    }
    if column.utype.to_ascii_lowercase().contains("char.timeaxis") {
        return Some(MJD);
    }
    let name = column.name.to_ascii_lowercase();
    if name.contains("mjd") {
        Some(MJD_UNKNOWN)
    } else if name.contains("jd") && !name.contains("bjd") && !name.contains("hjd") {
        Some(JD_UNKNOWN)
    } else {
        None
    }
}

/// The systems of some columns, each once.
pub(super) fn of(columns: &[ColumnMeta]) -> impl Iterator<Item = System> {
    let used: Vec<System> = columns.iter().filter_map(system).collect();
    SYSTEMS.into_iter().filter(move |system| used.contains(system))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_wire::tables::{ArraySize, Datatype};

    fn column(name: &str, kind: Kind, ucd: &str, unit: &str, utype: &str) -> ColumnMeta {
        ColumnMeta {
            name: name.to_owned(),
            ucd: ucd.to_owned(),
            unit: unit.to_owned(),
            utype: utype.to_owned(),
            datatype: Datatype { kind, size: ArraySize::Scalar },
            ..ColumnMeta::default()
        }
    }

    #[test]
    fn only_what_is_known_is_said() {
        let obscore = "Char.TimeAxis.Coverage.Bounds.Limits.StartTime";
        let t_min = column("t_min", Kind::Double, "time.start;obs.exposure", "d", obscore);
        assert_eq!(system(&t_min), Some(MJD));
        let mjd = column("obs_mjd", Kind::Double, "time.epoch", "d", "");
        assert_eq!(system(&mjd), Some(MJD_UNKNOWN));
        let epoch = column("epoch", Kind::Double, "time.epoch", "d", "");
        assert_eq!(system(&epoch), None);
        let year = column("ref_epoch", Kind::Double, "time.epoch", "yr", "");
        assert_eq!(system(&year), None);
        let mut date = column("date", Kind::Char, "", "", "");
        assert_eq!(system(&date), None);
        date.xtype = "timestamp".to_owned();
        assert_eq!(system(&date), Some(DATES));
        let ids: Vec<&str> = of(&[t_min.clone(), date, t_min]).map(|system| system.id).collect();
        assert_eq!(ids, ["dates", "mjd"]);
    }
}
