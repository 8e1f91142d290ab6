//! Groups: a proposal's people, a project, a team.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use tenkyu_wire::access::{Caller, Denial, GroupRole, Person, Reason, Scope, Via};

use crate::links::LinkKind;
use crate::people::not_found;
use crate::secret::identifier;
use crate::{AccountError, Accounts, DAY, names};

/// Groups that one person may own.
const MOST: i64 = 200;

/// A group, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Random; what rules name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What the caller is in it.
    pub role: Option<GroupRole>,
}

/// A group with its people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What lists show.
    #[serde(flatten)]
    pub summary: GroupSummary,
    /// Its people, owners first.
    pub members: Vec<Member>,
}

/// Somebody in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// What they are in it.
    pub role: GroupRole,
    /// Since when.
    pub joined: i64,
}

/// Whether a caller has at least a role in a group.
fn needs(caller: &Caller, group: &str, role: GroupRole, writes: bool) -> Result<(), AccountError> {
    if writes && caller.via == Via::Token && !caller.scopes.has(Scope::AdminGroups) {
        return Err(denied(Reason::Scope(Scope::AdminGroups), group).into());
    }
    let operates =
        caller.operator && (caller.via != Via::Token || caller.scopes.has(Scope::AdminPeople));
    match caller.groups.get(group) {
        _ if operates => Ok(()),
        Some(has) if *has >= role => Ok(()),
        // Whether there is such a group is told to its members alone.
        None => Err(not_found(group)),
        Some(_) => Err(denied(Reason::NotOwner, group).into()),
    }
}

fn denied(reason: Reason, group: &str) -> Denial {
    Denial { reason, until: None, owner: None, groups: vec![group.to_owned()] }
}

impl Accounts {
    /// Makes a group whose owner is the caller.
    ///
    /// # Errors
    /// [`AccountError::BadName`], [`AccountError::GroupTaken`], [`AccountError::TooMany`],
    /// [`AccountError::Denied`].
    pub async fn create_group(
        &self,
        caller: &Caller,
        name: &str,
        description: &str,
        now: i64,
    ) -> Result<GroupSummary, AccountError> {
        let Some(person) = caller.id() else { return Err(denied(Reason::SignIn, "").into()) };
        if caller.via == Via::Token && !caller.scopes.has(Scope::AdminGroups) {
            return Err(denied(Reason::Scope(Scope::AdminGroups), "").into());
        }
        let owned = caller.groups.values().filter(|role| **role == GroupRole::Owner).count();
        if i64::try_from(owned).unwrap_or(i64::MAX) >= MOST {
            return Err(AccountError::TooMany(MOST));
        }
        let group = GroupSummary {
            id: identifier()?,
            name: names::shown(name)?,
            description: names::line("description", description, 1000)?,
            role: Some(GroupRole::Owner),
        };
        let mut work = self.pool.begin().await?;
        let done = sqlx::query(
            "INSERT INTO team (id, name, skeleton, description, created_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&group.id)
        .bind(&group.name)
        .bind(names::look(&group.name))
        .bind(&group.description)
        .bind(now)
        .execute(&mut *work)
        .await;
        match done {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(AccountError::GroupTaken(group.name));
            }
            other => other?,
        };
        sqlx::query(
            "INSERT INTO team_member (team, person, role, joined_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(&group.id)
        .bind(person)
        .bind(GroupRole::Owner.word())
        .bind(now)
        .execute(&mut *work)
        .await?;
        work.commit().await?;
        Ok(group)
    }

    /// The caller's groups by name; for operators all of them, at most 5000.
    ///
    /// # Errors
    /// A database that fails.
    pub async fn groups(
        &self,
        caller: &Caller,
        all: bool,
    ) -> Result<Vec<GroupSummary>, AccountError> {
        let Some(person) = caller.id() else { return Ok(Vec::new()) };
        let sql = match all && caller.operator {
            true => {
                "SELECT t.id AS id, t.name AS name, t.description AS description FROM team t \
                 WHERE $1 <> '' ORDER BY t.name LIMIT 5000"
            }
            false => {
                "SELECT t.id AS id, t.name AS name, t.description AS description FROM team t \
                 JOIN team_member m ON m.team = t.id WHERE m.person = $1 ORDER BY t.name LIMIT 5000"
            }
        };
        let rows = sqlx::query(sql).bind(person).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get("id")?;
                Ok(GroupSummary {
                    role: caller.groups.get(&id).copied(),
                    id,
                    name: row.try_get("name")?,
                    description: row.try_get("description")?,
                })
            })
            .collect()
    }

    /// A group with its people.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], also for those who are not in it.
    pub async fn group(&self, caller: &Caller, id: &str) -> Result<Group, AccountError> {
        needs(caller, id, GroupRole::Member, false)?;
        let row = sqlx::query("SELECT name, description FROM team WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or_else(|| not_found(id))?;
        let summary = GroupSummary {
            id: id.to_owned(),
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            role: caller.groups.get(id).copied(),
        };
        Ok(Group { summary, members: self.members(id).await? })
    }

    async fn members(&self, group: &str) -> Result<Vec<Member>, AccountError> {
        let rows = sqlx::query(
            "SELECT p.id AS id, p.user_name AS user_name, p.display AS display, m.role AS role, \
             m.joined_at AS joined FROM team_member m JOIN person p ON p.id = m.person \
             WHERE m.team = $1 ORDER BY p.user_name",
        )
        .bind(group)
        .fetch_all(&self.pool)
        .await?;
        let members: Result<Vec<Member>, AccountError> = rows
            .iter()
            .map(|row| {
                let role: String = row.try_get("role")?;
                Ok(Member {
                    person: Person {
                        id: row.try_get("id")?,
                        user: row.try_get("user_name")?,
                        display: row.try_get("display")?,
                    },
                    role: GroupRole::parse(&role)
                        .ok_or_else(|| AccountError::Corrupt(format!("role {role}")))?,
                    joined: row.try_get("joined")?,
                })
            })
            .collect();
        let mut members = members?;
        members.sort_by_key(|member| std::cmp::Reverse(member.role));
        Ok(members)
    }

    /// Adds somebody, or changes what they are. Members are an administrator's to add and remove;
    /// administrators and owners are an owner's.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Denied`], [`AccountError::LastOwner`].
    pub async fn set_member(
        &self,
        caller: &Caller,
        group: &str,
        user: &str,
        role: GroupRole,
        now: i64,
    ) -> Result<(), AccountError> {
        needs(caller, group, GroupRole::Administrator, true)?;
        let person = self.by_user(user, now).await?.person;
        let members = self.members(group).await?;
        let before = members.iter().find(|m| m.person.id == person.id).map(|m| m.role);
        let highest = before.unwrap_or(GroupRole::Member).max(role);
        if highest > GroupRole::Member {
            needs(caller, group, GroupRole::Owner, true)?;
        }
        if before == Some(GroupRole::Owner) && role != GroupRole::Owner {
            keeps_an_owner(&members)?;
        }
        sqlx::query(
            "INSERT INTO team_member (team, person, role, joined_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (team, person) DO UPDATE SET role = excluded.role",
        )
        .bind(group)
        .bind(&person.id)
        .bind(role.word())
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Removes somebody; everybody may leave.
    ///
    /// # Errors
    /// As for [`Accounts::set_member`].
    pub async fn remove_member(
        &self,
        caller: &Caller,
        group: &str,
        user: &str,
        now: i64,
    ) -> Result<(), AccountError> {
        needs(caller, group, GroupRole::Member, true)?;
        let person = self.by_user(user, now).await?.person;
        let members = self.members(group).await?;
        let role = members
            .iter()
            .find(|member| member.person.id == person.id)
            .ok_or_else(|| not_found(user))?
            .role;
        if caller.id() != Some(&person.id) {
            let needed = match role {
                GroupRole::Member => GroupRole::Administrator,
                _ => GroupRole::Owner,
            };
            needs(caller, group, needed, true)?;
        }
        if role == GroupRole::Owner {
            keeps_an_owner(&members)?;
        }
        sqlx::query("DELETE FROM team_member WHERE team = $1 AND person = $2")
            .bind(group)
            .bind(&person.id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A link by which as many as `uses` people become members, for 1 to 30 days.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::Denied`].
    pub async fn invite(
        &self,
        caller: &Caller,
        group: &str,
        days: i64,
        uses: i64,
        now: i64,
    ) -> Result<String, AccountError> {
        needs(caller, group, GroupRole::Administrator, true)?;
        let by = caller.id().unwrap_or_default();
        let ends = now.saturating_add(days.clamp(1, 30) * DAY);
        self.make_link(LinkKind::Invite, group, by, ends, uses.clamp(1, 1000)).await
    }

    /// Name of the group that an invitation is for, which whoever has the link may know.
    ///
    /// # Errors
    /// [`AccountError::BadLink`].
    pub async fn invited_to(&self, text: &str, now: i64) -> Result<GroupSummary, AccountError> {
        let id = self.look_at_link(LinkKind::Invite, text, now).await?;
        let row = sqlx::query("SELECT name, description FROM team WHERE id = $1")
            .bind(&id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(AccountError::BadLink)?;
        Ok(GroupSummary {
            id,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            role: None,
        })
    }

    /// Makes the caller a member by an invitation. Whoever is in the group uses nothing up.
    ///
    /// # Errors
    /// [`AccountError::BadLink`], [`AccountError::Denied`].
    pub async fn join(
        &self,
        caller: &Caller,
        text: &str,
        now: i64,
    ) -> Result<GroupSummary, AccountError> {
        let Some(person) = caller.id() else { return Err(denied(Reason::SignIn, "").into()) };
        let group = self.invited_to(text, now).await?;
        if caller.is_in(&group.id) {
            return Ok(group);
        }
        self.use_link(LinkKind::Invite, text, now).await?;
        sqlx::query(
            "INSERT INTO team_member (team, person, role, joined_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (team, person) DO NOTHING",
        )
        .bind(&group.id)
        .bind(person)
        .bind(GroupRole::Member.word())
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(group)
    }
}

fn keeps_an_owner(members: &[Member]) -> Result<(), AccountError> {
    let owners = members.iter().filter(|member| member.role == GroupRole::Owner).count();
    if owners > 1 { Ok(()) } else { Err(AccountError::LastOwner) }
}
