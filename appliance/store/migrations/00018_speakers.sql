-- +goose Up

-- Who speaks in a conversation that was not led here: a meeting, a text, material that was brought in. One who says
-- something in their own words is a participant of the session like any other: that is who counts as a person in results,
-- and where the name stands. One who only asks has no participant, and the name stands here.
CREATE TABLE speakers (
  id              TEXT NOT NULL PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  position        INTEGER NOT NULL, -- in the order in which they first speak, from 0
  name            TEXT NOT NULL,
  participant_id  TEXT REFERENCES participants (id) ON DELETE SET NULL,
  UNIQUE (conversation_id, position)
) STRICT;
CREATE INDEX speakers_participant ON speakers (participant_id) WHERE participant_id IS NOT NULL;

-- Whose point a claim is, in a conversation of several participants; NULL is the participant of the conversation.
ALTER TABLE claims ADD COLUMN participant_id TEXT REFERENCES participants (id) ON DELETE CASCADE;
CREATE INDEX claims_participant ON claims (participant_id) WHERE participant_id IS NOT NULL;
