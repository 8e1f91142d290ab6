//! Search by name and by property.

use super::row::Placed;
use super::tree::place;
use super::{FileError, Files};
use sqlx::Row as _;

/// What is looked for. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A part of the name, in any case.
    pub name: Option<String>,
    /// A property by URI, and its value where one is wanted.
    pub property: Option<(String, Option<String>)>,
}

/// Nodes that a search looks at beyond those that it gives.
const LOOKED_AT: usize = 2000;

impl Files {
    /// Nodes at or below `root` whose owner is that of `root`, by name, at most `limit`.
    ///
    /// # Errors
    /// A store that fails.
    pub async fn search(
        &self,
        root: &Placed,
        wanted: &Wanted,
        limit: usize,
    ) -> Result<Vec<Placed>, FileError> {
        let mut text = String::from("SELECT n.id FROM file_node n");
        let mut binds = vec![root.node.owner.clone()];
        if let Some((name, value)) = &wanted.property {
            text.push_str(" JOIN file_property p ON p.node = n.id AND p.name = $2");
            binds.push(name.clone());
            if let Some(value) = value {
                text.push_str(" AND p.value = $3");
                binds.push(value.clone());
            }
        }
        text.push_str(" WHERE n.owner = $1 AND n.trashed = ''");
        if let Some(name) = &wanted.name {
            binds.push(pattern(name));
            let number = binds.len();
            text.push_str(&format!(" AND LOWER(n.name) LIKE ${number} ESCAPE '!'"));
        }
        text.push_str(&format!(" ORDER BY n.name LIMIT {LOOKED_AT}"));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        for bind in binds {
            query = query.bind(bind);
        }
        let mut connection = self.connection().await?;
        let rows = query.fetch_all(&mut *connection).await?;
        let mut found = Vec::new();
        for row in rows {
            if found.len() >= limit {
                break;
            }
            match place(&mut connection, &row.try_get::<String, _>("id")?).await {
                Ok(placed) if placed.is_within(&root.node.id) => found.push(placed),
                // Elsewhere, or thrown away meanwhile.
                Ok(_) | Err(FileError::NoNode(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// A pattern of LIKE for a part of a name.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
