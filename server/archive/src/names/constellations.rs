//! The 88 constellations and the Greek letters, as they stand in the names of stars.

/// Abbreviation, nominative, genitive (both in lower case without blanks), Japanese in katakana
/// without 座.
pub(super) const CONSTELLATIONS: &[(&str, &str, &str, &str)] = &[
    ("And", "andromeda", "andromedae", "アンドロメダ"),
    ("Ant", "antlia", "antliae", "ポンプ"),
    ("Aps", "apus", "apodis", "フウチョウ"),
    ("Aqr", "aquarius", "aquarii", "ミズガメ"),
    ("Aql", "aquila", "aquilae", "ワシ"),
    ("Ara", "ara", "arae", "サイダン"),
    ("Ari", "aries", "arietis", "オヒツジ"),
    ("Aur", "auriga", "aurigae", "ギョシャ"),
    ("Boo", "bootes", "bootis", "ウシカイ"),
    ("Cae", "caelum", "caeli", "チョウコクグ"),
    ("Cam", "camelopardalis", "camelopardalis", "キリン"),
    ("Cnc", "cancer", "cancri", "カニ"),
    ("CVn", "canesvenatici", "canumvenaticorum", "リョウケン"),
    ("CMa", "canismajor", "canismajoris", "オオイヌ"),
    ("CMi", "canisminor", "canisminoris", "コイヌ"),
    ("Cap", "capricornus", "capricorni", "ヤギ"),
    ("Car", "carina", "carinae", "リュウコツ"),
    ("Cas", "cassiopeia", "cassiopeiae", "カシオペヤ"),
    ("Cen", "centaurus", "centauri", "ケンタウルス"),
    ("Cep", "cepheus", "cephei", "ケフェウス"),
    ("Cet", "cetus", "ceti", "クジラ"),
    ("Cha", "chamaeleon", "chamaeleontis", "カメレオン"),
    ("Cir", "circinus", "circini", "コンパス"),
    ("Col", "columba", "columbae", "ハト"),
    ("Com", "comaberenices", "comaeberenices", "カミノケ"),
    ("CrA", "coronaaustralis", "coronaeaustralis", "ミナミノカンムリ"),
    ("CrB", "coronaborealis", "coronaeborealis", "カンムリ"),
    ("Crv", "corvus", "corvi", "カラス"),
    ("Crt", "crater", "crateris", "コップ"),
    ("Cru", "crux", "crucis", "ミナミジュウジ"),
    ("Cyg", "cygnus", "cygni", "ハクチョウ"),
    ("Del", "delphinus", "delphini", "イルカ"),
    ("Dor", "dorado", "doradus", "カジキ"),
    ("Dra", "draco", "draconis", "リュウ"),
    ("Equ", "equuleus", "equulei", "コウマ"),
    ("Eri", "eridanus", "eridani", "エリダヌス"),
    ("For", "fornax", "fornacis", "ロ"),
    ("Gem", "gemini", "geminorum", "フタゴ"),
    ("Gru", "grus", "gruis", "ツル"),
    ("Her", "hercules", "herculis", "ヘルクレス"),
    ("Hor", "horologium", "horologii", "トケイ"),
    ("Hya", "hydra", "hydrae", "ウミヘビ"),
    ("Hyi", "hydrus", "hydri", "ミズヘビ"),
    ("Ind", "indus", "indi", "インディアン"),
    ("Lac", "lacerta", "lacertae", "トカゲ"),
    ("Leo", "leo", "leonis", "シシ"),
    ("LMi", "leominor", "leonisminoris", "コジシ"),
    ("Lep", "lepus", "leporis", "ウサギ"),
    ("Lib", "libra", "librae", "テンビン"),
    ("Lup", "lupus", "lupi", "オオカミ"),
    ("Lyn", "lynx", "lyncis", "ヤマネコ"),
    ("Lyr", "lyra", "lyrae", "コト"),
    ("Men", "mensa", "mensae", "テーブルサン"),
    ("Mic", "microscopium", "microscopii", "ケンビキョウ"),
    ("Mon", "monoceros", "monocerotis", "イッカクジュウ"),
    ("Mus", "musca", "muscae", "ハエ"),
    ("Nor", "norma", "normae", "ジョウギ"),
    ("Oct", "octans", "octantis", "ハチブンギ"),
    ("Oph", "ophiuchus", "ophiuchi", "ヘビツカイ"),
    ("Ori", "orion", "orionis", "オリオン"),
    ("Pav", "pavo", "pavonis", "クジャク"),
    ("Peg", "pegasus", "pegasi", "ペガスス"),
    ("Per", "perseus", "persei", "ペルセウス"),
    ("Phe", "phoenix", "phoenicis", "ホウオウ"),
    ("Pic", "pictor", "pictoris", "ガカ"),
    ("Psc", "pisces", "piscium", "ウオ"),
    ("PsA", "piscisaustrinus", "piscisaustrini", "ミナミノウオ"),
    ("Pup", "puppis", "puppis", "トモ"),
    ("Pyx", "pyxis", "pyxidis", "ラシンバン"),
    ("Ret", "reticulum", "reticuli", "レチクル"),
    ("Sge", "sagitta", "sagittae", "ヤ"),
    ("Sgr", "sagittarius", "sagittarii", "イテ"),
    ("Sco", "scorpius", "scorpii", "サソリ"),
    ("Scl", "sculptor", "sculptoris", "チョウコクシツ"),
    ("Sct", "scutum", "scuti", "タテ"),
    ("Ser", "serpens", "serpentis", "ヘビ"),
    ("Sex", "sextans", "sextantis", "ロクブンギ"),
    ("Tau", "taurus", "tauri", "オウシ"),
    ("Tel", "telescopium", "telescopii", "ボウエンキョウ"),
    ("Tri", "triangulum", "trianguli", "サンカク"),
    ("TrA", "triangulumaustrale", "trianguliaustralis", "ミナミノサンカク"),
    ("Tuc", "tucana", "tucanae", "キョシチョウ"),
    ("UMa", "ursamajor", "ursaemajoris", "オオグマ"),
    ("UMi", "ursaminor", "ursaeminoris", "コグマ"),
    ("Vel", "vela", "velorum", "ホ"),
    ("Vir", "virgo", "virginis", "オトメ"),
    ("Vol", "volans", "volantis", "トビウオ"),
    ("Vul", "vulpecula", "vulpeculae", "コギツネ"),
];

/// A Greek letter: sign, abbreviation of SIMBAD, name, further spellings, Japanese.
pub(super) struct Greek {
    pub(super) sign: char,
    pub(super) short: &'static str,
    pub(super) name: &'static str,
    pub(super) others: &'static [&'static str],
    pub(super) japanese: &'static str,
}

const fn greek(
    sign: char,
    short: &'static str,
    name: &'static str,
    others: &'static [&'static str],
    japanese: &'static str,
) -> Greek {
    Greek { sign, short, name, others, japanese }
}

/// The alphabet.
pub(super) const GREEK: &[Greek] = &[
    greek('α', "alf", "alpha", &["alp"], "アルファ"),
    greek('β', "bet", "beta", &[], "ベータ"),
    greek('γ', "gam", "gamma", &[], "ガンマ"),
    greek('δ', "del", "delta", &[], "デルタ"),
    greek('ε', "eps", "epsilon", &[], "イプシロン"),
    greek('ζ', "zet", "zeta", &[], "ゼータ"),
    greek('η', "eta", "eta", &[], "イータ"),
    greek('θ', "tet", "theta", &["the"], "シータ"),
    greek('ι', "iot", "iota", &[], "イオタ"),
    greek('κ', "kap", "kappa", &[], "カッパ"),
    greek('λ', "lam", "lambda", &[], "ラムダ"),
    greek('μ', "mu", "mu", &["miu"], "ミュー"),
    greek('ν', "nu", "nu", &["niu"], "ニュー"),
    greek('ξ', "ksi", "xi", &[], "クシー"),
    greek('ο', "omi", "omicron", &[], "オミクロン"),
    greek('π', "pi", "pi", &[], "パイ"),
    greek('ρ', "rho", "rho", &[], "ロー"),
    greek('σ', "sig", "sigma", &[], "シグマ"),
    greek('τ', "tau", "tau", &[], "タウ"),
    greek('υ', "ups", "upsilon", &[], "ウプシロン"),
    greek('φ', "phi", "phi", &[], "ファイ"),
    greek('χ', "chi", "chi", &[], "カイ"),
    greek('ψ', "psi", "psi", &[], "プサイ"),
    greek('ω', "ome", "omega", &[], "オメガ"),
];

/// The abbreviation (in lower case) of a constellation by any of its Latin forms in lower case.
pub(super) fn constellation(word: &str) -> Option<String> {
    CONSTELLATIONS
        .iter()
        .find(|(short, name, genitive, _)| {
            word.eq_ignore_ascii_case(short) || word == *name || word == *genitive
        })
        .map(|(short, ..)| short.to_ascii_lowercase())
}

/// The abbreviation (in lower case) of the first constellation that a beginning of at least three
/// letters fits.
pub(super) fn constellation_beginning(word: &str) -> Option<String> {
    CONSTELLATIONS
        .iter()
        .find(|(_, name, genitive, _)| {
            word.len() >= 3 && (name.starts_with(word) || genitive.starts_with(word))
        })
        .map(|(short, ..)| short.to_ascii_lowercase())
}

/// SIMBAD's abbreviation of a Greek letter by its sign, name or abbreviation in lower case.
pub(super) fn greek_letter(word: &str) -> Option<&'static Greek> {
    let mut chars = word.chars();
    let sign = match (chars.next(), chars.next()) {
        // The variants of phi, theta, epsilon, and final sigma.
        (Some('ϕ'), None) => Some('φ'),
        (Some('ϑ'), None) => Some('θ'),
        (Some('ϵ'), None) => Some('ε'),
        (Some('ς'), None) => Some('σ'),
        (Some('µ'), None) => Some('μ'),
        (Some(c), None) => Some(c),
        _ => None,
    };
    GREEK.iter().find(|letter| {
        sign == Some(letter.sign)
            || word == letter.short
            || word == letter.name
            || letter.others.contains(&word)
    })
}
