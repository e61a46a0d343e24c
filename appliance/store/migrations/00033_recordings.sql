-- +goose Up

-- A meeting is a conversation of several speakers (source recording or text). That of a recording stands from the moment
-- in which the recording begins; it is finished, has no turns and is not included until its transcript is there. So
-- whatever holds for conversations (rights, deletion, holds, receipts, retention, restore) holds for recordings.
CREATE TABLE recordings (
  conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  provider        TEXT NOT NULL CHECK (provider IN ('browser', 'upload')),
  state           TEXT NOT NULL CHECK (state IN ('open', 'closed', 'failed')), -- open: sound still comes
  problem         TEXT NOT NULL DEFAULT '',   -- of a failed one, a code; its message is made where it is shown
  language        TEXT NOT NULL,              -- set by hand; '' is that of the session
  consent_at      INTEGER,                    -- when the line of consent was read out, as whoever records says
  version         INTEGER NOT NULL DEFAULT 0, -- of the transcript whose words are the turns; 0 is none
  keep            TEXT NOT NULL DEFAULT 'text' CHECK (keep IN ('text', 'days', 'transcript')), -- how long the sound stays
  keep_days       INTEGER CHECK (keep_days >= 0), -- with 'days', counted from the end
  erased_at       INTEGER,                    -- the sound is gone, the text stays
  created_at      INTEGER NOT NULL,
  ended_at        INTEGER                     -- when it was closed
) STRICT, WITHOUT ROWID;

-- A take is what one device gives between two presses: samples of one channel, without an end before it is told. The takes of
-- a track play one after the other; tracks (channels, devices) play beside each other, all from the start.
CREATE TABLE takes (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL CHECK (track >= 0),
  take            INTEGER NOT NULL CHECK (take >= 0),
  device          TEXT NOT NULL,    -- a random key of the device: who has it goes on with the take
  samples         INTEGER CHECK (samples >= 0), -- that it has altogether; NULL until its device has said so
  began_at        INTEGER NOT NULL,
  ended_at        INTEGER,
  PRIMARY KEY (conversation_id, track, take)
) STRICT, WITHOUT ROWID;

-- A piece is a few seconds of a take: 16-bit samples at 16 kHz in a blob of this hash. A row stands only when its blob is on
-- the disk for good.
CREATE TABLE pieces (
  conversation_id TEXT NOT NULL,
  track           INTEGER NOT NULL,
  take            INTEGER NOT NULL,
  seq             INTEGER NOT NULL CHECK (seq >= 0),
  start           INTEGER NOT NULL CHECK (start >= 0),  -- in samples of the take
  samples         INTEGER NOT NULL CHECK (samples > 0),
  sha256          BLOB NOT NULL,
  PRIMARY KEY (conversation_id, track, take, seq),
  FOREIGN KEY (conversation_id, track, take) REFERENCES takes (conversation_id, track, take) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX pieces_sha256 ON pieces (sha256);

-- Blobs that no row names any more, and whose files are to be erased. Triggers write it, so that no way to delete can forget
-- it. What is deleted is wiped only when this is empty.
CREATE TABLE blob_garbage (sha256 BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER pieces_garbage AFTER DELETE ON pieces
  WHEN NOT EXISTS (SELECT 1 FROM pieces WHERE sha256 = old.sha256)
BEGIN
  INSERT OR IGNORE INTO blob_garbage (sha256) VALUES (old.sha256);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pieces_kept AFTER INSERT ON pieces BEGIN
  DELETE FROM blob_garbage WHERE sha256 = new.sha256;
END;
-- +goose StatementEnd

-- What somebody marks while it is recorded, or later.
CREATE TABLE marks (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  kind            TEXT NOT NULL CHECK (kind IN ('decision', 'action', 'question', 'note')),
  at_ms           INTEGER NOT NULL CHECK (at_ms >= 0), -- within the recording
  text            TEXT NOT NULL,
  created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX marks_conversation ON marks (conversation_id, at_ms);

-- A transcript of a recording. Earlier versions stay.
CREATE TABLE transcripts (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  version         INTEGER NOT NULL CHECK (version > 0),
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
  problem         TEXT NOT NULL DEFAULT '', -- a code
  language        TEXT NOT NULL,
  words           TEXT NOT NULL CHECK (json_valid(words)), -- names and terms that were given along
  created_at      INTEGER NOT NULL,
  completed_at    INTEGER,
  PRIMARY KEY (conversation_id, version)
) STRICT, WITHOUT ROWID;

-- A segment is what a transcriber is given at once, and what came of it. Each is stored when it is heard, so that a server
-- that is killed goes on where it was.
CREATE TABLE segments (
  conversation_id TEXT NOT NULL,
  version         INTEGER NOT NULL,
  track           INTEGER NOT NULL,
  position        INTEGER NOT NULL,  -- within the track
  start_ms        INTEGER NOT NULL CHECK (start_ms >= 0),
  end_ms          INTEGER NOT NULL CHECK (end_ms >= start_ms),
  overlap_ms      INTEGER NOT NULL DEFAULT 0, -- of its beginning, that the one before has too
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'heard', 'silent', 'inaudible', 'missing')),
  text            TEXT NOT NULL DEFAULT '',
  language        TEXT NOT NULL DEFAULT '',
  made_by         TEXT NOT NULL DEFAULT '',
  model_digest    TEXT NOT NULL DEFAULT '',
  prompt_version  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (conversation_id, version, track, position),
  FOREIGN KEY (conversation_id, version) REFERENCES transcripts (conversation_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The wording that a turn of a transcript had before somebody changed it. Append-only; it goes with its conversation.
CREATE TABLE turn_edits (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  turn_id         TEXT NOT NULL,    -- which may have been merged into another since
  before          TEXT NOT NULL,
  edited_by       TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  edited_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX turn_edits_conversation ON turn_edits (conversation_id, id);

-- For what a meeting must not be used, as a set of bits: 1 synthesis, 2 project, 4 export, 8 sharing, 31 nothing at all. It
-- is what restriction_events come to; statements that read for one of these purposes ask it.
ALTER TABLE conversations ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0 CHECK (restricted BETWEEN 0 AND 31);

-- How a restriction came about. Append-only.
CREATE TABLE restriction_events (
  id              TEXT NOT NULL PRIMARY KEY,
  number          INTEGER NOT NULL, -- in the order of events of its conversation
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  kind            TEXT NOT NULL CHECK (kind IN ('set', 'candidate', 'confirm', 'dismiss')),
  scopes          TEXT NOT NULL CHECK (json_valid(scopes)),
  reason          TEXT NOT NULL,
  candidate       TEXT REFERENCES restriction_events (id) ON DELETE CASCADE, -- that is confirmed or dismissed
  turn_id         TEXT NOT NULL DEFAULT '', -- in which a signal was heard
  actor           TEXT NOT NULL,
  at              INTEGER NOT NULL,
  UNIQUE (conversation_id, number)
) STRICT;

-- Names and terms that may come up in meetings of a project, a line each.
ALTER TABLE projects ADD COLUMN jargon TEXT NOT NULL DEFAULT '';
