//! Tables in the page: reading a result, filtering, sorting and writing files.

super::messages! {
    NOTHING_OPEN: "No result is open.", "結果が開かれていません。";
    NOTHING_OPEN_HELP: "Run a query first.", "先に問い合わせを実行してください。";
    NOT_ARROW: "The answer could not be read as a table: {reason}.", "応答を表として読めません: {reason}";
    NOT_ARROW_HELP: "Run the query again; if it happens again, tell the operator.", "もう一度実行してください。続く場合は運用者にお知らせください。";
    TRUNCATED: "The answer broke off after {rows} rows.", "応答が {rows} 行で途切れました。";
    TRUNCATED_HELP: "The rows that arrived can be used, but others are missing. Run the query again.", "届いた行は使えますが、残りがありません。もう一度実行してください。";
    TOO_MANY_ROWS: "The table has more than {limit} rows, the most that the page can hold.", "表が {limit} 行を超えており、このページでは扱えません。";
    TOO_MANY_ROWS_HELP: "Ask for fewer rows with TOP or WHERE, or save the result with curl.", "TOPやWHEREで行を減らすか、curlで結果を保存してください。";
    NO_COLUMN: "The table has no column {name}.", "この表に {name} という列はありません。";
    COLUMNS_HELP: "Its columns are: {names}.", "列は次のとおりです: {names}";
    NOT_NUMBERS: "The column {name} does not hold numbers.", "列 {name} は数値ではありません。";
    NOT_SORTABLE: "The column {name} holds lists, which have no order.", "列 {name} は配列のため、並べ替えられません。";
    EXPORT: "The file could not be written: {reason}.", "ファイルを書けません: {reason}";
    EXPORT_HELP: "Another format may hold what this one cannot; Parquet and CSV take every table.", "別の形式をお試しください。ParquetとCSVはどの表にも使えます。";
    UNREACHABLE: "The server could not be reached ({reason}).", "サーバーに接続できません({reason})。";
    UNREACHABLE_HELP: "Check the connection and run the query again.", "接続を確かめて、もう一度実行してください。";
    REFUSED: "The server refused the query (HTTP {status}).", "サーバーが問い合わせを受け付けませんでした(HTTP {status})。";
    BAD_REQUEST: "The page asked the table worker something that it does not know: {reason}.", "ページと表の処理部の版が合っていません: {reason}";
    BAD_REQUEST_HELP: "Reload the page.", "ページを読み込み直してください。";
}
