package appliance_test

import (
	"slices"
	"testing"

	"harmonium/appliance"
)

func TestWithoutATableEveryMemberSeesAllPartsAndNobodyElseAny(t *testing.T) {
	var v appliance.Visibility
	if got := v.Open(appliance.RoleViewer); !slices.Equal(got, appliance.Tabs()) {
		t.Errorf("a viewer sees %v", got)
	}
	for _, to := range []appliance.ResultsVisibility{appliance.ResultsParticipants, appliance.ResultsPublic} {
		if got := v.SharedWith(to); len(got) > 0 {
			t.Errorf("%s see %v", to, got)
		}
	}
	if got := v.Open(appliance.RoleNone); len(got) > 0 {
		t.Errorf("who has no role sees %v", got)
	}
}

func TestWhatThePublicSeesParticipantsSeeAndNotTheOtherWayRound(t *testing.T) {
	v := appliance.Visibility{Shared: map[appliance.Tab]appliance.ResultsVisibility{
		appliance.TabSummary: appliance.ResultsPublic, appliance.TabThemes: appliance.ResultsParticipants,
		appliance.TabExport: appliance.ResultsPublic, // is refused when it is set, and shown to nobody if it is there
	}}
	if got, want := v.SharedWith(appliance.ResultsParticipants), []appliance.Tab{"summary", "themes"}; !slices.Equal(got, want) {
		t.Errorf("participants see %v, want %v", got, want)
	}
	if got, want := v.SharedWith(appliance.ResultsPublic), []appliance.Tab{"summary"}; !slices.Equal(got, want) {
		t.Errorf("the public sees %v, want %v", got, want)
	}
	if v.Widest() != appliance.ResultsPublic {
		t.Errorf("the widest audience is %s", v.Widest())
	}
}

func TestNobodyOpensWhatTheyDoNotSeeNorShutsThemselvesOut(t *testing.T) {
	closed := appliance.Visibility{Members: map[appliance.Tab]appliance.Role{appliance.TabResponses: appliance.RoleAdmin}}
	shared := closed
	shared.Shared = map[appliance.Tab]appliance.ResultsVisibility{appliance.TabResponses: appliance.ResultsPublic}
	other := closed
	other.Shared = map[appliance.Tab]appliance.ResultsVisibility{appliance.TabSummary: appliance.ResultsPublic}
	for name, c := range map[string]struct {
		before, after appliance.Visibility
		role          appliance.Role
		may           bool
	}{
		"an editor opens it":               {closed, appliance.Visibility{}, appliance.RoleEditor, false},
		"an editor shares it":              {closed, shared, appliance.RoleEditor, false},
		"an editor shares something else":  {closed, other, appliance.RoleEditor, true},
		"an editor shuts themselves out":   {appliance.Visibility{}, closed, appliance.RoleEditor, false},
		"an admin closes and opens it":     {appliance.Visibility{}, closed, appliance.RoleAdmin, true},
		"an admin opens it":                {closed, appliance.Visibility{}, appliance.RoleAdmin, true},
		"an editor leaves all as they are": {closed, closed, appliance.RoleEditor, true},
	} {
		if err := c.before.MayBecome(c.after, c.role); (err == nil) != c.may {
			t.Errorf("%s: %v", name, err)
		}
	}
}
