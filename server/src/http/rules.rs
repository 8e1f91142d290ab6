//! What each route needs, in one table. A route that is not in it is open to nobody but operators,
//! and a test fails.
//!
//! This is the coarse half: who may come in at all. What they then see and change is decided by
//! `wire::access::allowed`, or is theirs by its key.

use http::Method;
use tenkyu_wire::access::Scope;

/// Who may use a route at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Anybody.
    Anyone,
    /// Anybody, over things that are found by their owner's key; a token needs this scope.
    Keyed(Scope),
    /// Who has signed in, or has a token with this scope.
    Person(Scope),
    /// Operators; a token needs this scope.
    Operator(Scope),
}

/// The rule of a method of a route.
pub type RouteRule = (&'static str, &'static str, Need);

const QUERIES: Need = Need::Keyed(Scope::ReadTap);
const TABLES: Need = Need::Keyed(Scope::WriteTables);
const OWN: Need = Need::Person(Scope::Account);
const GROUPS: Need = Need::Person(Scope::AdminGroups);
const PEOPLE: Need = Need::Operator(Scope::AdminPeople);

/// Methods are those of the OpenAPI document; `*` for all of a route.
pub const RULES: &[RouteRule] = &[
    // Open, and without anything of anybody's.
    ("/healthz", "*", Need::Anyone),
    ("/readyz", "*", Need::Anyone),
    ("/metrics", "*", Need::Anyone),
    ("/openapi.json", "*", Need::Anyone),
    ("/tenkyu-functions.tar.gz", "*", Need::Anyone),
    ("/tap", "*", Need::Anyone),
    ("/tap/examples", "*", Need::Anyone),
    ("/tap/capabilities", "*", Need::Anyone),
    ("/tap/tables", "*", Need::Anyone),
    ("/tap/tables/{name}", "get", Need::Anyone),
    ("/tap/availability", "*", Need::Anyone),
    ("/scs/{table}", "*", Need::Anyone),
    ("/scs/{table}/capabilities", "*", Need::Anyone),
    ("/scs/{table}/availability", "*", Need::Anyone),
    ("/resolve", "*", Need::Anyone),
    ("/resolve/complete", "*", Need::Anyone),
    ("/archive/observations/{id}", "*", Need::Anyone),
    ("/datalink/links", "*", Need::Anyone),
    ("/data/{artifact}", "*", Need::Anyone),
    ("/data/{artifact}/preview", "*", Need::Anyone),
    ("/data/{artifact}/header", "*", Need::Anyone),
    // Open, over things that are found by their owner's key: the person's, or the cookie's.
    ("/tap/sync", "*", QUERIES),
    ("/tap/async", "*", QUERIES),
    ("/tap/my", "get", QUERIES),
    ("/tap/my/{name}", "patch", TABLES),
    ("/tap/tables/{name}", "put", TABLES),
    ("/tap/tables/{name}", "delete", TABLES),
    ("/tap/load/{name}", "post", TABLES),
    ("/tap/functions", "get", QUERIES),
    ("/tap/functions", "post", TABLES),
    ("/tap/functions/{id}", "get", QUERIES),
    ("/tap/functions/{id}", "delete", TABLES),
    // A job's random name is the key to it, unless it is a person's.
    ("/tap/async/{job}", "*", QUERIES),
    ("/tap/async/{job}/phase", "*", QUERIES),
    ("/tap/async/{job}/parameters", "*", QUERIES),
    ("/tap/async/{job}/destruction", "*", QUERIES),
    ("/tap/async/{job}/executionduration", "*", QUERIES),
    ("/tap/async/{job}/quote", "*", QUERIES),
    ("/tap/async/{job}/owner", "*", QUERIES),
    ("/tap/async/{job}/error", "*", QUERIES),
    ("/tap/async/{job}/results", "*", QUERIES),
    ("/tap/async/{job}/results/{name}", "*", QUERIES),
    // A view's random name is the key to reading it; lists and removing are its owner's.
    ("/s", "get", Need::Keyed(Scope::ReadFiles)),
    ("/s", "post", Need::Keyed(Scope::WriteFiles)),
    ("/s/{id}", "get", Need::Anyone),
    ("/s/{id}", "delete", Need::Keyed(Scope::WriteFiles)),
    // Ways in. What they take is a password or the secret of a link.
    ("/account/sign-in", "post", Need::Anyone),
    ("/account/sign-out", "post", Need::Anyone),
    ("/account/apply", "post", Need::Anyone),
    ("/account/reset", "post", Need::Anyone),
    ("/account/operator", "post", Need::Anyone),
    ("/account/me", "get", Need::Anyone),
    // One's own account: never by token.
    ("/account/me", "put", OWN),
    ("/account/password", "post", OWN),
    ("/account/sign-out-everywhere", "post", OWN),
    ("/account/sessions", "get", OWN),
    ("/account/sessions/{session}", "delete", OWN),
    ("/account/tokens", "*", OWN),
    ("/account/tokens/{token}", "delete", OWN),
    // Groups: the handlers ask for the caller's role in the group.
    ("/account/groups", "*", GROUPS),
    ("/account/groups/{group}", "get", GROUPS),
    ("/account/groups/{group}/members/{user}", "*", GROUPS),
    ("/account/groups/{group}/invitations", "post", GROUPS),
    ("/account/invitations", "post", GROUPS),
    // Operators.
    ("/account/people", "get", PEOPLE),
    ("/account/people/{person}", "post", PEOPLE),
    ("/account/people/{person}/reset", "post", PEOPLE),
    ("/account/audit", "get", PEOPLE),
];

/// First parts of paths under which nothing is a page or a file of the page.
const SERVICES: [&str; 7] = ["account", "tap", "scs", "data", "datalink", "archive", "resolve"];

/// What a method of a route needs. Pages and files of the page are not routes of the table: they
/// show nothing but what the page then asks the services for.
pub(super) fn need(method: &Method, path: &str) -> Need {
    let word = match *method {
        Method::HEAD => "get".to_owned(),
        _ => method.as_str().to_ascii_lowercase(),
    };
    if *method == Method::OPTIONS {
        return Need::Anyone;
    }
    let found = RULES
        .iter()
        .find(|(own, methods, _)| *own == path && (*methods == "*" || *methods == word));
    if let Some((_, _, need)) = found {
        return *need;
    }
    let first = path.split('/').nth(1).unwrap_or_default();
    let is_page = !SERVICES.contains(&first) || path == "/account";
    if is_page { Need::Anyone } else { PEOPLE }
}
