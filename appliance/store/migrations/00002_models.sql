-- +goose Up

-- Which model does which work here: an object of role and name, or null. What is not in it is chosen by the project, then the box.
ALTER TABLE projects ADD COLUMN models TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(models));
ALTER TABLE sessions ADD COLUMN models TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(models));
