-- +goose Up
-- Dossiers that are received and not finished, an agency at a time: whose dates follow its calendar.
CREATE INDEX dossier_dossier_running ON dossier_dossier (decision_id, id) WHERE received_at > 0 AND finished_at = 0;
