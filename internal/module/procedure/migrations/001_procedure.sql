-- +goose Up

-- A procedure by its national code. current_version is the published version new dossiers get.
CREATE TABLE procedure_entry (
    id              BYTEA PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE,
    current_version BYTEA,
    last_number     BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

-- Published and retired rows never change but for their state: running dossiers keep them.
CREATE TABLE procedure_version (
    id             BYTEA PRIMARY KEY,
    procedure_id   BYTEA NOT NULL REFERENCES procedure_entry (id),
    number         BIGINT NOT NULL CHECK (number > 0),
    state          TEXT NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    effective_from TEXT NOT NULL CHECK (effective_from LIKE '____-__-__'),
    record         JSONB NOT NULL,
    form_key       TEXT NOT NULL,
    schema         JSONB,
    layout         JSONB,
    process_key    TEXT NOT NULL,
    bpmn           TEXT NOT NULL,
    content        TEXT NOT NULL, -- sha-256 of record, form and process: equal content is not imported twice
    note           TEXT NOT NULL,
    revision       BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    created_by     BYTEA,
    published_at   BIGINT NOT NULL DEFAULT 0,
    published_by   BYTEA,
    retired_at     BIGINT NOT NULL DEFAULT 0,
    UNIQUE (procedure_id, number)
);
CREATE UNIQUE INDEX procedure_version_published ON procedure_version (procedure_id) WHERE state = 'published';
CREATE UNIQUE INDEX procedure_version_draft ON procedure_version (procedure_id) WHERE state = 'draft';

-- Forms and processes by key, from which versions take their copies.
CREATE TABLE procedure_asset (
    kind       TEXT NOT NULL CHECK (kind IN ('form', 'process')),
    key        TEXT NOT NULL,
    title      TEXT NOT NULL,
    schema     JSONB,
    layout     JSONB,
    bpmn       TEXT NOT NULL,
    content      TEXT NOT NULL,
    pack_content TEXT NOT NULL, -- what the province pack last brought; an administrator's change stays until the pack itself changes
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Who receives a procedure, dated. A row with unit_id speaks about one agency and goes before a
-- row with kind, which speaks about all agencies of that kind. origin tells what the published
-- record said from what an administrator switched.
CREATE TABLE procedure_offer (
    id           BYTEA PRIMARY KEY,
    procedure_id BYTEA NOT NULL REFERENCES procedure_entry (id),
    kind         TEXT NOT NULL,
    unit_id      BYTEA,
    enabled      BOOLEAN NOT NULL,
    origin       TEXT NOT NULL CHECK (origin IN ('record', 'switch')),
    valid_from   TEXT NOT NULL CHECK (valid_from LIKE '____-__-__'),
    valid_to     TEXT CHECK (valid_to IS NULL OR (valid_to LIKE '____-__-__' AND valid_to > valid_from)),
    CHECK ((kind = '') <> (unit_id IS NULL))
);
CREATE INDEX procedure_offer_procedure ON procedure_offer (procedure_id);

-- One row: counted up with every change that readers' snapshots have to see.
CREATE TABLE procedure_state (
    one     BIGINT PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO procedure_state (one, version) VALUES (1, 1);
