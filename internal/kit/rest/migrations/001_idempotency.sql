-- +goose Up
-- id is the hash of who asked and the key he chose; status is 0 while the request is being worked on.
CREATE TABLE kit_idempotency (
    id       BYTEA  NOT NULL PRIMARY KEY,
    request  BYTEA  NOT NULL,
    begun    BIGINT NOT NULL,
    status   BIGINT NOT NULL DEFAULT 0,
    header   TEXT   NOT NULL DEFAULT '',
    body     BYTEA
);
CREATE INDEX kit_idempotency_begun ON kit_idempotency (begun);
