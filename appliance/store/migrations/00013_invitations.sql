-- +goose Up

-- Who may join a session: appliance.Access.
ALTER TABLE sessions ADD COLUMN who_may_join TEXT NOT NULL DEFAULT 'link' CHECK (who_may_join IN ('link', 'code', 'invitation', 'account'));

-- Each lets one person in. Which participant that was stands nowhere; in an anonymous session not even when, since that
-- would tell it. Rows keep the order in which they were made.
CREATE TABLE invitations (
  id         TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number     INTEGER NOT NULL,
  label      TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE,
  batch      TEXT NOT NULL, -- the first of those that were made with it
  used       INTEGER NOT NULL DEFAULT 0,
  used_at    INTEGER,
  revoked_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (session_id, number)
) STRICT;
CREATE INDEX invitations_batch ON invitations (batch);

-- An older backup must not make a revoked invitation good again.
-- +goose StatementBegin
CREATE TRIGGER invitations_tombstone AFTER UPDATE OF revoked_at ON invitations
  WHEN old.revoked_at IS NULL AND new.revoked_at IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('invitation', old.id);
END;
-- +goose StatementEnd

-- Which accounts have joined a session that lets each of them in once. In an anonymous session not as whom; nor does the
-- order of the rows tell it, which is that of their keys.
CREATE TABLE joined_accounts (
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  participant_id TEXT REFERENCES participants (id) ON DELETE CASCADE,
  PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX joined_accounts_account ON joined_accounts (account_id);
CREATE INDEX joined_accounts_participant ON joined_accounts (participant_id) WHERE participant_id IS NOT NULL;
