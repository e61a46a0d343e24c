-- +goose Up

-- Since when ideas of those who join may be offered to others: whoever joined before was not told that they would be. NULL
-- where it never was so.
ALTER TABLE sessions ADD COLUMN cross_pollination_since INTEGER;
UPDATE sessions SET cross_pollination_since = unixepoch() * 1000 WHERE cross_pollination = 1;
