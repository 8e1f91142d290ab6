//! Why a query makes no sense, as the planner says it.

use super::messages;

messages! {
    ARGUMENT_COUNT: "wrong number of arguments; it is {form}", "引数の数が違います。正しい形は {form} です";
    ARGUMENTS: "wrong arguments; it is {form}", "引数が違います。正しい形は {form} です";
    SEED: "a seed is a literal integer", "乱数の種は整数の定数で指定します";
    UNIT_LITERAL: "a unit is a literal text", "単位は文字列の定数で指定します";
    UNIT_UNKNOWN: "the unit of this value is not known", "この値の単位が分かりません";
    NO_UNIT: "“{unit}” is no unit", "「{unit}」は単位ではありません";
    OTHER_UNIT: "{from} cannot become {to}", "{from} は {to} に換算できません";
    NUMBER_AS_TIME: "a number is no timestamp", "数値は日時になりません";
    AGGREGATE_IN_WHERE: "aggregates belong into HAVING, not into WHERE", "集約関数は WHERE ではなく HAVING に書きます";
    DISTINCT_ORDER: "with DISTINCT, ORDER BY takes only selected values", "DISTINCT のとき、ORDER BY には選択した値だけを使えます";
    OUTER_NEEDS_ON: "an outer join needs ON or USING", "外部結合には ON か USING が必要です";
    SAME_NAMES: "two tables are called {name}; give one an alias", "{name} という表が二つあります。片方に別名を付けてください";
    NEAREST_SIDE: "the first position is of one of the two tables", "最初の位置は二つの表のどちらか一方のものにします";
    NEAREST_OUTER: "of an outer join, the table with the first position keeps its rows", "外部結合では、最初の位置をもつ表の行が残る形にします";
    NEAREST_ALONE: "it is a condition of its own: ON 1 = tenkyu_nearest(…) AND …", "単独の条件として ON 1 = tenkyu_nearest(…) AND … のように書きます";
    NUMBER_RANGE: "a number from {low} to {high} is needed here", "ここには {low} から {high} までの数が必要です";
    SET_WIDTHS: "{op} of {a} columns with {b}", "{op} の列の数が {a} と {b} で異なります";
    SET_TYPES: "{op} of {a} and {b}", "{op} の列の型が {a} と {b} で合いません";
    NOT_GROUPED: "{name} is neither in GROUP BY nor in an aggregate", "{name} は GROUP BY にも集約関数にもありません";
    COLUMN_NAMES: "{named} column names for {made} columns", "{made} 列に対して列名が {named} 個あります";
    SET_ORDER: "ORDER BY after a set operation takes columns of the result", "集合演算の後の ORDER BY には結果の列を使います";
    NO_SUCH_POSITION: "the result has no column {n}, only {count}", "結果に {n} 番目の列はありません(全 {count} 列)";
    REGION_TEST: "a region test is needed here", "ここには領域の判定が必要です";
    POINT_NEEDED: "a point is needed here", "ここには点が必要です";
    GEOMETRY_NEEDED: "a geometry is needed here", "ここには図形が必要です";
    NO_LATITUDE: "{value} is no latitude", "{value} は緯度ではありません";
    POLYGON_CORNERS: "a polygon has three corners or more", "多角形の頂点は三つ以上です";
    BARE_COLUMN: "{name} alone is no condition; compare it, as in {name} = 1", "{name} だけでは条件になりません。{name} = 1 のように比較してください";
    CONDITION_NEEDED: "a condition is needed here, not {type}", "ここには {type} ではなく条件が必要です";
    IN_COLUMNS: "IN needs a query of one column", "IN には 1 列の問い合わせが必要です";
    VALUE_COLUMNS: "a query as a value has one column", "値として使う問い合わせは 1 列です";
    INTEGER_RANGE: "integers have 64 bits with a sign", "整数は符号付き 64 ビットまでです";
    NO_TIMESTAMP: "'{text}' is no timestamp", "'{text}' は日時ではありません";
    NO_INTERVAL: "'{text}' is no interval", "'{text}' は期間ではありません";
    TIME_ARITHMETIC: "times are added and subtracted only", "日時には加算と減算だけを使えます";
    NESTED_AGGREGATE: "an aggregate inside an aggregate", "集約関数の中に集約関数があります";
    NUMBER_NEEDED: "a number is needed here, not {type}", "ここには {type} ではなく数が必要です";
    INTEGER_NEEDED: "an integer is needed here, not {type}", "ここには {type} ではなく整数が必要です";
    TEXT_NEEDED: "a text is needed here, not {type}", "ここには {type} ではなく文字列が必要です";
    NOT_COMPARABLE: "{a} and {b} cannot be compared", "{a} と {b} は比較できません";
    DELIMITER: "the delimiter is a literal text", "区切りは文字列の定数で指定します";
    SOURCE_ID: "a source_id is an integer", "source_id は整数です";
    ONE_TIMESTAMP: "one timestamp is needed here", "ここには日時が一つ必要です";
    TIMESTAMP_NEEDED: "a timestamp is needed here, not {type}", "ここには {type} ではなく日時が必要です";
    LITERAL_NUMBER: "a literal number is needed here", "ここには数の定数が必要です";
    BINS_LITERAL: "the number of bins is a literal integer", "区間の数は整数の定数で指定します";
    UPPER_BELOW: "the upper end is above the lower one", "上端は下端より大きくします";
    FRAME_LITERAL: "a frame is a literal text", "座標系は文字列の定数で指定します";
    NAME_LITERAL: "an object's name is a literal text", "天体名は文字列の定数で指定します";
    COORDINATE_SYSTEM: "the coordinate system '{name}' (known are {known})", "座標系 '{name}'(対応しているのは {known})";
    MERGED_OUTSIDE: "a column of a FULL JOIN USING in an inner query", "内側の問い合わせでの FULL JOIN USING の列";
}
