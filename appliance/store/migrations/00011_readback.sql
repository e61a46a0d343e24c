-- +goose Up

-- The names of uses sort from the narrowest to the widest (count, paraphrase, quote): the least of several is min().
ALTER TABLE sessions ADD COLUMN default_use TEXT NOT NULL DEFAULT 'quote' CHECK (default_use IN ('count', 'paraphrase', 'quote'));
ALTER TABLE conversations ADD COLUMN use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote'));
ALTER TABLE conversations ADD COLUMN uses_changed INTEGER NOT NULL DEFAULT 0; -- how often a participant has changed a use
ALTER TABLE conversations ADD COLUMN rating INTEGER CHECK (rating BETWEEN 1 AND 4);

-- What was read back, and what its participant has decided about it.
CREATE TABLE points (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  shown_in        TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE, -- the read-back
  position        INTEGER NOT NULL,
  topic_id        TEXT NOT NULL,
  topic           TEXT NOT NULL,
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE, -- whose words it stands over
  start_byte      INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte        INTEGER NOT NULL CHECK (end_byte > start_byte),
  state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'edited', 'dropped', 'withdrawn')),
  use             TEXT CHECK (use IN ('count', 'paraphrase', 'quote')), -- NULL is that of the conversation
  edit_turn_id    TEXT REFERENCES turns (id) ON DELETE SET NULL         -- the later wording
) STRICT;
CREATE INDEX points_conversation ON points (conversation_id, position);
CREATE INDEX points_shown_in ON points (shown_in);
CREATE INDEX points_turn ON points (turn_id);
CREATE INDEX points_edit ON points (edit_turn_id) WHERE edit_turn_id IS NOT NULL;

INSERT INTO points (id, conversation_id, shown_in, position, topic_id, topic, turn_id, start_byte, end_byte)
  SELECT 'pnt_' || lower(hex(randomblob(8))), t.conversation_id, t.id, p.key, p.value ->> '$.topic_id', p.value ->> '$.topic',
    p.value ->> '$.quote.turn_id', p.value ->> '$.quote.start', p.value ->> '$.quote.end'
  FROM turns AS t, json_each(t.points) AS p
  WHERE t.points IS NOT NULL AND EXISTS (SELECT 1 FROM turns AS said WHERE said.id = p.value ->> '$.quote.turn_id');
ALTER TABLE turns DROP COLUMN points;

-- A turn as it may be seen, where that is less than all of it; NULL is its content. Of the same length: what may not be
-- seen is masked. See uses.go.
ALTER TABLE turns ADD COLUMN counted TEXT;  -- of which claims are drawn
ALTER TABLE turns ADD COLUMN readable TEXT; -- by those who may read the conversation
ALTER TABLE turns ADD COLUMN quotable TEXT; -- in results, search and exports

ALTER TABLE quotes ADD COLUMN use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote'));
ALTER TABLE claims ADD COLUMN use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')); -- the least of its quotes
ALTER TABLE claims ADD COLUMN verbatim INTEGER NOT NULL DEFAULT 1; -- the text has the speaker's own words

-- What can be found is what may be quoted.
DROP TRIGGER turns_fts_delete;
DROP TRIGGER turns_fts_update;
DROP VIEW said;
CREATE VIEW said AS SELECT row, coalesce(quotable, content) AS content FROM turns WHERE role = 'participant';
-- +goose StatementBegin
CREATE TRIGGER turns_fts_delete AFTER DELETE ON turns
  WHEN EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content) VALUES ('delete', old.row, coalesce(old.quotable, old.content));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER turns_fts_update AFTER UPDATE OF content, quotable ON turns
  WHEN EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content) VALUES ('delete', old.row, coalesce(old.quotable, old.content));
  INSERT INTO turns_fts (rowid, content) VALUES (new.row, coalesce(new.quotable, new.content));
END;
-- +goose StatementEnd
