-- +goose Up
-- Moving the running dossiers of one version of a procedure to another: the order, and what became
-- of each dossier. Each is moved in a transaction of its own, so the order goes on where it stood.
CREATE TABLE dossier_changeover (
    id             BYTEA PRIMARY KEY,
    version        BIGINT NOT NULL,
    procedure_code TEXT NOT NULL,
    from_version   BYTEA NOT NULL,
    to_version     BYTEA NOT NULL,
    from_number    INTEGER NOT NULL,
    to_number      INTEGER NOT NULL,
    mapping        JSONB NOT NULL,       -- by element of the old process the one that takes its place
    decision       TEXT NOT NULL,        -- the decision it rests on, in the administrator's words
    actor          JSONB NOT NULL,       -- in whose name the dossiers are moved
    state          TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped')),
    total          INTEGER NOT NULL,
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT NOT NULL
);
CREATE INDEX dossier_changeover_procedure ON dossier_changeover (procedure_code, created_at);
CREATE UNIQUE INDEX dossier_changeover_running ON dossier_changeover (from_version) WHERE state = 'running';

CREATE TABLE dossier_changeover_item (
    changeover_id BYTEA NOT NULL REFERENCES dossier_changeover (id),
    dossier_id    BYTEA NOT NULL REFERENCES dossier_dossier (id),
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'refused', 'ended', 'undone')),
    reasons       JSONB NOT NULL,        -- why it was refused
    before        JSONB NOT NULL,        -- what taking it back restores
    after_version BIGINT NOT NULL,       -- the dossier's version after it was moved; 0 before
    at            BIGINT NOT NULL,
    PRIMARY KEY (changeover_id, dossier_id)
);
CREATE INDEX dossier_changeover_item_state ON dossier_changeover_item (changeover_id, state, dossier_id);
CREATE INDEX dossier_changeover_item_dossier ON dossier_changeover_item (dossier_id);

-- Which dossiers run by a version. Those handed over, not taken and withdrawn are not in it.
CREATE INDEX dossier_dossier_version ON dossier_dossier (procedure_version, id) WHERE status NOT IN (3, 7, 10);
