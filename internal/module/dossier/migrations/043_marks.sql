-- +goose Up
-- Where the dossier counts among the open ones from this line of its history on, on the lines that
-- changed it: open_agency holds it and it is due at open_due (0: the clock does not run); -1 and no
-- agency: it is no longer open. From these lines what was open on any day can be listed and counted again.
ALTER TABLE dossier_entry ADD COLUMN open_agency BYTEA;
ALTER TABLE dossier_entry ADD COLUMN open_due BIGINT;
CREATE INDEX dossier_entry_open ON dossier_entry (open_agency, open_due) WHERE open_agency IS NOT NULL;
-- What was received and finished in a period, an agency at a time.
CREATE INDEX dossier_dossier_received ON dossier_dossier (decision_id, received_at) WHERE received_at > 0;
CREATE INDEX dossier_dossier_finished ON dossier_dossier (decision_id, finished_at) WHERE finished_at > 0;
CREATE INDEX dossier_dossier_returned ON dossier_dossier (decision_id, returned_at) WHERE returned_at > 0;
-- Due instants at which nothing is open any more, until they are swept away.
CREATE INDEX dossier_open_empty ON dossier_open (agency_id, procedure_code, channel, due_at) WHERE n = 0;
-- What is open today is known from today on.
UPDATE dossier_entry SET open_agency = d.holder_id, open_due = d.due_at FROM dossier_dossier d
    WHERE dossier_entry.dossier_id = d.id AND dossier_entry.n = d.entries
    AND d.received_at > 0 AND d.finished_at = 0 AND d.status NOT IN (3, 7, 10);
