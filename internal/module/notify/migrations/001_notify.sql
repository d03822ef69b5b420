-- +goose Up

-- Texts changed by administrators. The newest version counts; one that is not custom says that
-- the text which comes with the program holds again.
CREATE TABLE notify_template (
    key        TEXT NOT NULL,
    lang       TEXT NOT NULL CHECK (lang IN ('vi', 'en')),
    channel    TEXT NOT NULL CHECK (channel IN ('account', 'email', 'sms')),
    version    BIGINT NOT NULL CHECK (version > 0),
    custom     BOOLEAN NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by BYTEA,
    PRIMARY KEY (key, lang, channel, version)
);

-- One message to one person by one channel. secret holds a one-time code until it is sent; the
-- stored body names it only as {code}.
CREATE TABLE notify_message (
    id           BYTEA PRIMARY KEY,
    account_id   BYTEA,
    channel      TEXT NOT NULL CHECK (channel IN ('account', 'email', 'sms')),
    target       TEXT NOT NULL,
    template     TEXT NOT NULL,
    version      BIGINT NOT NULL,
    lang         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    body         TEXT NOT NULL,
    secret       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'maybe_repeated')),
    repeated     BOOLEAN NOT NULL,
    attempts     BIGINT NOT NULL,
    error        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    next_at      BIGINT NOT NULL, -- queued: when it is due; sending: when the lease ends
    give_up_at   BIGINT NOT NULL,
    sent_at      BIGINT NOT NULL,
    read_at      BIGINT NOT NULL,
    dossier_id   BYTEA,
    dossier_code TEXT NOT NULL,
    event_id     BYTEA
);
CREATE UNIQUE INDEX notify_message_event ON notify_message (event_id, channel) WHERE event_id IS NOT NULL;
CREATE INDEX notify_message_inbox ON notify_message (account_id, id) WHERE channel = 'account';
CREATE INDEX notify_message_unread ON notify_message (account_id) WHERE channel = 'account' AND read_at = 0;
CREATE INDEX notify_message_work ON notify_message (next_at) WHERE state IN ('queued', 'sending');
CREATE INDEX notify_message_state ON notify_message (state, id);
CREATE INDEX notify_message_channel ON notify_message (channel, id);
CREATE INDEX notify_message_dossier ON notify_message (dossier_id, id) WHERE dossier_id IS NOT NULL;
CREATE INDEX notify_message_target ON notify_message (target, id) WHERE target <> '';
