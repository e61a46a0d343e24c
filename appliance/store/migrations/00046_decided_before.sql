-- +goose Up

-- What was decided before migration 41, and still holds, is decided again by a restore of an older backup, too.
INSERT OR IGNORE INTO tombstones (kind, object) SELECT 'hold', id || ' ' || kind || ' ' || iif(object = '', '-', object)
  || ' ' || coalesce(until, 0) || ' ' || placed_at || ' ' || placed_by FROM holds WHERE lifted_at IS NULL ORDER BY placed_at, id;
INSERT OR IGNORE INTO tombstones (kind, object) SELECT 'withdrawal', conversation_id FROM withdrawals ORDER BY conversation_id;
INSERT OR IGNORE INTO tombstones (kind, object) SELECT 'restriction', c.id || ' ' ||
  (SELECT count(*) FROM restriction_events WHERE conversation_id = c.id) || ' ' || c.restricted
  FROM conversations AS c WHERE c.restricted <> 0 ORDER BY c.id;
