-- +goose Up

-- Sound that was erased while its text stays does not come back with a backup.
-- +goose StatementBegin
CREATE TRIGGER recordings_erased AFTER UPDATE OF erased_at ON recordings
  WHEN new.erased_at IS NOT NULL AND old.erased_at IS NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('sound', new.conversation_id);
END;
-- +goose StatementEnd

-- Nor does a mark that was deleted alone.
-- +goose StatementBegin
CREATE TRIGGER marks_tombstone BEFORE DELETE ON marks
  WHEN EXISTS (SELECT 1 FROM conversations WHERE id = old.conversation_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('mark', old.id);
END;
-- +goose StatementEnd

-- Recordings without a transcript count among no conversations.
CREATE INDEX conversations_unheard ON conversations (session_id) WHERE source = 'recording' AND next_seq = 0;
