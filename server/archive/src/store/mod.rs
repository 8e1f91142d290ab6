//! Where the archive keeps things: rows in a database, bytes in an object store.

mod events;
mod ids;
mod objects;

pub(crate) use events::{Entry, append};
pub(crate) use ids::{artifact_id, hex, observation_id, plane_id};
pub(crate) use objects::{ObjectCheck, Objects};
use tenkyu_store::Room;

/// The tables of this room.
pub(crate) const TABLES: Room =
    Room { name: "archive", steps: &[&[include_str!("../../migrations/0001_archive.sql")]] };
