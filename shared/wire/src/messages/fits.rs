//! Reading and writing FITS files.

super::messages! {
    NOT_FITS: "This is not a FITS file: it looks like {found}.", "FITSファイルではありません。中身は{found}のようです。";
    NOT_FITS_HELP: "Choose a FITS file (.fits, .fit, .fz, also .gz or .Z). Files inside an archive must be taken out first.", "FITSファイル(.fits、.fit、.fz。.gz、.Zも可)を選んでください。書庫の中のファイルは先に取り出してください。";
    KIND_EMPTY: "an empty file (0 bytes)", "空のファイル(0バイト)";
    KIND_ZIP: "a ZIP archive", "ZIP書庫";
    KIND_BZIP2: "a bzip2 file", "bzip2ファイル";
    KIND_XZ: "an xz file", "xzファイル";
    KIND_ZSTD: "a Zstandard file", "Zstandardファイル";
    KIND_HDF5: "an HDF5 file", "HDF5ファイル";
    KIND_PARQUET: "a Parquet file", "Parquetファイル";
    KIND_PICTURE: "a picture (PNG, JPEG, GIF or TIFF)", "画像ファイル(PNG、JPEG、GIF、TIFF)";
    KIND_PDF: "a PDF document", "PDF文書";
    KIND_MARKUP: "an HTML or XML page", "HTMLまたはXML";
    KIND_TEXT: "plain text", "テキスト";
    KIND_BINARY: "unknown binary data", "不明なバイナリデータ";

    TRUNCATED: "HDU {hdu} ends early: {expected} bytes are needed, {actual} are there.", "HDU {hdu} が途中で終わっています。{expected}バイト必要ですが、{actual}バイトしかありません。";
    TRUNCATED_HELP: "The file was probably not copied to its end. Fetch it again; what comes before the gap can still be read.", "ファイルが最後まで転送されていないようです。取得し直してください。欠ける前の部分は読めます。";
    MISSING_KEYWORD: "HDU {hdu} has no {keyword}, which is needed here.", "HDU {hdu} に必要なキーワード {keyword} がありません。";
    BAD_KEYWORD: "HDU {hdu}: {keyword} is {actual}; expected {expected}.", "HDU {hdu}: {keyword} の値は {actual} ですが、{expected} であるべきです。";
    HEADER_HELP: "The header must be mended by whoever made the file; the other HDUs can still be read.", "ヘッダーの修正はファイルの作成者にご依頼ください。ほかのHDUは読めます。";
    TOO_LARGE: "HDU {hdu}: {what} is {actual}, over the limit of {limit}.", "HDU {hdu}: {what} が {actual} で、上限 {limit} を超えています。";
    TOO_LARGE_HELP: "Read a smaller part, or raise the limit if the file is to be trusted.", "読む範囲を小さくするか、信頼できるファイルなら上限を上げてください。";
    NO_SUCH_HDU: "There is no HDU {index}; the file has {count}.", "HDU {index} はありません。このファイルのHDUは {count} 個です。";
    NO_SUCH_HDU_HELP: "HDUs count from 0, the primary HDU.", "HDUは0(プライマリHDU)から数えます。";
    WRONG_KIND: "HDU {hdu} is {actual}, not {expected}.", "HDU {hdu} は {actual} で、{expected} ではありません。";
    WRONG_KIND_HELP: "Choose another HDU of the file.", "ファイルの別のHDUを選んでください。";
    NO_SUCH_COLUMN: "The table in HDU {hdu} has no column {name}.", "HDU {hdu} の表に列 {name} はありません。";
    NO_SUCH_COLUMN_HELP: "Its columns are: {names}.", "列は次のとおりです: {names}";
    OUT_OF_RANGE: "HDU {hdu}: {what} {actual} lies outside 0 to {limit}.", "HDU {hdu}: {what} {actual} は 0 から {limit} の範囲外です。";
    OUT_OF_RANGE_HELP: "Ask for a part that lies within.", "範囲内を指定してください。";
    BAD_TILE: "HDU {hdu}: tile {tile} of the compressed data cannot be decoded ({reason}).", "HDU {hdu}: 圧縮データのタイル {tile} を復号できません({reason})。";
    BAD_TILE_HELP: "The file is damaged there; other parts of the image can still be read.", "その部分が壊れています。画像のほかの部分は読めます。";
    BAD_HEAP: "HDU {hdu}: column {column}, row {row} points outside the table's heap.", "HDU {hdu}: 列 {column} の {row} 行目が表のヒープの外を指しています。";
    UNPACK: "The {format} data cannot be unpacked: {reason}.", "{format} データを展開できません: {reason}";
    UNPACK_HELP: "Fetch the file again, or unpack it yourself to see how far it is whole.", "取得し直すか、手元で展開して確かめてください。";
    IO: "The file cannot be read: {reason}.", "ファイルを読めません: {reason}";
    WRITE: "The FITS file cannot be written: {reason}.", "FITSファイルを書けません: {reason}";

    WARN_NO_END: "HDU {hdu}: the header has no END card.", "HDU {hdu}: ヘッダーに END がありません。";
    WARN_NON_ASCII: "HDU {hdu}: {keyword} holds bytes that are not printable ASCII.", "HDU {hdu}: {keyword} にASCII印字文字以外のバイトがあります。";
    WARN_BAD_CARD: "HDU {hdu}: the card {keyword} does not follow the standard.", "HDU {hdu}: カード {keyword} は標準に従っていません。";
    WARN_LOWER_CASE: "HDU {hdu}: the keyword {keyword} is in lower case.", "HDU {hdu}: キーワード {keyword} が小文字です。";
    WARN_NEWLINES: "HDU {hdu}: header cards end with line breaks.", "HDU {hdu}: ヘッダーのカードが改行で区切られています。";
    WARN_TRAILING: "{actual} bytes after the last HDU are not FITS and were left out.", "最後のHDUの後にFITSでない {actual} バイトがあり、読み飛ばしました。";
    WARN_BLOCK: "The file is {actual} bytes long, not a multiple of 2880.", "ファイル長 {actual} バイトが2880の倍数ではありません。";
    WARN_TRUNCATED: "HDU {hdu}: {expected} data bytes are declared, {actual} are there.", "HDU {hdu}: 宣言されたデータは {expected} バイトですが、{actual} バイトしかありません。";
    WARN_KEYWORD: "HDU {hdu}: {keyword} is {actual}; expected {expected}. It was passed over.", "HDU {hdu}: {keyword} の値 {actual} は {expected} であるべきです。無視しました。";
    WARN_STOPPED: "HDU {hdu} cannot be read, so it and what follows are not listed.", "HDU {hdu} が読めないため、これ以降は一覧にありません。";
    WARN_HDU_LIMIT: "Only the first {actual} HDUs are listed.", "最初の {actual} 個のHDUだけを一覧にしています。";
}
