-- Observation -> Plane -> Artifact -> Part -> Chunk, after CAOM 2.4, with the event log beside it.
--
-- One set of statements for SQLite and PostgreSQL: TEXT, BIGINT and DOUBLE PRECISION only, times as
-- ISO 8601 UTC text or MJD, truth as 0 or 1, identifiers made by the archive itself.

CREATE TABLE IF NOT EXISTS observation (
    id            TEXT NOT NULL PRIMARY KEY,
    collection    TEXT NOT NULL,
    obs_id        TEXT NOT NULL,
    target_name   TEXT,
    facility      TEXT,
    instrument    TEXT,
    proposal_id   TEXT,
    meta_release  TEXT NOT NULL,
    fields        TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    UNIQUE (collection, obs_id)
);
CREATE INDEX IF NOT EXISTS observation_obs_id ON observation (obs_id);
CREATE INDEX IF NOT EXISTS observation_target ON observation (target_name);

CREATE TABLE IF NOT EXISTS plane (
    id             TEXT NOT NULL PRIMARY KEY,
    observation_id TEXT NOT NULL REFERENCES observation (id),
    product_id     TEXT NOT NULL,
    -- 0 when every artifact of the plane has been superseded
    is_current     BIGINT NOT NULL,
    product_type   TEXT,
    product_subtype TEXT,
    calib_level    BIGINT NOT NULL,
    o_ucd          TEXT,
    target_name    TEXT,
    facility       TEXT,
    instrument     TEXT,
    proposal_id    TEXT,
    bandpass       TEXT,
    energy_band    TEXT,
    s_ra           DOUBLE PRECISION,
    s_dec          DOUBLE PRECISION,
    s_fov          DOUBLE PRECISION,
    s_region       TEXT,
    s_resolution   DOUBLE PRECISION,
    s_pixel_scale  DOUBLE PRECISION,
    s_xel1         BIGINT,
    s_xel2         BIGINT,
    t_min          DOUBLE PRECISION,
    t_max          DOUBLE PRECISION,
    t_exptime      DOUBLE PRECISION,
    t_resolution   DOUBLE PRECISION,
    t_xel          BIGINT,
    em_min         DOUBLE PRECISION,
    em_max         DOUBLE PRECISION,
    em_res_power   DOUBLE PRECISION,
    em_xel         BIGINT,
    em_ucd         TEXT,
    pol_states     TEXT,
    pol_xel        BIGINT,
    data_release   TEXT NOT NULL,
    creation_date  TEXT,
    last_modified  TEXT NOT NULL,
    UNIQUE (observation_id, product_id)
);

CREATE TABLE IF NOT EXISTS artifact (
    id            TEXT NOT NULL PRIMARY KEY,
    plane_id      TEXT NOT NULL REFERENCES plane (id),
    sha256        TEXT NOT NULL UNIQUE,
    bytes         BIGINT NOT NULL,
    filename      TEXT NOT NULL,
    content_type  TEXT NOT NULL,
    product_type  TEXT NOT NULL,
    -- what the dictionary and the data said, with keywords and the version of the rules
    record        TEXT NOT NULL,
    rules         TEXT NOT NULL,
    ingested      TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS artifact_plane ON artifact (plane_id);

-- Which artifact a file on disk is now. An artifact without a source has been superseded.
CREATE TABLE IF NOT EXISTS source (
    path        TEXT NOT NULL PRIMARY KEY,
    artifact_id TEXT NOT NULL REFERENCES artifact (id),
    since       TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS source_artifact ON source (artifact_id);

CREATE TABLE IF NOT EXISTS part (
    artifact_id TEXT NOT NULL REFERENCES artifact (id),
    hdu         BIGINT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    shape       TEXT NOT NULL,
    PRIMARY KEY (artifact_id, hdu)
);

CREATE TABLE IF NOT EXISTS chunk (
    artifact_id TEXT NOT NULL REFERENCES artifact (id),
    hdu         BIGINT NOT NULL,
    s_region    TEXT,
    em_min      DOUBLE PRECISION,
    em_max      DOUBLE PRECISION,
    PRIMARY KEY (artifact_id, hdu)
);

CREATE TABLE IF NOT EXISTS header (
    artifact_id TEXT NOT NULL REFERENCES artifact (id),
    hdu         BIGINT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (artifact_id, hdu)
);

CREATE TABLE IF NOT EXISTS derived (
    artifact_id  TEXT NOT NULL REFERENCES artifact (id),
    kind         TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    bytes        BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    PRIMARY KEY (artifact_id, kind)
);

-- Append-only: no statement of the archive updates or deletes a row of it.
CREATE TABLE IF NOT EXISTS event (
    id       TEXT NOT NULL PRIMARY KEY,
    time     TEXT NOT NULL,
    agent    TEXT NOT NULL,
    activity TEXT NOT NULL,
    entity   TEXT NOT NULL,
    detail   TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_entity ON event (entity, id);

-- How far an ingest came with each file, so that one that was killed says where it goes on.
CREATE TABLE IF NOT EXISTS ingest_stage (
    path   TEXT NOT NULL PRIMARY KEY,
    stage  TEXT NOT NULL,
    time   TEXT NOT NULL,
    detail TEXT NOT NULL
);
