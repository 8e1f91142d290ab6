//! Operations under `/account`.

use super::{JSON, Operation, in_path, in_query};

pub(super) fn operations() -> Vec<Operation> {
    let operation = |method, path, summary, parameters| Operation {
        path,
        method,
        summary,
        parameters,
        answers: JSON,
    };
    let get = |path, summary, parameters| operation("get", path, summary, parameters);
    let post = |path, summary, parameters| operation("post", path, summary, parameters);
    let delete = |path, summary, parameters| operation("delete", path, summary, parameters);
    let group = || in_path("group", "Identifier of a group");
    let user = || in_path("user", "User name");
    let person = || in_path("person", "Identifier of a person");
    vec![
        post("/account/sign-in", "Sign in: user, password, next", vec![]),
        post("/account/sign-out", "End this session", vec![]),
        post(
            "/account/apply",
            "Apply for an account: user, display, email, affiliation, sponsor, purpose, password",
            vec![],
        ),
        post("/account/reset", "Set a password by the secret of a link: link, password", vec![]),
        post(
            "/account/operator",
            "Make the first operator: link, and as for an application",
            vec![],
        ),
        get("/account/me", "Who the service takes the caller for", vec![]),
        operation("put", "/account/me", "Change display, email, affiliation", vec![]),
        post("/account/password", "Change the password: old, new", vec![]),
        post("/account/sign-out-everywhere", "End every session", vec![]),
        get("/account/sessions", "The caller's sessions", vec![]),
        delete(
            "/account/sessions/{session}",
            "End a session",
            vec![in_path("session", "Identifier of a session")],
        ),
        get("/account/tokens", "The caller's access tokens", vec![]),
        post("/account/tokens", "Make an access token: name, scopes, days", vec![]),
        delete(
            "/account/tokens/{token}",
            "Revoke an access token",
            vec![in_path("token", "Identifier of a token")],
        ),
        get(
            "/account/groups",
            "The caller's groups",
            vec![in_query("all", false, "1 for all, which operators may see")],
        ),
        post("/account/groups", "Make a group: name, description", vec![]),
        get("/account/groups/{group}", "A group with its members", vec![group()]),
        operation(
            "put",
            "/account/groups/{group}/members/{user}",
            "Add somebody or change their role: member, administrator or owner",
            vec![group(), user()],
        ),
        delete("/account/groups/{group}/members/{user}", "Remove somebody", vec![group(), user()]),
        post(
            "/account/groups/{group}/invitations",
            "Make an invitation: days, uses",
            vec![group()],
        ),
        post("/account/invitations", "Look at an invitation, or join by it: link, join", vec![]),
        get(
            "/account/people",
            "People, for operators",
            vec![
                in_query("state", false, "applied, active, expired or locked"),
                in_query("q", false, "Text in names, e-mail or affiliation"),
            ],
        ),
        post("/account/people/{person}", "Decide: approve or lock", vec![person()]),
        post("/account/people/{person}/reset", "A link to set a new password", vec![person()]),
        get(
            "/account/audit",
            "What was done, for operators",
            vec![
                in_query("person", false, "Identifier of a person"),
                in_query("action", false, "Such as sign-in"),
                in_query("subject", false, "What it was done to"),
                in_query("after", false, "Seconds since 1970"),
                in_query("before", false, "Seconds since 1970"),
            ],
        ),
    ]
}
