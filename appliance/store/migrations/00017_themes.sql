-- +goose Up

-- How a claim stands to what it is about.
ALTER TABLE claims ADD COLUMN stance TEXT NOT NULL DEFAULT 'neutral' CHECK (stance IN ('for', 'against', 'mixed', 'neutral'));

-- The themes of a session. They can be made anew from its claims at any time; what may hold words of somebody goes with
-- those (forgetResults).
CREATE TABLE codebooks (
  session_id     TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  claims         INTEGER NOT NULL, -- of how many claims the themes were made
  seed           INTEGER NOT NULL, -- of the order in which those were shown
  repeated       INTEGER NOT NULL, -- claims that were put into themes a second time, in another order
  agreed         INTEGER NOT NULL, -- of them, those that came to the same theme
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE themes (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES codebooks (session_id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  title          TEXT NOT NULL,
  description    TEXT NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX themes_session ON themes (session_id, position);

CREATE TABLE theme_claims (
  claim_id TEXT NOT NULL PRIMARY KEY REFERENCES claims (id) ON DELETE CASCADE,
  theme_id TEXT REFERENCES themes (id) ON DELETE CASCADE, -- NULL: it belongs to none of them
  by_model INTEGER NOT NULL, -- a model has put it there
  tries    INTEGER NOT NULL  -- how often it was asked for
) STRICT, WITHOUT ROWID;
CREATE INDEX theme_claims_theme ON theme_claims (theme_id);
