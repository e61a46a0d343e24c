package store_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

func TestEveryDeletionLeavesATombstone(t *testing.T) {
	d := newDesk(t)
	whole := d.talk("Whole", 3, func(i int) string { return fmt.Sprint("word", i) })
	partly := d.talk("Partly", 2, func(i int) string { return fmt.Sprint("word", i) })
	var talk, person string
	d.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT id, participant_id FROM conversations WHERE session_id = ? LIMIT 1`, partly.ID).Scan(&talk, &person)
	})
	p, err := d.CreateProject(t.Context(), d.owner, store.Once{}, appliance.Project{Title: "P", Status: appliance.ProjectActive})
	if err != nil {
		t.Fatal(err)
	}
	for _, del := range []func() error{
		func() error { _, err := d.DeleteSession(t.Context(), d.owner, whole.ID); return err },
		func() error {
			_, err := d.EraseConversation(t.Context(), d.owner, appliance.ConversationID(talk))
			return err
		},
		func() error { _, err := d.DeleteProject(t.Context(), d.owner, p.ID); return err },
	} {
		if err := del(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := d.Tombstones(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		if !s.At.Equal(d.now) {
			t.Errorf("%s is dated %s", s.Object, s.At)
		}
		got = append(got, s.Kind+" "+s.Object)
	}
	// What goes with a session has none of its own.
	want := []string{"session " + string(whole.ID), "conversation " + talk, "participant " + person, "project " + string(p.ID)}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A trigger that writes tombstones of a kind that a restore does not know would keep a promise that nobody keeps.
func TestEveryKindOfTombstoneIsKnownToARestore(t *testing.T) {
	d := newDesk(t)
	schema := ""
	d.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT group_concat(sql) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%_tombstone'`).Scan(&schema)
	})
	kinds := regexp.MustCompile(`VALUES \('(\w+)'`).FindAllStringSubmatch(schema, -1)
	if len(kinds) < 6 {
		t.Fatalf("%d kinds in the triggers", len(kinds))
	}
	for _, k := range kinds {
		if !store.KnowsTombstone(k[1]) {
			t.Errorf("the kind %s is not deleted again by a restore", k[1])
		}
	}
	if store.KnowsTombstone("of a newer version") {
		t.Error("everything is known, so that the test proves nothing")
	}
}

func TestReplayDeletesWhatIsThereAndKeepsTheRest(t *testing.T) {
	d := newDesk(t)
	gone := d.talk("Gone", 2, func(i int) string { return fmt.Sprint("word", i) })
	list := []store.Tombstone{
		{Kind: "session", Object: string(gone.ID), At: d.now.Add(-1e9)}, {Kind: "session", Object: "hst_never", At: d.now},
		{Kind: "account", Object: "acc_never", At: d.now}, {Kind: "of a newer version", Object: "x", At: d.now},
	}
	for i, want := range []int{1, 0} {
		n, err := d.Replay(t.Context(), list)
		if err != nil || n != want {
			t.Errorf("time %d: %d deleted, %v; want %d", i+1, n, err, want)
		}
	}
	_, err := d.Session(t.Context(), gone.ID)
	hasCode(t, err, appliance.CodeNotFound)
	kept, err := d.Tombstones(t.Context(), 0)
	if err != nil || len(kept) != 4 || !kept[0].At.Equal(d.now.Add(-1e9)) {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// A legal hold that was placed before restores knew of holds is known to them after the upgrade, one that was lifted is not.
func TestAHoldOfBeforeIsKnownToARestoreAfterTheUpgrade(t *testing.T) {
	all, err := fs.Glob(store.MigrationFiles(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Index(all, "00041_decided.sql")
	o := testOptions(t.TempDir())
	s := openAt(t, o, firstMigrations(t, all[:before]))
	for id, lifted := range map[string]string{"hld_in_force": "NULL", "hld_lifted": "2"} {
		if err := s.OnWriter(t.Context(), `INSERT INTO holds (id, kind, object, reason, placed_by, placed_at, lifted_at)
			VALUES ('`+id+`', 'box', '', 'R', 'acc_1', 1, `+lifted+`)`); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	s = openAt(t, o, store.MigrationFiles())
	list, err := s.Tombstones(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var holds []string
	for _, one := range list {
		if one.Kind == "hold" {
			holds = append(holds, one.Object)
		}
	}
	if want := []string{"hld_in_force box - 0 1 acc_1"}; !slices.Equal(holds, want) {
		t.Errorf("a restore knows of %q, want %q", holds, want)
	}
}
