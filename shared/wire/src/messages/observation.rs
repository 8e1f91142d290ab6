//! The observation page.

super::messages! {
    TITLE_FOR: "{id} · Observation", "{id}・観測";
    PICTURE: "Preview of {file}", "{file} のプレビュー";
    NO_PICTURE: "There is no preview of this product.", "プレビューはありません。";
    OPEN_VIEWER: "Open in viewer", "ビューアで開く";
    DOWNLOAD: "Download", "ダウンロード";
    METADATA: "Metadata", "メタデータ";
    FILES: "Files", "ファイル";
    HISTORY: "History", "履歴";
    HEADER: "Header", "ヘッダー";
    HEADER_SEARCH: "Search keyword, value or comment", "キーワード・値・コメントを検索";
    HEADER_SHOW: "Show header", "ヘッダーを表示";
    HEADER_NONE: "No card matches.", "一致する行がありません。";
    HEADER_FOUND: "{n} of {all} cards", "{all} 行中 {n} 行";
    PUBLIC: "public", "公開";
    COLLECTION: "Collection {name}", "コレクション {name}";
    SHA256: "SHA-256", "SHA-256";
    COL_FIELD: "Field", "項目";
    COL_VALUE: "Value", "値";
    COL_UNIT: "Unit", "単位";
    COL_UCD: "UCD", "UCD";
    COL_KEYWORD: "From header", "ヘッダー";
    COL_FILE: "File", "ファイル";
    COL_SIZE: "Size", "サイズ";
    COL_CONTENT: "Content", "内容";
    COL_TIME: "Time (UTC)", "時刻 (UTC)";
    COL_WHO: "Who", "担当";
    COL_WHAT: "What", "操作";
    COL_DETAIL: "Detail", "詳細";
    GROUP_TARGET: "Target", "天体";
    GROUP_POSITION: "Position and field", "位置と視野";
    GROUP_TIME: "Time", "時刻";
    GROUP_ENERGY: "Wavelength and energy", "波長・エネルギー";
    GROUP_INSTRUMENT: "Telescope and instrument", "望遠鏡と装置";
    GROUP_PROPOSAL: "Proposal", "プロポーザル";
    GROUP_CONDITIONS: "Conditions", "観測条件";
    GROUP_PROVENANCE: "Provenance", "来歴";
    GROUP_ACCESS: "Access", "アクセス";
    PLANE: "Product {id}", "プロダクト {id}";
    CALIB_LEVEL: "calibration level {level}", "較正レベル {level}";
    FOOTPRINT: "Outline on the sky", "天球上の範囲";
    MAP_LABEL: "Sky map with the outline of this observation around {position}.", "{position} 周辺の、この観測の範囲を示した星図。";
    AROUND: "Search around here", "この周辺を検索";
    KEY_FACTS: "In short", "要点";
}
