-- +goose Up
-- Validity is half-open: a row holds from valid_from up to, and not on, valid_to.
CREATE TABLE org_state (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO org_state (one, version) VALUES (1, 1);

CREATE TABLE org_unit (
    id      BYTEA PRIMARY KEY,
    key     TEXT NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    created BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE org_unit_span (
    unit_id    BYTEA NOT NULL REFERENCES org_unit (id),
    valid_from TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to   TEXT CHECK (valid_to LIKE '____-__-__' AND valid_to > valid_from),
    name       TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    short      TEXT NOT NULL,
    parent_id  BYTEA REFERENCES org_unit (id),
    area       TEXT NOT NULL,
    tag        TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    source     TEXT NOT NULL,
    status     TEXT NOT NULL,
    PRIMARY KEY (unit_id, valid_from)
);
CREATE INDEX org_unit_span_parent ON org_unit_span (parent_id);

CREATE TABLE org_alias (
    unit_id    BYTEA NOT NULL REFERENCES org_unit (id),
    scheme     TEXT NOT NULL,
    code       TEXT NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to   TEXT CHECK (valid_to LIKE '____-__-__' AND valid_to > valid_from),
    assigned   BOOLEAN NOT NULL,
    source     TEXT NOT NULL,
    status     TEXT NOT NULL,
    PRIMARY KEY (scheme, code, valid_from)
);
CREATE INDEX org_alias_unit ON org_alias (unit_id);
-- Two units can never hold one open code, whatever the code above this table does.
CREATE UNIQUE INDEX org_alias_open ON org_alias (scheme, code) WHERE valid_to IS NULL;

CREATE TABLE org_area (
    code       TEXT NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to   TEXT CHECK (valid_to LIKE '____-__-__' AND valid_to > valid_from),
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    name_fold  TEXT NOT NULL,
    parent     TEXT NOT NULL,
    source     TEXT NOT NULL,
    status     TEXT NOT NULL,
    PRIMARY KEY (code, valid_from)
);

CREATE TABLE org_position (
    id         BYTEA PRIMARY KEY,
    key        TEXT UNIQUE,
    unit_id    BYTEA NOT NULL REFERENCES org_unit (id),
    title      TEXT NOT NULL,
    roles      JSONB NOT NULL,
    valid_from TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to   TEXT CHECK (valid_to LIKE '____-__-__' AND valid_to > valid_from),
    version    BIGINT NOT NULL
);
CREATE INDEX org_position_unit ON org_position (unit_id);

CREATE TABLE org_person (
    id        BYTEA PRIMARY KEY,
    name      TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    sort_key  TEXT NOT NULL,
    created   BIGINT NOT NULL,
    version   BIGINT NOT NULL
);
CREATE INDEX org_person_sort ON org_person (sort_key, id);

CREATE TABLE org_holding (
    person_id   BYTEA NOT NULL REFERENCES org_person (id),
    position_id BYTEA NOT NULL REFERENCES org_position (id),
    valid_from  TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to    TEXT CHECK (valid_to LIKE '____-__-__' AND valid_to > valid_from),
    PRIMARY KEY (person_id, position_id, valid_from)
);
CREATE INDEX org_holding_position ON org_holding (position_id);
