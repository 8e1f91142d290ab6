//! Tables of the files, in SQL that SQLite and PostgreSQL both speak.

use tenkyu_store::Room;

/// The tables, step by step.
pub(super) const ROOM: Room = Room { name: "files", steps: &[FIRST] };

const FIRST: &[&str] = &[
    // One row that every change of the tree writes first: changes come one after the other, so
    // that no two of them, each sound, make a circle together.
    "CREATE TABLE file_turn (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)",
    "INSERT INTO file_turn (id, n) VALUES (1, 0)",
    "CREATE TABLE file_account (\
     owner TEXT PRIMARY KEY NOT NULL, used BIGINT NOT NULL, reserved BIGINT NOT NULL, quota BIGINT)",
    "CREATE TABLE file_object (\
     sha256 TEXT PRIMARY KEY NOT NULL, md5 TEXT NOT NULL, bytes BIGINT NOT NULL, \
     refs BIGINT NOT NULL)",
    // `trashed` is the node that was thrown away, for it and all below it; empty for the rest.
    "CREATE TABLE file_node (\
     id TEXT PRIMARY KEY NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, \
     owner TEXT NOT NULL, creator TEXT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT, md5 TEXT, \
     content_type TEXT, created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, \
     version BIGINT NOT NULL, target TEXT, sharing TEXT, trashed TEXT NOT NULL, \
     UNIQUE (parent, name))",
    "CREATE INDEX file_node_owner ON file_node (owner, trashed, name)",
    "CREATE INDEX file_node_object ON file_node (sha256)",
    "CREATE TABLE file_property (\
     node TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (node, name))",
    "CREATE INDEX file_property_value ON file_property (name, value)",
    "CREATE TABLE file_version (\
     node TEXT NOT NULL, version BIGINT NOT NULL, bytes BIGINT NOT NULL, sha256 TEXT NOT NULL, \
     md5 TEXT NOT NULL, content_type TEXT, created_at BIGINT NOT NULL, creator TEXT NOT NULL, \
     PRIMARY KEY (node, version))",
    "CREATE INDEX file_version_object ON file_version (sha256)",
    "CREATE TABLE file_trash (\
     node TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL, parent TEXT NOT NULL, \
     name TEXT NOT NULL, path TEXT NOT NULL, bytes BIGINT NOT NULL, deleted_at BIGINT NOT NULL)",
    "CREATE INDEX file_trash_owner ON file_trash (owner, deleted_at)",
    // `reserved` is what it holds of its owner's quota; `done` the node that it became. `floor` is
    // the byte to go back to when the server ended while bytes with a checksum came.
    "CREATE TABLE file_upload (\
     id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL, \
     creator TEXT NOT NULL, parent TEXT NOT NULL, name TEXT NOT NULL, length BIGINT, \
     reserved BIGINT NOT NULL, floor BIGINT, content_type TEXT, expected TEXT NOT NULL, \
     metadata TEXT NOT NULL, done TEXT, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)",
    "CREATE INDEX file_upload_place ON file_upload (creator, parent, name)",
    "CREATE INDEX file_upload_expiry ON file_upload (expires_at)",
    "CREATE TABLE file_link (\
     hash TEXT PRIMARY KEY NOT NULL, id TEXT NOT NULL, node TEXT NOT NULL, may_write BIGINT NOT NULL, \
     created_at BIGINT NOT NULL, creator TEXT NOT NULL, expires_at BIGINT NOT NULL)",
    "CREATE INDEX file_link_node ON file_link (node)",
    "CREATE TABLE file_transfer (\
     id TEXT PRIMARY KEY NOT NULL, caller TEXT NOT NULL, phase TEXT NOT NULL, \
     document TEXT NOT NULL, error TEXT, created_at BIGINT NOT NULL, started_at BIGINT, \
     ended_at BIGINT, expires_at BIGINT NOT NULL)",
    "CREATE INDEX file_transfer_expiry ON file_transfer (expires_at)",
];
