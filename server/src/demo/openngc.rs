//! OpenNGC, the free NGC/IC catalogue, from its SQLite form.

use std::path::Path;

use anyhow::{Context, Result};
use sqlx::{AnyPool, Row, any::AnyRow};

use super::columns::{Column, Values};

const QUERY: &str = "SELECT o.name, t.typedesc, o.const, o.messier, o.commonnames, o.identifiers, o.hubble, \
    CAST(o.ra AS REAL) AS ra, CAST(o.dec AS REAL) AS dec, CAST(o.majax AS REAL) AS majax, \
    CAST(o.minax AS REAL) AS minax, CAST(o.pa AS REAL) AS pa, CAST(o.bmag AS REAL) AS bmag, \
    CAST(o.vmag AS REAL) AS vmag, CAST(o.kmag AS REAL) AS kmag, CAST(o.radvel AS REAL) AS radvel, \
    CAST(o.redshift AS REAL) AS redshift \
    FROM objects o LEFT JOIN objTypes t ON t.type = o.type ORDER BY o.id";

/// Reads the file and gives the catalogue's columns.
pub(super) async fn columns(path: &Path) -> Result<Vec<Column>> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=ro", path.display());
    let pool =
        AnyPool::connect(&url).await.with_context(|| format!("cannot open {}", path.display()))?;
    let rows = sqlx::query(QUERY).fetch_all(&pool).await?;
    pool.close().await;
    let text = |name: &str| -> Result<Values> {
        let value = |row: &AnyRow| {
            row.try_get::<Option<String>, _>(name).map(|v| v.filter(|v| !v.is_empty()))
        };
        Ok(Values::Text(rows.iter().map(value).collect::<Result<_, _>>()?))
    };
    let real = |name: &str| -> Result<Vec<Option<f64>>> {
        Ok(rows.iter().map(|row| row.try_get::<Option<f64>, _>(name)).collect::<Result<_, _>>()?)
    };
    let degrees = |name: &str| -> Result<Values> {
        Ok(Values::Double(real(name)?.into_iter().map(|v| v.map(f64::to_degrees)).collect()))
    };
    let float = |name: &str| -> Result<Values> {
        Ok(Values::Float(real(name)?.into_iter().map(|v| v.map(|v| v as f32)).collect()))
    };
    Ok(vec![
        Column::new("name", "", "meta.id;meta.main", "NGC or IC designation", text("name")?),
        Column::new("type", "", "src.class", "Kind of object", text("typedesc")?),
        Column::new(
            "ra",
            "deg",
            "pos.eq.ra;meta.main",
            "Right ascension, ICRS (J2000)",
            degrees("ra")?,
        ),
        Column::new(
            "dec",
            "deg",
            "pos.eq.dec;meta.main",
            "Declination, ICRS (J2000)",
            degrees("dec")?,
        ),
        Column::new("constellation", "", "meta.id.parent", "Constellation", text("const")?),
        Column::new("major_axis", "arcmin", "phys.angSize.smajAxis", "Major axis", float("majax")?),
        Column::new("minor_axis", "arcmin", "phys.angSize.sminAxis", "Minor axis", float("minax")?),
        Column::new(
            "position_angle",
            "deg",
            "pos.posAng",
            "Position angle of the major axis, north through east",
            float("pa")?,
        ),
        Column::new("b_mag", "mag", "phot.mag;em.opt.B", "B magnitude", float("bmag")?),
        Column::new("v_mag", "mag", "phot.mag;em.opt.V", "V magnitude", float("vmag")?),
        Column::new("k_mag", "mag", "phot.mag;em.IR.K", "K magnitude", float("kmag")?),
        Column::new("hubble_type", "", "src.morph.type", "Morphological type", text("hubble")?),
        Column::new(
            "radial_velocity",
            "km.s**-1",
            "spect.dopplerVeloc.opt",
            "Heliocentric radial velocity",
            float("radvel")?,
        ),
        Column::new("redshift", "", "src.redshift", "Redshift", float("redshift")?),
        Column::new("messier", "", "meta.id.cross", "Messier number", text("messier")?),
        Column::new("common_names", "", "meta.id", "Common names", text("commonnames")?),
        Column::new(
            "identifiers",
            "",
            "meta.id.cross",
            "Designations in other catalogues",
            text("identifiers")?,
        ),
    ])
}
