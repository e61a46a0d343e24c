-- +goose Up

-- The parts of conversations as a model reads them. One that is read stays, so that it is not read again after a restart
-- or when more is said.
CREATE TABLE windows (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  input_hash      BLOB NOT NULL,    -- of what the model is shown
  position        INTEGER NOT NULL, -- in the conversation
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'read', 'rules')),
  points          TEXT NOT NULL,    -- what the model answered
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, input_hash)
) STRICT, WITHOUT ROWID;

-- What a model has written of the report of a session, group of claims by group, so that it is asked again only for what
-- has changed. It may hold words of several people and goes with the reports (forgetResults).
CREATE TABLE report_parts (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  topic_id   TEXT NOT NULL,    -- '' for what was said beyond the questions
  number     INTEGER NOT NULL, -- of the group within the topic; -1 for what stands out across all topics
  input_hash BLOB NOT NULL,    -- of the claims that were shown
  claims     INTEGER NOT NULL, -- that the topic had
  sentences  TEXT NOT NULL,
  dropped    INTEGER NOT NULL, -- sentences that did not keep to the rules
  failed     INTEGER NOT NULL, -- nothing could be used
  due        INTEGER NOT NULL, -- the host wants it written anew
  asked      TEXT NOT NULL,    -- who was asked, and what
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, topic_id, number)
) STRICT, WITHOUT ROWID;

-- Who was asked for the themes of a session, and what, also where rules have found them in the end.
ALTER TABLE codebooks ADD COLUMN asked TEXT NOT NULL DEFAULT '';

-- What whoever words the reports of the sessions of a project is told.
ALTER TABLE projects ADD COLUMN summary_prompt TEXT NOT NULL DEFAULT '';
