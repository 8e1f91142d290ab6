//! Queries: their text, their names and filters on a table.

super::messages! {
    UNEXPECTED: "Expected {expected}, found {found}.", "{expected} が必要ですが、{found} があります。";
    A_VALUE: "a value", "値";
    AN_OPERATOR: "an operator", "演算子";
    A_COLUMN: "a column name", "列名";
    A_TABLE: "a table name", "表の名前";
    A_NAME: "a name", "名前";
    A_COUNT: "a whole number", "整数";
    A_TEXT: "a text in single quotes", "単一引用符で囲んだ文字列";
    A_TYPE: "a data type", "データ型";
    THE_END: "the end of the text", "文の終わり";
    DID_YOU_MEAN: "Did you mean {name}?", "{name} ではありませんか。";
    LIMIT_HELP: "ADQL has no LIMIT: write TOP and the number after SELECT.", "ADQLにLIMITはありません。SELECTの直後にTOPと行数を書いてください。";
    CROSS_HELP: "ADQL has no CROSS JOIN: separate the tables with a comma.", "ADQLにCROSS JOINはありません。表をコンマで区切ってください。";
    UNCLOSED_PARENTHESIS_HELP: "A parenthesis has not been closed.", "閉じていない括弧があります。";
    RESERVED: "{word} is a reserved word of ADQL.", "{word} はADQLの予約語です。";
    RESERVED_HELP: "As a name it is written in double quotes: {quoted}.", "名前として使うときは二重引用符で囲みます: {quoted}";
    UNCLOSED_STRING: "The text that begins here has no closing quote.", "ここから始まる文字列に閉じる引用符がありません。";
    UNCLOSED_STRING_HELP: "End it with a single quote. A single quote inside a text is written twice.", "単一引用符で閉じてください。文字列中の単一引用符は二つ重ねます。";
    UNCLOSED_NAME: "The name that begins here has no closing quote.", "ここから始まる名前に閉じる引用符がありません。";
    UNCLOSED_NAME_HELP: "End it with a double quote. Texts are written in single quotes.", "二重引用符で閉じてください。文字列は単一引用符で囲みます。";
    EMPTY_NAME: "A name in double quotes cannot be empty.", "二重引用符の中の名前が空です。";
    BAD_NUMBER: "{text} is not a number.", "{text} は数値ではありません。";
    BAD_NUMBER_HELP: "A name cannot begin with a digit unless it is in double quotes.", "数字で始まる名前は二重引用符で囲んでください。";
    BAD_CHARACTER: "ADQL does not use the character {text}.", "ADQLでは文字 {text} を使いません。";
    QUOTES_HELP: "Use straight quotes: single ones for texts, double ones for names.", "文字列には ' を、名前には \" を使ってください。";
    FULL_WIDTH_HELP: "This is a full-width character; type it in half width.", "全角文字です。半角で入力してください。";
    LETTER_HELP: "A name with other letters than A to Z is written in double quotes, a text in single quotes.", "英字以外を含む名前は二重引用符で、文字列は単一引用符で囲んでください。";
    NUMBER_RANGE: "{text} is too large.", "{text} は大きすぎます。";
    BAD_COUNT: "{word} takes a whole number, 0 or more.", "{word} には0以上の整数を指定してください。";
    TOO_DEEP: "The query is nested more than {limit} levels deep.", "入れ子が {limit} 段を超えています。";
    TOO_DEEP_HELP: "Leave out parentheses that are not needed, or move parts into WITH.", "不要な括弧を減らすか、一部をWITHに移してください。";
    TOO_LONG: "The query is {length} bytes long; {limit} are accepted.", "問い合わせが {length} バイトあり、上限 {limit} バイトを超えています。";
    TOO_LONG_HELP: "Upload long lists as a table and join it.", "長い一覧は表としてアップロードし、結合してください。";
}
