CREATE INDEX account_invitation_batches_by ON account_invitation_batches (invited_by);

CREATE INDEX account_invitation_batches_project ON account_invitation_batches (project_id) WHERE project_id IS NOT NULL;

CREATE INDEX account_invitation_batches_session ON account_invitation_batches (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX account_invitations_account ON account_invitations (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX account_invitations_batch ON account_invitations (batch);

CREATE INDEX accounts_access ON accounts (id, role, disabled);

CREATE INDEX api_keys_account ON api_keys (account_id);

CREATE INDEX audit_by_actor ON audit(actor);

CREATE INDEX audit_by_object ON audit(object);

CREATE INDEX background_from ON background (from_session);

CREATE UNIQUE INDEX background_handbook ON background (kind) WHERE kind = 'handbook';

CREATE UNIQUE INDEX background_results ON background (session_id, from_session) WHERE kind = 'results';

CREATE INDEX background_session ON background (session_id, position);

CREATE INDEX claims_conversation ON claims (conversation_id, position);

CREATE INDEX claims_participant ON claims (participant_id) WHERE participant_id IS NOT NULL;

CREATE INDEX claims_session ON claims (session_id);

CREATE UNIQUE INDEX companion_answers_asked ON companion_answers (thread_id) WHERE state = 'asked';

CREATE INDEX companion_answers_pinned ON companion_answers (pinned_in, pinned_at) WHERE pinned_in IS NOT NULL;

CREATE INDEX companion_citations_turn ON companion_citations (turn_id);

CREATE INDEX companion_threads_account ON companion_threads (account_id, updated_at);

CREATE INDEX companion_threads_conversation ON companion_threads (conversation_id) WHERE conversation_id IS NOT NULL;

CREATE INDEX companion_threads_project ON companion_threads (project_id) WHERE project_id IS NOT NULL;

CREATE INDEX companion_threads_session ON companion_threads (session_id) WHERE session_id IS NOT NULL;

CREATE INDEX conversations_meetings ON conversations (created_at, id) WHERE source <> 'interview';

CREATE INDEX conversations_owed ON conversations (id) WHERE owed = 1;

CREATE INDEX conversations_session ON conversations (session_id, created_at);

CREATE INDEX conversations_unheard ON conversations (session_id) WHERE source = 'recording' AND next_seq = 0;

CREATE INDEX deliveries_waiting ON deliveries (webhook_id, at, id) WHERE state = 'waiting';

CREATE INDEX deliveries_webhook ON deliveries (webhook_id, at);

CREATE INDEX events_conversation ON events (conversation_id);

CREATE INDEX events_session ON events (session_id);

CREATE INDEX facts_turn ON facts (turn_id);

CREATE INDEX form_fields_session ON form_fields (session_id, position);

CREATE INDEX group_members_account ON group_members (account_id);

CREATE INDEX heard_turns_segment ON heard_turns (conversation_id, track, position);

CREATE INDEX holds_object ON holds (object) WHERE lifted_at IS NULL;

CREATE INDEX idea_claims_claim ON idea_claims (claim_id);

CREATE INDEX ideas_session ON ideas (session_id, topic_id);

CREATE INDEX insight_definitions_session ON insight_definitions (session_id, position);

CREATE INDEX insight_evidence_turn ON insight_evidence (turn_id);

CREATE INDEX insights_conversation ON insights (conversation_id);

CREATE INDEX invitations_batch ON invitations (batch);

CREATE INDEX jobs_conversation ON jobs (conversation_id);

CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'queued';

CREATE INDEX jobs_open ON jobs (session_id, kind) WHERE state IN ('queued', 'running');

CREATE INDEX jobs_session ON jobs (session_id, created_at);

CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, coalesce(conversation_id, session_id, '')) WHERE state = 'queued';

CREATE INDEX joined_accounts_account ON joined_accounts (account_id);

CREATE INDEX joined_accounts_participant ON joined_accounts (participant_id) WHERE participant_id IS NOT NULL;

CREATE INDEX logins_account ON logins (account_id);

CREATE INDEX marks_conversation ON marks (conversation_id, at_ms);

CREATE INDEX offer_sources_source ON offer_sources (source_turn);

CREATE INDEX participants_rehearsal ON participants (session_id) WHERE rehearsal <> '';

CREATE INDEX pieces_sha256 ON pieces (sha256);

CREATE INDEX points_conversation ON points (conversation_id, position);

CREATE INDEX points_edit ON points (edit_turn_id) WHERE edit_turn_id IS NOT NULL;

CREATE INDEX points_shown_in ON points (shown_in);

CREATE INDEX points_turn ON points (turn_id);

CREATE INDEX project_groups_group ON project_groups (group_id);

CREATE INDEX project_members_account ON project_members (account_id);

CREATE INDEX projects_access ON projects (id, public);

CREATE INDEX projects_updated ON projects (updated_at DESC, id);

CREATE INDEX quotes_claim ON quotes (claim_id);

CREATE INDEX quotes_turn ON quotes (turn_id);

CREATE INDEX receipts_began ON receipts (began_at);

CREATE INDEX receipts_open ON receipts (id) WHERE wiped_at IS NULL;

CREATE INDEX requests_age ON requests (created_at);

CREATE INDEX session_groups_group ON session_groups (group_id);

CREATE INDEX session_members_account ON session_members (account_id);

CREATE INDEX sessions_access ON sessions (id, project_id, public, erasing);

CREATE INDEX sessions_erasing ON sessions (id) WHERE erasing = 1;

CREATE INDEX sessions_project ON sessions (project_id, updated_at, id, status);

CREATE INDEX sessions_public ON sessions (updated_at, id, status, project_id) WHERE public = 1;

CREATE INDEX sessions_updated ON sessions (updated_at, id, status, project_id);

CREATE INDEX speakers_participant ON speakers (participant_id) WHERE participant_id IS NOT NULL;

CREATE INDEX templates_author ON templates (created_by);

CREATE INDEX templates_project ON templates (project_id);

CREATE INDEX templates_updated ON templates (updated_at);

CREATE INDEX theme_claims_theme ON theme_claims (theme_id);

CREATE INDEX themes_session ON themes (session_id, position);

CREATE INDEX track_speakers_speaker ON track_speakers (speaker_id);

CREATE INDEX turn_edits_conversation ON turn_edits (conversation_id, id);

CREATE UNIQUE INDEX turns_answer ON turns (answer ->> 'turn_id') WHERE answer IS NOT NULL;

CREATE UNIQUE INDEX turns_client_key ON turns (conversation_id, client_key) WHERE client_key IS NOT NULL;

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

CREATE TABLE accounts (
  id            TEXT NOT NULL PRIMARY KEY,
  email         TEXT NOT NULL,
  email_key     TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  language      TEXT NOT NULL DEFAULT 'en',
  password_hash TEXT NOT NULL,
  disabled      INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id           TEXT NOT NULL PRIMARY KEY,
  account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  key_hash     BLOB NOT NULL UNIQUE,
  scopes       TEXT NOT NULL CHECK (json_valid(scopes)),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER
) STRICT;

CREATE TABLE audit (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  address   TEXT NOT NULL,
  action    TEXT NOT NULL,
  object    TEXT NOT NULL,
  prev_hash BLOB NOT NULL,
  hash      BLOB NOT NULL
) STRICT;

CREATE TABLE background (
  id           TEXT NOT NULL PRIMARY KEY,
  session_id   TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL CHECK (kind IN ('handbook', 'file', 'results')),
  position     INTEGER NOT NULL,
  name         TEXT NOT NULL,
  format       TEXT NOT NULL,
  from_session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  characters   INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,
  sha256       BLOB,
  whole        INTEGER NOT NULL, -- 0 while its passages are being written
  created_at   INTEGER NOT NULL,
  CHECK ((kind = 'handbook') = (session_id IS NULL)),
  CHECK ((kind = 'results') = (from_session IS NOT NULL))
) STRICT;

CREATE TABLE blob_garbage (sha256 BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
  id              TEXT NOT NULL PRIMARY KEY,
  session_id      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  topic_id        TEXT NOT NULL,
  position        INTEGER NOT NULL, -- within the conversation
  text            TEXT NOT NULL,
  salience        REAL NOT NULL,
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  created_at      INTEGER NOT NULL
, use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')), verbatim INTEGER NOT NULL DEFAULT 1, prompted INTEGER NOT NULL DEFAULT 0, stance TEXT NOT NULL DEFAULT 'neutral' CHECK (stance IN ('for', 'against', 'mixed', 'neutral')), participant_id TEXT REFERENCES participants (id) ON DELETE CASCADE) STRICT;

CREATE TABLE codebooks (
  session_id     TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  claims         INTEGER NOT NULL, -- of how many claims the themes were made
  seed           INTEGER NOT NULL, -- of the order in which those were shown
  repeated       INTEGER NOT NULL, -- claims that were put into themes a second time, in another order
  agreed         INTEGER NOT NULL, -- of them, those that came to the same theme
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
, asked TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE companion_answers (
  id             TEXT NOT NULL PRIMARY KEY,
  thread_id      TEXT NOT NULL REFERENCES companion_threads (id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  question       TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('asked', 'answered', 'stopped', 'interrupted')),
  outcome        TEXT NOT NULL CHECK (outcome IN ('', 'sentences', 'passages', 'none')),
  why            TEXT NOT NULL,
  refused        INTEGER NOT NULL,
  newest         INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  pinned_in      TEXT REFERENCES sessions (id) ON DELETE SET NULL,
  pinned_at      INTEGER,
  created_at     INTEGER NOT NULL,
  answered_at    INTEGER,
  UNIQUE (thread_id, position)
) STRICT;

CREATE TABLE companion_citations (
  answer_id  TEXT NOT NULL,
  part       INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  turn_id    TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte > start_byte),
  PRIMARY KEY (answer_id, part, position),
  FOREIGN KEY (answer_id, part) REFERENCES companion_parts (answer_id, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE companion_parts (
  answer_id TEXT NOT NULL REFERENCES companion_answers (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('sentence', 'passage', 'gone')),
  text      TEXT NOT NULL, -- of a sentence; the words of a passage are where its citation says
  PRIMARY KEY (answer_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE companion_threads (
  id              TEXT NOT NULL PRIMARY KEY,
  account_id      TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  project_id      TEXT REFERENCES projects (id) ON DELETE CASCADE,
  session_id      TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  CHECK ((project_id IS NOT NULL) + (session_id IS NOT NULL) + (conversation_id IS NOT NULL) <= 1)
) STRICT;

CREATE TABLE conversations (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  participant_id TEXT UNIQUE REFERENCES participants (id) ON DELETE CASCADE,
  source         TEXT NOT NULL CHECK (source IN ('interview', 'recording', 'text')),
  title          TEXT NOT NULL,
  language       TEXT NOT NULL,
  guide_version  INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('active', 'finished')),
  ended          TEXT NOT NULL CHECK (ended IN ('', 'complete', 'early', 'closed')),
  included       INTEGER NOT NULL,
  next_seq       INTEGER NOT NULL,
  answered_seq   INTEGER NOT NULL,
  owed           INTEGER NOT NULL, -- 1 while the facilitator owes the next turn
  facilitation   TEXT NOT NULL CHECK (json_valid(facilitation)),
  turns          INTEGER NOT NULL,
  words          INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  last_turn_at   INTEGER NOT NULL,
  finished_at    INTEGER
, distress_at INTEGER, folded INTEGER NOT NULL DEFAULT 0, use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')), uses_changed INTEGER NOT NULL DEFAULT 0, rating INTEGER CHECK (rating BETWEEN 1 AND 4), release INTEGER, released_as TEXT, restricted INTEGER NOT NULL DEFAULT 0 CHECK (restricted BETWEEN 0 AND 31)) STRICT;

CREATE TABLE coverage (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  topic_id        TEXT NOT NULL,
  asked           INTEGER NOT NULL,
  answered        INTEGER NOT NULL,
  depth           INTEGER NOT NULL,
  follow_ups      INTEGER NOT NULL, seconds INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, topic_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  id              TEXT NOT NULL PRIMARY KEY,
  webhook_id      TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  event           TEXT NOT NULL,
  session_id      TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  at              INTEGER NOT NULL,           -- of the event
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_at         INTEGER NOT NULL,           -- of the next attempt, while it waits
  status          INTEGER NOT NULL DEFAULT 0, -- of HTTP; 0: no answer
  problem         TEXT NOT NULL DEFAULT '',   -- why the last attempt failed, a word
  tried_at        INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE digests (
  conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  turns           INTEGER NOT NULL, -- of the participant when it was made: fewer than there are now means it is stale
  input_hash      BLOB NOT NULL,
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  claims          INTEGER NOT NULL,
  located         INTEGER NOT NULL,
  discarded       INTEGER NOT NULL,
  created_at      INTEGER NOT NULL
, parts INTEGER NOT NULL DEFAULT 0, by_rules INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE events (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  type            TEXT NOT NULL,
  session_id      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
  at              INTEGER NOT NULL
) STRICT;

CREATE TABLE facts (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL, -- of the turn
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte      INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte        INTEGER NOT NULL CHECK (end_byte > start_byte),
  text            TEXT NOT NULL, -- what a model made of these words; empty for the words themselves
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  PRIMARY KEY (conversation_id, seq, start_byte)
) STRICT, WITHOUT ROWID;

CREATE TABLE form_fields (
  id         TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  type       TEXT NOT NULL,
  text       TEXT NOT NULL,
  required   INTEGER NOT NULL,
  options    TEXT NOT NULL CHECK (json_valid(options))
) STRICT;

CREATE TABLE group_members (
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL UNIQUE, -- the form in which two names that look alike are the same
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE guides (
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  version        INTEGER NOT NULL,
  guide          TEXT NOT NULL CHECK (json_valid(guide)),
  brief          TEXT NOT NULL CHECK (json_valid(brief)),
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  author         TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  reason         TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (session_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE heard_turns (
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  PRIMARY KEY (turn_id, track, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
  id        TEXT NOT NULL PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('box', 'project', 'session', 'conversation')),
  object    TEXT NOT NULL, -- '' for the box
  reason    TEXT NOT NULL,
  placed_by TEXT NOT NULL,
  placed_at INTEGER NOT NULL,
  until     INTEGER,       -- NULL: until somebody lifts it
  lifted_by TEXT,
  lifted_at INTEGER
) STRICT;

CREATE TABLE idea_claims (
  idea_id  TEXT NOT NULL REFERENCES ideas (id) ON DELETE CASCADE,
  claim_id TEXT NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
  stance   INTEGER NOT NULL CHECK (stance BETWEEN -1 AND 1),
  PRIMARY KEY (idea_id, claim_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ideas (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  topic_id       TEXT NOT NULL,
  language       TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('convergence', 'tension', 'outlier')),
  words          TEXT NOT NULL CHECK (json_valid(words)),
  text           TEXT NOT NULL,
  people         INTEGER NOT NULL,
  pool           INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE insight_definitions (
  id          TEXT NOT NULL PRIMARY KEY,
  session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  name        TEXT NOT NULL,
  version     INTEGER NOT NULL, -- of what is asked now
  archived_at INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE insight_evidence (
  insight_id INTEGER NOT NULL REFERENCES insights (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  item       INTEGER NOT NULL,
  turn_id    TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte > start_byte),
  method     TEXT NOT NULL CHECK (method IN ('exact', 'normalised', 'snapped')),
  score      REAL NOT NULL,
  use        TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')),
  PRIMARY KEY (insight_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE insight_runs (
  definition_id TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  run           INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  anew          INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('open', 'done', 'stopped')),
  created_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  PRIMARY KEY (definition_id, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE insight_versions (
  definition_id  TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  version        INTEGER NOT NULL,
  ask            TEXT NOT NULL CHECK (json_valid(ask)),
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  PRIMARY KEY (definition_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE insights (
  id              INTEGER PRIMARY KEY,
  definition_id   TEXT NOT NULL REFERENCES insight_definitions (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  run             INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('said', 'not_said', 'unsupported', 'failed')),
  value           TEXT NOT NULL CHECK (json_valid(value)), -- a list of texts
  number          REAL,
  verbatim        INTEGER NOT NULL,
  use             TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote')), -- see uses.go
  discarded       INTEGER NOT NULL,
  failure         TEXT NOT NULL,
  input_hash      BLOB NOT NULL,
  asked           TEXT NOT NULL,
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  UNIQUE (definition_id, conversation_id, run)
) STRICT;

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

CREATE TABLE jobs (
  id              TEXT NOT NULL PRIMARY KEY,
  kind            TEXT NOT NULL,
  session_id      TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
  state           TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts        INTEGER NOT NULL,
  done            INTEGER NOT NULL,
  total           INTEGER NOT NULL,
  message         TEXT NOT NULL,
  run_at          INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  finished_at     INTEGER
) STRICT;

CREATE TABLE joined_accounts (
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  account_id     TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  participant_id TEXT REFERENCES participants (id) ON DELETE CASCADE,
  PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE logins (
  id           TEXT NOT NULL PRIMARY KEY,
  account_id   TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  token_hash   BLOB NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  address      TEXT NOT NULL,
  user_agent   TEXT NOT NULL
) STRICT;

CREATE TABLE marks (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  kind            TEXT NOT NULL CHECK (kind IN ('decision', 'action', 'question', 'note')),
  at_ms           INTEGER NOT NULL CHECK (at_ms >= 0), -- within the recording
  text            TEXT NOT NULL,
  created_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE offer_sources (
  turn_id     TEXT NOT NULL REFERENCES offers (turn_id) ON DELETE CASCADE,
  source_turn TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte  INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte    INTEGER NOT NULL CHECK (end_byte > start_byte),
  stance      INTEGER NOT NULL CHECK (stance BETWEEN -1 AND 1),
  PRIMARY KEY (turn_id, source_turn, start_byte)
) STRICT, WITHOUT ROWID;

CREATE TABLE offers (
  turn_id        TEXT NOT NULL PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE, -- of the facilitator
  topic_id       TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('convergence', 'tension', 'outlier')),
  words          TEXT NOT NULL CHECK (json_valid(words)),
  text           TEXT NOT NULL,
  end_byte       INTEGER NOT NULL CHECK (end_byte > 0), -- the idea stands at the beginning of the turn
  people         INTEGER NOT NULL,
  pool           INTEGER NOT NULL,
  carried        INTEGER NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE participants (
  id           TEXT NOT NULL PRIMARY KEY,
  session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  name         TEXT NOT NULL,
  email        TEXT NOT NULL,
  external_id  TEXT,
  language     TEXT NOT NULL,
  origin       TEXT NOT NULL CHECK (origin IN ('link', 'api')),
  token_hash   BLOB UNIQUE,
  consent_text TEXT NOT NULL,
  consented_at INTEGER,
  answers      TEXT NOT NULL CHECK (json_valid(answers)),
  created_at   INTEGER NOT NULL, rehearsal TEXT NOT NULL DEFAULT '',
  UNIQUE (session_id, number),
  UNIQUE (session_id, external_id)
) STRICT;

CREATE TABLE passages (
  row           INTEGER PRIMARY KEY,
  background_id TEXT NOT NULL REFERENCES background (id) ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  content       TEXT NOT NULL,
  UNIQUE (background_id, position)
) STRICT;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
  content, content = 'passages', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE 'passages_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'passages_fts_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'passages_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'passages_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE password_links (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TABLE points (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  shown_in        TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE, -- the read-back
  position        INTEGER NOT NULL,
  topic_id        TEXT NOT NULL,
  topic           TEXT NOT NULL,
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE, -- whose words it stands over
  start_byte      INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte        INTEGER NOT NULL CHECK (end_byte > start_byte),
  state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'edited', 'dropped', 'withdrawn')),
  use             TEXT CHECK (use IN ('count', 'paraphrase', 'quote')), -- NULL is that of the conversation
  edit_turn_id    TEXT REFERENCES turns (id) ON DELETE SET NULL         -- the later wording
) STRICT;

CREATE TABLE project_groups (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  PRIMARY KEY (project_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_members (
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  PRIMARY KEY (project_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE projects (
  id          TEXT NOT NULL PRIMARY KEY,
  title       TEXT NOT NULL,
  description TEXT NOT NULL,
  status      TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  public      INTEGER NOT NULL,
  created_by  TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
, models TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(models)), summary_prompt TEXT NOT NULL DEFAULT '', keep_days INTEGER CHECK (keep_days > 0), jargon TEXT NOT NULL DEFAULT '', keep_recording_days INTEGER CHECK (keep_recording_days > 0)) STRICT;

CREATE TABLE quotes (
  id         TEXT NOT NULL PRIMARY KEY,
  claim_id   TEXT NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
  turn_id    TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  start_byte INTEGER NOT NULL CHECK (start_byte >= 0),
  end_byte   INTEGER NOT NULL CHECK (end_byte > start_byte),
  method     TEXT NOT NULL CHECK (method IN ('exact', 'normalised', 'snapped')),
  score      REAL NOT NULL
, use TEXT NOT NULL DEFAULT 'quote' CHECK (use IN ('count', 'paraphrase', 'quote'))) STRICT;

CREATE TABLE receipts (
  id         TEXT NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL,
  actor      TEXT NOT NULL,
  objects    TEXT NOT NULL CHECK (json_valid(objects)), -- what was named: kinds and ids
  counts     TEXT NOT NULL CHECK (json_valid(counts)),
  hash       BLOB,    -- over the ids of all rows, see erasures.go; NULL until it is counted
  began_at   INTEGER NOT NULL,
  deleted_at INTEGER, -- the rows are gone
  wiped_at   INTEGER  -- no file of the box holds them any more
, rule TEXT NOT NULL DEFAULT '' CHECK (rule IN ('', 'box', 'project', 'session', 'meeting', 'transcript'))) STRICT;

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

CREATE TABLE recovery_codes (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL,
  PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  number         INTEGER NOT NULL,
  people         INTEGER NOT NULL CHECK (people > 0), -- conversations that came with it
  report_version INTEGER NOT NULL,                    -- of the report that there was
  created_at     INTEGER NOT NULL, titles TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(titles)), returned INTEGER,
  PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_parts (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  topic_id   TEXT NOT NULL,    -- '' for what was said beyond the questions
  number     INTEGER NOT NULL, -- of the group within the topic; -1 for what stands out across all topics
  input_hash BLOB NOT NULL,    -- of the claims that were shown
  claims     INTEGER NOT NULL, -- that the topic had
  sentences  TEXT NOT NULL,
  dropped    INTEGER NOT NULL, -- sentences that did not keep to the rules
  failed     INTEGER NOT NULL, -- nothing could be used
  due        INTEGER NOT NULL, -- the host wants it written anew
  asked      TEXT NOT NULL,    -- who was asked, and what
  created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, topic_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  version        INTEGER NOT NULL,
  body           TEXT NOT NULL CHECK (json_valid(body)),
  counts         TEXT NOT NULL CHECK (json_valid(counts)),
  input_hash     BLOB NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL, asked TEXT NOT NULL DEFAULT '',
  UNIQUE (session_id, version)
) STRICT;

CREATE TABLE requests (
  actor      TEXT NOT NULL,
  operation  TEXT NOT NULL,
  key        TEXT NOT NULL,
  body_hash  BLOB NOT NULL,
  object_id  TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (actor, operation, key)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE second_factors (
  account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  secret     TEXT NOT NULL, -- in use; '' while the first one is being set up
  next       TEXT NOT NULL, -- being set up, in use once a code of it has come; '' for none
  last_step  INTEGER NOT NULL, -- the time step of the newest code that was used: neither it nor an older one is good again
  since      INTEGER -- when the secret in use was proved
) STRICT, WITHOUT ROWID;

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
  prompt_version  TEXT NOT NULL DEFAULT '', parts TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(parts)),
  PRIMARY KEY (conversation_id, version, track, position),
  FOREIGN KEY (conversation_id, version) REFERENCES transcripts (conversation_id, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE session_groups (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('admin', 'editor', 'viewer')),
  PRIMARY KEY (session_id, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_members (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role       TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id                    TEXT NOT NULL PRIMARY KEY,
  project_id            TEXT REFERENCES projects (id) ON DELETE SET NULL,
  topic                 TEXT NOT NULL,
  goal                  TEXT NOT NULL,
  critical              TEXT NOT NULL,
  context               TEXT NOT NULL,
  status                TEXT NOT NULL CHECK (status IN ('draft', 'open', 'closed', 'archived')),
  language              TEXT NOT NULL,
  host                  TEXT NOT NULL,
  welcome_message       TEXT NOT NULL,
  consent_text          TEXT NOT NULL,
  anonymous             INTEGER NOT NULL,
  public                INTEGER NOT NULL,
  join_code             TEXT NOT NULL UNIQUE,
  guide_version         INTEGER NOT NULL,
  prompt_override       TEXT NOT NULL,
  summary_prompt        TEXT NOT NULL,
  prompt_summary        TEXT NOT NULL,
  prompt_generated_from TEXT NOT NULL,
  meta_description      TEXT NOT NULL,
  platform_guidelines   TEXT NOT NULL,
  template_id           TEXT NOT NULL,
  cross_pollination     INTEGER NOT NULL,
  widgets_enabled       INTEGER NOT NULL,
  results_visibility    TEXT NOT NULL CHECK (results_visibility IN ('host', 'participants', 'public')),
  distribution          TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(distribution)),
  created_by            TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL,
  opened_at             INTEGER,
  closed_at             INTEGER,
  joined                INTEGER NOT NULL DEFAULT 0 -- participants so far, erased ones included: the last number given
, models TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(models)), leading TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(leading)), default_use TEXT NOT NULL DEFAULT 'quote' CHECK (default_use IN ('count', 'paraphrase', 'quote')), rehearsed INTEGER NOT NULL DEFAULT 0, who_may_join TEXT NOT NULL DEFAULT 'link' CHECK (who_may_join IN ('link', 'code', 'invitation', 'account')), cross_pollination_minimum INTEGER NOT NULL DEFAULT 5 CHECK (cross_pollination_minimum >= 3), cross_pollination_since INTEGER, visibility TEXT NOT NULL DEFAULT '{}', roster TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(roster)), keep_days INTEGER CHECK (keep_days > 0), erasing INTEGER NOT NULL DEFAULT 0, keep_recording_days INTEGER CHECK (keep_recording_days > 0)) STRICT;

CREATE TABLE settings (
  key        TEXT NOT NULL PRIMARY KEY,
  value      TEXT NOT NULL CHECK (json_valid(value)),
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE speakers (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  position        INTEGER NOT NULL, -- in the order in which they first speak, from 0
  name            TEXT NOT NULL,
  participant_id  TEXT REFERENCES participants (id) ON DELETE SET NULL,
  UNIQUE (conversation_id, position)
) STRICT;

CREATE TABLE takes (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL CHECK (track >= 0),
  take            INTEGER NOT NULL CHECK (take >= 0),
  device          TEXT NOT NULL,    -- a random key of the device: who has it goes on with the take
  samples         INTEGER CHECK (samples >= 0), -- that it has altogether; NULL until its device has said so
  began_at        INTEGER NOT NULL,
  ended_at        INTEGER, place INTEGER CHECK (place >= 0), came_at INTEGER,
  PRIMARY KEY (conversation_id, track, take)
) STRICT, WITHOUT ROWID;

CREATE TABLE templates (
  id         TEXT NOT NULL PRIMARY KEY,
  project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
  title      TEXT NOT NULL,
  public     INTEGER NOT NULL,
  spec_id    TEXT NOT NULL DEFAULT '', -- of the published method that it was made from
  content    TEXT NOT NULL CHECK (json_valid(content)),
  created_by TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE theme_claims (
  claim_id TEXT NOT NULL PRIMARY KEY REFERENCES claims (id) ON DELETE CASCADE,
  theme_id TEXT REFERENCES themes (id) ON DELETE CASCADE, -- NULL: it belongs to none of them
  by_model INTEGER NOT NULL, -- a model has put it there
  tries    INTEGER NOT NULL  -- how often it was asked for
) STRICT, WITHOUT ROWID;

CREATE TABLE themes (
  id             TEXT NOT NULL PRIMARY KEY,
  session_id     TEXT NOT NULL REFERENCES codebooks (session_id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  title          TEXT NOT NULL,
  description    TEXT NOT NULL,
  made_by        TEXT NOT NULL,
  model_digest   TEXT NOT NULL,
  prompt_version TEXT NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE tombstones (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT NOT NULL,
  object TEXT NOT NULL,
  at     INTEGER, -- NULL until it is written into the journal beside the database
  UNIQUE (kind, object)
) STRICT;

CREATE TABLE track_speakers (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL,
  speaker_id      TEXT NOT NULL REFERENCES speakers (id) ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, track)
) STRICT, WITHOUT ROWID;

CREATE TABLE transcripts (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  version         INTEGER NOT NULL CHECK (version > 0),
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
  problem         TEXT NOT NULL DEFAULT '', -- a code
  language        TEXT NOT NULL,
  words           TEXT NOT NULL CHECK (json_valid(words)), -- names and terms that were given along
  created_at      INTEGER NOT NULL,
  completed_at    INTEGER, late INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE turn_edits (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  turn_id         TEXT NOT NULL,    -- which may have been merged into another since
  before          TEXT NOT NULL,
  edited_by       TEXT REFERENCES accounts (id) ON DELETE SET NULL,
  edited_at       INTEGER NOT NULL
) STRICT;

CREATE VIRTUAL TABLE turn_words USING fts5vocab (turns_fts, instance);

CREATE TABLE turns (
  row             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL,
  role            TEXT NOT NULL CHECK (role IN ('participant', 'facilitator')),
  speaker         TEXT NOT NULL,
  content         TEXT NOT NULL,
  topic_id        TEXT NOT NULL,
  move            TEXT NOT NULL,
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  client_key      TEXT,
  start_ms        INTEGER NOT NULL,
  end_ms          INTEGER NOT NULL,
  created_at      INTEGER NOT NULL, control TEXT CHECK (control IS NULL OR json_valid(control)), answer TEXT CHECK (answer IS NULL OR json_valid(answer)), counted TEXT, readable TEXT, quotable TEXT, prompted INTEGER NOT NULL DEFAULT 0, spoken INTEGER NOT NULL DEFAULT 0 CHECK (spoken IN (0, 1)),
  UNIQUE (conversation_id, seq)
) STRICT;

CREATE VIRTUAL TABLE turns_fts USING fts5 (
  content, session, content = 'said', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE 'turns_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'turns_fts_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'turns_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'turns_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE vectors (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  model_digest    TEXT NOT NULL,
  first_seq       INTEGER NOT NULL,
  last_seq        INTEGER NOT NULL,
  vector          BLOB NOT NULL,
  PRIMARY KEY (conversation_id, model_digest, first_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
  id         TEXT NOT NULL PRIMARY KEY,
  url        TEXT NOT NULL,
  events     TEXT NOT NULL CHECK (json_valid(events)),
  secret     TEXT NOT NULL,
  enabled    INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE windows (
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  input_hash      BLOB NOT NULL,    -- of what the model is shown
  position        INTEGER NOT NULL, -- in the conversation
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'read', 'rules')),
  points          TEXT NOT NULL,    -- what the model answered
  made_by         TEXT NOT NULL,
  model_digest    TEXT NOT NULL,
  prompt_version  TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, input_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE withdrawals (
  conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
  asked_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER account_invitations_tombstone AFTER UPDATE OF used_at, revoked_at ON account_invitations
  WHEN coalesce(old.used_at, old.revoked_at) IS NULL AND coalesce(new.used_at, new.revoked_at) IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_invitation', old.id);
END;

CREATE TRIGGER accounts_off_tombstone AFTER UPDATE OF disabled ON accounts WHEN old.disabled = 0 AND new.disabled = 1 BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_off', new.id || ' ' || new.updated_at);
END;

CREATE TRIGGER accounts_on_tombstone AFTER UPDATE OF disabled ON accounts WHEN old.disabled = 1 AND new.disabled = 0 BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account_on', new.id || ' ' || new.updated_at);
END;

CREATE TRIGGER accounts_tombstone BEFORE DELETE ON accounts BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('account', old.id);
END;

CREATE TRIGGER api_keys_tombstone BEFORE DELETE ON api_keys BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('key', old.id);
END;

CREATE TRIGGER audit_goes_on_at_its_end BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

CREATE TRIGGER background_tombstone BEFORE DELETE ON background
  WHEN old.session_id IS NULL OR NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('background', old.id);
END;

CREATE TRIGGER companion_citations_delete AFTER DELETE ON companion_citations BEGIN
  UPDATE companion_parts SET kind = 'gone', text = '' WHERE answer_id = old.answer_id AND position = old.part;
END;

CREATE TRIGGER companion_threads_tombstone BEFORE DELETE ON companion_threads
  WHEN old.session_id IS NULL OR NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('thread', old.id);
END;

CREATE TRIGGER conversations_holds AFTER DELETE ON conversations BEGIN
  DELETE FROM holds WHERE object = old.id;
END;

CREATE TRIGGER conversations_tombstone BEFORE DELETE ON conversations
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('conversation', old.id);
END;

CREATE TRIGGER groups_tombstone BEFORE DELETE ON groups BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('group', old.id);
END;

CREATE TRIGGER holds_off_tombstone AFTER UPDATE OF lifted_at ON holds WHEN old.lifted_at IS NULL AND new.lifted_at IS NOT NULL BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('hold_off', new.id);
END;

CREATE TRIGGER holds_tombstone AFTER INSERT ON holds BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('hold', new.id || ' ' || new.kind || ' ' || iif(new.object = '', '-', new.object)
    || ' ' || coalesce(new.until, 0) || ' ' || new.placed_at || ' ' || new.placed_by);
END;

CREATE TRIGGER idea_claims_delete AFTER DELETE ON idea_claims BEGIN
  DELETE FROM ideas WHERE id = old.idea_id;
END;

CREATE TRIGGER insight_definitions_tombstone BEFORE DELETE ON insight_definitions
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('insight', old.id);
END;

CREATE TRIGGER invitations_tombstone AFTER UPDATE OF revoked_at ON invitations
  WHEN old.revoked_at IS NULL AND new.revoked_at IS NOT NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('invitation', old.id);
END;

CREATE TRIGGER marks_tombstone BEFORE DELETE ON marks
  WHEN EXISTS (SELECT 1 FROM conversations WHERE id = old.conversation_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('mark', old.id);
END;

CREATE TRIGGER offer_sources_delete AFTER DELETE ON offer_sources BEGIN
  DELETE FROM offers WHERE turn_id = old.turn_id;
END;

CREATE TRIGGER offers_delete AFTER DELETE ON offers
  WHEN EXISTS (SELECT 1 FROM turns AS t JOIN conversations AS v ON v.id = t.conversation_id WHERE t.id = old.turn_id
    AND NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = v.session_id))
BEGIN
  UPDATE turns SET
    content = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(content AS BLOB), old.end_byte + 1) AS TEXT),
    counted = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(counted AS BLOB), old.end_byte + 1) AS TEXT),
    readable = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(readable AS BLOB), old.end_byte + 1) AS TEXT),
    quotable = '[…]' || printf('%*s', old.end_byte - 5, '') || CAST(substr(CAST(quotable AS BLOB), old.end_byte + 1) AS TEXT)
  WHERE id = old.turn_id;
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('words', old.turn_id || ' 0 ' || old.end_byte);
END;

CREATE TRIGGER participants_tombstone BEFORE DELETE ON participants
  WHEN NOT EXISTS (SELECT 1 FROM tombstones WHERE kind = 'session' AND object = old.session_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('participant', old.id);
END;

CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN
  INSERT INTO passages_fts (passages_fts, rowid, content) VALUES ('delete', old.row, old.content);
END;

CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN
  INSERT INTO passages_fts (rowid, content) VALUES (new.row, new.content);
END;

CREATE TRIGGER pieces_garbage AFTER DELETE ON pieces
  WHEN NOT EXISTS (SELECT 1 FROM pieces WHERE sha256 = old.sha256)
BEGIN
  INSERT OR IGNORE INTO blob_garbage (sha256) VALUES (old.sha256);
END;

CREATE TRIGGER pieces_kept AFTER INSERT ON pieces BEGIN
  DELETE FROM blob_garbage WHERE sha256 = new.sha256;
END;

CREATE TRIGGER projects_holds AFTER DELETE ON projects BEGIN
  DELETE FROM holds WHERE object = old.id;
END;

CREATE TRIGGER projects_tombstone BEFORE DELETE ON projects BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('project', old.id);
END;

CREATE TRIGGER recordings_erased AFTER UPDATE OF erased_at ON recordings
  WHEN new.erased_at IS NOT NULL AND old.erased_at IS NULL
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('sound', new.conversation_id);
END;

CREATE TRIGGER recovery_codes_tombstone BEFORE DELETE ON recovery_codes
  WHEN EXISTS (SELECT 1 FROM accounts WHERE id = old.account_id)
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('recovery_code', old.account_id || ' ' || hex(old.hash));
END;

CREATE TRIGGER restrictions_tombstone AFTER UPDATE OF restricted ON conversations WHEN old.restricted <> new.restricted BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('restriction', new.id || ' ' ||
    (SELECT count(*) FROM restriction_events WHERE conversation_id = new.id) || ' ' || new.restricted);
END;

CREATE TRIGGER sessions_holds AFTER DELETE ON sessions BEGIN
  DELETE FROM holds WHERE object = old.id;
END;

CREATE TRIGGER sessions_tombstone BEFORE DELETE ON sessions BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('session', old.id);
END;

CREATE TRIGGER templates_tombstone BEFORE DELETE ON templates BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('template', old.id);
END;

CREATE TRIGGER turns_fts_answers AFTER UPDATE OF role ON turns
  WHEN old.role <> 'participant' AND new.role = 'participant' AND NOT EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (rowid, content, session) VALUES (new.row, coalesce(new.quotable, new.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = new.conversation_id));
END;

CREATE TRIGGER turns_fts_asks AFTER UPDATE OF role ON turns
  WHEN old.role = 'participant' AND new.role <> 'participant' AND EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content, session) VALUES ('delete', old.row, coalesce(old.quotable, old.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = old.conversation_id));
END;

CREATE TRIGGER turns_fts_conversation BEFORE DELETE ON conversations BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content, session)
    SELECT 'delete', t.row, coalesce(t.quotable, t.content), substr(old.session_id, 5)
    FROM turns t JOIN turns_fts_docsize d ON d.id = t.row WHERE t.conversation_id = old.id;
END;

CREATE TRIGGER turns_fts_delete AFTER DELETE ON turns
  WHEN EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content, session) VALUES ('delete', old.row, coalesce(old.quotable, old.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = old.conversation_id));
END;

CREATE TRIGGER turns_fts_update AFTER UPDATE OF content, quotable ON turns
  WHEN EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content, session) VALUES ('delete', old.row, coalesce(old.quotable, old.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = old.conversation_id));
  INSERT INTO turns_fts (rowid, content, session) VALUES (new.row, coalesce(new.quotable, new.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = new.conversation_id));
END;

CREATE TRIGGER turns_role AFTER UPDATE OF role ON turns WHEN old.role <> new.role BEGIN
  DELETE FROM companion_citations WHERE turn_id = new.id;
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;

CREATE TRIGGER turns_uncite AFTER UPDATE OF content, quotable ON turns
  WHEN coalesce(old.quotable, old.content) <> coalesce(new.quotable, new.content)
BEGIN
  DELETE FROM companion_citations WHERE turn_id = new.id;
END;

CREATE TRIGGER turns_unembed AFTER UPDATE OF content, quotable ON turns
  WHEN coalesce(old.quotable, old.content) <> coalesce(new.quotable, new.content)
BEGIN
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;

CREATE TRIGGER turns_unembed_new AFTER INSERT ON turns
  WHEN EXISTS (SELECT 1 FROM vectors WHERE conversation_id = new.conversation_id)
BEGIN
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;

CREATE TRIGGER turns_unoffer AFTER UPDATE OF content ON turns WHEN old.content <> new.content AND new.role = 'participant' BEGIN
  DELETE FROM offer_sources WHERE source_turn = new.id;
END;

CREATE TRIGGER webhooks_tombstone BEFORE DELETE ON webhooks
BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('webhook', old.id);
END;

CREATE TRIGGER withdrawals_tombstone AFTER INSERT ON withdrawals BEGIN
  INSERT OR IGNORE INTO tombstones (kind, object) VALUES ('withdrawal', new.conversation_id);
END;

CREATE VIEW said AS SELECT t.row, coalesce(t.quotable, t.content) AS content, substr(c.session_id, 5) AS session
  FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE t.role = 'participant';

