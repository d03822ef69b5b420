-- +goose Up
-- What a dossier's process waits for beside people, as far as something has to be done about it: a
-- timer, a service that is called, a condition that time alone can make true; signals, because a
-- signal has to find who listens. The engine's state says the same; a row is written and removed in
-- the transaction of the step that begins and ends the waiting.
CREATE TABLE dossier_wait (
    dossier_id BYTEA NOT NULL REFERENCES dossier_dossier (id) DEFERRABLE INITIALLY DEFERRED,
    token      INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('timer', 'service', 'condition', 'signal')),
    node       TEXT NOT NULL,
    name       TEXT NOT NULL,          -- of the service or signal
    agency_id  BYTEA NOT NULL,         -- the deciding agency, whose dossiers hear its signals
    due_at     BIGINT NOT NULL,        -- when something is to be done; 0: not by itself
    since      BIGINT NOT NULL,        -- from when work is counted
    work       INTEGER NOT NULL,       -- office minutes still to go from since; 0: counted by the clock on the wall
    runs       INTEGER NOT NULL,       -- 1: counts on while the dossier's clock stands
    tries      INTEGER NOT NULL,
    trouble    TEXT NOT NULL,          -- why the last try failed
    data       JSONB NOT NULL,         -- variables of the instance that calls
    PRIMARY KEY (dossier_id, token)
);
CREATE INDEX dossier_wait_due ON dossier_wait (due_at) WHERE due_at > 0;
CREATE INDEX dossier_wait_signal ON dossier_wait (agency_id, name) WHERE kind = 'signal';

-- Messages and signals on their way to a dossier. The key says which they are, so that one that is
-- sent twice is delivered once. A message nobody waits for yet is kept until somebody does.
CREATE TABLE dossier_delivery (
    dossier_id BYTEA NOT NULL,
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('message', 'signal')),
    name       TEXT NOT NULL,
    vars       JSONB NOT NULL,
    at         BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,        -- when it is to be delivered; 0: nobody waits for it, or it is done
    done_at    BIGINT NOT NULL,        -- when it was delivered, 0 before
    tries      INTEGER NOT NULL,
    PRIMARY KEY (dossier_id, key)
);
CREATE INDEX dossier_delivery_due ON dossier_delivery (due_at) WHERE due_at > 0;
CREATE INDEX dossier_delivery_kept ON dossier_delivery (at);

-- Dossiers that hear each other's messages, each pair in both directions.
CREATE TABLE dossier_link (
    dossier_id BYTEA NOT NULL,
    other_id   BYTEA NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (dossier_id, other_id)
);
