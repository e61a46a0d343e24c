-- +goose Up

-- Who may see which part of the results, as appliance.Visibility. Sessions that are there share nothing, whatever
-- results_visibility said: it had no effect, and nobody who took part was told that results would be seen by others.
ALTER TABLE sessions ADD COLUMN visibility TEXT NOT NULL DEFAULT '{}';

-- The steps in which results are shown to people who are no members: see shared.go.
CREATE TABLE releases (
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number         INTEGER NOT NULL,
  people         INTEGER NOT NULL CHECK (people > 0), -- conversations that came with it
  report_version INTEGER NOT NULL,                    -- of the report that there was
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE conversations ADD COLUMN release INTEGER;   -- with which it came
ALTER TABLE conversations ADD COLUMN released_as TEXT;  -- what it was then: another state than now voids the release
