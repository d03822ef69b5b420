-- +goose Up
-- The register of an office (sổ theo dõi hồ sơ) in its order. Only received dossiers are in it.
CREATE INDEX dossier_dossier_register ON dossier_dossier (reception_id, received_at, id) WHERE received_at > 0;
