-- Schema of one shard's database. Its version is PRAGMA user_version (DSY_STORE_SCHEMA_VERSION in dsy/store.h).
--
-- What decides the speed is how many pages a commit touches. Rows of unfinished invocations leave the table when they
-- end, numbers rise, and each index holds only the few rows that are asked for by it: a sleeping invocation is in
-- invocation_due, a running one in invocation_active, one that waits for a call in neither.

-- One row: what the store knows of itself.
CREATE TABLE shard (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    identity    BLOB    NOT NULL,           -- 16 random octets
    shard       INTEGER NOT NULL,
    shard_count INTEGER NOT NULL,
    next_number INTEGER NOT NULL,           -- of the shard's counter; numbers below are or were in use
    unfinished  INTEGER NOT NULL,           -- rows in invocation
    is_closed   INTEGER NOT NULL            -- 0 while a process owns it, and after it died
);

CREATE TABLE invocation (
    number    INTEGER PRIMARY KEY,
    secret    INTEGER NOT NULL,             -- the random half of the id
    due_ns    INTEGER,                      -- when a timer moves it
    is_active INTEGER,                      -- 1: needs something when the node starts; 2: is quarantined until the next
                                            -- open, 3: until it is retried by hand; else NULL
    broken    TEXT,                         -- why it is quarantined
    body      BLOB    NOT NULL              -- core/invocation.c, cell.c, instance.c, schedule.c
);
CREATE INDEX invocation_due    ON invocation (due_ns)    WHERE due_ns    IS NOT NULL;
CREATE INDEX invocation_active ON invocation (is_active) WHERE is_active IS NOT NULL;

-- Finished invocations that someone outside may ask for.
CREATE TABLE result (
    number       INTEGER PRIMARY KEY,
    secret       INTEGER NOT NULL,
    completed_ns INTEGER NOT NULL,
    key          BLOB,                      -- in idempotency; goes when the result goes
    outcome      BLOB    NOT NULL
);

CREATE TABLE idempotency (
    key    BLOB    PRIMARY KEY,
    number INTEGER NOT NULL,
    secret INTEGER NOT NULL
) WITHOUT ROWID;

-- Local messages that a full batch left for the next one; and what this program cannot deliver, for the next start.
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    body   BLOB    NOT NULL                 -- core/message.c
);

-- Lines of the log that are not in its file for certain yet.
CREATE TABLE line (
    number INTEGER PRIMARY KEY,
    body   BLOB    NOT NULL                 -- UTF-8
);

-- Messages to other shards, until they are acknowledged. The last one of each receiver stays, to keep the count.
CREATE TABLE outbox (
    receiver INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    body     BLOB    NOT NULL,              -- core/message.c
    PRIMARY KEY (receiver, number)
) WITHOUT ROWID;

-- How far each sender's messages have been taken in.
CREATE TABLE inbox (
    sender BLOB    PRIMARY KEY,             -- identity of the sender's store
    number INTEGER NOT NULL
) WITHOUT ROWID;
