-- +goose Up

-- After how many days the sound of recordings is deleted by itself, apart from what was written down of it; NULL sets nothing.
ALTER TABLE projects ADD COLUMN keep_recording_days INTEGER CHECK (keep_recording_days > 0);
ALTER TABLE sessions ADD COLUMN keep_recording_days INTEGER CHECK (keep_recording_days > 0);
