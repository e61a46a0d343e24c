package synthesis_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// statements makes claims of what people say, one each.
func statements(language appliance.Language, said ...string) (claims []store.CitedClaim) {
	stances := map[[2]bool]appliance.Stance{{true, false}: appliance.StanceFor, {false, true}: appliance.StanceAgainst}
	for i, text := range said {
		well, ill := extract.For(language).Sides(text)
		turn := appliance.TurnID("trn_" + string(rune('a'+i)))
		claims = append(claims, store.CitedClaim{Number: i + 1, Language: language, Claim: appliance.Claim{
			ID: appliance.ClaimID("clm_" + string(rune('a'+i))), ConversationID: appliance.ConversationID("cnv_" + string(rune('a'+i))),
			TopicID: "t1", Text: text, Stance: stances[[2]bool{well, ill}], Quotes: []appliance.Quote{{Span: appliance.Span{TurnID: turn}}, {Span: appliance.Span{TurnID: turn}}},
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
		{"fr", "Nous avons décidé de garder les tableaux.", true, false, "", ""},
		{"fr", "J'apporterai la liste avant vendredi.", false, true, "Personne 1", "avant vendredi"},
		{"es", "Al final quedamos en diez minutos.", true, false, "", ""},
		{"es", "Nos encargamos de las llaves hasta fin de mes.", false, true, "", "hasta fin de mes"},
		{"uk", "Зрештою ми домовилися про десять хвилин.", true, false, "", ""},
		{"uk", "До п’ятниці я принесу список.", false, true, "Учасник 1", "До п’ятниці"},
		{"ar", "قررنا أن نطبع الورقة لاحقا.", true, false, "", ""},
		{"ar", "سوف أحضر القائمة قبل يوم الجمعة.", false, true, "المشارك 1", "قبل يوم الجمعة"},
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

func TestWhatWasAgreedIsListedOnceWithAllWhoTellIt(t *testing.T) {
	k := synthesis.KnowledgeOf(appliance.Guide{}, store.Results{Language: "en"}, statements("en",
		"We decided to print the sheet later.",
		"We have decided to print the sheet later.",
		"I will print the sheet by Friday.",
		"I will print the sheet by Friday."))
	if len(k.Decisions) != 1 || len(k.Decisions[0].Evidence) != 2 {
		t.Errorf("decisions %+v", k.Decisions)
	}
	if len(k.Actions) != 2 || k.Actions[0].Owner == k.Actions[1].Owner {
		t.Errorf("two people promise the same, each of them does: %+v", k.Actions)
	}
}

// What somebody promised is read from their words, whatever a model has made of them.
func TestAPromiseIsReadFromWhatWasSaidAndDescribedAsTheModelPutIt(t *testing.T) {
	const said = "It is a mess. I will bring the list of keys by Friday, as I told Anna."
	claims := statements("en", "The list of keys is to come.")
	claims[0].Cited = []store.CitedQuote{{Content: said, Quote: appliance.Quote{Span: appliance.Span{TurnID: "trn_a", Start: 21, End: 45}}}}
	k := synthesis.KnowledgeOf(appliance.Guide{}, store.Results{Language: "en"}, claims)
	want := []synthesis.Action{{Description: "The list of keys is to come.", Owner: "Participant 1", Due: "by Friday",
		Evidence: []appliance.TurnID{"trn_a"}, Said: []synthesis.Place{{Conversation: "cnv_a", Number: 1, CitedQuote: store.CitedQuote{
			Content: said, Quote: appliance.Quote{Span: appliance.Span{TurnID: "trn_a", Start: 14, End: 70,
				Text: "I will bring the list of keys by Friday, as I told Anna."}}}}}}}
	if diff := cmp.Diff(want, k.Actions); diff != "" {
		t.Error(diff)
	}
}

func TestATensionHasSeveralPeopleOnEitherSide(t *testing.T) {
	for language, said := range map[appliance.Language][]string{
		"en": {"The new rota helps us a lot.", "I like the rota.", "The rota is useless.", "The rota makes me tired.", "The kitchen is new."},
		"de": {"Der Dienstplan hilft uns.", "Der Dienstplan gefällt mir.", "Der Dienstplan ist nutzlos.", "Den Dienstplan finde ich unfair.", "Die Küche ist neu."},
		"fr": {"Le planning nous aide.", "Le planning est utile.", "Le planning est inutile.", "Le planning est un problème.", "La cuisine est neuve."},
		"es": {"El turno nos ayuda.", "El turno es útil.", "El turno es inútil.", "El turno es un problema.", "La cocina es nueva."},
		"uk": {"Новий графік нам допомагає.", "Наш графік дуже зручний.", "Цей графік не допомагає.", "Цей графік — велика проблема.", "Кухня нова."},
		"ar": {"هذا الجدول يساعدنا.", "هذا الجدول مفيد جدا.", "هذا الجدول مشكلة كبيرة.", "الجدول لا يساعدنا.", "المطبخ جديد."},
	} {
		knowledge := func(said ...string) (synthesis.Knowledge, map[appliance.TurnID]string) {
			d := newDesk(t, language, "—")
			for _, words := range said {
				d.person(words)
			}
			r := d.results()
			claims, err := d.Claims(t.Context(), d.session.ID)
			if err != nil {
				t.Fatal(err)
			}
			words := map[appliance.TurnID]string{}
			for _, c := range claims {
				words[c.Cited[0].Span.TurnID] = c.Text
			}
			return synthesis.KnowledgeOf(d.guide, r, claims), words
		}
		k, words := knowledge(said...)
		if len(k.Tensions) != 1 {
			t.Errorf("%s: %d tensions", language, len(k.Tensions))
			continue
		}
		tension := k.Tensions[0]
		if len(tension.Sides) != 2 || !slices.Contains(said[:2], tension.Sides[0]) || !slices.Contains(said[2:4], tension.Sides[1]) {
			t.Errorf("%s: sides %q", language, tension.Sides)
		}
		var evidence []string
		for _, turn := range tension.Evidence {
			evidence = append(evidence, words[turn])
		}
		slices.Sort(evidence)
		if diff := cmp.Diff(slices.Sorted(slices.Values(said[:4])), evidence); diff != "" {
			t.Errorf("%s: evidence\n%s", language, diff)
		}
		if k, _ := knowledge(slices.Delete(slices.Clone(said), 3, 4)...); len(k.Tensions) != 0 {
			t.Errorf("%s: one person against others is no tension of the group: %+v", language, k.Tensions)
		}
	}
}

func TestAPromiseIsDrawnHoweverMuchElseSomebodySays(t *testing.T) {
	d := newDesk(t, "en", "Tools")
	d.person("The printer on the second floor has no paper on Fridays because the storeroom is locked. " +
		"The labels are always late because the printer is far away from the ward. " +
		"Every time the drill fails we wait for an hour, because nobody has the key to the storeroom. " +
		"The magnets on the board help us most because everybody can see them. " +
		"I will ask them tomorrow.")
	r := d.results()
	claims, err := d.Claims(t.Context(), d.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	k := synthesis.KnowledgeOf(d.guide, r, claims)
	if len(k.Actions) != 1 || k.Actions[0].Description != "I will ask them tomorrow." || k.Actions[0].Due != "tomorrow" {
		t.Errorf("actions %+v", k.Actions)
	}
}
