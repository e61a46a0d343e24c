-- +goose Up

-- Lists of meetings are read in this order, beside however many interviews there are.
CREATE INDEX conversations_meetings ON conversations (created_at, id) WHERE source <> 'interview';
