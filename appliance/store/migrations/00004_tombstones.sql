-- +goose Up

-- What was deleted for good: its kind and id, no content. A backup that is brought back later must not bring it back too.
-- Triggers write it, so that no way to delete can forget it. What goes with its session has no row of its own.
CREATE TABLE tombstones (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT NOT NULL,
  object TEXT NOT NULL,
  at     INTEGER, -- NULL until it is written into the journal beside the database
  UNIQUE (kind, object)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER sessions_tombstone BEFORE DELETE ON sessions BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('session', old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER conversations_tombstone BEFORE DELETE ON conversations
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('conversation', old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER participants_tombstone BEFORE DELETE ON participants
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('participant', old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER projects_tombstone BEFORE DELETE ON projects BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('project', old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER accounts_tombstone BEFORE DELETE ON accounts BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account', old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER api_keys_tombstone BEFORE DELETE ON api_keys BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('key', old.id);
END;
-- +goose StatementEnd
