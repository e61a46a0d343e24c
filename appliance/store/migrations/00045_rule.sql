-- +goose Up

-- By which rule retention has deleted what a receipt tells of: the period of the box, its project, its session or the meeting itself, or that
-- its sound was written down. '' where that is not told.
ALTER TABLE receipts ADD COLUMN rule TEXT NOT NULL DEFAULT '' CHECK (rule IN ('', 'box', 'project', 'session', 'meeting', 'transcript'));
