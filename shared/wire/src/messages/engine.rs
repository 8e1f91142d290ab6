//! Catalogues and queries.

super::messages! {
    IO: "{path} could not be read or written: {reason}.", "{path} を読み書きできません: {reason}。";
    UNREADABLE: "{file} cannot be read as {format}: {reason}.", "{file} を {format} として読めません: {reason}。";
    UNKNOWN_FORMAT: "The format of {file} is not recognised.", "{file} の形式を判別できません。";
    FORMATS_HELP: "Catalogues are read from FITS tables, VOTable, Parquet, CSV, TSV and IPAC tables, also gzipped.", "FITS の表、VOTable、Parquet、CSV、TSV、IPAC の表（gzip 圧縮も可）を読み込めます。";
    UPLOAD_TOO_LARGE: "{name} has more than the {rows} rows or {megabytes} MB that an uploaded table may have.", "{name} はアップロードできる {rows} 行または {megabytes} MB を超えています。";
    UPLOAD_TOO_LARGE_HELP: "Send only the rows and columns that the query needs, or ask in several queries.", "検索に必要な行と列だけを送るか、何回かに分けてください。";
    BAD_NAME: "{name} is not a table name.", "{name} は表の名前として使えません。";
    BAD_NAME_HELP: "Give it as schema.table, each part a letter followed by letters, digits or underscores.", "schema.table の形で、それぞれ英字で始まり英数字と下線だけの名前にしてください。";
    DUPLICATE_COLUMN: "Two columns are called {name}; ADQL does not tell upper from lower case.", "{name} という列が二つあります（ADQL は大文字と小文字を区別しません）。";
    DUPLICATE_COLUMN_HELP: "Rename one of them in the file.", "ファイル中の一方の列名を変えてください。";
    NO_POSITION: "The columns with the position were not found.", "位置の列が見つかりません。";
    NO_POSITION_HELP: "Name both columns, right ascension and declination. Numeric columns of this file: {candidates}.", "赤経と赤緯の列名を両方指定してください。このファイルの数値列: {candidates}。";
    NOT_AN_ANGLE: "The unit {unit} of {column} is not an angle.", "{column} の単位 {unit} は角度ではありません。";
    NOT_AN_ANGLE_HELP: "Positions may be in deg, rad, arcmin, arcsec, mas or hourangle.", "位置の単位は deg, rad, arcmin, arcsec, mas, hourangle のいずれかにしてください。";
    BAD_LATITUDE: "Row {row}: {column} = {value}° lies beyond a pole.", "{row} 行目の {column} = {value}° は極を越えています。";
    BAD_LATITUDE_HELP: "Check which columns hold the position, and their unit.", "位置の列とその単位を確かめてください。";
    COLUMNS_DIFFER: "The column {column} of {file} differs in type or unit from that of the files before it.", "{file} の列 {column} は、先のファイルの同じ名前の列と型または単位が違います。";
    COLUMNS_DIFFER_HELP: "Import such files under names of their own, or convert the column first.", "別の名前で取り込むか、先に列を変換してください。";
    NO_ID_COLUMN: "There is no column {name} of integers or text to index.", "整数または文字列の列 {name} がないため、索引を作れません。";
    NO_ID_COLUMN_HELP: "Columns that can be indexed: {candidates}.", "索引を作れる列: {candidates}。";
    BAD_MARGIN: "{arcsec} arcsec is no width of a margin.", "{arcsec} 秒角は余白の幅にできません。";
    BAD_MARGIN_HELP: "Give more than 0 and at most 3600 arcsec, or 0 for no margin cache.", "0 より大きく 3600 秒角以下の値を指定してください。0 なら余白を作りません。";
    BAD_ADDRESS: "{address} is no address of a catalogue.", "{address} はカタログの場所として使えません。";
    BAD_ADDRESS_HELP: "Give a folder, s3://bucket/prefix, or an https URL.", "フォルダー、s3://バケット/パス、または https の URL を指定してください。";
    UNKNOWN_TABLE: "There is no table {name}.", "{name} という表はありません。";
    UNKNOWN_COLUMN: "No table of this query has a column {name}.", "この問い合わせの表に {name} という列はありません。";
    NEAREST: "Did you mean {name}?", "{name} ではありませんか？";
    AMBIGUOUS_COLUMN: "More than one table has a column {name}.", "{name} という列が複数の表にあります。";
    AMBIGUOUS_COLUMN_HELP: "Write it with its table, as in t.column.", "t.column のように表の名前を付けてください。";
    UNKNOWN_SNAPSHOT: "{table} has no snapshot {snapshot}.", "{table} に {snapshot} という版はありません。";
    UNKNOWN_SNAPSHOT_HELP: "Leave the snapshot out to query the newest one.", "版を指定しなければ最新の版を検索します。";
    UNKNOWN_FUNCTION: "There is no function {name}.", "{name} という関数はありません。";
    UNKNOWN_OBJECT: "No object of the name {name} is known here.", "{name} という名前の天体は登録されていません。";
    UNSUPPORTED: "{what} is not supported here.", "{what} には対応していません。";
    INVALID: "The query makes no sense: {reason}.", "問い合わせの意味が通りません: {reason}。";
    OUT_OF_MEMORY: "The query needs more than the {limit} of memory that it may use.", "この問い合わせは使用できるメモリ {limit} を超えます。";
    TOO_MUCH_HELP: "Search a smaller region, select fewer columns, or add TOP.", "範囲を狭めるか、列を減らすか、TOP を付けてください。";
    CANCELLED: "The query was cancelled.", "問い合わせは中止されました。";
    INTERNAL: "The query could not be completed because of a fault on our side.", "サーバー側の問題で問い合わせを完了できませんでした。";
}
