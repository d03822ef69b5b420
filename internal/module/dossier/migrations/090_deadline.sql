-- +goose Up
-- When somebody has to look at an open task because of its time: 1 is at once, which every task begins
-- with and goes back to when a date of its changes; 0 is never.
ALTER TABLE dossier_task ADD COLUMN watch_at BIGINT NOT NULL DEFAULT 1;
CREATE INDEX dossier_task_watch ON dossier_task (watch_at, id) WHERE state = 'open' AND watch_at > 0;

-- What was told about a task's time: kind is step_warn, dossier_warn, step_late or dossier_late, minutes
-- the office time before or after due_at at which it was to be told. A date that moved is told anew.
CREATE TABLE dossier_alert (
    task_id BYTEA NOT NULL,
    kind    TEXT NOT NULL CHECK (kind IN ('step_warn', 'dossier_warn', 'step_late', 'dossier_late')),
    minutes INTEGER NOT NULL,
    due_at  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (task_id, kind, minutes, due_at)
);

-- Who had a step, or a dossier, when it became overdue. What a reorganisation or a hand-over does later
-- changes nothing here. ended_at is 0 while it is overdue; minutes is then the office time since due_at
-- when it ended.
CREATE TABLE dossier_overdue (
    dossier_id     BYTEA NOT NULL REFERENCES dossier_dossier (id),
    item_id        BYTEA NOT NULL,             -- the task, or the dossier itself
    kind           TEXT NOT NULL CHECK (kind IN ('step', 'dossier')),
    due_at         BIGINT NOT NULL,
    day            TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    procedure_code TEXT NOT NULL,
    node           TEXT NOT NULL,
    step           TEXT NOT NULL,
    agency_id      BYTEA NOT NULL,
    unit_id        BYTEA,
    officer_id     BYTEA,
    officer        TEXT NOT NULL,
    ended_at       BIGINT NOT NULL,
    minutes        BIGINT NOT NULL,
    PRIMARY KEY (dossier_id, item_id, due_at)
);
CREATE INDEX dossier_overdue_agency ON dossier_overdue (agency_id, day);
CREATE INDEX dossier_overdue_day ON dossier_overdue (day);
CREATE INDEX dossier_overdue_open ON dossier_overdue (dossier_id) WHERE ended_at = 0;

-- Whom to tell of deadlines, and when: for an agency and those below it, for a procedure, or for a
-- procedure at an agency.
CREATE TABLE dossier_watch (
    place          TEXT PRIMARY KEY,           -- agency and procedure as one word
    version        BIGINT NOT NULL,
    agency_id      BYTEA,                      -- with those below it
    procedure_code TEXT NOT NULL,              -- empty: every procedure
    choice         JSONB NOT NULL,
    changed_at     BIGINT NOT NULL,
    changed_by     TEXT NOT NULL
);
