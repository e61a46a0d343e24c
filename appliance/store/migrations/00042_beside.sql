-- +goose Up

-- Devices record beside each other, and sound comes late. Where on the timeline of its meeting a take begins at the earliest, in
-- samples; NULL: where the take before it on its track ends. And when its newest piece came.
ALTER TABLE takes ADD COLUMN place INTEGER CHECK (place >= 0);
ALTER TABLE takes ADD COLUMN came_at INTEGER;

-- Whether sound came after the recording had been cut for this transcript.
ALTER TABLE transcripts ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
