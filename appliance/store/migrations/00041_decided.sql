-- +goose Up

-- What was decided after a backup and keeps something, or keeps it back, is decided again by a restore of it: legal holds, wishes
-- that a hold delays, restrictions of meetings. No reason is in it (store/tombstone_hold.go).
-- +goose StatementBegin
CREATE TRIGGER holds_tombstone AFTER INSERT ON holds BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('hold', new.id || ' ' || new.kind || ' ' || iif(new.object = '', '-', new.object)
    || ' ' || coalesce(new.until, 0) || ' ' || new.placed_at || ' ' || new.placed_by);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER holds_off_tombstone AFTER UPDATE OF lifted_at ON holds WHEN old.lifted_at IS NULL AND new.lifted_at IS NOT NULL BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('hold_off', new.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER withdrawals_tombstone AFTER INSERT ON withdrawals BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('withdrawal', new.conversation_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER restrictions_tombstone AFTER UPDATE OF restricted ON conversations WHEN old.restricted <> new.restricted BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('restriction', new.id || ' ' ||
    (SELECT count(*) FROM restriction_events WHERE conversation_id = new.id) || ' ' || new.restricted);
END;
-- +goose StatementEnd
