//! Accounts, sessions, tokens and groups.

super::messages! {
    BAD_SIGN_IN: "Name and password do not fit together.", "ユーザー名とパスワードが一致しません。";
    BAD_SIGN_IN_HELP: "Check both; a forgotten password is reset by a link from the operator.", "両方を確かめてください。忘れた場合は、運用者から再設定用リンクを受け取れます。";
    NOT_APPROVED: "This account has not been approved yet.", "このアカウントはまだ承認されていません。";
    EXPIRED: "This account has expired.", "このアカウントは有効期限が切れています。";
    LOCKED: "This account is locked.", "このアカウントは停止されています。";
    ASK_OPERATOR: "Ask the operator of this service.", "運用者にお問い合わせください。";
    TOO_OFTEN: "Too many attempts; try again in {n} s.", "試行回数が多すぎます。{n} 秒後にもう一度お試しください。";
    TOO_OFTEN_HELP: "A browser that you signed in with before is not held up by others' attempts.", "以前サインインしたブラウザなら、他人の試行の影響を受けません。";
    BAD_TOKEN: "This access token is unknown, has ended or was revoked.", "アクセストークンが無効です(不明、期限切れ、または失効)。";
    BAD_TOKEN_HELP: "Make a new one on the account page.", "アカウントのページで新しいトークンを作ってください。";
    BAD_LINK: "This link is unknown, was used already or has ended.", "このリンクは無効です(不明、使用済み、または期限切れ)。";
    BAD_LINK_HELP: "Ask whoever sent it for a new one.", "送った人に新しいリンクを依頼してください。";
    BAD_USER_NAME: "{name} cannot be a user name.", "{name} はユーザー名にできません。";
    BAD_USER_NAME_HELP: "2 to 32 letters a–z, digits, dots, dashes and underscores, beginning with a letter; a few names are reserved.", "英小文字で始まる 2〜32 文字(英小文字・数字・. - _)。予約された名前は使えません。";
    USER_TAKEN: "Somebody has the user name {name}.", "ユーザー名 {name} は使われています。";
    BAD_NAME: "{name} cannot be a name here.", "{name} は名前にできません。";
    BAD_NAME_HELP: "Letters and digits of one script (or Japanese with Latin), at most 100; nothing hidden and no scripts mixed that look alike.", "1 種類の文字(日本語とラテン文字は混在可)で 100 文字まで。見えない文字や紛らわしい文字の混在は使えません。";
    GROUP_TAKEN: "There is a group whose name looks like {name}.", "{name} と紛らわしい名前のグループがあります。";
    BAD_TEXT: "{field}: at most {n} characters, in one line, as the field asks.", "{field}: 1 行、{n} 文字以内で、項目に合う形式で書いてください。";
    PASSWORD_SHORT: "The password has fewer than {n} characters.", "パスワードは {n} 文字以上にしてください。";
    PASSWORD_LONG: "The password is too long.", "パスワードが長すぎます。";
    PASSWORD_COMMON: "This password is among those that are tried first.", "よく使われるパスワードのため、推測されやすいです。";
    PASSWORD_OWN: "The password is made of your name or address.", "名前やメールアドレスをもとにしたパスワードは使えません。";
    PASSWORD_HELP: "Take a few words that do not belong together.", "つながりのない単語をいくつか並べてください。";
    BAD_SCOPE: "The scope {name} cannot be given to this token.", "このトークンには {name} の権限を付けられません。";
    BAD_SCOPE_HELP: "A token has at least one scope, and none that you do not have.", "権限は 1 つ以上、自分の持つものだけを付けられます。";
    LAST_OWNER: "A group keeps at least one owner.", "グループには所有者が 1 人以上必要です。";
    LAST_OWNER_HELP: "Name another owner first.", "先に別の所有者を指定してください。";
    TOO_MANY: "There can be {n} of these at most.", "作れるのは {n} 個までです。";
    NOT_FOUND: "There is nothing called {name} here.", "{name} は見つかりません。";
    NOT_JSON: "The body is not the JSON that this address takes: {why}", "本文がこのアドレスの受け取る JSON ではありません: {why}";
    FOREIGN: "This request was refused: it does not come from this service's own page.", "このサービスのページからの要求ではないため、拒否しました。";
    FOREIGN_HELP: "Reload the page and try again; programs use an access token.", "ページを再読み込みしてお試しください。プログラムからはアクセストークンを使ってください。";
    FOR_OPERATORS: "Only operators of this service may do this.", "このサービスの運用者だけが行えます。";
}
