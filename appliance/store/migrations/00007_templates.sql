-- +goose Up

-- What sessions can be started from, beside what the program brings. content is an object as in a template's file.
CREATE TABLE templates (
  id         TEXT NOT NULL PRIMARY KEY,
  project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
  title      TEXT NOT NULL,
  public     INTEGER NOT NULL,
  spec_id    TEXT NOT NULL DEFAULT '', -- of the published method that it was made from
  content    TEXT NOT NULL CHECK (json_valid(content)),
  created_by TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX templates_project ON templates (project_id);
CREATE INDEX templates_author ON templates (created_by);
CREATE INDEX templates_updated ON templates (updated_at);

-- +goose StatementBegin
CREATE TRIGGER templates_tombstone BEFORE DELETE ON templates BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('template', old.id);
END;
-- +goose StatementEnd
