-- +goose Up

-- Invitations to make an account that were made together (appliance.AccountInvitation), and where they lead. None of them
-- is good before all are written. Who was invited by somebody who is gone is not invited any more.
CREATE TABLE account_invitation_batches (
  id         TEXT NOT NULL PRIMARY KEY,
  whole      INTEGER NOT NULL, -- all are written
  project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
  session_id TEXT REFERENCES sessions (id) ON DELETE SET NULL,
  place_role TEXT NOT NULL CHECK (place_role IN ('', 'admin', 'editor', 'viewer')), -- on the project or the session
  invited_by TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_invitation_batches_by ON account_invitation_batches (invited_by);
CREATE INDEX account_invitation_batches_project ON account_invitation_batches (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX account_invitation_batches_session ON account_invitation_batches (session_id) WHERE session_id IS NOT NULL;

-- Each lets one person in. Numbers, which stand on cards, are never given again.
CREATE TABLE account_invitations (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  batch      TEXT NOT NULL REFERENCES account_invitation_batches (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE, -- that came of it
  used_at    INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX account_invitations_batch ON account_invitations (batch);
CREATE INDEX account_invitations_account ON account_invitations (account_id) WHERE account_id IS NOT NULL;

-- An older backup must not make an invitation good again that was used or taken back.
-- +goose StatementBegin
CREATE TRIGGER account_invitations_tombstone AFTER UPDATE OF used_at, revoked_at ON account_invitations
  WHEN coalesce(old.used_at, old.revoked_at) IS NULL AND coalesce(new.used_at, new.revoked_at) IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_invitation', old.id);
END;
-- +goose StatementEnd

-- A link by which its person sets a new password, once. One for each account: a newer one takes the place of an older.
CREATE TABLE password_links (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What proves a log-in beside the password: a secret that the account's authenticator app shares (RFC 6238). It has to
-- be kept as it is to be of use; no interface gives it, but for the one that is being set up.
CREATE TABLE second_factors (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  secret     TEXT NOT NULL, -- in use; '' while the first one is being set up
  next       TEXT NOT NULL, -- being set up, in use once a code of it has come; '' for none
  last_step  INTEGER NOT NULL, -- the time step of the newest code that was used: neither it nor an older one is good again
  since      INTEGER -- when the secret in use was proved
) STRICT, WITHOUT ROWID;

-- Codes that stand in for one of the app, each once. A row goes when it is used.
CREATE TABLE recovery_codes (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL,
  PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;
