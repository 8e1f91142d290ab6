//! Who asks, what they ask for, and whether they may.
//!
//! The one decision is [`allowed`]. It is a pure function over plain data, so that every room and
//! the page can carry the vocabulary without knowing each other, and a test can try every case.

mod decide;
mod scope;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use decide::{Denial, Reason, Verdict, allowed};
pub use scope::{Scope, Scopes};

/// A person, as far as others see one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Random and never used again; what rules and owned things name.
    pub id: String,
    /// The name with which they sign in, ASCII in lower case.
    pub user: String,
    /// The name that is shown.
    pub display: String,
}

/// What a person is in a group. The order is that of what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupRole {
    /// Belongs to it.
    Member,
    /// Adds and removes members.
    Administrator,
    /// Also names administrators, renames and removes the group.
    Owner,
}

impl GroupRole {
    /// Its word, as in JSON and in the store.
    pub const fn word(self) -> &'static str {
        match self {
            GroupRole::Member => "member",
            GroupRole::Administrator => "administrator",
            GroupRole::Owner => "owner",
        }
    }

    /// The role of a word.
    pub fn parse(word: &str) -> Option<GroupRole> {
        [GroupRole::Member, GroupRole::Administrator, GroupRole::Owner]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// How a request says who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Not at all.
    #[default]
    Anonymous,
    /// By the cookie of a session.
    Cookie,
    /// By an access token.
    Token,
}

/// Who asks. An extension of every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The person, where one is known.
    pub person: Option<Person>,
    /// Their groups, by the identifier.
    pub groups: BTreeMap<String, GroupRole>,
    /// Runs the service.
    pub operator: bool,
    /// What they may do in this request: everything in a session, less with a token.
    pub scopes: Scopes,
    /// How they said who they are.
    pub via: Via,
}

impl Caller {
    /// Somebody who did not say who they are.
    pub fn anonymous() -> Caller {
        Caller::default()
    }

    /// The person's identifier.
    pub fn id(&self) -> Option<&str> {
        self.person.as_ref().map(|person| person.id.as_str())
    }

    /// Whether they are in a group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    /// The key under which rooms keep what is theirs; `None` for the anonymous. It differs from
    /// every key of a cookie, which is hexadecimal digits alone.
    pub fn owner_key(&self) -> Option<String> {
        self.id().map(|id| format!("person:{id}"))
    }
}

/// A link that opens something for whoever has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretLink {
    /// SHA-256 of the secret in hexadecimal digits; the secret itself is kept nowhere.
    pub sha256: String,
    /// When it ends, seconds since 1970; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Whether it lets write too.
    #[serde(default)]
    pub write: bool,
}

/// Who may do what with a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Whose it is, by the person's identifier.
    pub owner: Option<String>,
    /// Groups that may read, by identifier.
    pub readers: Vec<String>,
    /// Groups that may read and write.
    pub writers: Vec<String>,
    /// Anybody may read, from `release` on.
    pub public: bool,
    /// When it becomes public by itself, seconds since 1970. With `public`, it is not before then.
    pub release: Option<i64>,
    /// Before its time, anybody may see that it exists and what describes it.
    pub described: bool,
    /// Links that open it.
    pub links: Vec<SecretLink>,
}

impl Rule {
    /// Of what is there for everybody.
    pub fn public() -> Rule {
        Rule { public: true, ..Rule::default() }
    }

    /// Of what is one person's alone.
    pub fn of(owner: &str) -> Rule {
        Rule { owner: Some(owner.to_owned()), ..Rule::default() }
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Know that it exists, and what describes it.
    See,
    /// Read its bytes or rows.
    Read,
    /// Change or add to it.
    Write,
    /// Remove it.
    Delete,
    /// Change its rule.
    Share,
}

/// Kinds of things, by which scopes are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Observations, their planes and artifacts.
    Data,
    /// Files of a workspace.
    File,
    /// Tables of a person or a group.
    Table,
    /// Queries and jobs.
    Query,
    /// Saved views and the like.
    View,
    /// Functions of one's own.
    Function,
}

impl Kind {
    /// The scope that a token needs for an action.
    pub const fn scope(self, action: Action) -> Scope {
        let reads = matches!(action, Action::See | Action::Read);
        match (self, reads) {
            (Kind::Data, true) => Scope::ReadData,
            (Kind::Data, false) => Scope::AdminArchive,
            (Kind::File | Kind::View, true) => Scope::ReadFiles,
            (Kind::File | Kind::View, false) => Scope::WriteFiles,
            (Kind::Query, _) | (Kind::Table | Kind::Function, true) => Scope::ReadTap,
            (Kind::Table | Kind::Function, false) => Scope::WriteTables,
        }
    }
}

/// A thing with its rule.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// What it is.
    pub kind: Kind,
    /// Who may do what with it.
    pub rule: &'a Rule,
    /// SHA-256, in hexadecimal digits, of the secret that the request presented.
    pub link: Option<&'a str>,
}

impl<'a> Resource<'a> {
    /// A thing that is asked for without a secret.
    pub const fn new(kind: Kind, rule: &'a Rule) -> Resource<'a> {
        Resource { kind, rule, link: None }
    }
}
