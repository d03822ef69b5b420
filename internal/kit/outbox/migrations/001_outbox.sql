-- +goose Up
-- due is 0 until the event is first published; then it is the instant (microseconds UTC) after
-- which it is published again if a consumer's receipt is still missing.
CREATE TABLE kit_outbox (
    id       BYTEA  NOT NULL PRIMARY KEY,
    subject  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    payload  TEXT   NOT NULL,
    only_for TEXT   NOT NULL DEFAULT '',
    due      BIGINT NOT NULL DEFAULT 0,
    tries    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX kit_outbox_due ON kit_outbox (due, id);

CREATE TABLE kit_consumer (
    name     TEXT   NOT NULL PRIMARY KEY,
    subjects TEXT   NOT NULL,
    seen     BIGINT NOT NULL
);

CREATE TABLE kit_inbox (
    event_id BYTEA  NOT NULL,
    consumer TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (event_id, consumer)
);
CREATE INDEX kit_inbox_at ON kit_inbox (at);

CREATE TABLE kit_dead (
    consumer TEXT   NOT NULL,
    event_id BYTEA  NOT NULL,
    subject  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    payload  TEXT   NOT NULL,
    tries    BIGINT NOT NULL,
    error    TEXT   NOT NULL,
    died     BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE kit_lease (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    until  BIGINT NOT NULL
);
