-- +goose Up

-- Of how many parts of its conversation a model was asked, and for how many of them it gave nothing of use, so that rules drew from those.
ALTER TABLE digests ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE digests ADD COLUMN by_rules INTEGER NOT NULL DEFAULT 0;

-- The model that was asked to write a report (Maker.Key), also where rules have written it in the end.
ALTER TABLE reports ADD COLUMN asked TEXT NOT NULL DEFAULT '';
