package guide_test

import (
	"slices"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/guide"
	"harmonium/appliance/inference/ollamatest"
)

func codes(remarks []guide.Remark, field string) (list []guide.RemarkCode) {
	for _, r := range remarks {
		if r.Field == field {
			list = append(list, r.Code)
		}
	}
	return list
}

func TestBriefsAndQuestionsAreCheckedInPlainWords(t *testing.T) {
	const en, de = appliance.English, appliance.German
	for _, tt := range []struct {
		lang        appliance.Language
		field, text string
		want        guide.RemarkCode // "": nothing to remark
	}{
		{en, "topic", "Feedback", guide.RemarkVague},
		{en, "topic", "Working together after the move", ""},
		{en, "goal", "Get feedback", guide.RemarkVague},
		{en, "goal", "Hear what people think about various things in the house", guide.RemarkVague},
		{en, "goal", "Prove that the new roster is better than the old one", guide.RemarkLeading},
		{en, "goal", "Find out which rooms the teams need, so that we can decide by May", ""},
		{en, "critical", "What people miss\nTheir date of birth", guide.RemarkPersonal},
		{en, "critical", strings.Repeat("Another point to be learnt here\n", 1) + "a b\nc d\ne f\ng h\ni j\nk l\nm n\no p\nq r", guide.RemarkMany},
		{en, "context", "Who takes part: …\nTwo wards.", guide.RemarkBlank},
		{en, "context", "Two wards with 20 beds each.", ""},
		{en, "question", "What happened and how did you feel?", guide.RemarkDouble},
		{en, "question", "What happened? Who was there?", guide.RemarkDouble},
		{en, "question", "Do you like the new roster?", guide.RemarkClosed},
		{en, "question", "How useful did you find the new roster?", guide.RemarkLeading},
		{en, "question", "What illness do you have?", guide.RemarkPersonal},
		{en, "question", "Why?", guide.RemarkVague},
		{en, "question", "What " + strings.Repeat("very ", 30) + "long question is this?", guide.RemarkLong},
		{en, "question", "What has changed for you since the move?", ""},
		{de, "topic", "Rückmeldungen", guide.RemarkVague},
		{de, "topic", "Zusammenarbeit nach dem Umzug", ""},
		{de, "goal", "Zeigen, dass der neue Dienstplan besser ist", guide.RemarkLeading},
		{de, "goal", "Erfahren, welche Räume die Teams brauchen, damit wir im Mai entscheiden", ""},
		{de, "critical", "Was fehlt\nDas Geburtsdatum", guide.RemarkPersonal},
		{de, "question", "Was ist geschehen und wie ging es Ihnen dabei?", guide.RemarkDouble},
		{de, "question", "Finden Sie den neuen Dienstplan gut?", guide.RemarkClosed},
		{de, "question", "Wie gut finden Sie den neuen Dienstplan?", guide.RemarkLeading},
		{de, "question", "Welche Krankheiten haben Sie?", guide.RemarkPersonal},
		{de, "question", "Was hat sich für Sie seit dem Umzug verändert?", ""},
	} {
		var b appliance.Brief
		var questions []string
		field := tt.field
		switch tt.field {
		case "topic":
			b.Topic = tt.text
		case "goal":
			b.Goal = tt.text
		case "critical":
			b.Critical = tt.text
		case "context":
			b.Context = tt.text
		case "question":
			questions, field = []string{tt.text}, "questions[0]"
		}
		got := codes(guide.Check(b, questions, tt.lang), field)
		if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.Contains(got, tt.want) {
			t.Errorf("%s %q is remarked on with %v, want %q", tt.field, tt.text, got, tt.want)
		}
	}
}

func TestThereIsNothingToRemarkOnTheTemplatesOfTheBox(t *testing.T) {
	everyTemplate(t, func(t *testing.T, tpl appliance.Template) {
		var questions []string
		for _, topic := range tpl.Guide.Topics {
			questions = append(append(questions, topic.Question), topic.Probes...)
		}
		b := tpl.Brief
		b.Context = "" // is to be filled in
		for _, r := range guide.Check(b, questions, tpl.Language) {
			t.Errorf("%s: %s (%q)", r.Field, r.Code, r.Found)
		}
	})
}

func TestEveryPartIsSuggestedByRules(t *testing.T) {
	for _, lang := range appliance.Languages() {
		for _, b := range []appliance.Brief{{Topic: "Quiet rooms"}, {Goal: "We want to find out why nurses leave"}, {Critical: "handover at night"},
			{Topic: "Rückblick auf das “Projekt”", Goal: strings.Repeat("Wort ", 390)}} {
			full := b
			for _, p := range []guide.Part{guide.PartTopic, guide.PartGoal, guide.PartCritical, guide.PartContext} {
				text := guide.SuggestByRules(p, b, lang)
				if strings.TrimSpace(text) == "" || strings.Contains(text, "{") {
					t.Errorf("%s of %q in %s is suggested as %q", p, b.Topic, lang, text)
				}
				switch p {
				case guide.PartTopic:
					full.Topic = text
				case guide.PartGoal:
					full.Goal = text
				case guide.PartCritical:
					full.Critical = text
				case guide.PartContext:
					full.Context = text
				}
			}
			if err := full.Validate(); err != nil {
				t.Errorf("what is suggested in %s makes no brief: %v", lang, err)
			}
			s := appliance.Session{Brief: full, Language: lang, ResultsVisibility: appliance.ResultsHost,
				WelcomeMessage: guide.SuggestByRules(guide.PartWelcome, b, lang), ConsentText: guide.SuggestByRules(guide.PartConsent, b, lang)}
			if err := s.Validate(); err != nil || s.WelcomeMessage == "" || s.ConsentText == "" {
				t.Errorf("what people read cannot be used: %v", err)
			}
		}
	}
	topic := guide.SuggestByRules(guide.PartTopic, appliance.Brief{Goal: "We want to find out why nurses leave within a year."}, appliance.English)
	if topic != "Why nurses leave within a year" {
		t.Errorf("the topic is suggested as %q", topic)
	}
	retro := guide.SuggestByRules(guide.PartCritical, appliance.Brief{Topic: "Retrospective of the sprint", Goal: "Look back with the team on the project"}, appliance.English)
	if !strings.Contains(retro, "What worked and should be kept") {
		t.Errorf("a look back must learn %q", retro)
	}
}

func TestAModelSuggestsAndRulesDoWhereItGivesNothingOfUse(t *testing.T) {
	fake := ollamatest.New(t, "planner:4b")
	d := guide.Drafter{Models: fake.Gateway(nil)}
	b := appliance.Brief{Topic: "Quiet rooms"}
	fake.Script(ollamatest.JSON(map[string]string{"text": "Learn what people need when they look for quiet."}))
	text, maker, err := d.Suggest(t.Context(), guide.PartGoal, b, appliance.English, nil)
	if err != nil || text != "Learn what people need when they look for quiet." || maker.By != "planner:4b" {
		t.Errorf("suggested %q by %s: %v", text, maker.By, err)
	}
	for _, useless := range []string{"", "⟦Goal⟧ {x}", "Herausfinden, was die Leute brauchen und was sie stört, wenn es laut ist.", strings.Repeat("x ", 3000)} {
		fake.Rule(func(ollamatest.Request) ollamatest.Script { return ollamatest.JSON(map[string]string{"text": useless}) })
		text, maker, err := d.Suggest(t.Context(), guide.PartGoal, b, appliance.English, nil)
		if err != nil || maker.By != appliance.MadeByRules || text != guide.SuggestByRules(guide.PartGoal, b, appliance.English) {
			t.Errorf("%.20q: suggested %q by %s: %v", useless, text, maker.By, err)
		}
	}
	if _, maker, err := d.Suggest(t.Context(), guide.PartConsent, b, appliance.English, nil); err != nil || maker.By != appliance.MadeByRules {
		t.Errorf("what people agree to is made by %s: %v", maker.By, err)
	}
	if _, _, err := d.Suggest(t.Context(), guide.PartGoal, appliance.Brief{}, appliance.English, nil); appliance.CodeOf(err) != appliance.CodeUnprocessable {
		t.Errorf("from nothing: %v", err)
	}
}
