-- +goose Up

-- Programs on the local network that are told when something has happened. The secret signs what they are told; it is shown
-- once and kept as it is, since it is needed again for each message.
CREATE TABLE webhooks (
  id         TEXT NOT NULL PRIMARY KEY,
  url        TEXT NOT NULL,
  events     TEXT NOT NULL CHECK (json_valid(events)),
  secret     TEXT NOT NULL,
  enabled    INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What they are told, one row for each webhook and event, written in the transaction that makes the event true; and what came
-- of it. Ids only: no content, and nothing of what was answered but the status.
CREATE TABLE deliveries (
  id              TEXT NOT NULL PRIMARY KEY,
  webhook_id      TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  event           TEXT NOT NULL,
  session_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  at              INTEGER NOT NULL,           -- of the event
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_at         INTEGER NOT NULL,           -- of the next attempt, while it waits
  status          INTEGER NOT NULL DEFAULT 0, -- of HTTP; 0: no answer
  problem         TEXT NOT NULL DEFAULT '',   -- why the last attempt failed, a word
  tried_at        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_waiting ON deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, at);

-- A webhook that was deleted does not come back with a backup.
-- +goose StatementBegin
CREATE TRIGGER webhooks_tombstone BEFORE DELETE ON webhooks
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('webhook', old.id);
END;
-- +goose StatementEnd
