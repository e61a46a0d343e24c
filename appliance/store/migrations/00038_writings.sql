-- +goose Up

-- Which segments of the transcript in use a turn holds the words of. A turn that two were merged into holds those of both;
-- of one that was split, each part has its segment.
CREATE TABLE heard_turns (
  turn_id         TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  PRIMARY KEY (turn_id, track, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_turns_segment ON heard_turns (conversation_id, track, position);

-- Whose voice a track has, as far as nobody says otherwise of single turns.
CREATE TABLE track_speakers (
  conversation_id TEXT NOT NULL REFERENCES recordings (conversation_id) ON DELETE CASCADE,
  track           INTEGER NOT NULL,
  speaker_id      TEXT NOT NULL REFERENCES speakers (id) ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, track)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_speakers_speaker ON track_speakers (speaker_id);

-- What is found are the words of participants: a turn that is given to somebody who only asks goes from the search index,
-- and one that is given to a participant comes into it.
-- +goose StatementBegin
CREATE TRIGGER turns_fts_asks AFTER UPDATE OF role ON turns
  WHEN old.role = 'participant' AND new.role <> 'participant' AND EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (turns_fts, rowid, content, session) VALUES ('delete', old.row, coalesce(old.quotable, old.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = old.conversation_id));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER turns_fts_answers AFTER UPDATE OF role ON turns
  WHEN old.role <> 'participant' AND new.role = 'participant' AND NOT EXISTS (SELECT 1 FROM turns_fts_docsize WHERE id = old.row)
BEGIN
  INSERT INTO turns_fts (rowid, content, session) VALUES (new.row, coalesce(new.quotable, new.content),
    (SELECT substr(session_id, 5) FROM conversations WHERE id = new.conversation_id));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER turns_role AFTER UPDATE OF role ON turns WHEN old.role <> new.role BEGIN
  DELETE FROM companion_citations WHERE turn_id = new.id;
  DELETE FROM vectors WHERE conversation_id = new.conversation_id;
END;
-- +goose StatementEnd
