-- +goose Up

-- What is kept for models of the first turns of a long conversation: each fact stands over words of the participant.
CREATE TABLE facts (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL, -- of the turn
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte      INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte        INTEGER NOT NULL CHECK (end_byte > start_byte),
  text            TEXT NOT NULL, -- what a model made of these words; empty for the words themselves
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  PRIMARY KEY (conversation_id, seq, start_byte)
) STRICT, WITHOUT ROWID;

CREATE INDEX facts_turn ON facts (turn_id);

-- How many turns at the beginning of a conversation are kept as facts.
ALTER TABLE conversations ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;
