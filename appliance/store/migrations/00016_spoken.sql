-- +goose Up

-- Whether a participant has said a turn aloud. The box wrote it down, and the participant read and sent it; its sound was
-- never stored.
ALTER TABLE turns ADD COLUMN spoken INTEGER NOT NULL DEFAULT 0 CHECK (spoken IN (0, 1));
