//! Saved views.

super::messages! {
    BAD_ADDRESS: "A saved view needs an address of this portal, such as /query?v=1&adql=…; “{path}” is none.", "保存できるのは /query?v=1&adql=… のような、このポータルのアドレスです。「{path}」は違います。";
    TOO_LONG: "The {field} is longer than the {limit} characters that can be saved.", "{field} が保存できる長さ（{limit} 文字）を超えています。";
    TOO_LONG_HELP: "Shorten the query, or share the text itself.", "検索文を短くするか、文そのものを共有してください。";
    NOT_JSON: "A saved view is sent as JSON: path, query and, if wanted, title.", "保存するビューは path、query、必要なら title を持つ JSON で送ってください。";
    NO_VIEW: "There is no saved view {id}.", "保存されたビュー {id} はありません。";
    NO_VIEW_HELP: "Check that the whole link was copied.", "リンク全体が写されているか確かめてください。";
}
