//! Answer formats: which there are, and how rows are written in each.

mod arrow_ipc;
mod delimited;
mod fits;
mod json;
mod parquet_file;
mod plain_text;
mod xml_table;

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;
use tenkyu_wire::{Explain, Lang};

use crate::error::{Allowed, RequestError};
use crate::layout::Layout;
use crate::params::shorten;
use crate::votable::Status;

/// A format of a query's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// VOTable with rows as XML.
    VotableTabledata,
    /// VOTable with rows in BINARY.
    VotableBinary,
    /// VOTable with rows in BINARY2.
    VotableBinary2,
    /// FITS binary table.
    Fits,
    /// Comma-separated values (RFC 4180) with a header line.
    Csv,
    /// Tab-separated values with a header line.
    Tsv,
    /// JSON with metadata.
    Json,
    /// Parquet with VOTable metadata (VOParquet 1.0).
    Parquet,
    /// Arrow IPC stream.
    Arrow,
    /// Aligned text for reading.
    Text,
}

/// A format as capabilities declare it.
#[derive(Clone, Copy, Debug)]
pub struct FormatInfo {
    /// The format.
    pub format: Format,
    /// Media type, also of the answer.
    pub media_type: &'static str,
    /// Short names and other media types, in lower case.
    pub aliases: &'static [&'static str],
    /// File name extension.
    pub extension: &'static str,
    /// TAPRegExt identifier, where there is one.
    pub ivo_id: &'static str,
}

/// Every format; the first is the default.
pub const FORMATS: &[FormatInfo] = &[
    FormatInfo {
        format: Format::VotableTabledata,
        media_type: "application/x-votable+xml",
        aliases: &[
            "votable",
            "votable/td",
            "vodata",
            "text/xml",
            "application/xml",
            "application/x-votable+xml;serialization=tabledata",
        ],
        extension: "vot",
        ivo_id: "ivo://ivoa.net/std/TAPRegExt#output-votable-td",
    },
    FormatInfo {
        format: Format::VotableBinary2,
        media_type: "application/x-votable+xml;serialization=binary2",
        aliases: &["votable/b2", "votable/binary2"],
        extension: "vot",
        ivo_id: "ivo://ivoa.net/std/TAPRegExt#output-votable-binary2",
    },
    FormatInfo {
        format: Format::VotableBinary,
        media_type: "application/x-votable+xml;serialization=binary",
        aliases: &["votable/b", "votable/binary"],
        extension: "vot",
        ivo_id: "ivo://ivoa.net/std/TAPRegExt#output-votable-binary",
    },
    FormatInfo {
        format: Format::Fits,
        media_type: "application/fits",
        aliases: &["fits", "image/fits"],
        extension: "fits",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Csv,
        media_type: "text/csv;header=present",
        aliases: &["csv", "text/csv", "text/csv;charset=utf-8"],
        extension: "csv",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Tsv,
        media_type: "text/tab-separated-values",
        aliases: &["tsv"],
        extension: "tsv",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Json,
        media_type: "application/json",
        aliases: &["json"],
        extension: "json",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Parquet,
        media_type: "application/vnd.apache.parquet",
        aliases: &["parquet", "application/x-parquet", "application/parquet"],
        extension: "parquet",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Arrow,
        media_type: "application/vnd.apache.arrow.stream",
        aliases: &["arrow"],
        extension: "arrows",
        ivo_id: "",
    },
    FormatInfo {
        format: Format::Text,
        media_type: "text/plain",
        aliases: &["text", "txt"],
        extension: "txt",
        ivo_id: "",
    },
];

impl Format {
    /// The format of a RESPONSEFORMAT value: a media type or a short name, without case.
    ///
    /// # Errors
    /// [`RequestError::BadValue`] with the list of short names.
    pub fn parse(text: &str) -> Result<Format, RequestError> {
        let wanted: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>();
        let wanted = wanted.to_ascii_lowercase();
        FORMATS
            .iter()
            .find(|info| info.media_type == wanted || info.aliases.contains(&wanted.as_str()))
            .map(|info| info.format)
            .ok_or_else(|| RequestError::BadValue {
                name: "RESPONSEFORMAT",
                value: shorten(text),
                allowed: Allowed::Words(short_names()),
            })
    }

    /// How capabilities declare it.
    pub fn info(self) -> FormatInfo {
        // Every variant is listed; a test says so.
        FORMATS.iter().find(|info| info.format == self).copied().unwrap_or(FORMATS[0])
    }

    /// The media type of the answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Tsv => "text/tab-separated-values; charset=utf-8",
            Format::Text => "text/plain; charset=utf-8",
            _ => self.info().media_type,
        }
    }

    /// Whether errors are told as a JSON problem. VO clients ask for the formats that standards
    /// name and are told in VOTable; the page reads Arrow, scripts JSON.
    pub fn errors_as_json(self) -> bool {
        matches!(self, Format::Arrow | Format::Json)
    }

    /// An encoder for one answer. Formats whose head tells what only the last row decides keep
    /// rows in a file in `scratch` until then.
    pub(crate) fn encoder(
        self,
        layout: &Layout,
        lang: Lang,
        scratch: &Path,
    ) -> Result<Box<dyn Encoder>, ArrowError> {
        Ok(match self {
            Format::VotableTabledata => Box::new(xml_table::Tabledata::new(layout)),
            Format::VotableBinary => Box::new(xml_table::BinaryTable::binary(layout)),
            Format::VotableBinary2 => Box::new(xml_table::BinaryTable::binary2(layout)),
            Format::Fits => Box::new(fits::FitsTable::new(layout, scratch)?),
            Format::Csv => Box::new(delimited::Delimited::csv(layout)),
            Format::Tsv => Box::new(delimited::Delimited::tsv(layout)),
            Format::Json => Box::new(json::Json::new(layout, lang)),
            Format::Parquet => Box::new(parquet_file::ParquetFile::new(layout)?),
            Format::Arrow => Box::new(arrow_ipc::ArrowStream::new(layout)?),
            Format::Text => Box::new(plain_text::PlainText::new(layout)),
        })
    }
}

fn short_names() -> String {
    let names: Vec<&str> =
        FORMATS.iter().filter_map(|info| info.aliases.first().copied()).collect();
    names.join(", ")
}

/// How an answer ended.
#[derive(Clone, Debug)]
pub(crate) struct End<'a> {
    /// Cut at the limit; the text to say so.
    pub(crate) overflow: Option<String>,
    /// Stopped by an error.
    pub(crate) error: Option<ErrorEnd<'a>>,
}

/// An error in the middle of an answer, with its text.
#[derive(Clone)]
pub(crate) struct ErrorEnd<'a> {
    pub(crate) text: String,
    pub(crate) explain: &'a (dyn Explain + Send + Sync),
}

impl std::fmt::Debug for ErrorEnd<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

impl End<'_> {
    fn status(&self) -> Status {
        match (&self.error, &self.overflow) {
            (Some(error), _) => Status::Failed(error.text.clone()),
            (None, Some(text)) => Status::Overflow(text.clone()),
            (None, None) => Status::Complete,
        }
    }
}

/// Rows to bytes. Called as `start`, `rows` any number of times, `rest` until there is none,
/// `finish`.
pub(crate) trait Encoder: Send {
    /// What stands before the rows.
    fn start(&mut self) -> Result<Bytes, ArrowError>;
    /// Some rows, in the plain types of the layout.
    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError>;
    /// What was held back until the last row was seen, piece by piece; pieces may be empty.
    /// `overflow` says whether the answer was cut.
    fn rest(&mut self, _overflow: bool) -> Result<Option<Bytes>, ArrowError> {
        Ok(None)
    }
    /// What stands after the rows. `None` where the format has no way of saying that an error
    /// stopped it: then the transfer is broken off, so that no client takes it for complete.
    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_format() {
        for info in FORMATS {
            assert_eq!(Format::parse(info.media_type).unwrap(), info.format);
            for alias in info.aliases {
                assert_eq!(Format::parse(&alias.to_uppercase()).unwrap(), info.format, "{alias}");
            }
            assert_eq!(info.format.info().media_type, info.media_type);
        }
        assert_eq!(
            Format::parse("application/x-votable+xml; serialization=BINARY2").unwrap(),
            Format::VotableBinary2
        );
        assert!(Format::parse("image/png").is_err());
    }
}
