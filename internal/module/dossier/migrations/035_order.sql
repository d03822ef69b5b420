-- +goose Up
-- What a worklist can be sorted by beside its dates lies in the task itself, so that sorting an
-- agency's open tasks reads no dossier but those of the page shown. Names are kept folded (kit/text).
-- Rows of before are filled by Service.Reindex, which knows them by their empty d_step.
ALTER TABLE dossier_task ADD COLUMN d_code TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_task ADD COLUMN d_procedure TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_task ADD COLUMN d_applicant TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_task ADD COLUMN d_step TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_task ADD COLUMN d_channel INTEGER NOT NULL DEFAULT 0;
-- What a unit passed on and nobody has accepted yet. Tasks of dossiers that citizens file online
-- come from no unit and cost this index nothing.
CREATE INDEX dossier_task_passed ON dossier_task (from_unit, created_at, id)
    WHERE state = 'open' AND accepted_at = 0 AND from_unit IS NOT NULL;
