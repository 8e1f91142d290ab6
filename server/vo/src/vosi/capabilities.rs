//! The capabilities document (VOSI 1.1 §3, TAPRegExt 1.0, VODataService 1.1).

use tenkyu_wire::tables::SchemaMeta;

use crate::formats::FORMATS;
use crate::scs::searchable;
use crate::xml::Xml;
use crate::{FeatureGroup, JobTimes, QueryLimits, Vo};

/// What the service can do, from what is really there.
pub(super) fn document(vo: &Vo, schemas: &[SchemaMeta], base_url: &str) -> String {
    let mut xml = root("xmlns:tr", "http://www.ivoa.net/xml/TAPRegExt/v1.0");
    tap(&mut xml, vo, schemas, base_url);
    for (standard, path) in [
        ("ivo://ivoa.net/std/VOSI#capabilities", "/tap/capabilities"),
        ("ivo://ivoa.net/std/VOSI#availability", "/tap/availability"),
        ("ivo://ivoa.net/std/VOSI#tables-1.1", "/tap/tables"),
    ] {
        xml.open("capability").attr("standardID", standard).line();
        interface(&mut xml, &format!("{base_url}{path}"), "full", "");
        xml.close().line();
    }
    xml.open("capability").attr("standardID", "ivo://ivoa.net/std/DALI#examples").line();
    xml.open("interface").attr("xsi:type", "vr:WebBrowser").attr("role", "std");
    xml.open("accessURL").attr("use", "full").text(&format!("{base_url}/tap/examples"));
    xml.close().close().close().line();
    xml.open("capability").attr("standardID", "ivo://ivoa.net/std/DataLink#links-1.1").line();
    interface(&mut xml, &format!("{base_url}/datalink/links"), "base", "1.1");
    xml.close().line();
    for table in searchable(schemas) {
        xml.open("capability").attr("standardID", CONE).line();
        interface(&mut xml, &format!("{base_url}/scs/{}", table.name), "base", "1.03");
        xml.close().line();
    }
    xml.finish()
}

const CONE: &str = "ivo://ivoa.net/std/ConeSearch";

/// What a cone search can do (SimpleDALRegExt 1.1 §3.1). `test` is a position at which there is
/// something.
pub(crate) fn cone(url: &str, max_rows: u64, test: Option<(f64, f64)>) -> String {
    let mut xml = root("xmlns:cs", "http://www.ivoa.net/xml/ConeSearch/v1.0");
    xml.open("capability").attr("standardID", CONE).attr("xsi:type", "cs:ConeSearch").line();
    interface(&mut xml, url, "base", "1.03");
    xml.leaf("maxSR", "180").leaf("maxRecords", &max_rows.to_string());
    xml.leaf("verbosity", "true").line();
    if let Some((ra, dec)) = test {
        xml.open("testQuery").leaf("ra", &ra.to_string()).leaf("dec", &dec.to_string());
        xml.leaf("sr", "0.01").close().line();
    }
    xml.close().line();
    for (standard, path) in [
        ("ivo://ivoa.net/std/VOSI#capabilities", "capabilities"),
        ("ivo://ivoa.net/std/VOSI#availability", "availability"),
    ] {
        xml.open("capability").attr("standardID", standard).line();
        interface(&mut xml, &format!("{url}/{path}"), "full", "");
        xml.close().line();
    }
    xml.finish()
}

/// Opens a document of capabilities with the namespace of an extension.
fn root(prefix: &str, extension: &str) -> Xml {
    let mut xml = Xml::document();
    xml.open("vosi:capabilities")
        .attr("xmlns:vosi", "http://www.ivoa.net/xml/VOSICapabilities/v1.0")
        .attr("xmlns:vr", "http://www.ivoa.net/xml/VOResource/v1.0")
        .attr("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1")
        .attr(prefix, extension)
        .attr("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .line();
    xml
}

fn interface(xml: &mut Xml, url: &str, usage: &str, version: &str) {
    xml.open("interface")
        .attr("xsi:type", "vs:ParamHTTP")
        .attr("role", "std")
        .attr_some("version", version)
        .open("accessURL")
        .attr("use", usage)
        .text(url)
        .close()
        .close()
        .line();
}

fn tap(xml: &mut Xml, vo: &Vo, schemas: &[SchemaMeta], base_url: &str) {
    xml.open("capability")
        .attr("standardID", "ivo://ivoa.net/std/TAP")
        .attr("xsi:type", "tr:TableAccess")
        .line();
    interface(xml, &format!("{base_url}/tap"), "base", "1.1");
    let has_obscore = schemas
        .iter()
        .flat_map(|schema| &schema.tables)
        .any(|table| table.name.eq_ignore_ascii_case("ivoa.obscore"));
    if has_obscore {
        xml.open("dataModel").attr("ivo-id", "ivo://ivoa.net/std/ObsCore#core-1.1");
        xml.text("ObsCore-1.1").close().line();
    }
    language(xml, &vo.tap.features());
    for format in FORMATS {
        xml.open("outputFormat").attr_some("ivo-id", format.ivo_id);
        xml.leaf("mime", format.media_type);
        for alias in format.aliases.iter().filter(|alias| !alias.contains(';')) {
            xml.leaf("alias", alias);
        }
        xml.close().line();
    }
    for method in ["inline", "http", "https"] {
        let id = format!("ivo://ivoa.net/std/TAPRegExt#upload-{method}");
        xml.open("uploadMethod").attr("ivo-id", &id).close().line();
    }
    limits(xml, &vo.limits, vo.jobs.times());
    xml.close().line();
}

fn language(xml: &mut Xml, features: &[FeatureGroup]) {
    xml.open("language").leaf("name", "ADQL").line();
    for version in ["2.0", "2.1"] {
        let id = format!("ivo://ivoa.net/std/ADQL#v{version}");
        xml.open("version").attr("ivo-id", &id).text(version).close().line();
    }
    xml.leaf("description", "Astronomical Data Query Language").line();
    for group in features.iter().filter(|group| !group.features.is_empty()) {
        xml.open("languageFeatures").attr("type", &group.kind).line();
        for (form, description) in &group.features {
            xml.open("feature").leaf("form", form).leaf_some("description", description);
            xml.close().line();
        }
        xml.close().line();
    }
    xml.close().line();
}

/// Limits of time are those of jobs (TAPRegExt 1.0 §2.4); the order is that of the schema.
fn limits(xml: &mut Xml, limits: &QueryLimits, times: JobTimes) {
    for (name, usual, hard) in [
        ("retentionPeriod", times.keep_seconds, times.hard_keep_seconds),
        ("executionDuration", times.default_seconds, times.hard_seconds),
    ] {
        xml.open(name).leaf("default", &usual.to_string()).leaf("hard", &hard.to_string());
        xml.close().line();
    }
    xml.open("outputLimit");
    for (name, rows) in [("default", limits.default_rows), ("hard", limits.hard_rows)] {
        xml.open(name).attr("unit", "row").text(&rows.to_string()).close();
    }
    xml.close().line();
    xml.open("uploadLimit");
    for name in ["default", "hard"] {
        xml.open(name).attr("unit", "row").text(&limits.upload_rows.to_string()).close();
    }
    xml.close().line();
}
