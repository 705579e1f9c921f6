"""The journal's tables. A change to them is one more script at the end of `MIGRATIONS`, never an edit of an old one."""

__all__ = ["APPLICATION", "BATCHES", "CALLED_BACK", "HERE", "MIGRATIONS", "SUBMITTED_SINCE"]

APPLICATION = 0x4E57534C  # "NWSL", which identifies a journal among SQLite files

_FIRST = """
CREATE TABLE issues (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    digest TEXT NOT NULL,          -- of what is sent
    frozen TEXT NOT NULL,          -- when its audience was
    schedule_id TEXT NOT NULL DEFAULT '',  -- of its undo window
    schedule_at INTEGER NOT NULL DEFAULT 0,
    cancelled TEXT NOT NULL DEFAULT ''
);

CREATE TABLE recipients (
    issue INTEGER NOT NULL REFERENCES issues (key),
    position INTEGER NOT NULL,     -- its line in the recipients file
    email TEXT COLLATE NOCASE,     -- NULL once forgotten
    fields TEXT,                   -- JSON, the merge fields that the message has; NULL once forgotten
    state TEXT CHECK (state IN ('failed', 'skipped')),  -- NULL: as its batch
    PRIMARY KEY (issue, position)
) WITHOUT ROWID;

CREATE UNIQUE INDEX recipients_once ON recipients (issue, email);

CREATE TABLE batches (
    issue INTEGER NOT NULL REFERENCES issues (key),
    number INTEGER NOT NULL,       -- from 1
    first INTEGER NOT NULL,        -- the positions of its recipients, both included
    last INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'submitting', 'submitted', 'failed', 'uncertain')),
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issue, number)
) WITHOUT ROWID;

CREATE TABLE attempts (
    issue INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    number INTEGER NOT NULL,       -- from 1
    began TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,           -- what the batch became by it; failed, too, where it was refused for some by name
    answer TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (issue, batch, number),
    FOREIGN KEY (issue, batch) REFERENCES batches (issue, number)
) WITHOUT ROWID;
"""

_SECOND = """
-- generation grows with each run, see sent_marker
ALTER TABLE issues ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;

CREATE TABLE suppression_files (
    path TEXT PRIMARY KEY,
    people INTEGER NOT NULL        -- how many were in it when it was last seen with somebody in it
) WITHOUT ROWID;

CREATE TABLE claims (
    issue TEXT PRIMARY KEY,        -- its id: it is claimed before its audience is frozen
    tokens TEXT NOT NULL,          -- those that say that a claim is this journal's, the latest last
    closed INTEGER NOT NULL DEFAULT 0  -- 1: it says that nothing is left to do
) WITHOUT ROWID;
"""

_THIRD = """
-- conditions: those by which its audience was chosen, as JSON
ALTER TABLE issues ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';
"""

MIGRATIONS = (_FIRST, _SECOND, _THIRD)

HERE = "issue = ? AND position BETWEEN ? AND ? AND state IS NULL"
"""The recipients of one batch with its state."""

CALLED_BACK = "(schedule_at > 0 AND cancelled != '' AND strftime('%s', cancelled) + 600 <= schedule_at)"
"""An issue that was cancelled ten minutes or more before its time, when a provider certainly drops it."""

BATCHES = """
SELECT b.number, b.state, (
        SELECT count(*) FROM recipients r
        WHERE r.issue = b.issue AND r.position BETWEEN b.first AND b.last AND r.state IS NULL
    ), b.attempts, a.began, a.answer
FROM batches b LEFT JOIN attempts a ON a.issue = b.issue AND a.batch = b.number AND a.number = b.attempts
WHERE b.issue = ? ORDER BY b.number
"""
"""An issue's batches, each with the number of recipients in its state and the last answer."""

SUBMITTED_SINCE = """
SELECT count(*)
FROM attempts a
JOIN batches b ON b.issue = a.issue AND b.number = a.batch AND b.attempts = a.number
JOIN recipients r ON r.issue = b.issue AND r.position BETWEEN b.first AND b.last AND r.state IS NULL
WHERE b.state = 'submitting' OR (b.state IN ('submitted', 'uncertain') AND max(a.began, a.ended) >= ?)
"""
"""How many recipients of all issues were, or may have been, submitted since a time."""
