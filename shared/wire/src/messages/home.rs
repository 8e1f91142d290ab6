//! The start page and the search box.

super::messages! {
    TITLE: "The sky's archives in one place", "観測データの天球";
    HEADLINE: "What was observed, where you look", "見たい空の、すべての観測を";
    LEAD: "Find observations by name or position, look at the images, and query the catalogues.", "天体名や座標から観測を探し、画像を見て、カタログを検索できます。";
    SKY_LABEL: "Map of the whole sky with the brightest catalogue stars and the outlines of {n} observations.", "明るい星と {n} 件の観測範囲を示した全天図。";
    UNDERSTOOD_NAME: "{name} · {kind} · {position}", "{name}・{kind}・{position}";
    UNDERSTOOD_POSITION: "Position, ICRS {position}", "座標 ICRS {position}";
    UNDERSTOOD_ADQL: "ADQL, {n} tables: {tables}", "ADQL・表 {n} 個: {tables}";
    UNDERSTOOD_ADQL_ERROR: "ADQL with an error: {detail}", "ADQL(誤りあり): {detail}";
    UNDERSTOOD_NOTHING: "Nothing by this name here. Similar: {names}", "該当する天体がありません。似た名前: {names}";
    UNDERSTOOD_NOTHING_AT_ALL: "Nothing by this name here.", "該当する天体がありません。";
    UNDERSTANDING: "Looking it up…", "照会中…";
    HINT: "For example M 31, 05 34 32 +22 00 52 r=10', 184.56 −5.78 galactic as “l b”, or SELECT …", "例: M 31、05 34 32 +22 00 52 r=10'、SELECT …";
    EXAMPLES: "Try one", "例";
    EXAMPLE_NAME: "A galaxy by name", "銀河を名前で";
    EXAMPLE_POSITION: "A position with a radius", "座標と半径で";
    EXAMPLE_JAPANESE: "A name in Japanese", "和名で";
    EXAMPLE_ADQL: "The fastest bright stars", "固有運動の大きい明るい星";
    EXAMPLE_COUNT: "What the archive holds", "アーカイブの内訳";
    HOLDINGS: "In this archive", "収録データ";
    HOLDINGS_OBSERVATIONS: "observations", "観測";
    HOLDINGS_FACILITIES: "facilities", "施設";
    HOLDINGS_INSTRUMENTS: "instruments", "装置";
    HOLDINGS_CATALOGUES: "catalogues", "カタログ";
    HOLDINGS_ROWS: "catalogue rows", "カタログの行";
    HOLDINGS_EMPTY: "The archive is empty so far. Add files with: tenkyu ingest PATH", "まだ何も収録されていません。tenkyu ingest PATH で追加できます。";
    BY_FACILITY: "By facility and instrument", "施設・装置別";
    CATALOGUES: "Catalogues", "カタログ";
    SUGGESTIONS: "Suggestions", "候補";
}
