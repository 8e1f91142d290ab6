//! Saved views and tables of people.

super::messages! {
    BAD_ADDRESS: "A saved view needs an address of this portal, such as /query?v=1&adql=…; “{path}” is none.", "保存できるのは /query?v=1&adql=… のような、このポータルのアドレスです。「{path}」は違います。";
    TOO_LONG: "The {field} is longer than the {limit} characters that can be saved.", "{field} が保存できる長さ（{limit} 文字）を超えています。";
    TOO_LONG_HELP: "Shorten the query, or share the text itself.", "検索文を短くするか、文そのものを共有してください。";
    NOT_JSON: "A saved view is sent as JSON: path, query and, if wanted, title.", "保存するビューは path、query、必要なら title を持つ JSON で送ってください。";
    NO_VIEW: "There is no saved view {id}.", "保存されたビュー {id} はありません。";
    NO_TABLE: "You have no table {name}.", "{name} というテーブルはお持ちではありません。";
    NO_TABLE_HELP: "Your tables are listed at /tap/my and on the query page.", "お持ちのテーブルは /tap/my と検索ページで確認できます。";
    TABLE_TAKEN: "You have a table {name} already.", "{name} というテーブルはすでにあります。";
    TABLE_TAKEN_HELP: "Take another name, or remove or rename the old table first.", "別の名前にするか、先に古いテーブルを削除または改名してください。";
    TOO_MANY_TABLES: "You have {limit} tables, as many as this server keeps for one person.", "テーブルはすでに {limit} 個あり、このサーバーで一人が持てる上限です。";
    TABLE_SPACE: "Your tables would take more than the {limit} MB that this server keeps for one person.", "一人あたりの上限 {limit} MB を超えます。";
    TOO_MANY_TABLES_HELP: "Remove tables that you no longer need.", "不要なテーブルを削除してください。";
    BAD_TABLE_NAME: "“{name}” cannot be the name of a table of your own.", "「{name}」はご自分のテーブルの名前にできません。";
    BAD_TABLE_NAME_HELP: "Write my. and a name of letters, digits and underscores that begins with a letter, such as my.bright_stars.", "my. に続けて、英字で始まり英数字と下線からなる名前を書いてください（例: my.bright_stars）。";
    INTO_BY_GET: "A query with INTO makes a table, which no address may do by being opened.", "INTO のある検索はテーブルを作るため、アドレスを開くだけでは実行できません。";
    INTO_BY_GET_HELP: "Send the query by POST, or as a job.", "POST で送るか、ジョブとして実行してください。";
    NO_OWNER: "Tables of your own need somebody whose they are.", "ご自分のテーブルを持つには、持ち主を確かめる必要があります。";
    NO_OWNER_HELP: "Sign in, send an access token, or let your client keep cookies.", "サインインするか、アクセストークンを送るか、クッキーを有効にしてください。";
    NO_VIEW_HELP: "Check that the whole link was copied.", "リンク全体が写されているか確かめてください。";
}
