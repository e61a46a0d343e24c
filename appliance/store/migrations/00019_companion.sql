-- +goose Up

-- The questions of an account to the Companion. A thread goes with the account and with what it is over; a project that
-- is deleted takes it along although its sessions stay.
CREATE TABLE companion_threads (
  id              TEXT NOT NULL PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  project_id      TEXT REFERENCES projects (id) ON DELETE CASCADE,
  session_id      TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  CHECK ((project_id IS NOT NULL) + (session_id IS NOT NULL) + (conversation_id IS NOT NULL) <= 1)
) STRICT;

CREATE INDEX companion_threads_account ON companion_threads (account_id, updated_at);
CREATE INDEX companion_threads_project ON companion_threads (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX companion_threads_session ON companion_threads (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX companion_threads_conversation ON companion_threads (conversation_id) WHERE conversation_id IS NOT NULL;

CREATE TABLE companion_answers (
  id             TEXT NOT NULL PRIMARY KEY,
  thread_id      TEXT NOT NULL REFERENCES companion_threads (id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  question       TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('asked', 'answered', 'stopped', 'interrupted')),
  outcome        TEXT NOT NULL CHECK (outcome IN ('', 'sentences', 'passages', 'none')),
  why            TEXT NOT NULL,
  refused        INTEGER NOT NULL,
  newest         INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  pinned_in      TEXT REFERENCES sessions (id) ON DELETE SET NULL,
  pinned_at      INTEGER,
  created_at     INTEGER NOT NULL,
  answered_at    INTEGER,
  UNIQUE (thread_id, position)
) STRICT;

CREATE UNIQUE INDEX companion_answers_asked ON companion_answers (thread_id) WHERE state = 'asked'; -- one at a time
CREATE INDEX companion_answers_pinned ON companion_answers (pinned_in, pinned_at) WHERE pinned_in IS NOT NULL;

CREATE TABLE companion_parts (
  answer_id TEXT NOT NULL REFERENCES companion_answers (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('sentence', 'passage', 'gone')),
  text      TEXT NOT NULL, -- of a sentence; the words of a passage are where its citation says
  PRIMARY KEY (answer_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE companion_citations (
  answer_id  TEXT NOT NULL,
  part       INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  turn_id    TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte > start_byte),
  PRIMARY KEY (answer_id, part, position),
  FOREIGN KEY (answer_id, part) REFERENCES companion_parts (answer_id, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX companion_citations_turn ON companion_citations (turn_id);

-- What a part rested on is gone: so is the part, which may repeat it.
-- +goose StatementBegin
CREATE TRIGGER companion_citations_delete AFTER DELETE ON companion_citations BEGIN
  UPDATE companion_parts SET kind = 'gone', text = '' WHERE answer_id = old.answer_id AND position = old.part;
END;
-- +goose StatementEnd

-- Its participant has taken words back, said them otherwise, or chosen that they may not be quoted.
-- +goose StatementBegin
CREATE TRIGGER turns_uncite AFTER UPDATE OF content, quotable ON turns
  WHEN coalesce(old.quotable, old.content) <> coalesce(new.quotable, new.content)
BEGIN
  DELETE FROM companion_citations WHERE turn_id = new.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER companion_threads_tombstone BEFORE DELETE ON companion_threads
  WHEN old.session_id IS NULL OR NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('thread', old.id);
END;
-- +goose StatementEnd
