//! The archive: ingest, files, history.

super::messages! {
    STORE_BROKEN: "The archive's database could not be used: {reason}.", "アーカイブのデータベースを使えません: {reason}";
    STORE_BROKEN_HELP: "Check that the data directory is writable and that its disk has space, then start again; what was committed is safe.", "データディレクトリに書き込めるか、ディスクに空きがあるかを確かめて再度起動してください。登録済みのデータは失われません。";
    DATA_DIR: "The data directory {path} cannot be used: {reason}.", "データディレクトリ {path} を使えません: {reason}";
    DATA_DIR_HELP: "Create it, or name another with --data-dir or TENKYU_DATA_DIR.", "作成するか、--data-dir または TENKYU_DATA_DIR で別の場所を指定してください。";
    OBJECT_BROKEN: "The file store could not be used: {reason}.", "ファイル保管庫を使えません: {reason}";
    DICTIONARY_BROKEN: "The header dictionary is not valid: {reason}.", "ヘッダー辞書に誤りがあります: {reason}";
    DICTIONARY_BROKEN_HELP: "Correct the rule that it names, or restore the file that came with this version.", "示された規則を直すか、この版に付属のファイルに戻してください。";
    PATH_MISSING: "There is no file or folder at this path.", "この場所にファイルもフォルダーもありません。";
    PATH_MISSING_HELP: "Check the spelling; a path is relative to the folder in which the command runs.", "綴りを確かめてください。相対パスはコマンドを実行したフォルダーが起点です。";
    UNREADABLE: "It cannot be read: {reason}.", "読み取れません: {reason}";
    UNREADABLE_HELP: "Give the account that runs the ingest permission to read it, then run the same command again.", "取り込みを実行するアカウントに読み取り権限を与え、同じ命令を再度実行してください。";
    EMPTY_FILE: "The file holds no bytes.", "ファイルの中身が空(0 バイト)です。";
    EMPTY_FILE_HELP: "Its transfer has probably failed: fetch it again.", "転送に失敗した可能性があります。もう一度取得してください。";
    NOT_FITS: "This is not a FITS file: it starts as {found}.", "FITS ファイルではありません。先頭は {found} です。";
    NOT_FITS_HELP: "A FITS file starts with `SIMPLE  =`. Unpack archives first; .gz, .Z and .fz files are read as they are.", "FITS は `SIMPLE  =` で始まります。書庫は先に展開してください。.gz・.Z・.fz はそのまま読めます。";
    BAD_COMPRESSION: "The file could not be unpacked: {reason}.", "ファイルを展開できません: {reason}";
    BAD_COMPRESSION_HELP: "It is damaged or incomplete: fetch it again.", "壊れているか途中で切れています。もう一度取得してください。";
    TRUNCATED: "The file ends before its data do: {reason}.", "データの途中でファイルが終わっています: {reason}";
    TRUNCATED_HELP: "Its transfer was cut off: fetch it again.", "転送が途中で切れています。もう一度取得してください。";
    BAD_HEADER: "The header is not valid FITS: {reason}.", "ヘッダーが FITS 規格に合いません: {reason}";
    BAD_HEADER_HELP: "Correct the keyword with the tool that wrote the file, then ingest it again.", "ファイルを作ったツールでキーワードを直し、もう一度取り込んでください。";
    FILE_TOO_LARGE: "The file is {bytes} bytes long; the limit of one file is {limit}.", "ファイルは {bytes} バイトで、1 ファイルの上限 {limit} を超えています。";
    FILE_TOO_LARGE_HELP: "Raise the limit in the configuration, or split the file.", "設定で上限を上げるか、ファイルを分割してください。";
    NO_DATA: "The file holds a header but neither an image nor a table.", "ヘッダーだけで、画像も表も入っていません。";
    NO_DATA_HELP: "There is nothing to look at in it; ingest the file that holds the data.", "見るべきデータがありません。データの入ったファイルを取り込んでください。";
    ID_COLLISION: "Two different files share the identifier {id}.", "異なる 2 つのファイルの識別子 {id} が重なりました。";
    ID_COLLISION_HELP: "Report this to the operator: the identifiers of this archive have to be made longer.", "運用者に知らせてください。このアーカイブの識別子を長くする必要があります。";
    UNSEEN: "The reading of the file failed inside the program; the log has the details.", "ファイルの読み取り中にプログラム内部で問題が起きました。詳しくはログにあります。";
    UNSEEN_HELP: "Keep the file and report it with the log.", "ファイルを残し、ログと併せて報告してください。";
    WARN_NO_POSITION: "no position: neither a usable WCS nor coordinates in the header", "位置なし: 使える WCS も座標もヘッダーにありません";
    WARN_WCS: "the world coordinates of HDU {hdu} cannot be used: {reason}", "HDU {hdu} の世界座標系を使えません: {reason}";
    WARN_PREVIEW: "no preview: {reason}", "プレビューなし: {reason}";
    WARN_FITS: "HDU {hdu}: {reason}", "HDU {hdu}: {reason}";
}
