-- +goose Up

-- Who is expected to take part in a session, as appliance.RosterEntry: it goes with the session.
ALTER TABLE sessions ADD COLUMN roster TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(roster));

-- How the opinion map of a project is to be shown, as appliance.SensemakingText and its switches.
CREATE TABLE sensemaking (
  project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
  slug       TEXT UNIQUE,
  settings   TEXT NOT NULL CHECK (json_valid(settings)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
