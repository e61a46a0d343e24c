-- +goose Up

-- When the parts of the text of a segment are said, within the segment, as far as its transcriber tells: [{"at", "start_ms",
-- "end_ms"}], where at is the byte with which the part begins. Each is a turn.
ALTER TABLE segments ADD COLUMN parts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(parts));
