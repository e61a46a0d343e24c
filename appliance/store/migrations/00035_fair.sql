-- +goose Up

-- The oldest that waits for each webhook is what it is told next.
DROP INDEX deliveries_waiting;
CREATE INDEX deliveries_waiting ON deliveries (webhook_id, at, id) WHERE state = 'waiting';
