-- +goose Up
-- An agency's working time; what it leaves out it inherits from its superior.
CREATE TABLE org_calendar (
    unit_id BYTEA PRIMARY KEY REFERENCES org_unit (id),
    version BIGINT NOT NULL,
    config  JSONB NOT NULL,
    source  TEXT NOT NULL,
    status  TEXT NOT NULL
);
