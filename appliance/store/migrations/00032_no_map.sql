-- +goose Up

-- Settings of an opinion map were kept before there is one. They are refused until then.
DROP TABLE sensemaking;
