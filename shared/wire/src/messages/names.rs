//! The name resolver.

super::messages! {
    REPORT: "{objects} named objects and {stars} numbered stars, from {files} files", "名前のある天体 {objects} 個と番号のある恒星 {stars} 個({files} ファイル)";
    NOT_OPENNGC: "This is not OpenNGC's table.", "OpenNGC の表ではありません。";
}
