-- +goose Up
-- Heads are looked for by their day, and each new one asks for the last.
CREATE INDEX iam_ledger_head_at ON iam_ledger_head (at);
