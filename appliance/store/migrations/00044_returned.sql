-- +goose Up

-- How many conversations of releases that did not stand any more have come again with this one; NULL where all stood.
ALTER TABLE releases ADD COLUMN returned INTEGER;
