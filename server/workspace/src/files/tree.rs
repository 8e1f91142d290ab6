//! Finding, listing and making nodes.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row as _};
use tenkyu_wire::files::{FileNode, FolderPage, NodeKind, Sharing};

use super::name::{check_name, join_path, split_path};
use super::row::{COLUMNS, Placed, Row, write_sharing};
use super::{DEPTH, FileError, Files, GROUPS, HOME, ROOT, TRASH, now, random_id};

/// Nodes that one page lists at most.
const PAGE: usize = 1000;

/// Bytes of a property's name and of its value.
const PROPERTY_NAME: usize = 300;
const PROPERTY_VALUE: usize = 10_000;
/// Properties of one node.
const PROPERTIES: usize = 200;

/// A container or a link to be made.
#[derive(Clone, Debug, Default)]
pub struct NewNode {
    /// Where a link leads; `None` makes a container.
    pub target: Option<String>,
    /// Who makes it.
    pub creator: String,
    /// Its own rule.
    pub sharing: Option<Sharing>,
    /// Further properties, by URI.
    pub properties: BTreeMap<String, String>,
}

/// Where a page of a folder begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageStart<'s> {
    /// At the first name.
    #[default]
    First,
    /// After a name.
    After(&'s str),
    /// At a name.
    At(&'s str),
}

impl Files {
    /// The node at a path.
    ///
    /// # Errors
    /// [`FileError::NoNode`], [`FileError::LinkInPath`], [`FileError::BadName`]; a store that
    /// fails.
    pub async fn find(&self, path: &str) -> Result<Placed, FileError> {
        let names = split_path(path)?;
        let mut connection = self.connection().await?;
        let mut row = by_id(&mut connection, ROOT).await?.ok_or_else(|| no_node(path))?;
        let (mut rule, mut above) = (Sharing::default(), Vec::new());
        for (depth, name) in names.iter().enumerate() {
            let here = || join_path(names.get(..depth).unwrap_or_default());
            match row.kind {
                NodeKind::Container => {}
                NodeKind::Link => return Err(FileError::LinkInPath(here())),
                NodeKind::Data => return Err(no_node(path)),
            }
            rule = row.sharing.take().unwrap_or(rule);
            above.push(std::mem::take(&mut row.id));
            let parent = above.last().map(String::as_str).unwrap_or_default();
            row = child(&mut connection, parent, name).await?.ok_or_else(|| no_node(path))?;
        }
        let mut node = row.placed(join_path(&names), &rule);
        node.properties = properties(&mut connection, &node.id).await?;
        Ok(Placed { node, above })
    }

    /// A node by its identifier; none for what is in the trash.
    ///
    /// # Errors
    /// [`FileError::NoNode`]; a store that fails.
    pub async fn get(&self, id: &str) -> Result<Placed, FileError> {
        let mut connection = self.connection().await?;
        place(&mut connection, id).await
    }

    /// A page of a folder, by name.
    ///
    /// # Errors
    /// [`FileError::NotAFolder`]; a store that fails.
    pub async fn list(
        &self,
        folder: &FileNode,
        start: PageStart<'_>,
        limit: usize,
    ) -> Result<FolderPage, FileError> {
        if folder.kind != NodeKind::Container {
            return Err(FileError::NotAFolder(folder.path.clone()));
        }
        let limit = limit.clamp(1, PAGE);
        let (comparison, name) = match start {
            PageStart::First => (">", ""),
            PageStart::After(name) => (">", name),
            PageStart::At(name) => (">=", name),
        };
        let text = format!(
            "SELECT {COLUMNS} FROM file_node n WHERE n.parent = $1 AND n.name {comparison} $2 \
             ORDER BY n.name LIMIT {}",
            limit + 1
        );
        let mut connection = self.connection().await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(&folder.id)
            .bind(name)
            .fetch_all(&mut *connection)
            .await?;
        let mut nodes = Vec::with_capacity(rows.len().min(limit));
        for row in rows.iter().take(limit) {
            let row = Row::read(row)?;
            let path = format!("{}/{}", folder.path, row.name);
            nodes.push(row.placed(path, &folder.effective));
        }
        add_properties(&mut connection, folder, &mut nodes).await?;
        let more = rows.len() > limit;
        let next = nodes.last().filter(|_| more).map(|last| last.name().to_owned());
        Ok(FolderPage { node: folder.clone(), nodes, next })
    }

    /// Makes a container or a link in a folder.
    ///
    /// # Errors
    /// [`FileError::Taken`], [`FileError::NoFolder`], [`FileError::TooDeep`]; a bad name or
    /// property; a store that fails.
    pub async fn make(&self, parent: &str, name: &str, new: &NewNode) -> Result<Placed, FileError> {
        let name = check_name(name)?;
        check_properties(&new.properties)?;
        let mut turn = self.turn().await?;
        let folder = folder(&mut turn, parent).await?;
        vacant(&mut turn, &folder, &name).await?;
        let id = random_id()?;
        let kind = if new.target.is_some() { NodeKind::Link } else { NodeKind::Container };
        insert(&mut turn, &id, &folder, &name, kind, new).await?;
        write_properties(&mut turn, &id, &new.properties).await?;
        let made = place(&mut turn, &id).await?;
        turn.commit().await?;
        Ok(made)
    }

    /// The folder of an owner's files in `/home` or `/groups`, which is made where it is not
    /// there.
    ///
    /// # Errors
    /// [`FileError::Taken`] where the name is another owner's; a store that fails.
    pub async fn home(&self, owner: &str, name: &str) -> Result<Placed, FileError> {
        let parent = if owner.starts_with("group:") { GROUPS } else { HOME };
        let name = check_name(name)?;
        let mut connection = self.connection().await?;
        let mut found = child(&mut connection, parent, &name).await?;
        drop(connection);
        if found.is_none() {
            let mut turn = self.turn().await?;
            found = child(&mut turn, parent, &name).await?;
            if found.is_none() {
                let sharing = Some(Sharing::default());
                let new = NewNode { creator: owner.to_owned(), sharing, ..NewNode::default() };
                let mut above = by_id(&mut turn, parent).await?.ok_or_else(|| no_node(parent))?;
                above.owner = owner.to_owned();
                let above = place_row(&mut turn, above).await?.node;
                insert(&mut turn, &random_id()?, &above, &name, NodeKind::Container, &new).await?;
                found = child(&mut turn, parent, &name).await?;
            }
            turn.commit().await?;
        }
        let row = found.ok_or_else(|| no_node(&name))?;
        if row.owner != owner {
            return Err(FileError::Taken(name));
        }
        self.get(&row.id).await
    }

    /// Changes properties and rule of a node; a property without a value is removed.
    ///
    /// # Errors
    /// [`FileError::NoNode`], [`FileError::Property`]; a store that fails.
    pub async fn describe(
        &self,
        id: &str,
        properties: &BTreeMap<String, Option<String>>,
        content_type: Option<&str>,
        sharing: Option<&Option<Sharing>>,
    ) -> Result<Placed, FileError> {
        let mut turn = self.turn().await?;
        let before = place(&mut turn, id).await?.node;
        let mut after = before.properties.clone();
        for (name, value) in properties {
            match value {
                Some(value) => after.insert(name.clone(), value.clone()),
                None => after.remove(name),
            };
        }
        check_properties(&after)?;
        for name in properties.keys() {
            sqlx::query("DELETE FROM file_property WHERE node = $1 AND name = $2")
                .bind(id)
                .bind(name)
                .execute(&mut *turn)
                .await?;
        }
        let changed = after.into_iter().filter(|(name, _)| properties.contains_key(name)).collect();
        write_properties(&mut turn, id, &changed).await?;
        let sharing = match sharing {
            Some(sharing) => sharing.clone(),
            None => before.sharing,
        };
        let sharing = sharing.as_ref().map(write_sharing).transpose()?;
        sqlx::query(
            "UPDATE file_node SET modified_at = $2, content_type = $3, sharing = $4 WHERE id = $1",
        )
        .bind(id)
        .bind(now())
        .bind(content_type.map(str::to_owned).or(before.content_type))
        .bind(sharing)
        .execute(&mut *turn)
        .await?;
        let changed = place(&mut turn, id).await?;
        turn.commit().await?;
        Ok(changed)
    }

    pub(super) async fn make_roots(&self) -> Result<(), FileError> {
        let time = now();
        for (id, parent, name) in [(ROOT, "", ""), (HOME, ROOT, "home"), (GROUPS, ROOT, "groups")] {
            sqlx::query(
                "INSERT INTO file_node (id, parent, name, kind, owner, creator, bytes, created_at, \
                 modified_at, version, sharing, trashed) \
                 VALUES ($1, $2, $3, 'container', '', '', 0, $4, $4, 1, $5, '') \
                 ON CONFLICT (id) DO NOTHING",
            )
            .bind(id)
            .bind(parent)
            .bind(name)
            .bind(time)
            .bind(write_sharing(&Sharing { public: true, ..Sharing::default() })?)
            .execute(&self.inner.pool)
            .await?;
        }
        Ok(())
    }
}

fn no_node(path: &str) -> FileError {
    FileError::NoNode(path.chars().filter(|c| !c.is_control()).take(300).collect())
}

pub(super) async fn by_id(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<Row>, FileError> {
    let text = format!("SELECT {COLUMNS} FROM file_node n WHERE n.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(text)).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(Row::read).transpose()
}

pub(super) async fn child(
    connection: &mut AnyConnection,
    parent: &str,
    name: &str,
) -> Result<Option<Row>, FileError> {
    let text = format!("SELECT {COLUMNS} FROM file_node n WHERE n.parent = $1 AND n.name = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(parent)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(Row::read).transpose()
}

/// A node with its path and the rule in force, by going up from it.
pub(super) async fn place(connection: &mut AnyConnection, id: &str) -> Result<Placed, FileError> {
    let row = by_id(connection, id).await?.ok_or_else(|| no_node(id))?;
    let mut placed = place_row(connection, row).await?;
    placed.node.properties = properties(connection, id).await?;
    Ok(placed)
}

async fn place_row(connection: &mut AnyConnection, row: Row) -> Result<Placed, FileError> {
    let (mut names, mut above) = (Vec::new(), Vec::new());
    let mut rule: Option<Sharing> = None;
    let mut name = row.name.clone();
    let mut parent = row.parent.clone();
    while !parent.is_empty() {
        if parent == TRASH || above.len() > DEPTH {
            return Err(no_node(&row.name));
        }
        names.push(std::mem::take(&mut name));
        let up = by_id(connection, &parent).await?.ok_or_else(|| no_node(&row.name))?;
        rule = rule.or(up.sharing);
        above.push(up.id);
        (name, parent) = (up.name, up.parent);
    }
    names.reverse();
    above.reverse();
    Ok(Placed { node: row.placed(join_path(&names), &rule.unwrap_or_default()), above })
}

async fn properties(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<BTreeMap<String, String>, FileError> {
    let rows = sqlx::query("SELECT name, value FROM file_property WHERE node = $1")
        .bind(id)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("name")?, row.try_get("value")?))).collect()
}

/// Fills in the properties of neighbouring nodes of a folder.
async fn add_properties(
    connection: &mut AnyConnection,
    folder: &FileNode,
    nodes: &mut [FileNode],
) -> Result<(), FileError> {
    let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return Ok(()) };
    let rows = sqlx::query(
        "SELECT p.node, p.name, p.value FROM file_node n JOIN file_property p ON p.node = n.id \
         WHERE n.parent = $1 AND n.name >= $2 AND n.name <= $3",
    )
    .bind(&folder.id)
    .bind(first.name())
    .bind(last.name())
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in &rows {
        let of = found.entry(row.try_get("node")?).or_default();
        of.insert(row.try_get("name")?, row.try_get("value")?);
    }
    for node in nodes {
        node.properties = found.remove(&node.id).unwrap_or_default();
    }
    Ok(())
}

/// A folder that something can be put into.
pub(super) async fn folder(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<FileNode, FileError> {
    let placed = place(connection, id).await.map_err(|error| match error {
        FileError::NoNode(path) => FileError::NoFolder(path),
        other => other,
    })?;
    let node = placed.node;
    if node.kind != NodeKind::Container {
        return Err(FileError::NotAFolder(node.path));
    }
    // Only the service makes folders of people and groups.
    if node.owner.is_empty() {
        return Err(FileError::Fixed(format!("{}/", node.path)));
    }
    if placed.above.len() + 2 > DEPTH {
        return Err(FileError::TooDeep(DEPTH));
    }
    Ok(node)
}

/// Sees that a name is free in a folder.
pub(super) async fn vacant(
    connection: &mut AnyConnection,
    folder: &FileNode,
    name: &str,
) -> Result<(), FileError> {
    match child(connection, &folder.id, name).await? {
        None => Ok(()),
        Some(_) => Err(FileError::Taken(format!("{}/{name}", folder.path))),
    }
}

async fn insert(
    connection: &mut AnyConnection,
    id: &str,
    folder: &FileNode,
    name: &str,
    kind: NodeKind,
    new: &NewNode,
) -> Result<(), FileError> {
    sqlx::query(
        "INSERT INTO file_node (id, parent, name, kind, owner, creator, bytes, created_at, \
         modified_at, version, target, sharing, trashed) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7, 1, $8, $9, '')",
    )
    .bind(id)
    .bind(&folder.id)
    .bind(name)
    .bind(kind.word())
    .bind(&folder.owner)
    .bind(&new.creator)
    .bind(now())
    .bind(new.target.clone())
    .bind(new.sharing.as_ref().map(write_sharing).transpose()?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) fn check_properties(properties: &BTreeMap<String, String>) -> Result<(), FileError> {
    if properties.len() > PROPERTIES {
        return Err(FileError::Property("200"));
    }
    let fits = |text: &str, limit| !text.contains('\0') && text.len() <= limit;
    let good = |(name, value): (&String, &String)| {
        !name.is_empty() && fits(name, PROPERTY_NAME) && fits(value, PROPERTY_VALUE)
    };
    if properties.iter().all(good) { Ok(()) } else { Err(FileError::Property("300 / 10000 bytes")) }
}

pub(super) async fn write_properties(
    connection: &mut AnyConnection,
    id: &str,
    properties: &BTreeMap<String, String>,
) -> Result<(), FileError> {
    for (name, value) in properties {
        sqlx::query("INSERT INTO file_property (node, name, value) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(name)
            .bind(value)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
