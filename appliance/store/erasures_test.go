package store_test

import (
	"fmt"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// From the first step on nobody sees a session that is being erased, though its rows are there until the job is done.
func TestASessionThatIsBeingErasedIsSeenNowhere(t *testing.T) {
	d := newDesk(t)
	account := appliance.AccountID("acc_owner")
	gone := d.talk("Gone plantedtopic", 2, func(i int) string { return fmt.Sprintf("plantedword%d", i) })
	d.talk("Stays plantedtopic", 1, func(int) string { return "plantedword" })
	seen := func() (sessions, hits, erasable int) {
		t.Helper()
		list, total, err := d.Sessions(t.Context(), account, store.SessionFilter{Page: store.Page{Limit: 10}})
		if err != nil || total != len(list) {
			t.Fatalf("%d of %d sessions: %v", len(list), total, err)
		}
		found, err := d.Search(t.Context(), store.SearchQuery{Account: account, Text: "plantedword", Page: store.Page{Limit: 10}})
		if err != nil {
			t.Fatal(err)
		}
		orders, err := d.Erasable(t.Context(), account, store.ErasableFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list), len(found.Hits), len(orders)
	}
	if sessions, hits, erasable := seen(); sessions != 2 || hits != 3 || erasable != 2 {
		t.Fatalf("%d sessions are listed, %d turns found, %d may be erased before; want 2, 3, 2", sessions, hits, erasable)
	}
	r, err := d.BeginErasure(t.Context(), d.owner, appliance.EraseSession, []appliance.Erased{{Kind: "session", ID: string(gone.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM conversations WHERE session_id = ?`, gone.ID); n != 2 {
		t.Fatalf("%d conversations are still in the database, want 2: the test proves nothing", n)
	}
	if sessions, hits, erasable := seen(); sessions != 1 || hits != 1 || erasable != 1 {
		t.Errorf("%d sessions are listed, %d turns found, %d may be erased; want 1 of each", sessions, hits, erasable)
	}
	_, err = d.Session(t.Context(), gone.ID)
	hasCode(t, err, appliance.CodeNotFound)
	_, err = d.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: gone.ID, Origin: appliance.OriginLink},
		TokenHash: appliance.Secret("late").Hash()})
	if err == nil {
		t.Error("somebody has joined it")
	}
	people, err := d.FindPersons(t.Context(), "plantedword")
	if err != nil || len(people) != 1 {
		t.Errorf("%d people are found, %v; want the one of the other session", len(people), err)
	}
	list, _, err := d.Receipts(t.Context(), store.Page{Limit: 10})
	if err != nil || len(list) != 1 || list[0].ID != r.ID || list[0].Counts.Conversations != 2 || !list[0].DeletedAt.IsZero() {
		t.Errorf("receipts %+v, %v", list, err)
	}
}
