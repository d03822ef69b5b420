-- +goose Up
-- The few counters that are near their end, read once a second by every replica.
CREATE INDEX iam_limit_hot ON iam_limit (until) WHERE n >= 16;
