//! The frame around every page.

super::messages! {
    PRODUCT: "Tenkyu", "天球";
    TAGLINE: "The sky's archives, catalogues and images in one place", "観測アーカイブ・カタログ・画像をひとつの天球に";
    NAV_SEARCH: "Search", "検索";
    NAV_QUERY: "Query", "カタログ検索";
    NAV_IMAGE: "Image viewer", "画像ビューア";
    LANGUAGE: "Language", "言語";
    THEME: "Light or dark", "明暗の切替";
    LOADING: "Loading…", "読み込み中…";
    CANCEL: "Cancel", "中止";
    CLOSE: "Close", "閉じる";
    COPY: "Copy", "コピー";
    COPIED: "Copied", "コピーしました";
    RETRY: "Try again", "再試行";
    SKIP_TO_CONTENT: "Skip to content", "本文へ移動";
}
