//! Users' own functions.

super::messages! {
    TOO_LARGE: "The module is larger than the {limit} bytes that are taken.", "モジュールが大きすぎます。受け付けるのは {limit} バイトまでです。";
    TOO_LARGE_HELP: "Build it with --release, opt-level = \"s\" and strip = true, and leave large tables to arguments.", "--release、opt-level = \"s\"、strip = true でビルドし、大きな表は引数で渡してください。";
    NOT_MODULE: "This file is not a WebAssembly module.", "このファイルは WebAssembly モジュールではありません。";
    NOT_MODULE_HELP: "Choose the .wasm file that cargo leaves in target/wasm32-unknown-unknown/release.", "cargo が target/wasm32-unknown-unknown/release に作る .wasm ファイルを選んでください。";
    NOT_WASM: "This is not a WebAssembly module that can be used: {reason}.", "使用できる WebAssembly モジュールではありません：{reason}";
    NOT_WASM_HELP: "Build for wasm32-unknown-unknown; SIMD, threads, 64-bit memory and exceptions are not supported.", "wasm32-unknown-unknown 向けにビルドしてください。SIMD、スレッド、64 ビットメモリー、例外は使えません。";
    IMPORT: "The module imports {name}; functions run alone, without anything from outside.", "モジュールが {name} をインポートしています。関数は外部の機能なしで動く必要があります。";
    IMPORT_HELP: "Build for wasm32-unknown-unknown, not for WASI, and leave out files, clocks, random numbers and JavaScript.", "WASI ではなく wasm32-unknown-unknown 向けにビルドし、ファイル、時計、乱数、JavaScript を使わないでください。";
    EXPORT: "The module does not export {name}.", "モジュールが {name} をエクスポートしていません。";
    EXPORT_HELP: "Begin with the template that this server gives out as /tenkyu-functions.tar.gz: it makes every export.", "このサーバーの /tenkyu-functions.tar.gz にあるひな形から始めると、必要なエクスポートがそろいます。";
    DESCRIPTION: "The module describes its functions wrongly: {reason}.", "モジュールの関数の記述に誤りがあります：{reason}";
    DESCRIPTION_HELP: "The rules are in INTERFACE.md of /tenkyu-functions.tar.gz; its template writes the description by itself.", "規則は /tenkyu-functions.tar.gz の INTERFACE.md にあります。ひな形を使うと記述は自動で作られます。";
    TRAP: "The function my.{function} stopped: {reason}.", "関数 my.{function} が停止しました：{reason}";
    TRAP_HELP: "Rust stops this way at a panic: an index out of range, an overflow, unwrap() of nothing. Test it with the values of these rows.", "Rust ではパニック（範囲外の添字、桁あふれ、値のない unwrap() など）でこうなります。これらの行の値で試してください。";
    FUEL: "The function my.{function} worked too long: {limit} instructions are allowed for this many rows.", "関数 my.{function} の計算が長すぎます。この行数で許されるのは {limit} 命令までです。";
    FUEL_HELP: "Look for a loop without an end, or do less for each row.", "終わらないループがないか調べるか、1 行あたりの計算を減らしてください。";
    MEMORY: "The function my.{function} needs more memory than the {limit} MB that it may have.", "関数 my.{function} に必要なメモリーが上限の {limit} MB を超えました。";
    MEMORY_HELP: "Ask about fewer rows, group them, or keep less for each row.", "行数を減らすか、グループに分けるか、1 行あたりに保持する量を減らしてください。";
    POOL: "No memory is free for the function my.{function}: functions of other queries have all of it.", "関数 my.{function} に使えるメモリーがありません。ほかの検索の関数がすべて使っています。";
    POOL_HELP: "Try again in a moment, or run the query as a job.", "しばらくしてからもう一度試すか、ジョブとして実行してください。";
    REFUSED: "The function my.{function} refused: {reason}", "関数 my.{function} が受け付けませんでした：{reason}";
    REFUSED_HELP: "These are the words of the function's author; check the arguments.", "関数の作者によるメッセージです。引数を確かめてください。";
    GARBAGE: "The function my.{function} gave an answer that cannot be read: {reason}.", "関数 my.{function} の答えを読み取れません：{reason}";
    GARBAGE_HELP: "Its module does not keep the rules in INTERFACE.md of /tenkyu-functions.tar.gz; ask its author.", "モジュールが /tenkyu-functions.tar.gz の INTERFACE.md の規則に従っていません。作者に問い合わせてください。";
    STOPPED: "The query was stopped.", "検索は中止されました。";
    UNKNOWN: "You have no function my.{name}.", "関数 my.{name} は登録されていません。";
    UNKNOWN_NEAR: "Did you mean my.{near}?", "my.{near} のことですか。";
    UNKNOWN_HELP: "Upload the module that holds it under “My functions” beside the query; functions belong to the browser that uploaded them.", "検索画面の「マイ関数」で、その関数を含むモジュールをアップロードしてください。関数はアップロードしたブラウザーだけで使えます。";
    TOO_MANY: "You have {limit} modules, which is as many as are kept for you.", "モジュールは {limit} 個まで保存できます。すでに上限です。";
    TOO_MANY_HELP: "Remove one that you no longer need.", "不要なものを削除してください。";
    OWN_SPACE: "Your modules together would have more than the {limit} MB that are kept for you.", "モジュールの合計が、保存できる {limit} MB を超えます。";
    NO_SPACE: "The {limit} MB for everybody's modules are full.", "全員のモジュールのための {limit} MB がいっぱいです。";
    NO_SPACE_HELP: "Tell the operator of this service.", "サービスの運用者に連絡してください。";
    TAKEN: "You already have a function my.{name}, in {module}.", "関数 my.{name} は {module} にすでにあります。";
    TAKEN_HELP: "Remove that module first, give the function another name, or upload under the same file name to replace the module.", "先にそのモジュールを削除するか、関数を別の名前にしてください。同じファイル名でアップロードすると、モジュールは置き換わります。";
    NO_MODULE: "You have no module {id}.", "モジュール {id} はありません。";
    NO_MODULE_HELP: "GET /tap/functions lists those that you have.", "GET /tap/functions で一覧を確かめてください。";
    NO_BODY: "The module itself is sent as the body of the request, as application/wasm.", "モジュールそのものを application/wasm としてリクエストの本文で送ってください。";
}
