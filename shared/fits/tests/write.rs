//! What is written reads back the same, and its checksums hold.

use std::io::Cursor;

use tenkyu_fits::{
    Bitpix, ColumnData, ColumnSpec, ElementType, Fits, FitsError, HduKind, Header, Integrity,
    Layout, PixelData, Scaling, TableWriter, Value, Values, write_image,
};

fn scalar(values: Values, nulls: Option<Vec<bool>>) -> ColumnData {
    ColumnData { rows: values.len(), values, nulls, layout: Layout::Scalar }
}

fn every_type() -> (Vec<ColumnSpec>, Vec<ColumnData>) {
    let null = Some(vec![false, true, false]);
    let columns = vec![
        ("L", ElementType::Bool, Values::Bool(vec![true, false, false])),
        ("B", ElementType::U8, Values::U8(vec![0, 0, 254])),
        ("SB", ElementType::I8, Values::I8(vec![-127, 0, 127])),
        ("I", ElementType::I16, Values::I16(vec![i16::MIN + 1, 0, i16::MAX])),
        ("UI", ElementType::U16, Values::U16(vec![0, 0, u16::MAX - 1])),
        ("J", ElementType::I32, Values::I32(vec![i32::MIN + 1, 0, i32::MAX])),
        ("UJ", ElementType::U32, Values::U32(vec![0, 0, u32::MAX - 1])),
        ("K", ElementType::I64, Values::I64(vec![i64::MIN + 1, 0, i64::MAX])),
        ("UK", ElementType::U64, Values::U64(vec![0, 0, u64::MAX - 1])),
        ("E", ElementType::F32, Values::F32(vec![1.5e-38, 0.0, f32::MAX])),
        ("D", ElementType::F64, Values::F64(vec![5e-324, 0.0, -0.1])),
        (
            "A",
            ElementType::Text { width: 9 },
            Values::Text(vec!["M 31".into(), String::new(), "天球".into()]),
        ),
    ];
    columns
        .into_iter()
        .map(|(name, element, values)| {
            let mut spec = ColumnSpec::new(name, element);
            spec.null = element.usual_null();
            spec.unit = Some("mag".into());
            spec.ucd = Some("phot.mag".into());
            spec.description = Some(format!("the column '{name}'"));
            (spec, scalar(values, null.clone()))
        })
        .unzip()
}

#[test]
fn tables_of_every_type_come_back() {
    let (specs, data) = every_type();
    let mut extra = Header::default();
    extra.set("EXTNAME", Value::Str("STARS".into()), "").unwrap();
    extra.set("NAXIS2", Value::Int(99), "must not come through").unwrap();
    let mut writer = TableWriter::new(Cursor::new(Vec::new()), specs.clone(), &extra).unwrap();
    for _ in 0..100 {
        writer.write(&data).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(bytes.len() % 2880, 0);

    let fits = Fits::open(bytes).unwrap();
    assert_eq!(fits.warnings(), []);
    let ok = Integrity { data: Some(true), hdu: Some(true) };
    assert_eq!((fits.verify(0).unwrap(), fits.verify(1).unwrap()), (ok, ok));
    assert_eq!(fits.find("stars").map(|hdu| hdu.kind), Some(HduKind::BinTable));
    let table = fits.table(1).unwrap();
    assert_eq!(table.rows(), 300);
    for (i, (spec, written)) in specs.iter().zip(&data).enumerate() {
        let column = table.column(&spec.name).unwrap();
        assert_eq!((column.index, column.unit.as_deref()), (i, Some("mag")));
        assert_eq!(column.ucd.as_deref(), Some("phot.mag"));
        assert_eq!(column.description, spec.description);
        let read = table.read(i, 297..300).unwrap();
        let nullable =
            !matches!(spec.element, ElementType::F32 | ElementType::F64 | ElementType::Text { .. });
        for row in [0, 2] {
            assert_eq!(read.cell(row), written.cell(row), "{}", spec.name);
        }
        assert_eq!(read.is_null(1), nullable, "{}", spec.name);
        if matches!(spec.element, ElementType::F32 | ElementType::F64) {
            assert!(read.values.number(1).unwrap().is_nan());
        }
    }
    // A pass over all columns gives what each alone gives.
    let all: Vec<usize> = (0..specs.len()).collect();
    for (i, data) in table.read_columns(&all, 5..8).unwrap().iter().enumerate() {
        let alone = table.read(i, 5..8).unwrap();
        assert_eq!(
            (0..3).map(|r| data.cell(r)).collect::<Vec<_>>(),
            (0..3).map(|r| alone.cell(r)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn arrays_and_empty_tables() {
    let mut spec = ColumnSpec::new("v", ElementType::I16);
    spec.repeat = 3;
    let none = ColumnSpec { repeat: 0, ..ColumnSpec::new("none", ElementType::F64) };
    let data = [
        ColumnData {
            rows: 2,
            values: Values::I16(vec![1, 2, 3, 4, 5, 6]),
            nulls: None,
            layout: Layout::Array(3),
        },
        ColumnData { rows: 2, values: Values::F64(vec![]), nulls: None, layout: Layout::Array(0) },
    ];
    let mut writer =
        TableWriter::new(Cursor::new(Vec::new()), vec![spec, none], &Header::default()).unwrap();
    writer.write(&data).unwrap();
    let fits = Fits::open(writer.finish().unwrap().into_inner()).unwrap();
    let table = fits.table(1).unwrap();
    assert_eq!(table.read(0, 0..2).unwrap(), data[0]);
    assert_eq!(table.read(1, 0..2).unwrap(), data[1]);
    assert_eq!(table.read(0, 1..2).unwrap().cell(0).as_deref(), Some("[4, 5, 6]"));

    let writer = TableWriter::new(Cursor::new(Vec::new()), vec![], &Header::default()).unwrap();
    let fits = Fits::open(writer.finish().unwrap().into_inner()).unwrap();
    assert_eq!(fits.table(1).unwrap().rows(), 0);
    assert_eq!(fits.table(1).unwrap().columns(), []);
}

#[test]
fn what_does_not_fit_a_column_is_refused() {
    let attempt = |element, null, values: Values, nulls| {
        let spec = ColumnSpec { null, ..ColumnSpec::new("c", element) };
        let mut writer =
            TableWriter::new(Cursor::new(Vec::new()), vec![spec], &Header::default()).unwrap();
        writer.write(&[scalar(values, nulls)]).map_err(|error| error.to_string())
    };
    let long = Values::Text(vec!["too long".into()]);
    assert!(attempt(ElementType::Text { width: 3 }, None, long, None).is_err());
    assert!(attempt(ElementType::I32, None, Values::I64(vec![1]), None).is_err());
    assert!(attempt(ElementType::I32, None, Values::I32(vec![1]), Some(vec![true])).is_err());
    assert!(attempt(ElementType::I32, Some(7), Values::I32(vec![7]), None).is_err());
    assert!(attempt(ElementType::U8, Some(300), Values::U8(vec![7]), Some(vec![true])).is_err());
    assert!(attempt(ElementType::I32, Some(7), Values::I32(vec![0]), Some(vec![true])).is_ok());
}

#[test]
fn images_come_back() {
    let images = [
        PixelData::U8(vec![0, 1, 2, 3, 4, 255]),
        PixelData::I16(vec![i16::MIN, -1, 0, 1, 2, i16::MAX]),
        PixelData::I32(vec![i32::MIN, -1, 0, 1, 2, i32::MAX]),
        PixelData::I64(vec![i64::MIN, -1, 0, 1, 2, i64::MAX]),
        PixelData::F32(vec![f32::MIN, -1.0, 0.0, 1e-40, 2.0, f32::INFINITY]),
        PixelData::F64(vec![f64::MIN, -1.0, 0.0, 5e-324, 2.0, f64::NEG_INFINITY]),
    ];
    let scaling = Scaling { bscale: 0.5, bzero: 10.0, blank: Some(1) };
    let mut extra = Header::default();
    extra.set("OBJECT", Value::Str("M 31".into()), "").unwrap();
    extra.comment("HISTORY", "made by a test");
    for data in images {
        let mut bytes = Vec::new();
        write_image(&mut bytes, &data, &[3, 1, 2], &scaling, &extra).unwrap();
        let fits = Fits::open(&bytes[..]).unwrap();
        assert_eq!(fits.verify(0).unwrap(), Integrity { data: Some(true), hdu: Some(true) });
        let image = fits.image(0).unwrap();
        assert_eq!(image.shape(), [3, 1, 2]);
        assert_eq!(image.raw_all().unwrap(), data);
        assert_eq!(image.scaling().bscale, 0.5);
        assert_eq!(image.scaling().blank.is_some(), data.bitpix().is_integer());
        assert_eq!(image.header().get_str("OBJECT"), Some("M 31"));
        assert_eq!(image.value(&[2, 0, 1]).unwrap(), data.value(5, &image.scaling()));
        assert_eq!(image.value(&[3, 0, 1]).unwrap(), None);
    }
    let data = PixelData::U8(vec![1, 2]);
    let wrong = write_image(&mut Vec::new(), &data, &[3], &Scaling::IDENTITY, &Header::default());
    assert!(matches!(wrong, Err(FitsError::Write(_))));
    let empty = PixelData::F32(vec![]);
    let mut bytes = Vec::new();
    write_image(&mut bytes, &empty, &[], &Scaling::IDENTITY, &Header::default()).unwrap();
    assert_eq!(Fits::open(&bytes[..]).unwrap().hdus()[0].kind, HduKind::Empty);
    assert_eq!(Bitpix::from_code(-32), Some(Bitpix::F32));
}

#[test]
fn a_changed_byte_breaks_the_checksum() {
    let mut bytes = Vec::new();
    let data = PixelData::I16((0..100).collect());
    write_image(&mut bytes, &data, &[100], &Scaling::IDENTITY, &Header::default()).unwrap();
    bytes[2880] ^= 1;
    let checks = Fits::open(&bytes[..]).unwrap().verify(0).unwrap();
    assert_eq!(checks, Integrity { data: Some(false), hdu: Some(false) });
}

#[test]
fn sections_are_cut_exactly() {
    let data = PixelData::I32((0..4 * 5 * 3).collect());
    let mut bytes = Vec::new();
    write_image(&mut bytes, &data, &[4, 5, 3], &Scaling::IDENTITY, &Header::default()).unwrap();
    let fits = Fits::open(&bytes[..]).unwrap();
    let image = fits.image(0).unwrap();
    let cut =
        |section: &[std::ops::Range<u64>]| image.raw_section(section).map_err(|e| e.to_string());
    assert_eq!(cut(&[1..3, 2..4, 1..3]), Ok(PixelData::I32(vec![29, 30, 33, 34, 49, 50, 53, 54])));
    assert_eq!(cut(&[0..4, 1..3, 2..3]), Ok(PixelData::I32((44..52).collect())));
    assert_eq!(cut(&[0..0, 0..5, 0..3]), Ok(PixelData::I32(vec![])));
    assert_eq!(image.raw_plane(&[2]).unwrap(), PixelData::I32((40..60).collect()));
    assert!(cut(&[0..5, 0..1, 0..1]).is_err());
    assert!(cut(&[0..1, 0..1]).is_err());
    assert!(image.raw_plane(&[3]).is_err());
}
