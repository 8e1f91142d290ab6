//! Who may do what, and why not.

super::messages! {
    SIGN_IN_NEEDED: "This needs you to be signed in.", "この操作にはサインインが必要です。";
    SIGN_IN_NEEDED_HELP: "Sign in, or send an access token with the request (Authorization: Bearer).", "サインインするか、アクセストークンを添えてください(Authorization: Bearer)。";
    NOT_SHARED: "This is not shared with you.", "共有されていないため、利用できません。";
    READ_ONLY: "You may read this, but not change it.", "閲覧のみ可能です。変更はできません。";
    NOT_OWNER: "Only its owner, or an administrator of its group, may do this.", "所有者またはグループの管理者だけが行えます。";
    NOT_RELEASED: "These data are proprietary until {day}; they open by themselves on that day.", "このデータは {day} まで占有期間中です。その日に自動的に公開されます。";
    LINK_ENDED: "This link has ended.", "このリンクは期限切れです。";
    LINK_ENDED_HELP: "Ask whoever sent it for a new one.", "送った人に新しいリンクを依頼してください。";
    NO_SCOPE: "The access token lacks the scope {scope}.", "アクセストークンに {scope} の権限がありません。";
    NO_SCOPE_HELP: "Make a token with this scope on the account page.", "アカウントのページで、この権限を持つトークンを作ってください。";
    ASK_GRANTER: "Ask its owner, or an administrator of one of its groups, for access.", "所有者か、グループの管理者にアクセス権を依頼してください。";
}
