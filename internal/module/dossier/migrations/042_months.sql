-- +goose Up
-- Closed months: sums of dossier_day by month, and what was open at the end of the month's last day.
-- They are made once a month is over, month after month without gaps, and through names the last
-- one. An act dated into a closed month takes that month and all later ones back in its own
-- transaction. The two narrow tables are the same sums without procedure, and without agency: the
-- whole history of a province is then some thousand rows and not some hundred thousand.
CREATE TABLE dossier_closing (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    through TEXT NOT NULL                      -- YYYY-MM; empty while no month is closed
);
INSERT INTO dossier_closing (one, through) VALUES (1, '');
CREATE TABLE dossier_month (
    agency_id      BYTEA NOT NULL,
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    month          TEXT NOT NULL CHECK (month LIKE '____-__'),
    submitted      BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    refused        BIGINT NOT NULL,
    withdrawn      BIGINT NOT NULL,
    stopped        BIGINT NOT NULL,
    on_time        BIGINT NOT NULL,
    late           BIGINT NOT NULL,
    returned       BIGINT NOT NULL,
    PRIMARY KEY (agency_id, procedure_code, channel, month)
);
CREATE INDEX dossier_month_month ON dossier_month (month);
-- Holds all columns: reports on some procedures read it alone, in order.
CREATE INDEX dossier_month_code ON dossier_month (procedure_code, month, agency_id, channel,
    submitted, received, refused, withdrawn, stopped, on_time, late, returned);
CREATE TABLE dossier_month_agency (
    agency_id BYTEA NOT NULL,
    channel   INTEGER NOT NULL,
    month     TEXT NOT NULL CHECK (month LIKE '____-__'),
    submitted BIGINT NOT NULL,
    received  BIGINT NOT NULL,
    refused   BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    stopped   BIGINT NOT NULL,
    on_time   BIGINT NOT NULL,
    late      BIGINT NOT NULL,
    returned  BIGINT NOT NULL,
    PRIMARY KEY (month, agency_id, channel)
);
CREATE TABLE dossier_month_procedure (
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    month          TEXT NOT NULL CHECK (month LIKE '____-__'),
    submitted      BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    refused        BIGINT NOT NULL,
    withdrawn      BIGINT NOT NULL,
    stopped        BIGINT NOT NULL,
    on_time        BIGINT NOT NULL,
    late           BIGINT NOT NULL,
    returned       BIGINT NOT NULL,
    PRIMARY KEY (month, procedure_code, channel)
);
CREATE TABLE dossier_balance (
    day            TEXT NOT NULL CHECK (day LIKE '____-__-__'), -- the last day of a month
    agency_id      BYTEA NOT NULL,
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    due_at         BIGINT NOT NULL,
    n              BIGINT NOT NULL CHECK (n <> 0),
    PRIMARY KEY (day, agency_id, procedure_code, channel, due_at)
);
CREATE INDEX dossier_move_day ON dossier_move (day);
