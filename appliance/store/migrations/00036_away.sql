-- +goose Up

-- An older backup must not let somebody in again who was kept out, nor make a recovery code good again that was used or
-- replaced. Whoever was let in again is told too, so that the last of these counts.
-- +goose StatementBegin
CREATE TRIGGER accounts_off_tombstone AFTER UPDATE OF disabled ON accounts WHEN old.disabled = 0 AND new.disabled = 1 BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_off', new.id || ' ' || new.updated_at);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER accounts_on_tombstone AFTER UPDATE OF disabled ON accounts WHEN old.disabled = 1 AND new.disabled = 0 BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_on', new.id || ' ' || new.updated_at);
END;
-- +goose StatementEnd

-- The codes of an account that is deleted need none: it is deleted again with them.
-- +goose StatementBegin
CREATE TRIGGER recovery_codes_tombstone BEFORE DELETE ON recovery_codes
  WHEN EXISTS (SELECT 1 FROM accounts WHERE id = old.account_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('recovery_code', old.account_id || ' ' || hex(old.hash));
END;
-- +goose StatementEnd
