-- +goose Up
-- How an official likes the pages, on every device. An account without a row has never said.
CREATE TABLE iam_preference (
    account BYTEA PRIMARY KEY REFERENCES iam_account (id),
    version BIGINT NOT NULL,
    density TEXT NOT NULL CHECK (density IN ('', 'comfortable')),
    no_keys INTEGER NOT NULL CHECK (no_keys IN (0, 1)),
    changed BIGINT NOT NULL
);
