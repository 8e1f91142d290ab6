//! Accounts, sessions, tokens and groups.

super::messages! {
    BAD_SIGN_IN: "Name and password do not fit together.", "名前とパスワードが一致しません。";
    BAD_SIGN_IN_HELP: "Check both; a forgotten password is reset by a link from the operator.", "両方を確かめてください。忘れた場合は運用者から再設定用リンクを受け取れます。";
}
