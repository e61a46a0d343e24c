-- +goose Up

-- Who may see a session, and the sessions and projects last edited, are found in indexes alone: rows are wide.
DROP INDEX sessions_access;
CREATE INDEX sessions_access ON sessions (id, project_id, public, erasing);
DROP INDEX sessions_updated;
CREATE INDEX sessions_updated ON sessions (updated_at, id, status, project_id);
CREATE INDEX projects_updated ON projects (updated_at DESC, id);
