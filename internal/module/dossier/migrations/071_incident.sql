-- +goose Up
-- Where a process stopped because something failed that no person at a task could be told of. The
-- dossier keeps its place; an administrator puts right what is wrong and has it tried again.
CREATE TABLE dossier_incident (
    id                BYTEA PRIMARY KEY,
    dossier_id        BYTEA NOT NULL REFERENCES dossier_dossier (id) DEFERRABLE INITIALLY DEFERRED,
    token             INTEGER NOT NULL,   -- the engine's token; of a wait that failed, the token that waits
    kind              TEXT NOT NULL CHECK (kind IN ('step', 'wait', 'delivery')),
    node              TEXT NOT NULL,
    name              TEXT NOT NULL,      -- the element's, as it was drawn
    key               TEXT NOT NULL,      -- what kind of failure: the key of its sentence in the catalogue
    args              JSONB NOT NULL,     -- the values that sentence names
    skippable         INTEGER NOT NULL,   -- 1: the work may be done by hand and the step passed over
    delivery          TEXT NOT NULL,      -- of kind delivery: its key
    procedure_code    TEXT NOT NULL,
    procedure_version BYTEA NOT NULL,
    agency_id         BYTEA NOT NULL,     -- the deciding agency
    at                BIGINT NOT NULL,
    closed_at         BIGINT NOT NULL,    -- 0 while it is open
    closed            TEXT NOT NULL,      -- retried, skipped, gone
    closed_by         TEXT NOT NULL,
    note              TEXT NOT NULL
);
CREATE INDEX dossier_incident_open ON dossier_incident (procedure_code, at) WHERE closed_at = 0;
CREATE INDEX dossier_incident_dossier ON dossier_incident (dossier_id, token);
