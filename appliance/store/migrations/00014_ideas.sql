-- +goose Up

-- Ideas of others (cross-pollination): what several participants say to a topic, in the words of the group, and to whom it
-- was offered. Everything that an idea rests on holds it: when a claim goes, the idea goes, and what was offered of it is
-- taken out of the turn that offered it.
ALTER TABLE sessions ADD COLUMN cross_pollination_minimum INTEGER NOT NULL DEFAULT 5 CHECK (cross_pollination_minimum >= 3);

-- What a participant says to an idea of others is no voice of its own.
ALTER TABLE turns ADD COLUMN prompted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN prompted INTEGER NOT NULL DEFAULT 0; -- all its quotes stand in such turns

CREATE TABLE ideas (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  topic_id       TEXT NOT NULL,
  language       TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('convergence', 'tension', 'outlier')),
  words          TEXT NOT NULL CHECK (json_valid(words)),
  text           TEXT NOT NULL,
  people         INTEGER NOT NULL,
  pool           INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX ideas_session ON ideas (session_id, topic_id);

CREATE TABLE idea_claims (
  idea_id  TEXT NOT NULL REFERENCES ideas (id) ON DELETE CASCADE,
  claim_id TEXT NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
  stance   INTEGER NOT NULL CHECK (stance BETWEEN -1 AND 1),
  PRIMARY KEY (idea_id, claim_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idea_claims_claim ON idea_claims (claim_id);

-- +goose StatementBegin
CREATE TRIGGER idea_claims_delete AFTER DELETE ON idea_claims BEGIN
  DELETE FROM ideas WHERE id = old.idea_id;
END;
-- +goose StatementEnd

CREATE TABLE offers (
  turn_id        TEXT NOT NULL PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE, -- of the facilitator
  topic_id       TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('convergence', 'tension', 'outlier')),
  words          TEXT NOT NULL CHECK (json_valid(words)),
  text           TEXT NOT NULL,
  end_byte       INTEGER NOT NULL CHECK (end_byte > 0), -- the idea stands at the beginning of the turn
  people         INTEGER NOT NULL,
  pool           INTEGER NOT NULL,
  carried        INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;

-- The places at which the claims stand that an offer rests on. Claims are drawn anew, words stay where they are.
CREATE TABLE offer_sources (
  turn_id     TEXT NOT NULL REFERENCES offers (turn_id) ON DELETE CASCADE,
  source_turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte  INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte    INTEGER NOT NULL CHECK (end_byte > start_byte),
  stance      INTEGER NOT NULL CHECK (stance BETWEEN -1 AND 1),
  PRIMARY KEY (turn_id, source_turn, start_byte)
) STRICT, WITHOUT ROWID;
CREATE INDEX offer_sources_source ON offer_sources (source_turn);

-- +goose StatementBegin
CREATE TRIGGER offer_sources_delete AFTER DELETE ON offer_sources BEGIN
  DELETE FROM offers WHERE turn_id = old.turn_id;
END;
-- +goose StatementEnd

-- Words that are taken back, or said otherwise, are not what was offered any more.
-- +goose StatementBegin
CREATE TRIGGER turns_unoffer AFTER UPDATE OF content ON turns WHEN old.content <> new.content AND new.role = 'participant' BEGIN
  DELETE FROM offer_sources WHERE source_turn = new.id;
END;
-- +goose StatementEnd

-- What is in the place of an idea that is taken back has its length (see gap in uses.go), and its tombstone has the form
-- of those of words (tombstone_words.go). A turn that is deleted itself is not there any more when this runs.
-- +goose StatementBegin
CREATE TRIGGER offers_delete AFTER DELETE ON offers
  WHEN EXISTS (SELECT 1 FROM turns AS t JOIN conversations AS v ON v.id = t.conversation_id WHERE t.id = old.turn_id
    AND NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = v.session_id))
BEGIN
  UPDATE turns SET
    content = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(content AS BLOB), old.end_byte + 1) AS TEXT),
    counted = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(counted AS BLOB), old.end_byte + 1) AS TEXT),
    readable = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(readable AS BLOB), old.end_byte + 1) AS TEXT),
    quotable = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(quotable AS BLOB), old.end_byte + 1) AS TEXT)
  WHERE id = old.turn_id;
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('words', old.turn_id || ' 0 ' || old.end_byte);
END;
-- +goose StatementEnd
