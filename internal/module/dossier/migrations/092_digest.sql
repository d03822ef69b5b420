-- +goose Up
-- The days on which an official's digest of deadlines was asked for, so that a job that runs again sends
-- none twice. Old rows go with the nightly sweep of their job.
CREATE TABLE dossier_digest (
    account_id BYTEA NOT NULL,
    day        TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    PRIMARY KEY (account_id, day)
);
