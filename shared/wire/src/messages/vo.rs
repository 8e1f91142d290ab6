//! The VO protocols: parameters, limits, files.

super::messages! {
    MISSING: "The parameter {name} is missing.", "パラメータ {name} がありません。";
    MISSING_HELP: "Add {name}=… to the request.", "リクエストに {name}=… を加えてください。";
    REPEATED: "The parameter {name} was given {count} times; it may be given once.", "パラメータ {name} が {count} 回指定されています。指定できるのは 1 回です。";
    BAD_VALUE: "The parameter {name} cannot be “{value}”.", "パラメータ {name} に「{value}」は指定できません。";
    ALLOWED: "Allowed here: {allowed}.", "指定できる値：{allowed}。";
    ALLOWED_MAXREC: "a whole number from 0", "0 以上の整数";
    TOO_MANY_PARAMETERS: "The request has more than {limit} parameters.", "パラメータの数が上限 {limit} を超えています。";
    BAD_BODY: "The body of the request could not be read as a form.", "リクエスト本文をフォームとして読み取れませんでした。";
    BAD_BODY_HELP: "Send application/x-www-form-urlencoded or multipart/form-data in UTF-8.", "application/x-www-form-urlencoded または multipart/form-data を UTF-8 で送ってください。";
    UPLOAD: "This service does not accept table uploads.", "このサービスはテーブルのアップロードを受け付けません。";
    UPLOAD_HELP: "Leave UPLOAD out, or write the values into the query.", "UPLOAD を外すか、値を検索文の中に書いてください。";
    NO_ASYNC: "This service answers queries synchronously only.", "このサービスは同期検索だけを受け付けます。";
    NO_ASYNC_HELP: "Send the same parameters to {path}.", "同じパラメータを {path} に送ってください。";
    BUSY: "{limit} queries are running, as many as this server allows at once.", "このサーバーで同時に実行できる {limit} 件の検索がすでに動いています。";
    BUSY_HELP: "Try again in {seconds} s.", "{seconds} 秒後にもう一度お試しください。";
    QUERY_TIME_HELP: "Narrow the query by position or add conditions.", "位置や条件で検索範囲を絞ってください。";
    NO_TABLE: "There is no table {name}.", "テーブル {name} はありません。";
    NO_TABLE_HELP: "{path} lists the tables.", "テーブルの一覧は {path} にあります。";
    NO_ARTIFACT: "There is no file {id}.", "ファイル {id} はありません。";
    NO_PREVIEW: "There is no preview of {id}.", "{id} のプレビューはありません。";
    NO_OBSERVATION: "There is no observation {id}.", "観測 {id} はありません。";
    PROPRIETARY: "The file {id} is not public: {reason}", "ファイル {id} は公開されていません：{reason}";
    PROPRIETARY_UNTIL: "It becomes public on {until}.", "{until} に公開されます。";
    BAD_RANGE: "The file has {bytes} bytes; the range asked for lies outside.", "ファイルの大きさは {bytes} バイトで、要求された範囲はその外にあります。";
    EXAMPLE_TABLES: "Which tables are there?", "どのようなテーブルがありますか";
    EXAMPLE_TABLES_TEXT: "Every table of this service with its description.", "このサービスのすべてのテーブルとその説明です。";
    EXAMPLE_COLUMNS: "Columns that hold a position", "位置を表す列";
    EXAMPLE_COLUMNS_TEXT: "UCDs say what a column means, whatever its name is.", "列の名前によらず、意味は UCD で分かります。";
    EXAMPLE_FIRST: "First rows of {table}", "{table} の最初の行";
    EXAMPLE_FIRST_TEXT: "A look at the values: {description}", "値を眺めます：{description}";
    EXAMPLE_CONE: "Cone search in {table}", "{table} の円形検索";
    EXAMPLE_CONE_TEXT: "Rows within 1° of a position, nearest first. Change the position and the radius.", "ある位置から 1° 以内の行を近い順に並べます。位置と半径は変えられます。";
    EXAMPLE_COUNT: "What was observed, by facility and instrument", "施設・装置ごとの観測数";
    EXAMPLE_COUNT_TEXT: "Counts the products of the archive.", "アーカイブにあるデータの数を数えます。";
    EXAMPLES: "Example queries", "検索の例";
    EXAMPLES_RUN: "Run", "実行";
    TAP_HERE: "TAP service", "TAP サービス";
    TAP_HERE_TEXT: "Give this address to TOPCAT, pyvo or any other client of the Virtual Observatory.", "この URL を TOPCAT や pyvo などの VO クライアントに指定してください。";
    CUT: "The result was cut at {limit} rows; there are more.", "結果は {limit} 行で打ち切られました。続きがあります。";
    CUT_HELP: "Raise MAXREC (up to {hard}) or narrow the query.", "MAXREC を増やす（上限 {hard}）か、条件を絞ってください。";
}
