//! Tables of this room. Times are seconds since 1970, UTC; secrets are kept as digests alone.

use tenkyu_store::Room;

pub(crate) const ROOM: Room = Room {
    name: "accounts",
    steps: &[&[
        "CREATE TABLE person (\
         id TEXT PRIMARY KEY NOT NULL, user_name TEXT NOT NULL UNIQUE, display TEXT NOT NULL, \
         email TEXT NOT NULL, affiliation TEXT NOT NULL, sponsor TEXT NOT NULL, \
         purpose TEXT NOT NULL, state TEXT NOT NULL, operator BIGINT NOT NULL, \
         password TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, \
         signed_in_at BIGINT)",
        "CREATE INDEX person_state ON person (state, user_name)",
        "CREATE TABLE session (\
         id TEXT PRIMARY KEY NOT NULL, person TEXT NOT NULL REFERENCES person (id), \
         created_at BIGINT NOT NULL, used_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, \
         address TEXT NOT NULL, agent TEXT NOT NULL)",
        "CREATE INDEX session_person ON session (person)",
        "CREATE TABLE device (\
         id TEXT PRIMARY KEY NOT NULL, person TEXT NOT NULL REFERENCES person (id), \
         expires_at BIGINT NOT NULL)",
        "CREATE TABLE access_token (\
         id TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL UNIQUE, \
         person TEXT NOT NULL REFERENCES person (id), name TEXT NOT NULL, scopes TEXT NOT NULL, \
         created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT, \
         revoked_at BIGINT)",
        "CREATE INDEX access_token_person ON access_token (person)",
        "CREATE TABLE one_time_link (\
         digest TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, \
         created_by TEXT NOT NULL, expires_at BIGINT NOT NULL, uses_left BIGINT NOT NULL)",
        "CREATE TABLE team (\
         id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, skeleton TEXT NOT NULL UNIQUE, \
         description TEXT NOT NULL, created_at BIGINT NOT NULL)",
        "CREATE TABLE team_member (\
         team TEXT NOT NULL REFERENCES team (id), person TEXT NOT NULL REFERENCES person (id), \
         role TEXT NOT NULL, joined_at BIGINT NOT NULL, PRIMARY KEY (team, person))",
        "CREATE INDEX team_member_person ON team_member (person)",
        "CREATE TABLE audit (\
         id TEXT PRIMARY KEY NOT NULL, at BIGINT NOT NULL, person TEXT NOT NULL, \
         via TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, \
         detail TEXT NOT NULL)",
        "CREATE INDEX audit_at ON audit (at)",
        "CREATE INDEX audit_person ON audit (person, at)",
    ]],
};
