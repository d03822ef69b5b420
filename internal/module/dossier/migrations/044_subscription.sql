-- +goose Up
-- Reports that officials have sent to them. choice is what the report is about, in the words of the
-- page's address; sent is the last day of the last period a mail was asked for.
CREATE TABLE dossier_subscription (
    id         BYTEA PRIMARY KEY,
    version    BIGINT NOT NULL,
    account_id BYTEA NOT NULL,
    name       TEXT NOT NULL,
    every      TEXT NOT NULL CHECK (every IN ('day', 'week', 'month')),
    choice     JSONB NOT NULL,
    lang       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    paused_at  BIGINT NOT NULL,               -- 0 while it runs
    sent       TEXT NOT NULL CHECK (sent LIKE '____-__-__')
);
CREATE INDEX dossier_subscription_account ON dossier_subscription (account_id, created_at);
CREATE INDEX dossier_subscription_due ON dossier_subscription (every, sent) WHERE paused_at = 0;
