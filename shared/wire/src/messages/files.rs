//! Files of people and groups: what can be wrong, and what the page says.

super::messages! {
    BAD_NAME: "“{name}” cannot be the name of a file or a folder.", "「{name}」はファイルやフォルダーの名前にできません。";
    BAD_NAME_HELP: "A name has 1 to 255 bytes in UTF-8, is neither . nor .., and holds neither / nor control characters.", "名前は UTF-8 で 1～255 バイトで、「.」「..」は使えず、「/」と制御文字を含められません。";
    TOO_DEEP: "Folders can be nested {limit} deep.", "フォルダーの階層は {limit} 段までです。";
    NO_NODE: "There is nothing at {path}.", "{path} には何もありません。";
    NO_NODE_HELP: "Check the name; upper and lower case differ.", "名前を確かめてください。大文字と小文字は区別されます。";
    NO_FOLDER: "There is no folder {path}.", "フォルダー {path} はありません。";
    NO_FOLDER_HELP: "Make the folder first.", "先にフォルダーを作ってください。";
    NOT_A_FOLDER: "{path} is not a folder.", "{path} はフォルダーではありません。";
    NOT_A_FILE: "{path} is not a file.", "{path} はファイルではありません。";
    LINK_IN_PATH: "{path} is a link; the path leads through it.", "{path} はリンクで、パスがその先を指しています。";
    LINK_IN_PATH_HELP: "Use the address that the link stands for.", "リンク先のアドレスを使ってください。";
    TAKEN: "There is already something called {path}.", "{path} という名前はすでに使われています。";
    TAKEN_HELP: "Choose another name, or move the other one away first.", "別の名前を選ぶか、先に元のものを移動してください。";
    CYCLE: "A folder cannot be moved or copied into itself.", "フォルダーをそれ自身の中へ移動・コピーすることはできません。";
    FIXED: "{path} belongs to the service and cannot be changed.", "{path} はサービスが管理しているため変更できません。";
    CHANGED: "{path} has changed meanwhile.", "{path} はその間に変更されました。";
    CHANGED_HELP: "Look at the new state and try again.", "新しい内容を確かめてから、もう一度お試しください。";
    QUOTA: "{needed} bytes do not fit: {free} of {quota} bytes are free.", "{needed} バイトは入りません。空きは {quota} バイト中 {free} バイトです。";
    QUOTA_HELP: "Remove files or empty the trash, or ask the operator for more space.", "ファイルを削除するかごみ箱を空にしてください。容量の追加は運用者にご相談ください。";
    NO_UPLOAD: "There is no upload {id}.", "アップロード {id} はありません。";
    NO_UPLOAD_HELP: "It has ended, was given up or has expired; begin it again.", "完了・中止・期限切れのいずれかです。最初からやり直してください。";
    OFFSET: "The upload continues at byte {have}, not at {asked}.", "アップロードの続きは {asked} バイト目ではなく {have} バイト目からです。";
    LONGER: "More bytes came than the {length} that were announced.", "予告された {length} バイトを超えるデータが届きました。";
    INTERRUPTED: "The upload was interrupted at byte {have}.", "アップロードは {have} バイト目で中断しました。";
    INTERRUPTED_HELP: "Ask where it stands and continue from there.", "現在の位置を問い合わせて、続きから再開してください。";
    CHECKSUM: "The bytes that came do not have the checksum that was announced ({algorithm}).", "届いたデータのチェックサム（{algorithm}）が予告と一致しません。";
    CHECKSUM_HELP: "Send them again.", "もう一度送ってください。";
    BAD_CHECKSUM: "“{text}” is not a checksum that this server knows.", "「{text}」はこのサーバーで使えるチェックサムではありません。";
    BAD_CHECKSUM_HELP: "Use sha256, sha1 or md5 with the digest in base64.", "sha256・sha1・md5 のいずれかを、base64 で指定してください。";
    BUSY: "Another request is writing to this upload.", "このアップロードには別のリクエストが書き込み中です。";
    NOT_PARTIAL: "The upload {id} is not a finished part.", "アップロード {id} は完了した部分ではありません。";
    TOO_MANY_UPLOADS: "{limit} uploads of yours are unfinished, as many as are kept.", "未完了のアップロードが上限の {limit} 件に達しています。";
    TOO_MANY_UPLOADS_HELP: "Finish or give up some of them.", "いくつかを完了するか中止してください。";
    NO_VERSION: "There is no version {version} of {path}.", "{path} にバージョン {version} はありません。";
    NOT_IN_TRASH: "{id} is not in the trash.", "{id} はごみ箱にありません。";
    NO_LINK: "There is no such link.", "そのリンクはありません。";
    PROPERTY: "A property cannot be stored: {reason}.", "プロパティを保存できません：{reason}";
    TOO_MANY_NODES: "More than {limit} files and folders at once.", "一度に扱えるのは {limit} 件までです。";
    TOO_MANY_NODES_HELP: "Do it in parts.", "分けて行ってください。";
    ENCODED: "A body that is packed as {encoding} is not taken.", "{encoding} で圧縮された本文は受け取れません。";
    ENCODED_HELP: "Send the bytes as they are.", "圧縮せずにそのまま送ってください。";
}
