package guide_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"harmonium/appliance"
	"harmonium/appliance/guide"
)

var update = flag.Bool("update", false, "write the golden files anew")

var ignoreIDs = cmpopts.IgnoreFields(appliance.Topic{}, "ID")

func TestEveryDraftIsAGuideThatCanBeUsedAsItIs(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			if err := s.brief.Validate(); err != nil {
				t.Fatalf("the sample itself is wrong: %v", err)
			}
			checkDraft(t, guide.Draft(s.brief, s.language), s.language)
		})
	}
}

// closedOpeners are the words with which a question begins that can be answered by yes or no.
var closedOpeners = map[appliance.Language]*regexp.Regexp{
	appliance.English: regexp.MustCompile(`(?i)^(?:do|does|did|is|are|was|were|can|could|should|would|will|have|has|had|may|might|must|shall|isn't|don't)\b`),
	appliance.German: regexp.MustCompile(`(?i)^(?:ist|sind|war|waren|haben|hat|hatten|können|kann|könnten|sollen|soll|sollten|sollte|würden|wird|werden|` +
		`dürfen|müssen|muss|möchten|wollen|gibt|fühlen|finden|denken|glauben) `),
	appliance.French:    regexp.MustCompile(`(?i)^(?:est-ce|y a-t-il|[^\s’']+-(?:vous|ils?|elles?|on|nous)) `),
	appliance.Spanish:   regexp.MustCompile(`(?i)^¿(?:es|son|está|están|hay|ha|han|puede|pueden|podría|quiere|cree|piensa|tiene|tienen|debe|debería|le|se) `),
	appliance.Ukrainian: regexp.MustCompile(`(?i)^(?:чи|хіба|невже) `),
	appliance.Arabic:    regexp.MustCompile(`^(?:هل|أليس|ألا|ألم) `),
}

// marks counts the question marks of a text.
func marks(text string) int { return strings.Count(text, "?") + strings.Count(text, "؟") }

// praise is what a neutral facilitator does not say.
var praise = regexp.MustCompile(`(?i)\b(?:great|excellent|wonderful|amazing|awesome|super|toll|prima|wunderbar|großartig|génial|bravo|maravilloso|estupendo)\b|чудово|прекрасно|رائع|ممتاز`)

// instructions are the words with which hosts tell what is to be learnt; to a participant they would be orders.
var instructions = regexp.MustCompile(`(?i)\b(?:understand why|find out|identify|explore|determine|verstehen,|herausfinden|ermitteln)\b`)

func checkDraft(t *testing.T, g appliance.Guide, lang appliance.Language) {
	t.Helper()
	if err := g.Validate(); err != nil {
		t.Fatalf("the guide is not valid: %v", err)
	}
	if n := len(g.Topics); n < 4 || n > 10 {
		t.Errorf("%d topics, want 4 to 10", n)
	}
	if m := g.Minutes(); m != 10 {
		t.Errorf("%d minutes, want 10", m)
	}
	asked := map[string]bool{}
	ask := func(where, q string) {
		t.Helper()
		if marks(q) != 1 || !strings.ContainsAny(q[len(q)-2:], "?؟") {
			t.Errorf("%s: not exactly one question: %s", where, q)
		}
		if n := len(strings.Fields(q)); n > 40 {
			t.Errorf("%s: %d words: %s", where, n, q)
		}
		if closedOpeners[lang].MatchString(q) {
			t.Errorf("%s: can be answered by yes or no: %s", where, q)
		}
		if praise.MatchString(q) || instructions.MatchString(q) {
			t.Errorf("%s: not a neutral question: %s", where, q)
		}
		if asked[q] {
			t.Errorf("%s: asked twice: %s", where, q)
		}
		if strings.ContainsAny(q, "{}<>") || strings.Contains(q, "  ") {
			t.Errorf("%s: left-over of a template: %s", where, q)
		}
		asked[q] = true
	}
	titles := map[string]bool{}
	for i, topic := range g.Topics {
		ask("question", topic.Question)
		for _, p := range topic.Probes {
			ask("probe", p)
		}
		if len(topic.Probes) < 3 {
			t.Errorf("topic %d has %d probes, want 3", i, len(topic.Probes))
		}
		if utf8.RuneCountInString(topic.Title) > 60 || titles[topic.Title] {
			t.Errorf("title long or twice: %s", topic.Title)
		}
		titles[topic.Title] = true
		if topic.Aim == "" || topic.FollowUps < 1 || topic.FollowUps > 2 {
			t.Errorf("topic %d: aim %q, %d follow-ups", i, topic.Aim, topic.FollowUps)
		}
	}
}

func TestADraftDependsOnTheBriefAlone(t *testing.T) {
	for _, s := range samples[:3] {
		a, b := guide.Draft(s.brief, s.language), guide.Draft(s.brief, s.language)
		if diff := cmp.Diff(a, b, ignoreIDs); diff != "" {
			t.Errorf("%s: two drafts differ:\n%s", s.name, diff)
		}
		if a.Topics[0].ID == b.Topics[0].ID {
			t.Errorf("%s: two drafts share the ids of topics", s.name)
		}
	}
}

func TestTheOpeningSaysWhatATakingPartMeans(t *testing.T) {
	for lang, want := range map[appliance.Language][]string{
		appliance.English: {"on behalf of", "“The “future””", "ten minutes", "no right or wrong", "skip any question", "stop at any time", "not a person"},
		appliance.German:  {"im Auftrag", "zehn Minuten", "keine richtigen oder falschen", "überspringen", "jederzeit aufhören", "kein Mensch"},
		appliance.French:  {"au nom de", "dix minutes", "pas de bonnes ou de mauvaises", "passer toute question", "arrêter à tout moment", "pas une personne"},
	} {
		g := guide.Draft(appliance.Brief{Topic: `The "future"?`, Goal: "g"}, lang)
		for _, words := range want {
			words = strings.NewReplacer("““", "“‘", "””", "’”", " “future", " ‘future").Replace(words)
			if !strings.Contains(g.Opening, words) {
				t.Errorf("%s: the opening lacks %q: %s", lang, words, g.Opening)
			}
		}
		if marks(g.Opening+g.Closing) > 0 {
			t.Errorf("%s: opening or closing ask a question", lang)
		}
	}
}

func TestALineOfTheBriefBecomesAQuestion(t *testing.T) {
	tests := []struct {
		language appliance.Language
		line     string
		title    string
		question string
	}{
		// What is to be found out.
		{"en", "Understand why nurses leave within the first year", "Why nurses leave within the first year", "From what you have seen, why do nurses leave within the first year?"},
		{"en", "We need to find out whether the new roster helps.", "Whether the new roster helps", "What have you seen or heard yourself that shows whether the new roster helps?"},
		{"en", "learn how decisions were made", "How decisions were made", "From what you have seen yourself, what can you say about how decisions were made?"},
		{"en", "To know what they would change", "What you would change", "What would you change?"},
		{"en", "what respondents expect from the union", "What you expect from the union", "What do you expect from the union?"},
		{"en", "identify bottlenecks at triage", "Bottlenecks at triage", "What bottlenecks at triage do you see, from where you stand?"},
		{"en", "what slows us down", "What slows us down", "From your own experience, what slows us down?"},
		{"en", "whether to merge the offices", "Whether to merge the offices", "What should be considered before deciding whether to merge the offices?"},
		{"en", "how to keep volunteers", "How to keep volunteers", "What, in your view, would help to keep volunteers?"},
		{"en", "whether online meetings would help", "Whether online meetings would help", "What makes you expect that online meetings would help, or doubt it?"},
		{"en", "how safe people feel to speak up", "How safe people feel to speak up", "From what you have seen, how safe do people feel to speak up?"},
		{"en", "support needs", "Support needs", "What support needs do you see, from where you stand?"},
		// Names of things.
		{"en", "handover between shifts", "Handover between shifts", "When you think of handover between shifts, what stands out for you?"},
		{"en", "the canteen", "The canteen", "When you think of the canteen, what stands out for you?"},
		{"en", "role of the ward manager", "Role of the ward manager", "When you think of the role of the ward manager, what stands out for you?"},
		{"en", "Berlin office", "Berlin office", "Berlin office: what stands out for you there, from your own experience?"},
		{"en", "main reasons for leaving", "Main reasons for leaving", "What do you see as the main reasons for leaving?"},
		{"en", "Ideas for the new building", "Ideas for the new building", "What ideas for the new building do you have?"},
		{"en", "support for carers", "Support for carers", "When you think of support for carers, what stands out for you?"},
		// What is to be done.
		{"en", "improve the handover", "Improve the handover", "What would help, in your view, to improve the handover?"},
		{"en", "Support carers better", "Support carers better", "What would help, in your view, to support carers better?"},
		// Questions.
		{"en", "What would make you stay?", "What would make you stay?", "What would make you stay?"},
		{"en", "Do you feel safe at night?", "Do you feel safe at night?", "To what extent do you feel safe at night?"},
		{"en", "Is the roster fair?", "Is the roster fair?", "In your experience, to what extent is the roster fair?"},
		{"en", "Should we close on Mondays?", "Whether we should close on Mondays", "What should be considered before deciding whether we should close on Mondays?"},
		{"en", "Can you tell us what you miss most?", "What you miss most", "What do you miss most?"},
		{"en", "Noise: does it disturb patients?", "Noise", "Noise: in your experience, to what extent does it disturb patients?"},
		// Statements.
		{"en", "The form is too long.", "The form is too long", "The next point is “The form is too long”. What stands out for you there, from your own experience?"},
		{"en", `They call it "the pit", always.`, "They call it \"the pit\", always", "The next point is “They call it ‘the pit’, always”. What stands out for you there, from your own experience?"},

		{"de", "Verstehen, warum Pflegekräfte kündigen", "Warum Pflegekräfte kündigen", "Welche Gründe sehen Sie dafür, warum Pflegekräfte kündigen?"},
		{"de", "Wir wollen herausfinden, ob der neue Dienstplan hilft.", "Ob der neue Dienstplan hilft", "Woran merken Sie selbst, ob der neue Dienstplan hilft?"},
		{"de", "Ob Treffen am Abend helfen würden", "Ob Treffen am Abend helfen würden", "Was lässt Sie erwarten oder bezweifeln, dass Treffen am Abend helfen würden?"},
		{"de", "Welche Werkzeuge helfen und welche stören", "Welche Werkzeuge helfen und welche stören", "Aus Ihrer Erfahrung: Welche Werkzeuge helfen und welche stören?"},
		{"de", "wie Entscheidungen getroffen wurden", "Wie Entscheidungen getroffen wurden", "Aus Ihrer Erfahrung: Wie wurden Entscheidungen getroffen?"},
		{"de", "was sie sich von der Leitung wünschen", "Was Sie sich von der Leitung wünschen", "Was wünschen Sie sich von der Leitung?"},
		{"de", "was sie ändern würden", "Was Sie ändern würden", "Was würden Sie ändern?"},
		{"de", "Übergabe zwischen den Schichten", "Übergabe zwischen den Schichten", "Wie erleben Sie die Übergabe zwischen den Schichten?"},
		{"de", "Preis", "Preis", "Wenn Sie an den Punkt „Preis“ denken: Was fällt Ihnen aus Ihrer Erfahrung dazu ein?"},
		{"de", "Ursachen für lange Wartezeiten erkennen", "Ursachen für lange Wartezeiten", "Welche Ursachen für lange Wartezeiten sehen Sie aus eigener Erfahrung?"},
		{"de", "die größten Risiken", "Die größten Risiken", "Was sind aus Ihrer Sicht die größten Risiken?"},
		{"de", "Ideen für den Neubau", "Ideen für den Neubau", "Welche Ideen für den Neubau haben Sie?"},
		{"de", "den Umgang mit Fehlern klären", "Umgang mit Fehlern", "Wie erleben Sie den Umgang mit Fehlern?"},
		{"de", "Übergabe verbessern", "Übergabe verbessern", "Ein Ziel lautet: „Übergabe verbessern“. Was würde aus Ihrer Sicht am meisten dazu beitragen?"},
		{"de", "Fühlen Sie sich nachts sicher?", "Fühlen Sie sich nachts sicher?", "Inwieweit fühlen Sie sich nachts sicher?"},
		{"de", "Wie nutzen die Befragten die Bibliothek?", "Wie nutzen Sie die Bibliothek?", "Wie nutzen Sie die Bibliothek?"},
		{"de", "Können Sie beschreiben, was Sie vermissen?", "Was Sie vermissen", "Was vermissen Sie?"},
		{"de", "Das Formular ist zu lang.", "Das Formular ist zu lang", "Wenn Sie an den Punkt „Das Formular ist zu lang“ denken: Was fällt Ihnen aus Ihrer Erfahrung dazu ein?"},

		{"fr", "Comprendre pourquoi les gens partent", "Pourquoi les gens partent", "Quelles raisons voyez-vous, quand on se demande pourquoi les gens partent ?"},
		{"fr", "Nous voulons savoir si la nouvelle grille aide.", "Si la nouvelle grille aide", "Qu’avez-vous vu ou entendu vous-même qui montre si la nouvelle grille aide ?"},
		{"fr", "Ce qui se perd entre deux équipes", "Ce qui se perd entre deux équipes", "Que diriez-vous, d’après votre expérience, si l’on vous demandait ce qui se perd entre deux équipes ?"},
		{"fr", "Où les gens vont quand ils ont besoin de calme ?", "Où les gens vont quand ils ont besoin de calme ?", "Où les gens vont quand ils ont besoin de calme ?"},
		{"fr", "Vous sentez-vous en sécurité la nuit ?", "Vous sentez-vous en sécurité la nuit ?", "D’après votre expérience, dans quelle mesure vous sentez-vous en sécurité la nuit ?"},
		{"fr", "les principales difficultés", "Principales difficultés", "Quelles principales difficultés voyez-vous, d’après votre expérience ?"},
		{"fr", "La communication entre les services", "La communication entre les services", "Comment vivez-vous la communication entre les services ?"},
		{"uk", "Чому люди йдуть", "Чому люди йдуть", "З вашого досвіду, чому люди йдуть?"},
		{"uk", "Основні проблеми передачі змін", "Основні проблеми передачі змін", "Які основні проблеми передачі змін ви бачите зі свого досвіду?"},
		{"ar", "نريد أن نفهم لماذا يغادر الناس", "لماذا يغادر الناس", "من تجربتك، لماذا يغادر الناس؟"},
		{"ar", "هل يساعد الجدول الجديد؟", "هل يساعد الجدول الجديد؟", "من تجربتك، إلى أي حد يساعد الجدول الجديد؟"},
		{"fr", "améliorer la relève", "Améliorer la relève", "Un objectif est : « Améliorer la relève ». Qu’est-ce qui y contribuerait le plus, selon vous ?"},
		{"fr", "Bruit", "Bruit", "Quand vous pensez au point « Bruit » : qu’est-ce qui vous vient à l’esprit, d’après votre expérience ?"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			g := guide.Draft(appliance.Brief{Topic: "t", Goal: "g", Critical: tt.line}, tt.language)
			if got := g.Topics[1]; got.Title != tt.title || got.Question != tt.question {
				t.Errorf("got  %q\n     %q\nwant %q\n     %q", got.Title, got.Question, tt.title, tt.question)
			}
		})
	}
}

func TestABriefIsReadPointByPoint(t *testing.T) {
	tests := []struct {
		name     string
		language appliance.Language
		critical string
		titles   []string // without the first and the last
	}{
		{"lines and bullets", "en", "- pay\n* hours\n  • safety\n4) respect", []string{"Pay", "Hours", "Safety", "Respect"}},
		{"sentences", "en", "What went well? Opening hours. Ideas; parking", []string{"What went well", "Opening hours", "Ideas", "Parking"}},
		{"one sentence, two questions", "en", "why people leave and what would keep them", []string{"Why people leave", "What would keep them"}},
		{"a question and its opposite stay together", "en", "what works and what does not\npay", []string{"What works and what does not", "Pay"}},
		{"a clause within a clause stays whole", "en", "how people who work at night get home\npay", []string{"How people who work at night get home", "Pay"}},
		{"a row of names", "en", "pay, hours, safety and respect", []string{"Pay", "Hours", "Safety", "Respect"}},
		{"a pair of names stays together", "en", "pay and recognition\nhours", []string{"Pay and recognition", "Hours"}},
		{"the same twice", "en", "Understand why pupils don't eat\nwhy pupils do not eat?\nprice\nPrices", []string{"Why pupils do not eat", "Price"}},
		{"opposites are not the same", "en", "why people stay\nwhy people do not stay", []string{"Why people stay", "Why people do not stay"}},
		{"headings and what every guide asks", "en", "Key questions:\n\npay\nhours\nAnything else?", []string{"Pay", "Hours"}},
		{"abbreviations end no sentence", "en", "equipment, e.g. lifts and beds\npay of approx. 12 people", []string{"Equipment, e.g. lifts and beds", "Pay of approx. 12 people"}},
		{"deutsche Abkürzungen", "de", "Ausstattung, z. B. Lifter\nZahlen im 3. Quartal", []string{"Ausstattung, z. B. Lifter", "Zahlen im 3. Quartal"}},
		{"zwei Fragen in einem Satz", "de", "warum so viele aufhören und was sie halten würde", []string{"Warum so viele aufhören", "Was sie halten würde"}},
		{"eine Reihe", "de", "Preis, Auswahl, Wartezeit und Lärm", []string{"Preis", "Auswahl", "Wartezeit", "Lärm"}},
		{"nothing: what works, what is difficult", "en", "", []string{"What works well", "What is difficult"}},
		{"another language than the session's", "en", "Verstehen, warum die Übergabe dauert\npay", []string{"Warum die Übergabe dauert", "Pay"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := guide.Draft(appliance.Brief{Topic: "t", Goal: "Prepare the decision", Critical: tt.critical}, tt.language)
			var got []string
			for _, topic := range g.Topics[1 : len(g.Topics)-1] {
				got = append(got, topic.Title)
			}
			if diff := cmp.Diff(tt.titles, got); diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhereTheBriefHasNoPointsTheGoalIsAsked(t *testing.T) {
	g := guide.Draft(appliance.Brief{Topic: "Volunteers", Goal: "We want to know why volunteers leave and what would keep them."}, "en")
	if got := g.Topics[1].Title; got != "Why volunteers leave" {
		t.Errorf("second topic is %q", got)
	}
	if got := g.Topics[2].Title; got != "What would keep them" {
		t.Errorf("third topic is %q", got)
	}
}

func TestNoPointOfALongBriefIsDropped(t *testing.T) {
	points := []string{"pay", "hours", "safety", "respect", "training", "noise", "parking", "overtime", "childcare", "leadership", "feedback"}
	g := guide.Draft(appliance.Brief{Topic: "Work", Goal: "g", Critical: strings.Join(points, "\n")}, "en")
	if len(g.Topics) != 10 || g.Minutes() != 10 {
		t.Errorf("%d topics, %d minutes", len(g.Topics), g.Minutes())
	}
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, p := range points {
		asked := slices.ContainsFunc(g.Topics, func(topic appliance.Topic) bool {
			return strings.Contains(topic.Aim, p) && strings.Contains(topic.Question+strings.Join(topic.Probes, ""), p)
		})
		if !asked {
			t.Errorf("%q is not asked", p)
		}
	}
}

func TestGoldenDraftsAndPrompts(t *testing.T) {
	for _, s := range samples {
		g := guide.Draft(s.brief, s.language)
		path := filepath.Join("testdata", string(s.language)+"-"+strings.ReplaceAll(s.name, " ", "-")+".md")
		got := guide.Render(g, s.brief, s.language)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s differs. If that is intended, raise PromptVersion and run with -update:\n%s", path, diff)
		}
	}
}

func TestARenderedGuideHoldsEverythingThatTheHostWrote(t *testing.T) {
	g := appliance.Guide{
		Opening: "An opening of mine.",
		Topics: []appliance.Topic{
			{ID: "tpc_a", Title: "First", Aim: "An aim.", Question: "Which one?", Probes: []string{"How so?"}, FollowUps: 1, Minutes: 1},
			{ID: "tpc_b", Title: "Second", Question: "What then?", Probes: []string{"Never used?"}, FollowUps: 0, Minutes: 7},
		},
		Closing: "A closing of mine.",
	}
	b := appliance.Brief{Topic: "A topic", Goal: "A goal", Critical: "One\nTwo", Context: "A context"}
	for lang, want := range map[appliance.Language][]string{
		"en": {"# Interview guide: A topic\n", "about 8 minutes", "1. First (1 minute)", "2. Second (7 minutes)", "No follow-up."},
		"de": {"# Gesprächsleitfaden: A topic\n", "etwa 8 Minuten", "1. First (1 Minute)", "2. Second (7 Minuten)", "Keine Nachfrage."},
	} {
		text := guide.Render(g, b, lang)
		for _, words := range append(want, g.Opening, g.Closing, "An aim.", "Which one?", "- How so?", "What then?", "A goal", "One\nTwo", "A context") {
			if !strings.Contains(text, words) {
				t.Errorf("%s: %q is missing in:\n%s", lang, words, text)
			}
		}
		if strings.Contains(text, "Never used?") {
			t.Errorf("%s: a probe that can never be asked is shown", lang)
		}
	}
}

func TestTheBuiltInTextsAreHonestAndWithinTheLimits(t *testing.T) {
	for lang, want := range map[appliance.Language][]string{
		"en": {"kept on this box", "can read your answers", "a number", "stop at any time", "erased"},
		"de": {"bleibt auf dieser Box", "können Ihre Antworten lesen", "einer Nummer", "jederzeit aufhören", "gelöscht"},
	} {
		if err := (appliance.Session{
			Brief: appliance.Brief{Topic: "t", Goal: "g"}, Language: lang, ResultsVisibility: appliance.ResultsHost,
			WelcomeMessage: guide.Welcome(lang), ConsentText: guide.Consent(lang),
		}).Validate(); err != nil {
			t.Errorf("%s: %v", lang, err)
		}
		for _, words := range want {
			if !strings.Contains(guide.Consent(lang), words) {
				t.Errorf("%s: the consent text lacks %q", lang, words)
			}
		}
		for use, words := range map[appliance.Use]string{"": map[appliance.Language]string{"en": "may be quoted", "de": "zitiert werden"}[lang],
			appliance.UseParaphrase: map[appliance.Language]string{"en": "not quoted", "de": "nicht zitiert"}[lang],
			appliance.UseCount:      map[appliance.Language]string{"en": "none of it is shown", "de": "nichts davon gezeigt"}[lang]} {
			if !strings.Contains(guide.Uses(lang, use), words) {
				t.Errorf("%s: what follows the consent text does not say %q", lang, words)
			}
		}
		if guide.Shared(lang) == "" {
			t.Errorf("%s: nothing says that ideas are offered to others", lang)
		}
		if guide.Welcome(lang) == "" {
			t.Errorf("%s: no welcome", lang)
		}
	}
	if guide.Welcome("xx") != guide.Welcome("en") {
		t.Error("a language that is not there does not fall back to English")
	}
}

func FuzzDraft(f *testing.F) {
	for _, s := range samples {
		f.Add(s.brief.Topic, s.brief.Goal, s.brief.Critical, s.language == appliance.German)
	}
	f.Add("t", "g", "?¿⁇ ... ;;; :: {x} <wh> “„”", false)
	f.Add("t", "g", strings.Repeat("x", 1900), true)
	f.Fuzz(func(t *testing.T, topic, goal, critical string, german bool) {
		lang := appliance.English
		if german {
			lang = appliance.German
		}
		b := appliance.Brief{Topic: topic, Goal: goal, Critical: critical}
		if b.Validate() != nil {
			return
		}
		g := guide.Draft(b, lang)
		if err := g.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, topic := range g.Topics {
			if strings.Count(topic.Question, "?") != 1 || len(strings.Fields(topic.Question)) > 40 {
				t.Errorf("not one short question: %q", topic.Question)
			}
		}
		guide.Render(g, b, lang)
	})
}

func TestARetrospectiveAsksNothingTwice(t *testing.T) {
	for _, c := range []struct {
		brief appliance.Brief
		lang  appliance.Language
		want  []string // titles between the first topic and the end
	}{
		{appliance.Brief{Topic: "Retrospective", Goal: "Find out what went well, what did not, and what we should change"}, "en",
			[]string{"What went well and what did not", "What we should change", "What matters most"}},
		{appliance.Brief{Topic: "Retrospective", Goal: "Learn from the project", Critical: "What worked\nWhat to change next time"}, "en",
			[]string{"What worked", "What to change next time", "What matters most"}},
		{appliance.Brief{Topic: "Retrospective", Goal: "Plan the next one", Critical: "What went well"}, "en",
			[]string{"What went well", "What is difficult", "What was surprising", "What should change"}},
		{appliance.Brief{Topic: "Sommerfest", Goal: "Herausfinden, was gut lief und was wir nächstes Jahr anders machen"}, "de",
			[]string{"Was gut lief", "Was wir nächstes Jahr anders machen", "Was am wichtigsten ist"}},
		{appliance.Brief{Topic: "Rückblick", Goal: "Das nächste Jahr planen", Critical: "was schief ging"}, "de",
			[]string{"Was schief ging", "Was gut läuft", "Was überrascht hat", "Was sich ändern sollte"}},
	} {
		var titles []string
		for _, topic := range guide.Draft(c.brief, c.lang).Topics[1:] {
			titles = append(titles, topic.Title)
		}
		if diff := cmp.Diff(c.want, titles); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", c.brief.Goal, c.brief.Critical, diff)
		}
	}
}
