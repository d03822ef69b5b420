-- +goose Up
CREATE TABLE iam_account (
    id          BYTEA PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('staff', 'citizen')),
    login       TEXT UNIQUE,
    phone       TEXT,
    email       TEXT,
    name        TEXT NOT NULL,
    name_fold   TEXT NOT NULL,
    sort_key    TEXT NOT NULL,
    person_id   BYTEA UNIQUE,
    password    TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    assurance   BIGINT NOT NULL CHECK (assurance BETWEEN 0 AND 3),
    status      TEXT NOT NULL CHECK (status IN ('active', 'locked')),
    created     BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
-- A number or an address opens one citizen's account; officials may share the office's.
CREATE UNIQUE INDEX iam_account_phone ON iam_account (phone) WHERE kind = 'citizen';
CREATE UNIQUE INDEX iam_account_email ON iam_account (email) WHERE kind = 'citizen';
CREATE INDEX iam_account_sort ON iam_account (kind, sort_key, id);

CREATE TABLE iam_session (
    token   BYTEA PRIMARY KEY,
    id      BYTEA NOT NULL UNIQUE,
    account BYTEA NOT NULL REFERENCES iam_account (id),
    method  TEXT NOT NULL,
    bearer  BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ua      TEXT NOT NULL,
    ip      TEXT NOT NULL,
    revoked BIGINT NOT NULL
);
CREATE INDEX iam_session_account ON iam_session (account, expires);
CREATE INDEX iam_session_expires ON iam_session (expires);

CREATE TABLE iam_code (
    id      BYTEA PRIMARY KEY,
    target  BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    code    BYTEA NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    tries   BIGINT NOT NULL,
    used    BIGINT NOT NULL
);
CREATE INDEX iam_code_target ON iam_code (target, purpose, created);
CREATE INDEX iam_code_expires ON iam_code (expires);

-- Counters that all replicas share. Keys are keyed hashes of numbers, addresses and logins.
CREATE TABLE iam_limit (
    key    TEXT NOT NULL,
    win    BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (key, win)
);
CREATE INDEX iam_limit_until ON iam_limit (until);

CREATE TABLE iam_guard (
    key    TEXT PRIMARY KEY,
    failed BIGINT NOT NULL,
    until  BIGINT NOT NULL,
    last   BIGINT NOT NULL
);

CREATE TABLE iam_identity (
    id          BYTEA PRIMARY KEY,
    account     BYTEA NOT NULL REFERENCES iam_account (id),
    doc_kind    TEXT NOT NULL,
    doc_number  TEXT NOT NULL,
    name        TEXT NOT NULL,
    birth_date  TEXT CHECK (birth_date LIKE '____-__-__'),
    how         TEXT NOT NULL CHECK (how IN ('self', 'card', 'provider')),
    verified_by BYTEA,
    verified_at BIGINT NOT NULL,
    ended       BIGINT NOT NULL
);
CREATE INDEX iam_identity_account ON iam_identity (account);
-- What is only declared by its owner clashes with nothing.
CREATE UNIQUE INDEX iam_identity_doc ON iam_identity (doc_kind, doc_number) WHERE ended = 0 AND how <> 'self';

CREATE TABLE iam_token (
    id      BYTEA PRIMARY KEY,
    hash    BYTEA NOT NULL UNIQUE,
    account BYTEA NOT NULL REFERENCES iam_account (id),
    name    TEXT NOT NULL,
    scopes  JSONB NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    revoked BIGINT NOT NULL
);
CREATE INDEX iam_token_account ON iam_token (account);

CREATE TABLE iam_setup (
    hash    BYTEA PRIMARY KEY,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE iam_ledger (
    id         BYTEA PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   BYTEA,
    agency     BYTEA,
    action     TEXT NOT NULL,
    object     TEXT NOT NULL,
    object_id  BYTEA,
    hash       BYTEA NOT NULL,
    seq        BIGINT UNIQUE
);
CREATE INDEX iam_ledger_pending ON iam_ledger (at, id) WHERE seq IS NULL;
CREATE INDEX iam_ledger_at ON iam_ledger (at, id);
CREATE INDEX iam_ledger_object ON iam_ledger (object_id) WHERE object_id IS NOT NULL;

-- The newest tree head and the lease of the sequencer that may move it, in one row: whoever
-- writes this row holds both.
CREATE TABLE iam_ledger_state (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    chain  BYTEA NOT NULL,
    root   BYTEA NOT NULL,
    at     BIGINT NOT NULL,
    key    BYTEA NOT NULL,
    sig    BYTEA NOT NULL
);

CREATE TABLE iam_ledger_node (
    i    BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL
);

CREATE TABLE iam_ledger_head (
    size  BIGINT PRIMARY KEY,
    chain BYTEA NOT NULL,
    root  BYTEA NOT NULL,
    at    BIGINT NOT NULL,
    key   BYTEA NOT NULL,
    sig   BYTEA NOT NULL
);
