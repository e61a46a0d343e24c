package store_test

import (
	"testing"

	"harmonium/appliance"
)

// What is being erased is hidden first: lists of meetings leave it out too, while its rows are still there.
func TestAMeetingThatIsBeingErasedIsNotListed(t *testing.T) {
	d := newDesk(t)
	at := recorder(t, d)
	listed := func() int {
		t.Helper()
		_, total, _, err := d.Meetings(t.Context(), d.owner.Account, appliance.MeetingFilter{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return total
	}
	if n := listed(); n != 1 {
		t.Fatalf("%d meetings, want the one", n)
	}
	d.exec(`INSERT INTO tombstones (kind, object) VALUES ('conversation', '` + string(at.ID) + `')`)
	if n := listed(); n != 0 {
		t.Errorf("%d meetings are listed, and the only one is being erased", n)
	}
}
