-- +goose Up

-- What an embedder makes of passages of a conversation, as results may show them: vectors of length 1, four bytes a number,
-- the lowest first. They are derived from words, and go when these go or may be shown less. A row with first_seq -1 says that
-- the conversation was looked through, so that one without words is not looked through for ever.
CREATE TABLE vectors (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  model_digest    TEXT NOT NULL,
  first_seq       INTEGER NOT NULL,
  last_seq        INTEGER NOT NULL,
  vector          BLOB NOT NULL,
  PRIMARY KEY (conversation_id, model_digest, first_seq)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER turns_unembed AFTER UPDATE OF content, quotable ON turns
  WHEN coalesce(old.quotable, old.content) <> coalesce(new.quotable, new.content)
BEGIN
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER turns_unembed_new AFTER INSERT ON turns
  WHEN EXISTS (SELECT 1 FROM vectors WHERE conversation_id = new.conversation_id)
BEGIN
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;
-- +goose StatementEnd
