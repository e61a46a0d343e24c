-- +goose Up

-- After how many days things are deleted by themselves (appliance.Retention); NULL sets nothing. That of the box is a setting.
ALTER TABLE projects ADD COLUMN keep_days INTEGER CHECK (keep_days > 0);
ALTER TABLE sessions ADD COLUMN keep_days INTEGER CHECK (keep_days > 0);

-- 1: it is being deleted, and nobody sees it any more.
ALTER TABLE sessions ADD COLUMN erasing INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sessions_erasing ON sessions (id) WHERE erasing = 1;

-- Legal holds: what they are on is not deleted by anybody, not by retention and not by its participant.
CREATE TABLE holds (
  id        TEXT NOT NULL PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('box', 'project', 'session', 'conversation')),
  object    TEXT NOT NULL, -- '' for the box
  reason    TEXT NOT NULL,
  placed_by TEXT NOT NULL,
  placed_at INTEGER NOT NULL,
  until     INTEGER,       -- NULL: until somebody lifts it
  lifted_by TEXT,
  lifted_at INTEGER
) STRICT;
CREATE INDEX holds_object ON holds (object) WHERE lifted_at IS NULL;

-- Conversations that their participants have taken back while a hold was on them.
CREATE TABLE withdrawals (
  conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  asked_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was deleted, without content. They stay.
CREATE TABLE receipts (
  id         TEXT NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL,
  actor      TEXT NOT NULL,
  objects    TEXT NOT NULL CHECK (json_valid(objects)), -- what was named: kinds and ids
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  hash       BLOB,    -- over the ids of all rows, see erasures.go; NULL until it is counted
  began_at   INTEGER NOT NULL,
  deleted_at INTEGER, -- the rows are gone
  wiped_at   INTEGER  -- no file of the box holds them any more
) STRICT;
CREATE INDEX receipts_began ON receipts (began_at);
CREATE INDEX receipts_open ON receipts (id) WHERE wiped_at IS NULL;

-- A hold on what is gone has nothing to hold; its reason may tell of it.
-- +goose StatementBegin
CREATE TRIGGER projects_holds AFTER DELETE ON projects BEGIN
  DELETE FROM holds WHERE object = old.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sessions_holds AFTER DELETE ON sessions BEGIN
  DELETE FROM holds WHERE object = old.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER conversations_holds AFTER DELETE ON conversations BEGIN
  DELETE FROM holds WHERE object = old.id;
END;
-- +goose StatementEnd
