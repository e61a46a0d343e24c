-- +goose Up

-- What themes were called when a release came, by their ids: people who are no members are told these titles.
ALTER TABLE releases ADD COLUMN titles TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(titles));
UPDATE releases SET titles = (SELECT json_group_object(t.id, t.title) FROM themes AS t WHERE t.session_id = releases.session_id)
WHERE report_version > 0;
