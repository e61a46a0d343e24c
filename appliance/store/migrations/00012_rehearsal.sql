-- +goose Up

-- Who speaks in a rehearsal: the host, or a character that the box plays. Rehearsals have numbers of their own, from -1 down.
ALTER TABLE participants ADD COLUMN rehearsal TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN rehearsed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX participants_rehearsal ON participants (session_id) WHERE rehearsal <> '';
