package store_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestAnonymityThatWasPromisedStays(t *testing.T) {
	r := newRoom(t)
	by := store.By{Account: r.owner, Actor: string(r.owner)}
	anonymous := func(on bool) error {
		_, err := r.UpdateSession(t.Context(), by, r.session, func(s *appliance.Session) error { s.Anonymous = on; return nil })
		return err
	}
	for _, on := range []bool{true, false, true} {
		if err := anonymous(on); err != nil {
			t.Fatalf("nobody has joined yet: %v", err)
		}
	}
	joined, err := r.Join(t.Context(), store.Joining{
		Participant: appliance.Participant{SessionID: r.session, Name: "Name", Email: "a@example.org", Origin: appliance.OriginLink,
			Answers: []appliance.FormAnswer{
				{FieldID: "mail", Type: appliance.FieldEmail, Values: []string{"b@example.org"}},
				{FieldID: "ward", Type: appliance.FieldShort, Values: []string{"Surgery"}},
			}},
		TokenHash: appliance.NewSecret("").Hash(),
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Participant(t.Context(), joined.ParticipantID)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "" || p.Email != "" || len(p.Answers) != 1 || p.Answers[0].FieldID != "ward" {
		t.Error("a name or an address was kept")
	}
	if err := anonymous(false); appliance.CodeOf(err) != appliance.CodeConflict {
		t.Errorf("anonymity was lifted: %v", err)
	}
}
