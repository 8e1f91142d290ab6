//! Positions, regions and world coordinates.

super::messages! {
    NOT_A_COORDINATE: "This is not a position.", "座標として読めません。";
    NOT_A_COORDINATE_HELP: "Write it as `12:34:56.7 -01:02:03`, `83.63 22.01` (degrees), `J122906+020308`, `l=120.5 b=-3.2`, or give a name.", "`12:34:56.7 -01:02:03`、`83.63 22.01`(度)、`J122906+020308`、`l=120.5 b=-3.2` の形か、天体名で入力してください。";
    LONGITUDE_RANGE: "The right ascension or longitude {value} is not between {low} and {high}.", "赤経(経度) {value} が {low} から {high} の範囲にありません。";
    LATITUDE_RANGE: "The declination or latitude {value} is not between {low} and {high}.", "赤緯(緯度) {value} が {low} から {high} の範囲にありません。";
    LONGITUDE_RANGE_HELP: "Right ascension comes first: hours up to 24 (`12:34:56`) or degrees up to 360.", "赤経を先に書きます。時分秒なら 24 まで(`12:34:56`)、度なら 360 までです。";
    LATITUDE_RANGE_HELP: "Declination comes second, in degrees from -90 to +90.", "赤緯は二番目に、-90 度から +90 度までで書きます。";
    LONGITUDE_SIXTY: "{value} in the right ascension or longitude is not below 60.", "赤経(経度)の {value} は 60 未満でなければなりません。";
    LATITUDE_SIXTY: "{value} in the declination or latitude is not below 60.", "赤緯(緯度)の {value} は 60 未満でなければなりません。";
    SIXTY_HELP: "Minutes and seconds run from 0 to 59.99….", "分と秒は 0 から 59.99… までです。";
    LONGITUDE_FRACTION: "{value} in the right ascension or longitude has a fraction, but more parts follow.", "赤経(経度)の {value} に小数がありますが、後に続きがあります。";
    LATITUDE_FRACTION: "{value} in the declination or latitude has a fraction, but more parts follow.", "赤緯(緯度)の {value} に小数がありますが、後に続きがあります。";
    FRACTION_HELP: "Only the last part may have decimals.", "小数は最後の部分だけに書けます。";
    NOT_TWO: "{numbers} numbers do not make two coordinates.", "{numbers} 個の数では二つの座標になりません。";
    NOT_TWO_HELP: "Write a right ascension and a declination, with a comma between them when in doubt.", "赤経と赤緯の両方を書いてください。紛らわしい場合は間にコンマを入れます。";
    TWO_FRAMES: "The text names two different coordinate systems.", "異なる座標系が二つ書かれています。";
    TWO_FRAMES_HELP: "Keep one of them: ICRS, FK5, FK4, galactic or ecliptic.", "ICRS、FK5、FK4、銀河座標、黄道座標のどれか一つだけを書いてください。";
    BAD_RADIUS: "The radius {value} is not above 0 and at most 180 degrees.", "半径 {value} が 0 度より大きく 180 度以下の範囲にありません。";
    BAD_RADIUS_HELP: "Write it as r=5', 30\" or 0.1 deg.", "r=5'、30\"、0.1 deg のように書いてください。";
    BAD_REGION: "The region cannot be read at character {place}: {what}.", "領域の {place} 文字目が読めません: {what}";
    BAD_REGION_HELP: "Write CIRCLE ICRS ra dec radius, or POLYGON ICRS ra1 dec1 ra2 dec2 ra3 dec3 …, in degrees.", "CIRCLE ICRS 赤経 赤緯 半径、または POLYGON ICRS 赤経1 赤緯1 赤経2 赤緯2 赤経3 赤緯3 … を度で書いてください。";
    WCS_NONE: "The header has no world coordinates.", "ヘッダーに世界座標の情報がありません。";
    WCS_AXES: "The header names {count} axes; at most {limit} are read.", "ヘッダーの軸数 {count} が上限 {limit} を超えています。";
    WCS_VALUE: "{keyword} = {value} cannot be used.", "{keyword} = {value} は使えない値です。";
    WCS_SINGULAR: "The matrix of {keyword} has no inverse.", "{keyword} の行列に逆行列がありません。";
    WCS_PROJECTION: "The projection {code} of {keyword} is unknown, or does not exist with its parameters.", "{keyword} の投影法 {code} は未知か、そのパラメータでは定義できません。";
    WCS_POLE: "CRVAL, LONPOLE and LATPOLE contradict each other.", "CRVAL、LONPOLE、LATPOLE が互いに矛盾しています。";
    WCS_UNPAIRED: "The axis {ctype} has no partner.", "軸 {ctype} と組になる軸がありません。";
    WCS_TABLE: "The table {name}, which {keyword} refers to, is missing or has another shape.", "{keyword} が参照する表 {name} がないか、形が異なります。";
    WCS_DISTORTION: "The distortion {kind} of {keyword} is not known.", "{keyword} の歪み補正 {kind} は未対応です。";
    WCS_MISSING: "{keyword} is missing.", "{keyword} がありません。";
    WCS_HELP: "The image can be used by pixels; correct the header to place it on the sky.", "画像はピクセル座標で使えます。天球上に置くにはヘッダーを修正してください。";
}
