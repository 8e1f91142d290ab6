//! The catalogue query page.

use url::form_urlencoded::Serializer;

use super::codec::{Fields, View, put};
use crate::table::ViewRule;

/// A query with what is done to its result in the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryState {
    /// The query.
    pub adql: String,
    /// Filter, selection and order of the result.
    pub rule: ViewRule,
    /// Column on the plot's horizontal axis; empty for the default choice.
    pub x: String,
    /// Column on the plot's vertical axis; empty for the default choice.
    pub y: String,
    /// Data snapshots to read, `schema.table@snapshot` separated by commas; empty for the newest.
    pub snapshot: String,
    /// The job (UWS) whose result is shown; empty where the query is run for the page alone.
    pub job: String,
    /// Run when the page opens.
    pub run: bool,
}

impl View for QueryState {
    fn read(fields: &mut Fields) -> Self {
        let text = |name| fields.text(name).unwrap_or_default().to_owned();
        let sort = text("sort");
        let sort = match sort.strip_prefix('-') {
            Some(column) => Some((column.to_owned(), true)),
            None if sort.is_empty() => None,
            None => Some((sort, false)),
        };
        QueryState {
            adql: text("adql"),
            rule: ViewRule { filter: text("where"), select: text("select"), sort },
            x: text("x"),
            y: text("y"),
            snapshot: text("snapshot"),
            job: text("job"),
            run: fields.value("run", 0_u8) == 1,
        }
    }

    fn write(&self, out: &mut Serializer<'_, String>) {
        let empty = String::new();
        put(out, "adql", &self.adql, &empty);
        put(out, "where", &self.rule.filter, &empty);
        put(out, "select", &self.rule.select, &empty);
        if let Some((column, descending)) = &self.rule.sort {
            out.append_pair("sort", &format!("{}{column}", if *descending { "-" } else { "" }));
        }
        put(out, "x", &self.x, &empty);
        put(out, "y", &self.y, &empty);
        put(out, "snapshot", &self.snapshot, &empty);
        put(out, "job", &self.job, &empty);
        put(out, "run", &u8::from(self.run), &0);
    }
}
