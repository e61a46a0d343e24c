package synthesis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// statements makes claims of what people say, one each.
func statements(language appliance.Language, said ...string) (claims []store.CitedClaim) {
	for i, text := range said {
		turn := appliance.TurnID("trn_" + string(rune('a'+i)))
		claims = append(claims, store.CitedClaim{Number: i + 1, Language: language, Claim: appliance.Claim{
			ID: appliance.ClaimID("clm_" + string(rune('a'+i))), ConversationID: appliance.ConversationID("cnv_" + string(rune('a'+i))),
			TopicID: "t1", Text: text, Quotes: []appliance.Quote{{Span: appliance.Span{TurnID: turn}}, {Span: appliance.Span{TurnID: turn}}},
		}})
	}
	return claims
}

func TestDecisionsAndActionsAreKnownByHowTheyAreSaid(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		said     string
		decision bool
		action   bool
		owner    string
		due      string
	}{
		{"en", "We decided to print the sheet later.", true, false, "", ""},
		{"en", "We have agreed on ten minutes.", true, false, "", ""},
		{"en", "Yesterday it was decided that the tablet goes.", true, false, "", ""},
		{"en", "Nobody knows what we decided.", false, false, "", ""},
		{"en", "I will ask the printer people tomorrow.", false, true, "Participant 1", "tomorrow"},
		{"en", "I’ll bring the list by Friday.", false, true, "Participant 1", "by Friday"},
		{"en", "Ok, we will try it on the first floor before the end of the month.", false, true, "", "before the end of the month"},
		{"en", "I will never do that again.", false, false, "", ""},
		{"en", "We will lose people if this goes on.", false, false, "", ""},
		{"en", "I'll be gone, won't I?", false, false, "", ""},
		{"en", "Maybe I will.", false, false, "", ""},
		{"de", "Wir haben am Montag beschlossen, dass der Aufzug zuerst kommt.", true, false, "", ""},
		{"de", "Es wurde vereinbart, samstags zu zweit zu sein.", true, false, "", ""},
		{"de", "Ich werde den Schlüssel bis Freitag nachmachen lassen.", false, true, "Person 1", "bis Freitag"},
		{"de", "Wir werden das nicht schaffen.", false, false, "", ""},
	} {
		k := synthesis.KnowledgeOf(appliance.Guide{}, store.Results{Language: c.language}, statements(c.language, c.said))
		var decisions []synthesis.Decision
		var actions []synthesis.Action
		if c.decision {
			decisions = append(decisions, synthesis.Decision{Description: c.said, Evidence: []appliance.TurnID{"trn_a"}})
		}
		if c.action {
			actions = append(actions, synthesis.Action{Description: c.said, Owner: c.owner, Due: c.due, Evidence: []appliance.TurnID{"trn_a"}})
		}
		want := synthesis.Knowledge{Decisions: append([]synthesis.Decision{}, decisions...), Actions: append([]synthesis.Action{}, actions...),
			Tensions: []synthesis.Tension{}, Claims: []synthesis.KnowledgeClaim{}, Gaps: []string{}}
		if diff := cmp.Diff(want, k); diff != "" {
			t.Errorf("%q:\n%s", c.said, diff)
		}
	}
}

func TestAClaimIsAsStrongAsThePeopleWhoSayAlike(t *testing.T) {
	claims := statements("en",
		"The printer on the second floor has no paper.",
		"There is never paper in the printer.",
		"Paper is missing and the printer is old.",
		"Bedside handover takes courage.",
		"Handover at the bedside is best.",
		"I like the magnets.")
	claims = append(claims, claims[5])
	claims[6].ID = "clm_again" // the same person once more
	var cited []appliance.ClaimID
	for _, c := range claims {
		cited = append(cited, c.ID)
	}
	r := store.Results{Language: "en", Report: appliance.Report{Body: appliance.ReportBody{Sections: []appliance.ReportSection{
		{Kind: appliance.SectionTopic, Sentences: []appliance.ReportSentence{{Claims: cited[:6]}}},
		{Kind: appliance.SectionGaps, Sentences: []appliance.ReportSentence{{Text: "Nobody answered “Money”."}}},
	}}}}
	guide := appliance.Guide{Topics: []appliance.Topic{{ID: "t1", Title: "Tools"}}}
	k := synthesis.KnowledgeOf(guide, r, claims)
	var got []synthesis.Strength
	for _, c := range k.Claims {
		got = append(got, c.Strength)
		if c.Category != "Tools" || len(c.Evidence) != 1 {
			t.Errorf("claim %+v", c)
		}
	}
	want := []synthesis.Strength{"strong", "strong", "strong", "moderate", "moderate", "weak"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Nobody answered “Money”."}, k.Gaps); diff != "" {
		t.Error(diff)
	}
}
