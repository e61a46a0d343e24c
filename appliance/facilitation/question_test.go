package facilitation_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

func TestQuestionsAreCheckedByRules(t *testing.T) {
	type broken = []facilitation.Broken
	must := map[appliance.Language]string{"en": "What gets lost between shifts?", "de": "Was geht zwischen den Schichten verloren?"}
	earlier := map[appliance.Language][]string{
		"en": {"Hello.\n\nHow does a handover go on your ward?", "Let me stay with that. What happened the last time you had one?"},
		"de": {"Hallo.\n\nWie läuft eine Übergabe auf Ihrer Station ab?"},
	}
	for _, c := range []struct {
		language appliance.Language
		move     appliance.Move
		want     broken
		texts    []string
	}{
		{"en", "probe", nil, []string{
			"What made the notes go missing?",
			"The printer failed again. What happened then?",
			"You said that the list was “gone”. Who noticed it first?",
			"And how does that change what you do at night?",
			"Dr. Miller came late, then. What did that mean for you?",
			"And what happened the first night you had one?",
			"At half past 10.30 it was quiet. What came after that?",
		}},
		{"en", "ask", nil, []string{
			"Thank you. What gets lost between shifts?",
			"I have noted that. Between the shifts, what usually gets lost?",
		}},
		{"de", "probe", nil, []string{
			"Was hat dazu geführt, dass die Liste fehlte?",
			"Der Drucker fiel also aus. Wie ging es danach weiter?",
			"Womit fing das an?",
		}},
		{"de", "ask", nil, []string{"Danke. Was geht zwischen den Schichten verloren?"}},

		{"fr", "probe", nil, []string{"Qu’est-ce qui a fait que la liste manquait ?", "L’imprimante est donc tombée en panne. Que s’est-il passé ensuite ?",
			"Vous dites que c’était « perdu ». Qui l’a remarqué en premier ?"}},
		{"fr", "probe", broken{"closed"}, []string{"Est-ce que l’imprimante est en panne ?", "Pouvez-vous me dire ce qui s’est passé ?", "La liste manquait, n’est-ce pas ?"}},
		{"fr", "probe", broken{"praise"}, []string{"C’est une bonne question. Que s’est-il passé ensuite ?", "Merci d’avoir partagé cela. Que s’est-il passé ?"}},
		{"fr", "probe", broken{"options"}, []string{"Qu’est-ce que c’était, l’imprimante ou la liste ?"}},
		{"fr", "probe", broken{"language"}, []string{"Das ist ein Problem auf der Station. Quoi ?"}},
		// Of languages without words of their own the script, the mark and the length are known.
		{"pl", "probe", nil, []string{"Rozumiem. Co się stało potem, kiedy lista zniknęła?"}},
		{"ja", "probe", nil, []string{"そのとき何が起きましたか？"}},
		{"el", "probe", nil, []string{"Καταλαβαίνω. Τι έγινε μετά;"}},
		{"fa", "probe", nil, []string{"بعد چه اتفاقی افتاد؟"}},
		{"ru", "probe", broken{"language"}, []string{"What happened after the list was gone?"}},
		{"ja", "probe", broken{"language"}, []string{"What happened after the list was gone?"}},
		{"pl", "probe", broken{"language"}, []string{"Что произошло потом на ночной смене?"}},
		{"pl", "probe", broken{"mark"}, []string{"Co się stało potem؟", "Co się stało? A potem?"}},
		{"en", "probe", broken{"mark"}, []string{"What happened then", "Tell me what happened then.", "What? And why did that happen?",
			"What happened then? I am curious.", "What happened then?!"}},
		{"en", "probe", broken{"long"}, []string{strings.Repeat("there it was and ", 11) + "what happened then?"}},
		{"en", "probe", broken{"closed"}, []string{"Is the printer broken?", "Could you tell me what happened?", "And do you know why?",
			"The list was gone. Was it the printer, and what came then?", "You had no time for the list?",
			"That is what happened, right?", "So the list was gone, wasn't it?", "Can’t they say why?"}},
		{"en", "probe", broken{"praise"}, []string{"That is great. What happened then?", "Well done. How did you do that?",
			"Thank you for sharing this with me. What happened then?", "Good point, so what happened then?"}},
		{"en", "probe", broken{"options"}, []string{"What was it, the printer or the list?", "How was that, for example at night?"}},
		{"en", "probe", broken{"repeated"}, []string{"How does a handover go on your ward?", "What happened the last time you had one?",
			"So what happened the last time you had one?"}},
		{"en", "probe", broken{"language"}, []string{"Das ist ein Problem auf der Station. What?", "Nachtschicht Station Drucker Liste Ausfall Tag?"}},
		{"en", "probe", broken{"markup"}, []string{"**What** happened then?", "Facilitator: What happened then?", "Topic: What happened then?",
			"- What happened then?", "1. What happened then?", "Hello, interviewer: what happened then?", "What happened at www.example.com?",
			"What did <b>they</b> say?", "⟦What⟧ happened then?", "What\nhappened then?", "What is [T12] about?", "\"What happened then?",
			"What happened\u202e then?", "What is the “list for?"}},
		{"en", "probe", broken{"echo"}, []string{"It asks for the reason behind it. Why did they say so?"}},
		{"en", "ask", broken{"must"}, []string{"Thank you. What happens next?"}},
		{"en", "ask", broken{"mark", "must"}, []string{""}},

		{"de", "probe", broken{"closed"}, []string{"Haben Sie dazu ein Beispiel?", "Und gibt es etwas, was fehlt?", "Das war schwer, oder?",
			"Können Sie sagen, was fehlte?"}},
		{"de", "probe", broken{"praise"}, []string{"Das ist toll. Was kam danach?", "Sehr interessant, was kam danach?"}},
		{"de", "probe", broken{"language"}, []string{"What happened on the ward then, and was?", "It is what it is, and then was?"}},
		{"de", "probe", broken{"repeated"}, []string{"Wie läuft eine Übergabe auf Ihrer Station ab?"}},
		{"de", "ask", broken{"must"}, []string{"Danke. Wie geht es Ihnen damit?"}},
	} {
		for _, text := range c.texts {
			u := facilitation.Utterance{Text: text, Language: c.language, Move: c.move, Earlier: earlier[c.language]}
			if c.move == appliance.MoveAsk {
				u.Must = must[c.language]
			}
			got := facilitation.CheckQuestion(u)
			if len(c.want) == 0 && len(got) > 0 || len(c.want) > 0 && !slices.Contains(got, c.want[0]) {
				t.Errorf("%s %s %q: breaks %v, want %v", c.language, c.move, text, got, c.want)
			}
		}
	}
}

// What the guide's own question has, a model may say when it asks it.
func TestTheGuidesOwnWordsMayBeAsked(t *testing.T) {
	for _, question := range []string{"Is the ward well staffed at night?", "What is better, early or late shifts?", "What would make a great shift?"} {
		if got := facilitation.CheckQuestion(facilitation.Utterance{Text: question, Language: "en", Move: "ask", Must: question}); len(got) > 0 {
			t.Errorf("%q breaks %v", question, got)
		}
	}
}

// Every question that guided mode may put into words is one that the rules let a model say.
func TestTheProgramsOwnQuestionsKeepTheRules(t *testing.T) {
	for _, language := range appliance.Languages() {
		for _, d := range []facilitation.Decision{
			{Move: "probe", Topic: "t1", FollowUp: 0, Why: "thin"}, {Move: "probe", Topic: "t1", FollowUp: 1, Why: "off"},
		} {
			g := appliance.Guide{Opening: "x", Closing: "x", Topics: []appliance.Topic{{ID: "t1", Title: "Team", Question: "?", FollowUps: 5}}}
			for n := range 5 {
				d.FollowUp = n
				text := facilitation.NewPlan(g, language).Speak("cnv_a", facilitation.State{}, d, nil)
				if got := facilitation.CheckQuestion(facilitation.Utterance{Text: text, Language: language, Move: d.Move}); len(got) > 0 {
					t.Errorf("%s: %q breaks %v", language, text, got)
				}
			}
		}
	}
}

// What breaks a rule is not heard, wherever it stands in a turn that is being spoken.
func TestATurnIsCutBeforeWhatBreaksARule(t *testing.T) {
	for _, c := range []struct{ text, heard string }{
		{"The list was gone. They said so. That is great, isn't it? What then?", "The list was gone. They said so. That is"},
		{"It was late. Dr. Miller came. Is that usual?", "It was late. Dr. Miller came."},
		{"It was late. I have noted the good. Point by point, what happened?", "It was late. I have noted the good."}, // over the end of a sentence
		{"The notes were late. Nachtschicht Station Drucker Liste Ausfall Tag Woche. What then?",
			"The notes were late. Nachtschicht Station Drucker Liste Ausfall Tag Woche."},
		{"The notes were late. Facilitator: What then?", "The notes were late. Facilitator"},
		{"It was late. You came back. It asks for the reason behind it. What then?", "It was late. You came back. It asks for the reason behind it"},
	} {
		u := facilitation.Utterance{Language: "en", Move: appliance.MoveProbe}
		if spoken, whole := facilitation.Stream(u, c.text); whole != "" || !strings.HasPrefix(c.heard, strings.TrimSpace(spoken)) {
			t.Errorf("%q: heard %q, stored %q", c.text, spoken, whole)
		}
	}
	text := "It was late. Dr. Was came at 3.5 hours, e.g. for the list. What did that change?"
	if spoken, whole := facilitation.Stream(facilitation.Utterance{Language: "en", Move: appliance.MoveProbe}, text); whole != text || spoken != text {
		t.Errorf("%q: heard %q, stored %q", text, spoken, whole)
	}
}

func FuzzCheckQuestion(f *testing.F) {
	for _, s := range []string{"What happened then?", "So. What?", "Is it?", "a ⟧ b?", "\xff?", "Dr. Who? what", "Was war, oder?", "1. x?", "What…?", "What? ?"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, text string, german bool) {
		u := facilitation.Utterance{Text: text, Language: "en", Move: appliance.MoveProbe, Earlier: []string{"Hello. How are the nights?"}}
		if german {
			u.Language = "de"
		}
		spoken, whole := facilitation.Stream(u, text)
		if !strings.HasPrefix(spoken, whole) && whole != "" {
			t.Fatalf("stored %q, spoken %q", whole, spoken)
		}
		if whole == "" && strings.HasSuffix(spoken, "?") {
			t.Fatalf("the whole of %q was spoken and broke the rules", spoken)
		}
		if whole != "" {
			u.Text = whole
			if got := facilitation.CheckQuestion(u); len(got) > 0 {
				t.Fatalf("%q was said and breaks %v", whole, got)
			}
		}
		u.Text = text
		if len(facilitation.CheckQuestion(u)) > 0 {
			return
		}
		if !utf8.ValidString(text) || strings.Count(text, "?") != 1 || !strings.HasSuffix(text, "?") || appliance.Words(text) > 40 ||
			strings.ContainsAny(text, "<>{}[]|*_#`⟦⟧\n") {
			t.Fatalf("%q passes", text)
		}
		if plain := strings.Join(strings.Fields(text), " "); plain == text && !strings.ContainsAny(text[:1], "\"“„") && whole != text {
			t.Fatalf("%q may be said, and was refused while it was spoken", text)
		}
	})
}
