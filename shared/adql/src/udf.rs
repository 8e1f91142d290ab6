//! The user-defined functions that services of the VO share: the IVOA catalogue of user-defined
//! functions (Endorsed Note 1.2, 2024), those of Gaia's archive and those on coverage maps (MOC).

macro_rules! udfs {
    ($($variant:ident $name:literal $min:literal..=$max:literal $aggregate:literal $form:literal $text:literal;)*) => {
        /// A user-defined function that is known by name (ADQL 2.1 §2.3.7).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Udf {
            $(#[doc = concat!("`", $form, "`")] $variant,)*
        }

        impl Udf {
            /// All of them.
            pub const ALL: &[Udf] = &[$(Udf::$variant),*];

            /// The name, in lower case.
            pub const fn name(self) -> &'static str {
                match self { $(Udf::$variant => $name),* }
            }

            /// Least and greatest number of arguments.
            pub const fn arity(self) -> (usize, usize) {
                match self { $(Udf::$variant => ($min, $max)),* }
            }

            /// Whether it makes one value of the rows of a group.
            pub const fn is_aggregate(self) -> bool {
                match self { $(Udf::$variant => $aggregate),* }
            }

            /// The signature, as TAPRegExt (§2.3) writes it.
            pub const fn form(self) -> &'static str {
                match self { $(Udf::$variant => $form),* }
            }

            /// What it does.
            pub const fn description(self) -> &'static str {
                match self { $(Udf::$variant => $text),* }
            }
        }
    };
}

udfs! {
    HealpixIndex "ivo_healpix_index" 2..=3 false
        "ivo_healpix_index(hpxOrder INTEGER, long DOUBLE PRECISION, lat DOUBLE PRECISION) -> BIGINT"
        "Index of the HEALPix cell, in nested numbering, that holds a position. A POINT can stand for the two coordinates.";
    HealpixCenter "ivo_healpix_center" 2..=2 false
        "ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT"
        "Centre of a HEALPix cell in nested numbering.";
    EpochPropPos "ivo_epoch_prop_pos" 6..=8 false
        "ivo_epoch_prop_pos(ra DOUBLE PRECISION, dec DOUBLE PRECISION, parallax DOUBLE PRECISION, pmra DOUBLE PRECISION, pmdec DOUBLE PRECISION, radial_velocity DOUBLE PRECISION, ref_epoch DOUBLE PRECISION, out_epoch DOUBLE PRECISION) -> POINT"
        "Position at another epoch, by straight motion in space: deg, mas, mas/yr (pmra with cos dec), km/s, Julian years. NULL parallax, motion or velocity counts as 0. Parallax and velocity can be left out.";
    GeomTransform "ivo_geom_transform" 3..=3 false
        "ivo_geom_transform(from_sys TEXT, to_sys TEXT, geo GEOMETRY) -> GEOMETRY"
        "A POINT, CIRCLE or POLYGON in another frame: ICRS, FK5, FK4, GALACTIC, ECLIPTIC. The frames are literal texts; no motion is applied.";
    ToJd "ivo_to_jd" 1..=1 false
        "ivo_to_jd(d TIMESTAMP) -> DOUBLE PRECISION"
        "Julian date of a timestamp, its time scale unchanged.";
    ToMjd "ivo_to_mjd" 1..=1 false
        "ivo_to_mjd(d TIMESTAMP) -> DOUBLE PRECISION"
        "Modified Julian date of a timestamp, its time scale unchanged.";
    StringAgg "ivo_string_agg" 2..=2 true
        "ivo_string_agg(expression TEXT, delimiter TEXT) -> TEXT"
        "The texts of a group, joined; NULL leaves no trace.";
    NoCaseMatch "ivo_nocasematch" 2..=2 false
        "ivo_nocasematch(value TEXT, pattern TEXT) -> INTEGER"
        "1 if value ILIKE pattern, else 0.";
    HasWord "ivo_hasword" 2..=2 false
        "ivo_hasword(haystack TEXT, needle TEXT) -> INTEGER"
        "1 if every word of the second text is a word of the first, without regard to case, else 0.";
    HashlistHas "ivo_hashlist_has" 2..=2 false
        "ivo_hashlist_has(hashlist TEXT, item TEXT) -> INTEGER"
        "1 if the item is one of the words that hash signs separate, without regard to case, else 0.";
    Histogram "ivo_histogram" 4..=4 true
        "ivo_histogram(val DOUBLE PRECISION, lower DOUBLE PRECISION, upper DOUBLE PRECISION, nbins INTEGER) -> BIGINT[]"
        "Counts in nbins equal bins from lower to upper; the first element counts what lies below, the last what lies at or above upper.";
    NormalRandom "ivo_normal_random" 2..=2 false
        "ivo_normal_random(mu DOUBLE PRECISION, sigma DOUBLE PRECISION) -> DOUBLE PRECISION"
        "A random number of a normal distribution.";
    IntervalOverlaps "ivo_interval_overlaps" 4..=4 false
        "ivo_interval_overlaps(a1 DOUBLE PRECISION, b1 DOUBLE PRECISION, a2 DOUBLE PRECISION, b2 DOUBLE PRECISION) -> INTEGER"
        "1 if the closed intervals a1...b1 and a2...b2 share a point, else 0.";
    HmsToDegrees "ivo_hms_to_degrees" 1..=1 false
        "ivo_hms_to_degrees(hms TEXT) -> DOUBLE PRECISION"
        "Degrees of a sexagesimal right ascension such as 12:34:56.7 or 12h34m56.7s.";
    DmsToDegrees "ivo_dms_to_degrees" 1..=1 false
        "ivo_dms_to_degrees(dms TEXT) -> DOUBLE PRECISION"
        "Degrees of a sexagesimal angle such as -12:34:56.7.";
    SimbadPoint "ivo_simbadpoint" 1..=1 false
        "ivo_simbadpoint(identifier TEXT) -> POINT"
        "Position of a named object, from this service's own lists of names. The name is a literal text.";
    GaiaHealpixIndex "gaia_healpix_index" 2..=2 false
        "gaia_healpix_index(hpxOrder INTEGER, sourceId BIGINT) -> BIGINT"
        "Index of the HEALPix cell of order 0 to 12 that a Gaia source_id holds.";
    Nearest "tenkyu_nearest" 3..=4 false
        "tenkyu_nearest(centre POINT, neighbour POINT, radius DOUBLE PRECISION, k INTEGER) -> INTEGER"
        "1 for the k rows whose positions are nearest to a row's own within a radius in degrees, k being 1 where it is left out, and for those as near as the last of them. A condition of ON, as in ON 1 = tenkyu_nearest(POINT(a.ra, a.dec), POINT(b.ra, b.dec), 1/3600.): rows are sought among those for which the rest of ON holds, before WHERE.";
    Moc "moc" 1..=2 false
        "moc(hpxOrder INTEGER, geo GEOMETRY) -> MOC"
        "Coverage map of a shape: the cells of an order that it touches. With one text such as '4/12-15 5/80', the map that it writes.";
    MocUnion "gavo_mocunion" 2..=2 false
        "gavo_mocunion(moc1 MOC, moc2 MOC) -> MOC"
        "Union of two coverage maps.";
    MocIntersect "gavo_mocintersect" 2..=2 false
        "gavo_mocintersect(moc1 MOC, moc2 MOC) -> MOC"
        "Intersection of two coverage maps.";
}

impl Udf {
    /// The function called `name`, without regard to case.
    pub fn find(name: &str) -> Option<Udf> {
        Udf::ALL.iter().copied().find(|udf| udf.name().eq_ignore_ascii_case(name))
    }

    /// Whether it can be called with `count` arguments.
    pub const fn accepts(self, count: usize) -> bool {
        let (min, max) = self.arity();
        match self {
            // With parallax and radial velocity, or without both.
            Udf::EpochPropPos => count == 6 || count == 8,
            _ => min <= count && count <= max,
        }
    }

    /// Whether its value is a shape on the sky.
    pub const fn is_geometry(self) -> bool {
        matches!(
            self,
            Udf::HealpixCenter
                | Udf::EpochPropPos
                | Udf::GeomTransform
                | Udf::SimbadPoint
                | Udf::Moc
                | Udf::MocUnion
                | Udf::MocIntersect
        )
    }
}
