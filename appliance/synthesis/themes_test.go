package synthesis_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// themes brings the results up to date and gives the themes of the session.
func (d *desk) themes() store.ThemesOf {
	d.t.Helper()
	d.results()
	of, err := d.Themes(d.t.Context(), d.session.ID, 50)
	if err != nil {
		d.t.Fatal(err)
	}
	return of
}

// theme gives the theme whose title holds words.
func theme(t *testing.T, of store.ThemesOf, words string) store.ThemeCount {
	t.Helper()
	i := slices.IndexFunc(of.Themes, func(c store.ThemeCount) bool { return strings.Contains(strings.ToLower(c.Title), words) })
	if i < 0 {
		t.Fatalf("there is no theme of %q", words)
	}
	return of.Themes[i]
}

// workshop is a session in which seven speak of the drill, for it and against it, three of the lamp, and one of wages.
func workshop(t *testing.T) (d *desk, drills, lamps []appliance.ConversationID) {
	d = newDesk(t, appliance.English, "Tools", "Room")
	for i, words := range []string{
		"The drill is good and helps me with every door frame.",
		"The drill is good for thick walls and very fast.",
		"I like the drill because it saves me a whole hour.",
		"The drill is bad and breaks in the middle of a job.",
		"The drill is bad when the battery is cold.",
		"We share one drill between four people in the morning.",
		"The drill stands in the cupboard of the other team.",
	} {
		room := ""
		if i < 3 {
			room = fmt.Sprintf("The lamp over bench number %d flickers all afternoon.", i+1)
		}
		drills = append(drills, d.person(words, room))
	}
	lamps = drills[:3]
	d.person("Wages have not risen since our foreman retired.")
	return d, drills, lamps
}

func TestThemesAreCountedFromTheClaimsInThem(t *testing.T) {
	d, _, _ := workshop(t)
	of := d.themes()
	drill, lamp := theme(t, of, "drill"), theme(t, of, "lamp")
	want := map[appliance.Stance]int{"for": 3, "against": 2, "mixed": 0, "neutral": 2}
	if diff := cmp.Diff(want, drill.Stances); diff != "" || drill.Conversations != 7 || drill.Count != 7 || drill.Shown != 7 {
		t.Errorf("of the drill speak %d in %d claims, %d shown:\n%s", drill.Conversations, drill.Count, drill.Shown, diff)
	}
	if lamp.Conversations != 3 || lamp.Count != 3 || of.Themes[0].ID != drill.ID {
		t.Errorf("of the lamp speak %d in %d claims; the first theme is %q", lamp.Conversations, lamp.Count, of.Themes[0].Title)
	}
	if of.Other.Conversations != 1 || of.Other.Count != 1 || of.Claims != 11 || of.Conversations != 8 {
		t.Errorf("of nothing else speak %d in %d claims, of %d and %d in all", of.Other.Conversations, of.Other.Count, of.Conversations, of.Claims)
	}
	if b := of.Codebook; b.Maker.Model() || b.Repeated != 11 || b.Agreed != 11 {
		t.Errorf("made by %s; put into themes again %d claims, alike %d", b.Maker.By, b.Repeated, b.Agreed)
	}
}

func TestThereAreNoMoreThemesThanTheCubeRootOfTheClaims(t *testing.T) {
	for name, told := range map[string]story{"handover": handover(t), "bibliothek": bibliothek(t)} {
		of := tell(t, told).themes()
		if n := len(of.Themes); n < 2 || n > int(math.Round(math.Cbrt(float64(of.Claims)))) {
			t.Errorf("%s: %d themes of %d claims", name, n, of.Claims)
		}
		if of.Codebook.Agreed != of.Codebook.Repeated || of.Codebook.Repeated != of.Claims {
			t.Errorf("%s: %d of %d claims come to the same theme in another order", name, of.Codebook.Agreed, of.Codebook.Repeated)
		}
		seen := map[appliance.ClaimID]bool{}
		for _, theme := range of.Themes {
			for _, c := range theme.Claims {
				if seen[c.ID] {
					t.Errorf("%s: a claim is in two themes", name)
				}
				seen[c.ID] = true
			}
		}
	}
}

func TestAThemeStaysTheSameOneWhileItGrows(t *testing.T) {
	d, _, _ := workshop(t)
	before := theme(t, d.themes(), "drill")
	d.person("The drill is good since it was mended.", "The lamp is new and bright.")
	after := theme(t, d.themes(), "drill")
	if after.ID != before.ID || after.Conversations != before.Conversations+1 || !after.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("the theme %s of %d has become %s of %d", before.ID, before.Conversations, after.ID, after.Conversations)
	}
}

func TestWhoIsLeftOutIsInNoThemeAtOnce(t *testing.T) {
	d, drills, _ := workshop(t)
	d.themes()
	if err := d.SetIncluded(t.Context(), store.By{Actor: "test"}, drills[6], false); err != nil {
		t.Fatal(err)
	}
	of, err := d.Themes(t.Context(), d.session.ID, 50)
	if err != nil {
		t.Fatal(err)
	}
	if drill := theme(t, of, "drill"); drill.Conversations != 6 || drill.Count != 6 || drill.Shown != 6 {
		t.Errorf("of the drill speak %d in %d claims", drill.Conversations, drill.Count)
	}
}

func TestWhoWishesToBeCountedOnlyIsCountedAndNotShown(t *testing.T) {
	d, drills, _ := workshop(t)
	d.work()
	for _, id := range drills[4:] {
		if _, err := d.Review(t.Context(), id, appliance.Review{Use: appliance.UseCount}); err != nil {
			t.Fatal(err)
		}
	}
	d.work()
	drill := theme(t, d.themes(), "drill")
	if drill.Conversations != 7 || drill.Count != 7 || drill.Shown != 4 || len(drill.Claims) != 4 {
		t.Errorf("of the drill speak %d in %d claims, %d of them shown (%d)", drill.Conversations, drill.Count, drill.Shown, len(drill.Claims))
	}
}

func TestErasingAPersonTakesTheThemesWithIt(t *testing.T) {
	d, drills, _ := workshop(t)
	d.themes()
	if _, err := d.EraseConversation(t.Context(), store.ErasedByParticipant, drills[0]); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := d.Codebook(t.Context(), d.session.ID); ok || err != nil {
		t.Fatalf("the themes are still there: %v (%v)", ok, err)
	}
	d.work()
	if drill := theme(t, d.themes(), "drill"); drill.Conversations != 6 {
		t.Errorf("of the drill speak %d", drill.Conversations)
	}
}

func TestAThemeGivesItsClaimsPersonByPerson(t *testing.T) {
	d, _, _ := workshop(t)
	drill := theme(t, d.themes(), "drill")
	var ids []appliance.ClaimID
	for offset := 0; ; offset += 3 {
		_, list, total, err := d.ThemeClaims(t.Context(), d.session.ID, drill.ID, 3, offset)
		if err != nil || total != 7 {
			t.Fatalf("%d claims in all (%v)", total, err)
		}
		if len(list) == 0 {
			break
		}
		for _, c := range list {
			ids = append(ids, c.ID)
		}
	}
	var want []appliance.ClaimID
	for _, c := range drill.Claims {
		want = append(want, c.ID)
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("page by page the claims are not those of the theme:\n%s", diff)
	}
	_, list, total, err := d.ThemeClaims(t.Context(), d.session.ID, "", 10, 0)
	if err != nil || total != 1 || !strings.Contains(list[0].Text, "Wages") {
		t.Errorf("to no theme belong %d claims (%v)", total, err)
	}
	if _, _, _, err := d.ThemeClaims(t.Context(), d.session.ID, "thm_none", 10, 0); appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Errorf("a theme that is not there gives %v", err)
	}
}
