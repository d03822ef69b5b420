-- +goose Up
-- Worklists in their order: tasks whose clock stands come last. The expression and its number are
-- spelt as in the query (workOrder in search.go); another spelling would not use this index.
CREATE INDEX dossier_task_order ON dossier_task
    (agency_id, (CASE WHEN dossier_due = 0 THEN 4611686018427387904 ELSE dossier_due END), id) WHERE state = 'open';
