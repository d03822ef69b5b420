-- +goose Up
-- Requests that wait for a leader, in the order in which they are paged.
CREATE INDEX dossier_supplement_waiting ON dossier_supplement (asked_at, id) WHERE state = 'proposed';
