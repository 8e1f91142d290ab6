//! OpenNGC, as the SQLite file of pyongc or as its own CSV.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions, Row};

use super::index::{Builder, Object, RANK_CATALOGUE};

/// One row in either form; angles in degrees, sizes in minutes of arc.
#[derive(Debug, Default)]
struct Entry {
    name: String,
    kind: String,
    position: Option<(f64, f64)>,
    constellation: String,
    major_axis: Option<f64>,
    b: Option<f64>,
    v: Option<f64>,
    messier: String,
    ngc: String,
    ic: String,
    stars: String,
    identifiers: String,
    common: String,
}

/// Reads pyongc's database.
pub(super) async fn add_sqlite(builder: &mut Builder, path: &Path) -> Result<usize, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
    let mut connection = options.connect().await?;
    let rows = sqlx::query(
        "SELECT name, type, ra, dec, const, majax, bmag, vmag, messier, ngc, ic, cstarnames, \
         identifiers, commonnames FROM objects ORDER BY id",
    )
    .fetch_all(&mut connection)
    .await?;
    let entries = rows.iter().map(from_row).collect();
    Ok(add(builder, entries))
}

fn from_row(row: &SqliteRow) -> Entry {
    let text =
        |name: &str| row.try_get::<Option<String>, _>(name).ok().flatten().unwrap_or_default();
    // A column without a fraction may be stored as an integer.
    let number = |name: &str| {
        let real = row.try_get::<Option<f64>, _>(name).ok().flatten();
        real.or_else(|| row.try_get::<Option<i64>, _>(name).ok().flatten().map(|v| v as f64))
    };
    Entry {
        name: text("name"),
        kind: text("type"),
        position: number("ra").zip(number("dec")).map(|(a, d)| (a.to_degrees(), d.to_degrees())),
        constellation: text("const"),
        major_axis: number("majax"),
        b: number("bmag"),
        v: number("vmag"),
        messier: text("messier"),
        ngc: text("ngc"),
        ic: text("ic"),
        stars: text("cstarnames"),
        identifiers: text("identifiers"),
        common: text("commonnames"),
    }
}

/// The first words of OpenNGC's CSV.
pub(super) const CSV_HEAD: &str = "Name;Type;RA;Dec;Const";

/// Reads OpenNGC's CSV; no field of it is quoted.
pub(super) fn add_csv(builder: &mut Builder, text: &str) -> usize {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
    let column = |name: &str| head.iter().position(|known| *known == name);
    let places = [
        "Name",
        "Type",
        "RA",
        "Dec",
        "Const",
        "MajAx",
        "B-Mag",
        "V-Mag",
        "M",
        "NGC",
        "IC",
        "Cstar Names",
        "Identifiers",
        "Common names",
    ]
    .map(column);
    let entries = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(';').collect();
            let field = |i: usize| {
                let place = places.get(i).copied().flatten();
                place.and_then(|at| fields.get(at)).copied().unwrap_or_default()
            };
            let position = tenkyu_sky::parse_position(&format!("{} {}", field(2), field(3)));
            Entry {
                name: field(0).to_owned(),
                kind: field(1).to_owned(),
                position: position.ok().map(|p| (p.ra_deg, p.dec_deg)),
                constellation: field(4).to_owned(),
                major_axis: field(5).parse().ok(),
                b: field(6).parse().ok(),
                v: field(7).parse().ok(),
                messier: field(8).to_owned(),
                ngc: field(9).to_owned(),
                ic: field(10).to_owned(),
                stars: field(11).to_owned(),
                identifiers: field(12).to_owned(),
                common: field(13).to_owned(),
            }
        })
        .collect();
    add(builder, entries)
}

fn add(builder: &mut Builder, entries: Vec<Entry>) -> usize {
    let before = entries.len();
    let (duplicates, objects): (Vec<Entry>, Vec<Entry>) = entries
        .into_iter()
        .filter(|entry| entry.kind != "NonEx")
        .partition(|entry| entry.kind == "Dup");
    let unread = objects.iter().filter(|entry| entry.position.is_none()).count();
    for entry in objects {
        if let Some(object) = object(entry) {
            builder.add(object, 2);
        }
    }
    // A duplicate is another name of the object that it refers to.
    for entry in duplicates {
        let known = [("NGC", &entry.ngc), ("IC", &entry.ic), ("M", &entry.messier)]
            .into_iter()
            .find(|(_, number)| !number.is_empty())
            .map(|(catalogue, number)| format!("{catalogue} {number}"));
        if let Some(known) = known {
            builder.alias(&known, &designation(&entry.name));
        }
    }
    before - unread
}

fn object(entry: Entry) -> Option<Object> {
    let (ra_deg, dec_deg) = entry.position?;
    let mut names = Vec::new();
    let own = designation(&entry.name);
    if !entry.messier.is_empty() {
        names.push(format!("M {}", entry.messier.trim_start_matches('0')));
    }
    if !names.contains(&own) {
        names.push(own);
    }
    for (catalogue, number) in [("NGC", &entry.ngc), ("IC", &entry.ic)] {
        if !number.is_empty() {
            names.push(designation(&format!("{catalogue}{number}")));
        }
    }
    for field in [&entry.common, &entry.stars, &entry.identifiers] {
        names.extend(field.split(',').map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned));
    }
    let magnitude = match (entry.v, entry.b) {
        (Some(v), _) => Some(format!("V {v}")),
        (None, b) => b.map(|b| format!("B {b}")),
    };
    Some(Object {
        names,
        japanese: Vec::new(),
        ra_deg,
        dec_deg,
        kind: kind(&entry.kind),
        constellation: (!entry.constellation.is_empty())
            .then(|| constellation(&entry.constellation)),
        size_deg: entry.major_axis.map(|arcmin| arcmin / 60.0),
        magnitude,
        source: "name:openngc",
        rank: RANK_CATALOGUE,
    })
}

/// `NGC0224` as `NGC 224`.
fn designation(name: &str) -> String {
    let at = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (catalogue, number) = name.split_at(at);
    let number = number.trim_start_matches('0');
    format!("{} {number}", catalogue.trim()).trim().to_owned()
}

/// OpenNGC parts Serpens in its head and its tail.
fn constellation(name: &str) -> String {
    if name == "Se1" || name == "Se2" { "Ser".to_owned() } else { name.to_owned() }
}

fn kind(code: &str) -> Option<&'static str> {
    Some(match code {
        "*" | "**" | "Nova" => "star",
        "*Ass" | "OCl" | "Cl+N" => "open-cluster",
        "GCl" => "globular-cluster",
        "G" | "GPair" | "GTrpl" | "GGroup" => "galaxy",
        "PN" => "planetary-nebula",
        "SNR" => "supernova-remnant",
        "HII" | "DrkN" | "EmN" | "Neb" | "RfN" => "nebula",
        _ => return None,
    })
}
