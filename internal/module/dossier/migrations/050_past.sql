-- +goose Up
-- How far the writing of past dossiers has come: a batch moves its run's row in its own transaction,
-- so that a run which was cut off goes on where it stopped.
CREATE TABLE dossier_past (
    name     TEXT PRIMARY KEY,
    seed     BIGINT NOT NULL,
    total    BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    next_day TEXT NOT NULL CHECK (next_day LIKE '____-__-__')
);
