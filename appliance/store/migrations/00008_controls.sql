-- +goose Up

-- By what a question of the facilitator can be answered other than by writing (appliance.Control), and what somebody
-- answered by it (appliance.ControlAnswer), beside the words that say the same.
ALTER TABLE turns ADD COLUMN control TEXT CHECK (control IS NULL OR json_valid(control));
ALTER TABLE turns ADD COLUMN answer TEXT CHECK (answer IS NULL OR json_valid(answer));

-- A control is answered once.
CREATE UNIQUE INDEX turns_answer ON turns (answer ->> 'turn_id') WHERE answer IS NOT NULL;
