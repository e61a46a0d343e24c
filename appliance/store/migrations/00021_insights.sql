-- +goose Up

-- What is asked of every conversation of a session, in versions, and what they answer.
CREATE TABLE insight_definitions (
  id          TEXT NOT NULL PRIMARY KEY,
  session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL, -- of what is asked now
  archived_at INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX insight_definitions_session ON insight_definitions (session_id, position);

CREATE TABLE insight_versions (
  definition_id  TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  version        INTEGER NOT NULL,
  ask            TEXT NOT NULL CHECK (json_valid(ask)),
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (definition_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE insight_runs (
  definition_id TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  run           INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  anew          INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('open', 'done', 'stopped')),
  created_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  PRIMARY KEY (definition_id, run)
) STRICT, WITHOUT ROWID;

-- A run holds only what was answered in it: the rest of its answers are those of earlier runs of the same version.
CREATE TABLE insights (
  id              INTEGER PRIMARY KEY,
  definition_id   TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  run             INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('said', 'not_said', 'unsupported', 'failed')),
  value           TEXT NOT NULL CHECK (json_valid(value)), -- a list of texts
  number          REAL,
  verbatim        INTEGER NOT NULL,
  use             TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')), -- see uses.go
  discarded       INTEGER NOT NULL,
  failure         TEXT NOT NULL,
  input_hash      BLOB NOT NULL,
  asked           TEXT NOT NULL,
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  UNIQUE (definition_id, conversation_id, run)
) STRICT;
CREATE INDEX insights_conversation ON insights (conversation_id);

CREATE TABLE insight_evidence (
  insight_id INTEGER NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  item       INTEGER NOT NULL,
  turn_id    TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte > start_byte),
  method     TEXT NOT NULL CHECK (method IN ('exact', 'normalised', 'snapped')),
  score      REAL NOT NULL,
  use        TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')),
  PRIMARY KEY (insight_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX insight_evidence_turn ON insight_evidence (turn_id);

-- A question that was deleted, with its answers, does not come back with a backup.
-- +goose StatementBegin
CREATE TRIGGER insight_definitions_tombstone BEFORE DELETE ON insight_definitions
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('insight', old.id);
END;
-- +goose StatementEnd
