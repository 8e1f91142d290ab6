//! Planes and observations are put together again from their files whenever one of them changes,
//! and what differs from before goes to the event log.

use std::collections::BTreeMap;

use sqlx::{Any, AssertSqlSafe, Row, Transaction, any::AnyRow};

use crate::{
    dictionary::Translated,
    error::ArchiveError,
    ingest::IngestOptions,
    record::{FileRecord, PlaneRecord},
    store::{self, Entry, append},
    time,
};

/// A value of a column, with the column's type where it is null.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Text(Option<String>),
    Int(Option<i64>),
    Real(Option<f64>),
}

impl Cell {
    fn show(&self) -> String {
        match self {
            Cell::Text(Some(text)) => text.clone(),
            Cell::Int(Some(number)) => number.to_string(),
            Cell::Real(Some(number)) => number.to_string(),
            _ => "–".to_owned(),
        }
    }

    /// The value of the same column in a row.
    fn stored(&self, row: &AnyRow, column: &str) -> Result<Cell, sqlx::Error> {
        Ok(match self {
            Cell::Text(_) => Cell::Text(row.try_get(column)?),
            Cell::Int(_) => Cell::Int(row.try_get(column)?),
            Cell::Real(_) => Cell::Real(row.try_get(column)?),
        })
    }
}

/// The plane of a file, made with its observation where it does not exist. Gives its identifier.
pub(super) async fn ensure(
    tx: &mut Transaction<'_, Any>,
    record: &FileRecord,
    options: &IngestOptions,
) -> Result<String, ArchiveError> {
    let now = time::now_iso();
    let agent = options.agent.as_str();
    let observation = store::observation_id(&record.collection, &record.obs_id);
    let plane = store::plane_id(&observation, &record.product_id);
    let made = sqlx::query(
        "INSERT INTO observation (id, collection, obs_id, meta_release, fields, last_modified) \
         VALUES ($1, $2, $3, $4, '{}', $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&observation)
    .bind(&record.collection)
    .bind(&record.obs_id)
    .bind(&now)
    .execute(&mut **tx)
    .await?;
    if made.rows_affected() > 0 {
        let entity = format!("observation/{observation}");
        let detail = format!("{}/{}", record.collection, record.obs_id);
        append(tx, &Entry { agent, activity: "create", entity: &entity, detail: &detail }).await?;
    }
    let release = options.release.clone().unwrap_or_else(|| now.clone());
    let made = sqlx::query(
        "INSERT INTO plane (id, observation_id, product_id, is_current, calib_level, \
         data_release, last_modified) VALUES ($1, $2, $3, 0, 0, $4, $5) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&plane)
    .bind(&observation)
    .bind(&record.product_id)
    .bind(release)
    .bind(&now)
    .execute(&mut **tx)
    .await?;
    if made.rows_affected() > 0 {
        let entity = format!("plane/{plane}");
        let entry =
            Entry { agent, activity: "create", entity: &entity, detail: &record.product_id };
        append(tx, &entry).await?;
    }
    Ok(plane)
}

/// Puts planes and their observations together again.
pub(super) async fn refresh(
    tx: &mut Transaction<'_, Any>,
    planes: &[String],
    agent: &str,
) -> Result<(), ArchiveError> {
    let mut observations = Vec::new();
    for plane in planes {
        observations.push(refresh_plane(tx, plane, agent).await?);
    }
    observations.sort();
    observations.dedup();
    for observation in &observations {
        refresh_observation(tx, observation, agent).await?;
    }
    Ok(())
}

/// The records of the files of a plane (or, by `o.id`, of an observation) that are current.
async fn records(
    tx: &mut Transaction<'_, Any>,
    column: &str,
    id: &str,
) -> Result<Vec<FileRecord>, ArchiveError> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT a.id, a.record FROM artifact a JOIN plane p ON p.id = a.plane_id \
         WHERE {column} = $1 AND EXISTS (SELECT 1 FROM source s WHERE s.artifact_id = a.id) \
         ORDER BY p.calib_level DESC, p.product_id, a.filename, a.id"
    )))
    .bind(id)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| {
            let text: String = row.try_get("record")?;
            let id: String = row.try_get("id")?;
            serde_json::from_str(&text)
                .map_err(|source| ArchiveError::Record { entity: format!("artifact/{id}"), source })
        })
        .collect()
}

/// Refreshes a plane and gives the identifier of its observation.
async fn refresh_plane(
    tx: &mut Transaction<'_, Any>,
    id: &str,
    agent: &str,
) -> Result<String, ArchiveError> {
    let files = records(tx, "p.id", id).await?;
    let old =
        sqlx::query("SELECT * FROM plane WHERE id = $1").bind(id).fetch_one(&mut **tx).await?;
    let observation: String = old.try_get("observation_id")?;
    let mut cells = vec![("is_current", Cell::Int(Some(i64::from(!files.is_empty()))))];
    if !files.is_empty() {
        cells.extend(plane_cells(&PlaneRecord::of(&files)));
    }
    let mut changes = Vec::new();
    let first_time: i64 = old.try_get("is_current")?;
    for (column, cell) in &cells {
        let before = cell.stored(&old, column)?;
        if before != *cell {
            changes.push(format!("{column}: {} → {}", before.show(), cell.show()));
        }
    }
    if changes.is_empty() {
        return Ok(observation);
    }
    update(tx, "plane", id, &cells).await?;
    // What a plane begins with is not a change; the creation stands in the log already.
    let created = first_time == 0 && old.try_get::<Option<String>, _>("product_type")?.is_none();
    if !created {
        let entity = format!("plane/{id}");
        let detail = changes.join("; ");
        append(tx, &Entry { agent, activity: "update", entity: &entity, detail: &detail }).await?;
    }
    Ok(observation)
}

fn plane_cells(plane: &PlaneRecord) -> Vec<(&'static str, Cell)> {
    let text = |field: &str| Cell::Text(plane.text(field).map(str::to_owned));
    let real = |field: &str| Cell::Real(plane.number(field));
    vec![
        ("product_type", Cell::Text(plane.product_type.clone())),
        ("product_subtype", text("product_subtype")),
        ("calib_level", Cell::Int(Some(i64::from(plane.calib_level)))),
        ("o_ucd", text("o_ucd")),
        ("target_name", text("target_name")),
        ("facility", text("facility_name")),
        ("instrument", text("instrument_name")),
        ("proposal_id", text("proposal_id")),
        ("bandpass", text("bandpass_name")),
        ("energy_band", text("energy_band")),
        ("s_ra", real("s_ra")),
        ("s_dec", real("s_dec")),
        ("s_fov", real("s_fov")),
        ("s_region", text("s_region")),
        ("s_resolution", real("s_resolution")),
        ("s_pixel_scale", real("s_pixel_scale")),
        ("s_xel1", Cell::Int(plane.axes.s1)),
        ("s_xel2", Cell::Int(plane.axes.s2)),
        ("t_min", real("t_min")),
        ("t_max", real("t_max")),
        ("t_exptime", real("t_exptime")),
        ("t_resolution", real("t_resolution")),
        ("t_xel", Cell::Int(plane.axes.t)),
        ("em_min", real("em_min")),
        ("em_max", real("em_max")),
        ("em_res_power", real("em_res_power")),
        ("em_xel", Cell::Int(plane.axes.em)),
        ("em_ucd", Cell::Text(plane.number("em_min").map(|_| "em.wl".to_owned()))),
        ("pol_states", text("pol_states")),
        ("pol_xel", Cell::Int(plane.axes.pol)),
        ("creation_date", text("creation_date")),
    ]
}

async fn refresh_observation(
    tx: &mut Transaction<'_, Any>,
    id: &str,
    agent: &str,
) -> Result<(), ArchiveError> {
    let files = records(tx, "p.observation_id", id).await?;
    if files.is_empty() {
        // Its files have moved to other observations; what was known of it stays.
        return Ok(());
    }
    let whole = PlaneRecord::of(&files);
    let fields = serde_json::to_string(&whole.values)
        .map_err(|source| ArchiveError::Record { entity: format!("observation/{id}"), source })?;
    let old = sqlx::query("SELECT * FROM observation WHERE id = $1")
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
    let before: String = old.try_get("fields")?;
    if before == fields {
        return Ok(());
    }
    let text = |field: &str| Cell::Text(whole.text(field).map(str::to_owned));
    let cells = vec![
        ("target_name", text("target_name")),
        ("facility", text("facility_name")),
        ("instrument", text("instrument_name")),
        ("proposal_id", text("proposal_id")),
        ("fields", Cell::Text(Some(fields))),
    ];
    update(tx, "observation", id, &cells).await?;
    let known: BTreeMap<String, Translated> = serde_json::from_str(&before).unwrap_or_default();
    if known.is_empty() {
        return Ok(());
    }
    let changes = differences(&known, &whole.values);
    let entity = format!("observation/{id}");
    append(tx, &Entry { agent, activity: "update", entity: &entity, detail: &changes }).await
}

/// `field: old → new` of every field that differs.
fn differences(old: &BTreeMap<String, Translated>, new: &BTreeMap<String, Translated>) -> String {
    let show = |value: Option<&Translated>| value.map_or("–".to_owned(), |v| v.value.show());
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let changes: Vec<String> = names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| format!("{name}: {} → {}", show(old.get(name)), show(new.get(name))))
        .collect();
    changes.join("; ")
}

/// Sets columns of a row and the time of its last change.
async fn update(
    tx: &mut Transaction<'_, Any>,
    table: &str,
    id: &str,
    cells: &[(&'static str, Cell)],
) -> Result<(), ArchiveError> {
    let set: Vec<String> = cells
        .iter()
        .enumerate()
        .map(|(at, (column, _))| format!("{column} = ${}", at + 3))
        .collect();
    let statement =
        format!("UPDATE {table} SET last_modified = $2, {} WHERE id = $1", set.join(", "));
    // Not prepared for good: the driver tells PostgreSQL of a NULL number that it is a REAL, and a
    // statement of that shape refuses the next one, a DOUBLE.
    let query = sqlx::query(AssertSqlSafe(statement)).persistent(false);
    let mut query = query.bind(id).bind(time::now_iso());
    for (_, cell) in cells {
        query = match cell {
            Cell::Text(value) => query.bind(value.clone()),
            Cell::Int(value) => query.bind(*value),
            Cell::Real(value) => query.bind(*value),
        };
    }
    query.execute(&mut **tx).await?;
    Ok(())
}
