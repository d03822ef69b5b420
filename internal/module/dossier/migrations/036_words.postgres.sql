-- +goose Up
-- The words of applicants' names, folded, under each agency that takes part: whoever searches by
-- name reads the agencies he may see and nothing else.
CREATE TABLE dossier_word (
    agency_id  BYTEA NOT NULL,
    word       TEXT NOT NULL,
    dossier_id BYTEA NOT NULL,
    PRIMARY KEY (agency_id, word, dossier_id)
);
-- Dossiers whose words are still to be written; Service.Reindex empties it, and a search looks
-- through what it holds.
CREATE TABLE dossier_unindexed (
    dossier_id BYTEA PRIMARY KEY
);
INSERT INTO dossier_unindexed (dossier_id) SELECT id FROM dossier_dossier;
