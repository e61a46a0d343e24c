package store_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// file adds a file whose text is made of pieces.
func (d *desk) file(s appliance.SessionID, name string, pieces ...string) appliance.Background {
	d.t.Helper()
	sum := sha256.Sum256([]byte(strings.Join(pieces, "")))
	b, err := d.AddFile(d.t.Context(), d.owner, store.Once{}, appliance.Background{SessionID: s, Name: name, Format: "txt", FileSHA256: sum[:]}, pieces)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// names gives what the facilitator of a session should know, in its order.
func (d *desk) backgroundNames(s appliance.SessionID) (names []string) {
	d.t.Helper()
	list, err := d.Backgrounds(d.t.Context(), s)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, b := range list {
		names = append(names, string(b.Kind)+" "+b.Name)
	}
	return names
}

func TestWhatAFacilitatorShouldKnowComesInItsOrder(t *testing.T) {
	d := newDesk(t)
	s, other := d.create(d.owner, draftSession("Wards")).ID, d.create(d.owner, draftSession("Wards")).ID
	plan := d.file(s, "plan.txt", "The plan ", "of the ward.")
	wards := d.file(s, "wards.txt", "Five wards.")
	results, err := d.AddResults(t.Context(), d.owner, store.Once{}, s, other)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetHandbook(t.Context(), d.owner, []string{"We speak ", "plainly."}); err != nil {
		t.Fatal(err)
	}
	topic := "results Wards"
	if diff := cmp.Diff([]string{"handbook ", "file plan.txt", "file wards.txt", topic}, d.backgroundNames(s)); diff != "" {
		t.Error(diff)
	}
	if text, err := d.BackgroundText(t.Context(), s, plan.ID); err != nil || text != "The plan of the ward." {
		t.Errorf("the text is %q, %v", text, err)
	}
	if text, b, err := d.Handbook(t.Context()); err != nil || text != "We speak plainly." || b.Characters != 17 {
		t.Errorf("the handbook is %q, %d characters, %v", text, b.Characters, err)
	}
	if err := d.OrderBackgrounds(t.Context(), d.owner, s, []appliance.BackgroundID{results.ID, wards.ID, plan.ID}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"handbook ", topic, "file wards.txt", "file plan.txt"}, d.backgroundNames(s)); diff != "" {
		t.Error(diff)
	}
	for name, order := range map[string][]appliance.BackgroundID{
		"one is missing": {results.ID, wards.ID}, "one twice": {results.ID, wards.ID, wards.ID}, "a foreign one": {results.ID, wards.ID, "bgr_x"},
	} {
		if err := d.OrderBackgrounds(t.Context(), d.owner, s, order); appliance.CodeOf(err) != appliance.CodeConflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := d.backgroundNames(other); !cmp.Equal(got, []string{"handbook "}) {
		t.Errorf("the other session knows %v", got)
	}
}

func TestWhatIsTooMuchOrThereAlreadyIsRefused(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Wards")).ID
	for i := range appliance.MaxBackgroundFiles {
		d.file(s, "a.txt", fmt.Sprint("text ", i))
	}
	_, full := d.AddFile(t.Context(), d.owner, store.Once{}, appliance.Background{SessionID: s, Name: "one more.txt", FileSHA256: []byte("other")}, []string{"x"})
	sum := sha256.Sum256([]byte("text 0"))
	_, same := d.AddFile(t.Context(), d.owner, store.Once{}, appliance.Background{SessionID: s, Name: "again.txt", FileSHA256: sum[:]}, []string{"text 0"})
	_, own := d.AddResults(t.Context(), d.owner, store.Once{}, s, s)
	_, none := d.AddResults(t.Context(), d.owner, store.Once{}, s, "hst_none")
	long := d.SetHandbook(t.Context(), d.owner, []string{strings.Repeat("x", appliance.MaxHandbook+1)})
	for name, c := range map[string]struct {
		err  error
		code appliance.Code
	}{
		"a 21st file": {full, appliance.CodeConflict}, "the same file": {same, appliance.CodeConflict}, "its own results": {own, appliance.CodeValidation},
		"results of nothing": {none, appliance.CodeNotFound}, "a long handbook": {long, appliance.CodeValidation},
	} {
		if appliance.CodeOf(c.err) != c.code {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if n := len(d.backgroundNames(s)); n != appliance.MaxBackgroundFiles {
		t.Errorf("%d are there", n)
	}
}

func TestPassagesAreFoundByTheWordsThatAreRare(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Wards")).ID
	a := d.file(s, "rules.txt", "The ward opens at six. ", "The ward has a runner who answers bells during handover. ", "The ward closes at ten. ")
	b := d.file(s, "names.txt", "The runner is named on the board of the ward.")
	elsewhere := d.file(d.create(d.owner, draftSession("Wards")).ID, "secret.txt", "The runner earns nothing.")
	got, err := d.FindPassages(t.Context(), []appliance.BackgroundID{a.ID, b.ID}, []string{"Ward", "RUNNER", `"bells" OR`}, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.FoundPassage{{Name: "rules.txt", Content: "The ward has a runner who answers bells during handover. "},
		{Name: "names.txt", Content: "The runner is named on the board of the ward."}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, none := range [][]string{nil, {"zebra"}, {"!?"}} {
		if got, err := d.FindPassages(t.Context(), []appliance.BackgroundID{a.ID, elsewhere.ID}, none, 2); err != nil || len(got) != 0 {
			t.Errorf("for %q came %d passages, %v", none, len(got), err)
		}
	}
}

func TestTheStampChangesWithWhatAFacilitatorShouldKnow(t *testing.T) {
	d := newDesk(t)
	s, other := d.create(d.owner, draftSession("Wards")).ID, d.create(d.owner, draftSession("Wards")).ID
	seen := map[string]string{}
	differs := func(when string) {
		t.Helper()
		stamp, err := d.BackgroundStamp(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := seen[stamp]; ok {
			t.Errorf("%s it is the same as %s", when, before)
		}
		seen[stamp] = when
	}
	differs("with nothing")
	a := d.file(s, "a.txt", "a")
	differs("with a file")
	b := d.file(s, "b.txt", "b")
	differs("with two files")
	if err := d.OrderBackgrounds(t.Context(), d.owner, s, []appliance.BackgroundID{b.ID, a.ID}); err != nil {
		t.Fatal(err)
	}
	differs("in another order")
	if err := d.SetHandbook(t.Context(), d.owner, []string{"h"}); err != nil {
		t.Fatal(err)
	}
	differs("with a handbook")
	if _, err := d.AddResults(t.Context(), d.owner, store.Once{}, s, other); err != nil {
		t.Fatal(err)
	}
	differs("with results")
}

func TestDeletedBackgroundIsNowhere(t *testing.T) {
	d := newDesk(t)
	s := d.create(d.owner, draftSession("Wards")).ID
	b := d.file(s, "a.txt", "a planted zanzibar word")
	if err := d.DeleteBackground(t.Context(), d.owner, s, b.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteBackground(t.Context(), d.owner, s, b.ID); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("a second time: %v", err)
	}
	if d.filesWith("anzibar") == "" {
		t.Error("control: the word is not found in the files before they are wiped")
	}
	if err := d.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := d.filesWith("anzibar"); name != "" {
		t.Errorf("the word is still in %s", name)
	}
	d.file(s, "b.txt", "more")
	if _, err := d.DeleteSession(t.Context(), d.owner, s); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT (SELECT count(*) FROM background) + (SELECT count(*) FROM passages)`); n != 0 {
		t.Errorf("%d rows are left of a deleted session", n)
	}
	if n := d.count(`SELECT count(*) FROM jobs WHERE kind = 'scrub'`); n == 0 {
		t.Error("nothing wipes the files of the database")
	}
}
