//! Share, embed and code: what can be taken away from a view.

super::messages! {
    SHARE: "Share", "共有";
    EMBED: "Embed", "埋め込み";
    CODE: "Code", "コード";
    SHARE_TITLE: "Share this view", "この表示を共有";
    SHARE_LEAD: "A short address that gives a colleague the same view, with the data as they are now.", "同じ表示を同じデータの版で開ける短いアドレスです。";
    SHARE_MAKE: "Make a short address", "短いアドレスを作る";
    SHARE_ADDRESS: "Address", "アドレス";
    EMBED_TITLE: "Embed this view", "この表示を埋め込む";
    EMBED_LEAD: "Paste one of these into a web page; public data only.", "ウェブページに貼り付けて使えます(公開データのみ)。";
    EMBED_IFRAME: "As a frame", "iframe で";
    EMBED_ELEMENT: "As a web component", "Web コンポーネントで";
    EMBED_NEEDS_ARCHIVE: "A local file stays on this machine and cannot be embedded.", "手元のファイルは送信されないため、埋め込めません。";
    CODE_TITLE: "Code that gives what is on screen", "画面の内容を得るコード";
    CODE_LEAD: "The page itself asks these public services; nothing is hidden.", "この画面も同じ公開サービスから取得しています。";
    TITLE_FIELD: "Title (optional)", "題名(任意)";
}
