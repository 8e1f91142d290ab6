//! The one decision about access, and what is told of a refusal.

use serde::{Deserialize, Serialize};

use super::{Action, Caller, GroupRole, Resource, Rule, Scope, Via};
use crate::messages::access as text;
use crate::{Explain, Lang};

/// Whether somebody may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub enum Verdict {
    /// They may.
    Yes,
    /// They may not.
    No(Denial),
}

impl Verdict {
    /// Whether it is yes.
    pub const fn is_yes(&self) -> bool {
        matches!(self, Verdict::Yes)
    }

    /// As a result, for `?`.
    ///
    /// # Errors
    /// The denial.
    pub fn ok(self) -> Result<(), Denial> {
        match self {
            Verdict::Yes => Ok(()),
            Verdict::No(denial) => Err(denial),
        }
    }
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody said who asks.
    SignIn,
    /// It is somebody else's, or of groups that they are not in.
    NotShared,
    /// Their groups may read it and no more.
    ReadOnly,
    /// Only its owner, or a group's administrators, may.
    NotOwner,
    /// The data are proprietary until a time.
    NotReleased,
    /// The link that was presented has ended.
    LinkEnded,
    /// The token lacks this scope.
    Scope(Scope),
}

/// A refusal: why, until when, and who can change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("access denied: {reason:?}")]
pub struct Denial {
    /// Why.
    pub reason: Reason,
    /// When it opens by itself, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// The person who can grant it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Groups whose administrators can grant it, by adding a member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Whether `caller` may do `action` with `resource` at `now`, seconds since 1970.
///
/// What is public needs no scope: a token never opens less than no token. Everything else needs
/// the person's own right and, with a token, the scope. Operators have every right over things,
/// but with a token only where it holds the archive's scope. Secrets are compared as digests, so
/// the time that this takes tells nothing about the secret.
pub fn allowed(caller: &Caller, action: Action, resource: &Resource<'_>, now: i64) -> Verdict {
    let rule = resource.rule;
    let released = rule.release.is_none_or(|at| at <= now);
    let open = released && (rule.public || rule.release.is_some());
    let reads = matches!(action, Action::See | Action::Read);
    if (reads && open) || (action == Action::See && rule.described) {
        return Verdict::Yes;
    }
    let link = match link(rule, resource.link, action, now) {
        Link::Opens => return Verdict::Yes,
        Link::Ended => true,
        Link::None => false,
    };
    if !has_right(caller, action, rule) {
        return Verdict::No(denial(caller, action, rule, now, link));
    }
    let scope = resource.kind.scope(action);
    if caller.via == Via::Token && !caller.scopes.has(scope) {
        return Verdict::No(Denial { reason: Reason::Scope(scope), ..who(rule, now) });
    }
    Verdict::Yes
}

enum Link {
    None,
    Opens,
    Ended,
}

fn link(rule: &Rule, presented: Option<&str>, action: Action, now: i64) -> Link {
    let Some(presented) = presented else { return Link::None };
    let Some(link) = rule.links.iter().find(|link| link.sha256 == presented) else {
        return Link::None;
    };
    if link.until.is_some_and(|until| until <= now) {
        return Link::Ended;
    }
    match action {
        Action::See | Action::Read => Link::Opens,
        Action::Write if link.write => Link::Opens,
        _ => Link::None,
    }
}

/// Whether the person has the right, whatever the token's scopes.
fn has_right(caller: &Caller, action: Action, rule: &Rule) -> bool {
    let Some(id) = caller.id() else { return false };
    if rule.owner.as_deref() == Some(id) {
        return true;
    }
    let operates = caller.via != Via::Token || caller.scopes.has(Scope::AdminArchive);
    if caller.operator && operates {
        return true;
    }
    let writes = rule.writers.iter().any(|group| caller.is_in(group));
    match action {
        Action::See | Action::Read => writes || rule.readers.iter().any(|g| caller.is_in(g)),
        Action::Write | Action::Delete => writes,
        // A thing that no person owns is looked after by those who run its groups.
        Action::Share => {
            let runs = |group: &String| {
                caller.groups.get(group).is_some_and(|role| *role >= GroupRole::Administrator)
            };
            rule.owner.is_none() && rule.writers.iter().any(runs)
        }
    }
}

fn who(rule: &Rule, now: i64) -> Denial {
    Denial {
        reason: Reason::NotShared,
        until: rule.release.filter(|at| *at > now),
        owner: rule.owner.clone(),
        groups: rule.writers.iter().chain(&rule.readers).cloned().collect(),
    }
}

fn denial(caller: &Caller, action: Action, rule: &Rule, now: i64, ended: bool) -> Denial {
    let reads = matches!(action, Action::See | Action::Read);
    let granted = who(rule, now);
    let reason = if ended {
        Reason::LinkEnded
    } else if reads && granted.until.is_some() {
        Reason::NotReleased
    } else if caller.person.is_none() {
        Reason::SignIn
    } else if action == Action::Share {
        Reason::NotOwner
    } else if !reads && rule.readers.iter().any(|group| caller.is_in(group)) {
        Reason::ReadOnly
    } else {
        Reason::NotShared
    };
    // Writing does not open at a date.
    let until = granted.until.filter(|_| reads);
    Denial { reason, until, ..granted }
}

impl Explain for Denial {
    fn code(&self) -> &'static str {
        match self.reason {
            Reason::SignIn => "sign-in-needed",
            Reason::NotShared => "not-shared",
            Reason::ReadOnly => "read-only",
            Reason::NotOwner => "not-owner",
            Reason::NotReleased => "not-released",
            Reason::LinkEnded => "link-ended",
            Reason::Scope(_) => "token-scope",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        let message = match self.reason {
            Reason::SignIn => text::SIGN_IN_NEEDED,
            Reason::NotShared => text::NOT_SHARED,
            Reason::ReadOnly => text::READ_ONLY,
            Reason::NotOwner => text::NOT_OWNER,
            Reason::NotReleased => {
                let day = self.until.map(day).unwrap_or_default();
                return text::NOT_RELEASED.with(lang, &[("day", &day)]);
            }
            Reason::LinkEnded => text::LINK_ENDED,
            Reason::Scope(scope) => {
                return text::NO_SCOPE.with(lang, &[("scope", scope.word())]);
            }
        };
        message.text(lang).to_owned()
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let message = match self.reason {
            Reason::SignIn => text::SIGN_IN_NEEDED_HELP,
            Reason::Scope(_) => text::NO_SCOPE_HELP,
            Reason::LinkEnded => text::LINK_ENDED_HELP,
            _ => text::ASK_GRANTER,
        };
        Some(message.text(lang).to_owned())
    }

    fn status(&self) -> u16 {
        if self.reason == Reason::SignIn { 401 } else { 403 }
    }
}

/// The day of a time, `YYYY-MM-DD`, UTC; proleptic Gregorian calendar from days since 1970-01-01
/// (H. Hinnant, "chrono-compatible low-level date algorithms").
fn day(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400).saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests;
