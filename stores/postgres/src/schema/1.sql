CREATE TABLE schema_version (version int NOT NULL);
INSERT INTO schema_version VALUES (0);

-- One row: the ledger's name, its birth, and the server that it was last written to. What was worthless by
-- `forgotten` may have been dropped.
CREATE TABLE ledger (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id bytea NOT NULL CHECK (octet_length(id) = 32),
    birth bigint NOT NULL,
    system bigint NOT NULL,
    timeline bigint NOT NULL,
    forgotten bigint NOT NULL DEFAULT 0
);

-- For each kind, 48 hours less than the latest time at which one of it was charged.
CREATE TABLE floor (kind smallint PRIMARY KEY, floor bigint NOT NULL) WITH (fillfactor = 50);

-- Accounts. `day` is 0 for lasting ones, else one more than the day (since 1970) in which they become worthless.
-- `limit_` is the limit of the last charge, `before` when the last claim that is forgotten was granted: a time in
-- eight bytes. `claims` are the last 16 that were granted.
CREATE TABLE account (
    day int NOT NULL,
    hash bytea NOT NULL,
    kind smallint NOT NULL,
    used bigint NOT NULL,
    limit_ bigint NOT NULL,
    before bytea,
    claims bytea NOT NULL,
    PRIMARY KEY (day, hash)
) PARTITION BY RANGE (day);
CREATE TABLE account_0 PARTITION OF account FOR VALUES FROM (0) TO (1) WITH (fillfactor = 80);

CREATE TABLE record (
    kind smallint NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    version bigint NOT NULL,
    until bigint,
    PRIMARY KEY (kind, key)
);
CREATE INDEX record_until ON record (until) WHERE until IS NOT NULL;
CREATE SEQUENCE record_version;
