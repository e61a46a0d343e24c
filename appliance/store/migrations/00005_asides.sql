-- +goose Up

-- How long a participant took for a topic so far, without pauses in which they were away.
ALTER TABLE coverage ADD COLUMN seconds INTEGER NOT NULL DEFAULT 0;

-- When something was last said in a conversation that is hard to bear, for the host to see; nothing of what it was.
ALTER TABLE conversations ADD COLUMN distress_at INTEGER;

-- How the conversations of a session are led, where it differs from the box (appliance.Leading).
ALTER TABLE sessions ADD COLUMN leading TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(leading));
