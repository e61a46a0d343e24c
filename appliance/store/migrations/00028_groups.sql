-- +goose Up

-- Groups of people, who are given roles together.
CREATE TABLE groups (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL UNIQUE, -- the form in which two names that look alike are the same
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE group_members (
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_account ON group_members (account_id);

CREATE TABLE project_groups (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  PRIMARY KEY (project_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_groups_group ON project_groups (group_id);

CREATE TABLE session_groups (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  PRIMARY KEY (session_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_groups_group ON session_groups (group_id);

-- +goose StatementBegin
CREATE TRIGGER groups_tombstone BEFORE DELETE ON groups BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('group', old.id);
END;
-- +goose StatementEnd

-- What a role follows from is read from indexes alone: the rows of sessions are long.
CREATE INDEX accounts_access ON accounts (id, role, disabled);
CREATE INDEX projects_access ON projects (id, public);
CREATE INDEX sessions_access ON sessions (id, project_id, public);
CREATE INDEX sessions_public ON sessions (updated_at, id, status, project_id) WHERE public = 1;
DROP INDEX sessions_project;
CREATE INDEX sessions_project ON sessions (project_id, updated_at, id, status);
