//! What a token may be used for.

use serde::{Deserialize, Serialize};

/// A part of what a person may do, which they can hand to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Ask queries, see own jobs and functions.
    #[serde(rename = "read:tap")]
    ReadTap,
    /// Read proprietary data that the person may read.
    #[serde(rename = "read:data")]
    ReadData,
    /// Read files.
    #[serde(rename = "read:files")]
    ReadFiles,
    /// Write files.
    #[serde(rename = "write:files")]
    WriteFiles,
    /// Make and change tables and functions.
    #[serde(rename = "write:tables")]
    WriteTables,
    /// Manage groups.
    #[serde(rename = "admin:groups")]
    AdminGroups,
    /// Manage people; operators alone.
    #[serde(rename = "admin:people")]
    AdminPeople,
    /// Manage the archive; operators alone.
    #[serde(rename = "admin:archive")]
    AdminArchive,
    /// Manage one's own account: password, sessions, tokens. No token has it.
    #[serde(rename = "account")]
    Account,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 9] = [
        Scope::ReadTap,
        Scope::ReadData,
        Scope::ReadFiles,
        Scope::WriteFiles,
        Scope::WriteTables,
        Scope::AdminGroups,
        Scope::AdminPeople,
        Scope::AdminArchive,
        Scope::Account,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Scope::ReadTap => "read:tap",
            Scope::ReadData => "read:data",
            Scope::ReadFiles => "read:files",
            Scope::WriteFiles => "write:files",
            Scope::WriteTables => "write:tables",
            Scope::AdminGroups => "admin:groups",
            Scope::AdminPeople => "admin:people",
            Scope::AdminArchive => "admin:archive",
            Scope::Account => "account",
        }
    }

    /// The scope of a word.
    pub fn parse(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Whether only operators have it.
    pub const fn of_operators(self) -> bool {
        matches!(self, Scope::AdminPeople | Scope::AdminArchive)
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Scope>", from = "Vec<Scope>")]
pub struct Scopes(u16);

impl Scopes {
    /// All of them, as a session has.
    pub fn all() -> Scopes {
        Scope::ALL.into_iter().collect()
    }

    /// Whether a scope is in it.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Scopes) -> Scopes {
        Scopes(self.0 & other.0)
    }

    /// Without one.
    #[must_use]
    pub const fn without(self, scope: Scope) -> Scopes {
        Scopes(self.0 & !scope.bit())
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Words with spaces between them, as in OAuth; `Err` has the first that is none.
    ///
    /// # Errors
    /// The word that is no scope.
    pub fn parse(words: &str) -> Result<Scopes, String> {
        words
            .split_whitespace()
            .map(|word| Scope::parse(word).ok_or_else(|| word.chars().take(40).collect()))
            .collect()
    }

    /// Words with spaces between them.
    pub fn words(self) -> String {
        self.iter().map(Scope::word).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Scopes {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Scopes {
        scopes.into_iter().collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Vec<Scope> {
        scopes.iter().collect()
    }
}
