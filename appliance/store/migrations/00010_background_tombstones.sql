-- +goose Up

-- Background that was deleted, a file or a text of the organisation, does not come back with a backup either.
-- +goose StatementBegin
CREATE TRIGGER background_tombstone BEFORE DELETE ON background
  WHEN old.session_id IS NULL OR NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('background', old.id);
END;
-- +goose StatementEnd
