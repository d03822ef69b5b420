-- +goose Up
-- As 036_words.sql; without a row id the key is the table, which halves what a dossier writes.
CREATE TABLE dossier_word (
    agency_id  BYTEA NOT NULL,
    word       TEXT NOT NULL,
    dossier_id BYTEA NOT NULL,
    PRIMARY KEY (agency_id, word, dossier_id)
) WITHOUT ROWID;
CREATE TABLE dossier_unindexed (
    dossier_id BYTEA PRIMARY KEY
);
INSERT INTO dossier_unindexed (dossier_id) SELECT id FROM dossier_dossier;
