-- +goose Up

-- What facilitators should know beside the brief: the handbook of the box (without a session), files, and the results
-- of other sessions, whose text is read from their newest report.
CREATE TABLE background (
  id           TEXT NOT NULL PRIMARY KEY,
  session_id   TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('handbook', 'file', 'results')),
  position     INTEGER NOT NULL,
  name         TEXT NOT NULL,
  format       TEXT NOT NULL,
  from_session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  characters   INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,
  sha256       BLOB,
  whole        INTEGER NOT NULL, -- 0 while its passages are being written
  created_at   INTEGER NOT NULL,
  CHECK ((kind = 'handbook') = (session_id IS NULL)),
  CHECK ((kind = 'results') = (from_session IS NOT NULL))
) STRICT;
CREATE INDEX background_session ON background (session_id, position);
CREATE INDEX background_from ON background (from_session);
CREATE UNIQUE INDEX background_handbook ON background (kind) WHERE kind = 'handbook';
CREATE UNIQUE INDEX background_results ON background (session_id, from_session) WHERE kind = 'results';

-- The text of handbook and files in pieces, which joined are the whole text.
CREATE TABLE passages (
  row           INTEGER PRIMARY KEY,
  background_id TEXT NOT NULL REFERENCES background (id) ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  content       TEXT NOT NULL,
  UNIQUE (background_id, position)
) STRICT;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
  content, content = 'passages', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);

-- +goose StatementBegin
CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN
  INSERT INTO passages_fts (rowid, content) VALUES (new.row, new.content);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN
  INSERT INTO passages_fts (passages_fts, rowid, content) VALUES ('delete', old.row, old.content);
END;
-- +goose StatementEnd
