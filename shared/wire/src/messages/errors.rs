//! Errors that belong to no single room.

super::messages! {
    INTERNAL: "Something went wrong on our side. It has been written to the log under {id}.", "サーバー側で問題が起きました。記録番号は {id} です。";
    INTERNAL_HELP: "Try again; if it happens again, tell the operator this number.", "もう一度お試しください。続く場合はこの番号を運用者にお知らせください。";
    NOT_FOUND: "There is nothing at {path}.", "{path} には何もありません。";
    NOT_FOUND_HELP: "Check the address, or start from the search box.", "アドレスを確かめるか、検索欄からお探しください。";
    TOO_LARGE: "The request is larger than the {limit} that this server accepts.", "リクエストがこのサーバーの上限 {limit} を超えています。";
    TIMED_OUT: "The work was stopped after {seconds} s, the limit on this server.", "このサーバーの上限 {seconds} 秒に達したため、処理を停止しました。";
    DISK_FULL: "The disk is full; nothing was written.", "ディスクの空きがありません。何も書き込まれていません。";
    DISK_FULL_HELP: "Free some space and run the same command again; it continues where it stopped.", "空きを作ってから同じ命令を実行してください。続きから再開します。";
    BROKEN_LINK: "This link holds a value that could not be read: {field}. The default is shown instead.", "リンク中の {field} の値が読めないため、既定値で表示しています。";
}
