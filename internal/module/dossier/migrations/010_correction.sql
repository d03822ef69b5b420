-- +goose Up
-- The form as the applicant has corrected it so far, in answer to request n for supplements; it
-- becomes the dossier's form when the answer is sent.
CREATE TABLE dossier_correction (
    dossier_id BYTEA NOT NULL REFERENCES dossier_dossier (id),
    n          INTEGER NOT NULL,
    version    BIGINT NOT NULL,
    data       JSONB NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (dossier_id, n)
);
