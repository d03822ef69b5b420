-- +goose Up

-- What the library ever held under a process' key. Rows never change: a procedure's version names
-- the one whose content it carries. The library's entry is the newest of them.
CREATE TABLE procedure_process_version (
    process_key  TEXT NOT NULL,
    number       BIGINT NOT NULL CHECK (number > 0),
    title        TEXT NOT NULL,
    bpmn         TEXT NOT NULL,
    content      TEXT NOT NULL, -- as procedure_asset.content
    origin       TEXT NOT NULL CHECK (origin IN ('pack', 'editor', 'other')),
    reason       TEXT NOT NULL,
    edited_by    BYTEA,
    proposed_by  BYTEA,
    approved_by  BYTEA,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (process_key, number)
);

INSERT INTO procedure_process_version (process_key, number, title, bpmn, content, origin, reason, published_at)
SELECT a.key, 1, a.title, a.bpmn, a.content, CASE WHEN a.pack_content = a.content THEN 'pack' ELSE 'other' END, '', a.updated_at
FROM procedure_asset a WHERE a.kind = 'process';

-- At most one draft of a process: several people draw on the same one and are told of each other.
CREATE TABLE procedure_process_draft (
    process_key TEXT PRIMARY KEY,
    base        BIGINT NOT NULL, -- the version it began from, 0 for a new process
    title       TEXT NOT NULL,
    bpmn        TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  BYTEA,
    edited_at   BIGINT NOT NULL,
    edited_by   BYTEA,
    proposed_at BIGINT NOT NULL, -- 0: not proposed; every change takes the proposal back
    proposed_by BYTEA,
    reason      TEXT NOT NULL,
    returned    TEXT NOT NULL -- why it was given back, until it is proposed again
);
