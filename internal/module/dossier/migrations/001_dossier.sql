-- +goose Up
-- A draft becomes the dossier of the same id when it is submitted; its files already carry that id.
CREATE TABLE dossier_draft (
    id                BYTEA PRIMARY KEY,
    version           BIGINT NOT NULL,
    account_id        BYTEA NOT NULL,          -- the citizen, or the official who files at a counter
    channel           INTEGER NOT NULL CHECK (channel IN (1, 2, 3)),
    procedure_version BYTEA NOT NULL,
    procedure_code    TEXT NOT NULL,
    agency_id         BYTEA NOT NULL,          -- the deciding agency that was chosen
    page              TEXT NOT NULL,
    data              JSONB NOT NULL,
    extra             JSONB NOT NULL,          -- consent, delivery, copies and whatever the filing page asks
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL
);
CREATE INDEX dossier_draft_account ON dossier_draft (account_id, updated_at);

-- The last number of an agency's day. It is taken in the transaction that stores the dossier, so
-- numbers have no gaps.
CREATE TABLE dossier_counter (
    agency_id BYTEA NOT NULL,
    day       TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    n         BIGINT NOT NULL,
    PRIMARY KEY (agency_id, day)
);

CREATE TABLE dossier_dossier (
    id                BYTEA PRIMARY KEY,
    code              TEXT NOT NULL UNIQUE,
    version           BIGINT NOT NULL,
    status            INTEGER NOT NULL CHECK (status BETWEEN 1 AND 10),
    procedure_version BYTEA NOT NULL,
    procedure_code    TEXT NOT NULL,
    procedure_name    TEXT NOT NULL,
    field_code        TEXT NOT NULL,
    channel           INTEGER NOT NULL CHECK (channel IN (1, 2, 3)),
    regime            TEXT NOT NULL,           -- the rule set in force when it was received
    assisted_id       BYTEA,                   -- place of assistance
    reception_id      BYTEA NOT NULL,          -- place of official reception
    decision_id       BYTEA NOT NULL,          -- competent deciding agency
    holder_id         BYTEA NOT NULL,          -- the agency that holds it now
    account_id        BYTEA,                   -- the citizen's account, once it is known to be theirs
    applicant         JSONB NOT NULL,
    applicant_name    TEXT NOT NULL,
    applicant_fold    TEXT NOT NULL,
    applicant_doc     TEXT NOT NULL,
    applicant_phone   TEXT NOT NULL,
    form              JSONB NOT NULL,
    extra             JSONB NOT NULL,
    process           JSONB NOT NULL,          -- the engine's state
    clock             JSONB NOT NULL,          -- the time ledger; due_at follows from it
    term              JSONB NOT NULL,
    day               TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    submitted_at      BIGINT NOT NULL,
    received_at       BIGINT NOT NULL,
    due_at            BIGINT NOT NULL,         -- 0 while the clock does not run
    finished_at       BIGINT NOT NULL,
    returned_at       BIGINT NOT NULL,
    late              BOOLEAN NOT NULL,
    fee               BIGINT NOT NULL CHECK (fee >= 0),
    fee_text          TEXT NOT NULL,
    fee_paid          BIGINT NOT NULL,
    delivery          TEXT NOT NULL,
    secret_gen        INTEGER NOT NULL,        -- raised when a new look-up secret is printed
    entries           INTEGER NOT NULL         -- number of history entries
);
CREATE INDEX dossier_dossier_account ON dossier_dossier (account_id, submitted_at);
CREATE INDEX dossier_dossier_doc ON dossier_dossier (applicant_doc);
CREATE INDEX dossier_dossier_phone ON dossier_dossier (applicant_phone);
CREATE INDEX dossier_dossier_name ON dossier_dossier (applicant_fold);
CREATE INDEX dossier_dossier_stats ON dossier_dossier (decision_id, procedure_code, channel, day);

-- Which agencies take part; who may see a dossier follows from it, for one record and for lists.
CREATE TABLE dossier_party (
    agency_id  BYTEA NOT NULL,
    dossier_id BYTEA NOT NULL REFERENCES dossier_dossier (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (agency_id, dossier_id)
);
CREATE INDEX dossier_party_dossier ON dossier_party (dossier_id);

CREATE TABLE dossier_task (
    id          BYTEA PRIMARY KEY,
    dossier_id  BYTEA NOT NULL REFERENCES dossier_dossier (id) DEFERRABLE INITIALLY DEFERRED,
    token       INTEGER NOT NULL,
    node        TEXT NOT NULL,
    name        TEXT NOT NULL,
    action      TEXT NOT NULL,
    role        TEXT NOT NULL,
    agency_id   BYTEA,                         -- NULL: the applicant's own task
    unit_id     BYTEA,
    state       TEXT NOT NULL CHECK (state IN ('open', 'done', 'cancelled', 'taken_back')),
    assignee_id BYTEA,
    assignee    TEXT NOT NULL,
    from_unit   BYTEA,                         -- the unit whose act opened it
    created_at  BIGINT NOT NULL,
    created_by  BYTEA,
    accepted_at BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,               -- the step's own budget
    dossier_due BIGINT NOT NULL,               -- the dossier's, for sorting worklists
    done_at     BIGINT NOT NULL,
    done_by     BYTEA,
    outcome     TEXT NOT NULL,
    note        TEXT NOT NULL,
    undo        JSONB NOT NULL                 -- what taking back restores; {} where it is not possible
);
CREATE INDEX dossier_task_work ON dossier_task (agency_id, role, dossier_due, id) WHERE state = 'open';
CREATE INDEX dossier_task_dossier ON dossier_task (dossier_id);

CREATE TABLE dossier_entry (
    dossier_id BYTEA NOT NULL REFERENCES dossier_dossier (id) DEFERRABLE INITIALLY DEFERRED,
    n          INTEGER NOT NULL,
    at         BIGINT NOT NULL,
    act        TEXT NOT NULL,
    status     INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   BYTEA,
    actor_name TEXT NOT NULL,
    agency_id  BYTEA,
    node       TEXT NOT NULL,
    note       TEXT NOT NULL,
    data       JSONB NOT NULL,
    PRIMARY KEY (dossier_id, n)
);

CREATE TABLE dossier_file (
    id         BYTEA PRIMARY KEY,
    dossier_id BYTEA NOT NULL,                 -- the draft's id, which the dossier keeps
    kind       TEXT NOT NULL CHECK (kind IN ('paper', 'supplement', 'result', 'internal')),
    component  TEXT NOT NULL,
    name       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    sum        TEXT NOT NULL,                  -- sha-256, empty while the upload runs
    media      TEXT NOT NULL,
    at         BIGINT NOT NULL,
    by_id      BYTEA,
    verdict    TEXT NOT NULL,                  -- '', 'ok', 'defect'
    remark     TEXT NOT NULL
);
CREATE INDEX dossier_file_dossier ON dossier_file (dossier_id);
CREATE INDEX dossier_file_sum ON dossier_file (sum);

CREATE TABLE dossier_supplement (
    id          BYTEA PRIMARY KEY,
    dossier_id  BYTEA NOT NULL REFERENCES dossier_dossier (id),
    n           INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'sent', 'answered', 'rejected')),
    task_id     BYTEA NOT NULL,
    agency_id   BYTEA NOT NULL,
    items       JSONB NOT NULL,
    reason      TEXT NOT NULL,
    asked_by    BYTEA NOT NULL,
    asked_name  TEXT NOT NULL,
    asked_at    BIGINT NOT NULL,
    approved_by BYTEA,
    approved_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    answer      TEXT NOT NULL,
    UNIQUE (dossier_id, n)
);
CREATE INDEX dossier_supplement_proposed ON dossier_supplement (agency_id, asked_at) WHERE state = 'proposed';

CREATE TABLE dossier_payment (
    id            BYTEA PRIMARY KEY,
    dossier_id    BYTEA NOT NULL REFERENCES dossier_dossier (id),
    agency_id     BYTEA NOT NULL,
    receipt_no    TEXT NOT NULL,
    amount        BIGINT NOT NULL CHECK (amount > 0),
    method        TEXT NOT NULL CHECK (method IN ('cash', 'transfer')),
    payer         TEXT NOT NULL,
    cashier_id    BYTEA NOT NULL,
    cashier       TEXT NOT NULL,
    at            BIGINT NOT NULL,
    day           TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    cancelled_at  BIGINT NOT NULL,
    cancelled_by  TEXT NOT NULL,
    cancel_reason TEXT NOT NULL,
    UNIQUE (agency_id, receipt_no)
);
CREATE INDEX dossier_payment_day ON dossier_payment (agency_id, day);
CREATE INDEX dossier_payment_dossier ON dossier_payment (dossier_id);

CREATE TABLE dossier_handover (
    id           BYTEA PRIMARY KEY,
    agency_id    BYTEA NOT NULL,
    from_unit    BYTEA NOT NULL,
    to_unit      BYTEA NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('sent', 'confirmed')),
    created_by   BYTEA NOT NULL,
    created_name TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    taken_by     BYTEA,
    taken_name   TEXT NOT NULL,
    taken_at     BIGINT NOT NULL
);
CREATE INDEX dossier_handover_to ON dossier_handover (to_unit, state, created_at);
CREATE INDEX dossier_handover_from ON dossier_handover (from_unit, created_at);
CREATE TABLE dossier_handover_item (
    handover_id BYTEA NOT NULL REFERENCES dossier_handover (id),
    task_id     BYTEA NOT NULL,
    dossier_id  BYTEA NOT NULL,
    taken       BOOLEAN NOT NULL,
    note        TEXT NOT NULL,
    PRIMARY KEY (handover_id, task_id)
);

CREATE TABLE dossier_rating (
    dossier_id BYTEA PRIMARY KEY REFERENCES dossier_dossier (id),
    score      INTEGER NOT NULL CHECK (score BETWEEN 1 AND 4),
    remark     TEXT NOT NULL,
    at         BIGINT NOT NULL
);

-- Figures, at the finest grain only; everything above is a sum. Rows are written last in the
-- act's transaction, in key order.
CREATE TABLE dossier_day (
    agency_id      BYTEA NOT NULL,
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    day            TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    submitted      BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    refused        BIGINT NOT NULL,
    withdrawn      BIGINT NOT NULL,
    stopped        BIGINT NOT NULL,
    on_time        BIGINT NOT NULL,
    late           BIGINT NOT NULL,
    returned       BIGINT NOT NULL,
    PRIMARY KEY (agency_id, procedure_code, channel, day)
);
CREATE INDEX dossier_day_day ON dossier_day (day);

-- Open dossiers by the instant they are due, with the day of each change: what was open or
-- overdue on any day is a sum over day <= D, what is overdue now the sum over everything due
-- before now. due_at 0 is "the clock does not run".
CREATE TABLE dossier_open (
    agency_id      BYTEA NOT NULL,
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    due_at         BIGINT NOT NULL,
    n              BIGINT NOT NULL,
    PRIMARY KEY (agency_id, procedure_code, channel, due_at)
);
CREATE INDEX dossier_open_due ON dossier_open (due_at);
CREATE TABLE dossier_move (
    agency_id      BYTEA NOT NULL,
    procedure_code TEXT NOT NULL,
    channel        INTEGER NOT NULL,
    day            TEXT NOT NULL CHECK (day LIKE '____-__-__'),
    due_at         BIGINT NOT NULL,
    n              BIGINT NOT NULL,
    PRIMARY KEY (agency_id, procedure_code, channel, day, due_at)
);
