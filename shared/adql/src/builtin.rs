//! The functions that ADQL 2.1 defines, with how many arguments each takes.

/// Families of functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Numbers (§2.3.1, §2.3.2).
    Maths,
    /// Texts (§4.3).
    Text,
    /// Geometry on the sphere (§4.2), in degrees.
    Geometry,
    /// Nulls and units (§4.8, §4.9).
    Other,
}

macro_rules! builtins {
    ($($variant:ident $name:literal $family:ident $min:literal..=$max:literal $signature:literal;)*) => {
        /// A function of the standard that is neither an aggregate nor `CAST`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Builtin {
            $(#[doc = concat!("`", $signature, "`")] $variant,)*
        }

        impl Builtin {
            /// All of them.
            pub const ALL: &[Builtin] = &[$(Builtin::$variant),*];

            /// The name, in upper case.
            pub const fn name(self) -> &'static str {
                match self { $(Builtin::$variant => $name),* }
            }

            /// The family.
            pub const fn family(self) -> Family {
                match self { $(Builtin::$variant => Family::$family),* }
            }

            /// Least and greatest number of arguments, without a coordinate system.
            pub const fn arity(self) -> (usize, usize) {
                match self { $(Builtin::$variant => ($min, $max)),* }
            }

            /// How it is called.
            pub const fn signature(self) -> &'static str {
                match self { $(Builtin::$variant => $signature),* }
            }
        }
    };
}

builtins! {
    Abs "ABS" Maths 1..=1 "ABS(x)";
    Ceiling "CEILING" Maths 1..=1 "CEILING(x)";
    Degrees "DEGREES" Maths 1..=1 "DEGREES(radians)";
    Exp "EXP" Maths 1..=1 "EXP(x)";
    Floor "FLOOR" Maths 1..=1 "FLOOR(x)";
    Log "LOG" Maths 1..=1 "LOG(x)";
    Log10 "LOG10" Maths 1..=1 "LOG10(x)";
    Mod "MOD" Maths 2..=2 "MOD(x, y)";
    Pi "PI" Maths 0..=0 "PI()";
    Power "POWER" Maths 2..=2 "POWER(x, y)";
    Radians "RADIANS" Maths 1..=1 "RADIANS(degrees)";
    Rand "RAND" Maths 0..=1 "RAND([seed])";
    Round "ROUND" Maths 1..=2 "ROUND(x [, digits])";
    Sqrt "SQRT" Maths 1..=1 "SQRT(x)";
    Truncate "TRUNCATE" Maths 1..=2 "TRUNCATE(x [, digits])";
    Acos "ACOS" Maths 1..=1 "ACOS(x)";
    Asin "ASIN" Maths 1..=1 "ASIN(x)";
    Atan "ATAN" Maths 1..=1 "ATAN(x)";
    Atan2 "ATAN2" Maths 2..=2 "ATAN2(y, x)";
    Cos "COS" Maths 1..=1 "COS(radians)";
    Cot "COT" Maths 1..=1 "COT(radians)";
    Sin "SIN" Maths 1..=1 "SIN(radians)";
    Tan "TAN" Maths 1..=1 "TAN(radians)";
    Lower "LOWER" Text 1..=1 "LOWER(text)";
    Upper "UPPER" Text 1..=1 "UPPER(text)";
    Coalesce "COALESCE" Other 1..=1024 "COALESCE(x, y, …)";
    InUnit "IN_UNIT" Other 2..=2 "IN_UNIT(x, 'unit')";
    Area "AREA" Geometry 1..=1 "AREA(shape)";
    Box "BOX" Geometry 3..=4 "BOX(lon, lat, width, height)";
    Centroid "CENTROID" Geometry 1..=1 "CENTROID(shape)";
    Circle "CIRCLE" Geometry 2..=3 "CIRCLE(lon, lat, radius)";
    Contains "CONTAINS" Geometry 2..=2 "CONTAINS(POINT(lon, lat), shape)";
    Coord1 "COORD1" Geometry 1..=1 "COORD1(point)";
    Coord2 "COORD2" Geometry 1..=1 "COORD2(point)";
    Coordsys "COORDSYS" Geometry 1..=1 "COORDSYS(shape)";
    Distance "DISTANCE" Geometry 2..=4 "DISTANCE(lon1, lat1, lon2, lat2)";
    Intersects "INTERSECTS" Geometry 2..=2 "INTERSECTS(shape, shape)";
    Point "POINT" Geometry 2..=2 "POINT(lon, lat)";
    Polygon "POLYGON" Geometry 3..=65536 "POLYGON(lon1, lat1, lon2, lat2, lon3, lat3, …)";
    Region "REGION" Geometry 1..=1 "REGION('stc-s text')";
}

impl Builtin {
    /// The function called `name`, without regard to case.
    pub fn find(name: &str) -> Option<Builtin> {
        Builtin::ALL.iter().copied().find(|builtin| builtin.name().eq_ignore_ascii_case(name))
    }

    /// Whether a coordinate system may come as an extra first argument.
    pub const fn takes_coosys(self) -> bool {
        matches!(self, Builtin::Point | Builtin::Circle | Builtin::Box | Builtin::Polygon)
    }

    /// Whether it can be called with `count` arguments, a coordinate system not counted.
    pub const fn accepts(self, count: usize) -> bool {
        let (min, max) = self.arity();
        match self {
            // Two points, or four coordinates.
            Builtin::Distance => count == 2 || count == 4,
            _ => min <= count && count <= max,
        }
    }
}
