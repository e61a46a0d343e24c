package facilitation_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

func TestAnswersAreJudgedByRules(t *testing.T) {
	thin := facilitation.Assessment{Depth: 1}
	bare := facilitation.Assessment{Depth: 1, Bare: true}
	no := facilitation.Assessment{Depth: 1, Bare: true, No: true}
	good := facilitation.Assessment{Depth: 2}
	rich := facilitation.Assessment{Depth: 3}
	none := facilitation.Assessment{}
	nothing := facilitation.Assessment{Nothing: true}
	skip := facilitation.Assessment{Skip: true}
	lost := facilitation.Assessment{Lost: true}
	stop := facilitation.Assessment{Stop: true}

	for _, c := range []struct {
		language appliance.Language
		want     facilitation.Assessment
		texts    []string
	}{
		{"en", thin, []string{"The handover.", "We need more people on the ward", "too loud, too hot", "3 of 5",
			"I want to stop smoking", "I don't understand why the managers never ask us", "What we need is time",
			"Next year we will move", "Nothing, the pay maybe", "no clean linen", "the bus passes twice", "No time.", "I don't have time, sorry"}},
		{"en", bare, []string{"yes", "Yeah, sure!", "It depends", "maybe…", "No, that's right"}},
		{"en", no, []string{"No.", "NO", "no thanks", "Nope"}},
		{"en", good, []string{"It fails because nobody has the time for it.", "For example the printer on ward 3 is broken.",
			strings.Repeat("word ", 25), "Don’t know. Maybe the rota, because it changes every week and nobody tells us."}},
		{"en", rich, []string{"Last week the printer broke and we wrote everything by hand because nobody could come.",
			strings.Repeat("word ", 60) + "because"}},
		{"en", none, []string{"", "   ", "👍", "...", "!!!"}},
		{"en", nothing, []string{"I don't know", "i dont know", "No idea.", "Nothing.", "Honestly, I’m not sure…", "idk",
			"hm, nothing comes to mind", "That's all, thanks", "dunno"}},
		{"en", skip, []string{"skip", "Next question please", "pass", "I'd rather not say", "I'd rather not say, it's private",
			"n/a", "Skip this one!", "sorry, no comment"}},
		{"en", lost, []string{"?", "What do you mean?", "Sorry, I don't understand the question.", "huh?", "what",
			"What do you mean by handover?", "Can you explain that please?"}},
		{"en", stop, []string{"stop", "I want to stop now, please", "Sorry, I have to go. Bye!", "I have to go, my bus is here",
			"can we stop here?", "that's enough", "I am done."}},
		{"en", facilitation.Assessment{Depth: 2, Stop: true}, []string{
			"The main thing is the rota, because it changes every week and nobody tells us. Sorry, I have to go now."}},
		{"en", good, []string{"My manager says, I have to go, and then I stay anyway because the others need me there."}},

		{"de", thin, []string{"Die Übergabe.", "Zu wenig Leute auf Station", "Ich will aufhören zu rauchen",
			"Ich verstehe nicht, warum die Leitung uns nie fragt", "Was wir brauchen, ist Zeit", "Keine Zeit", "Ich habe leider keine Zeit"}},
		{"de", bare, []string{"ja", "Na ja, geht so", "Kommt drauf an!", "Nein, das stimmt so"}},
		{"de", no, []string{"Nein.", "Nein danke"}},
		{"de", good, []string{"Es klappt nicht, weil niemand Zeit hat.", "Zum Beispiel ist der Drucker auf Station 3 kaputt."}},
		{"de", rich, []string{"Letzte Woche ging der Drucker kaputt und wir schrieben alles von Hand, weil niemand kommen konnte."}},
		{"de", nothing, []string{"Weiß nicht", "Keine Ahnung.", "Dazu fällt mir nichts ein", "Nichts, danke", "Das war's"}},
		{"de", skip, []string{"weiter", "Nächste Frage bitte", "Das möchte ich nicht sagen", "Kein Kommentar."}},
		{"de", lost, []string{"Wie bitte?", "Was meinen Sie damit?", "Die Frage verstehe ich nicht", "Was meinen Sie mit Übergabe?",
			"Ich weiß nicht, was Sie meinen."}},
		{"de", stop, []string{"stopp", "Ich möchte jetzt aufhören", "Entschuldigung, ich muss leider los", "Ich habe keine Zeit mehr"}},

		{"fr", thin, []string{"La relève.", "Pas assez de monde dans le service", "Je veux arrêter de fumer",
			"Je ne comprends pas pourquoi la direction ne nous demande jamais rien", "Ce qu’il nous faut, c’est du temps"}},
		{"fr", no, []string{"Non."}},
		{"fr", bare, []string{"oui", "Ça dépend !", "Tout à fait", "Non, c'est ça"}},
		{"fr", good, []string{"Cela ne marche pas, parce que personne n’a le temps.", "Par exemple l’imprimante du service 3 est en panne.",
			"Cela tombe souvent en panne, parce qu’on la force."}},
		{"fr", rich, []string{"La semaine dernière l’imprimante est tombée en panne et nous avons tout écrit à la main parce que personne ne pouvait venir."}},
		{"fr", nothing, []string{"Je ne sais pas", "aucune idée", "Rien, merci", "C’est tout"}},
		{"fr", skip, []string{"passer", "Question suivante, s’il vous plaît", "Je préfère ne pas répondre", "Sans commentaire."}},
		{"fr", lost, []string{"Comment ?", "Que voulez-vous dire ?", "Je ne comprends pas la question", "Qu’entendez-vous par relève ?"}},
		{"fr", stop, []string{"stop", "Je voudrais arrêter maintenant", "Désolé, je dois y aller", "Je n’ai plus le temps"}},

		// People mix languages: a message that is only a phrase of another language means what it means there.
		{"de", skip, []string{"skip", "Skip this question please", "Bitte skip", "next question", "I'd rather not say."}},
		{"de", stop, []string{"I want to stop now", "stop", "quit", "Sorry, I have to go. Bye!"}},
		{"de", lost, []string{"What do you mean?", "I don't understand the question", "What do you mean by Übergabe?", "huh?"}},
		{"de", nothing, []string{"I don't know", "no idea", "nothing"}},
		{"de", facilitation.Assessment{Depth: 2, Stop: true}, []string{
			"Vor allem der Dienstplan, weil er sich jede Woche ändert und niemand etwas sagt. I have to go, sorry."}},
		{"de", thin, []string{"Pass", "Not", "Bad", "Das ist next level", "Der Stop an der Ecke", "Weekend", "ein Kind, ein Pass",
			"No-Go", "Nothing Hill", "Der Exit", "What Else"}},
		{"en", skip, []string{"Nächste Frage bitte", "weiter", "Überspringen", "das möchte ich nicht sagen"}},
		{"en", stop, []string{"Ich möchte aufhören", "fertig", "stopp"}},
		{"en", lost, []string{"Wie bitte?", "Ich verstehe die Frage nicht.", "Was meinen Sie mit Übergabe?"}},
		{"en", nothing, []string{"Keine Ahnung", "weiß nicht"}},
		{"en", thin, []string{"was", "so", "fort", "gut", "Die nie aus", "It was egal to them", "also viel", "the German word weiter"}},

		{"xx", thin, []string{"The handover."}},
		{"en", thin, []string{"交接时间太长"}},
		{"en", good, []string{strings.Repeat("交接时间太长", 5)}},
	} {
		for _, text := range c.texts {
			if got := facilitation.Assess(c.language, text); got != c.want {
				t.Errorf("%s %q:\n got %+v\nwant %+v", c.language, text, got, c.want)
			}
		}
	}
}

func FuzzAssess(f *testing.F) {
	for _, s := range []string{"", "?", "I don't know", "Sorry, I have to go. Bye!", "weiß nicht, weil", "\xff\xfe", "''--", "ok ok", "thanks"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, language := range []appliance.Language{"en", "de", ""} {
			a := facilitation.Assess(language, text)
			if a.Depth < 0 || a.Depth > 3 {
				t.Fatalf("depth %d", a.Depth)
			}
			if a.Lost && a.Skip || a.Nothing && a.Depth > 0 || a.Bare && a.Depth != 1 {
				t.Fatalf("contradiction: %+v", a)
			}
		}
	})
}

func BenchmarkAssessLongMessage(b *testing.B) {
	text := strings.Repeat("ok, the ward ", 769)
	for b.Loop() {
		facilitation.Assess("en", text)
	}
}

// Who has nothing to add has said nothing more, in whatever words: nobody is asked on about it.
func TestNothingToAddIsNoAnswer(t *testing.T) {
	for language, texts := range map[appliance.Language][]string{
		"en": {"I have nothing to add to that.", "Nothing to add to this", "I have nothing more to say", "Nothing more to say about that.", "I have nothing else to add, thanks.",
			"I don't have anything to add", "There is nothing more to say", "No, I have nothing to add to that.", "Nothing else to say about it", "That's all I have to say", "That is all I can say about it.",
			"That's everything", "I've got nothing to add", "I have said everything", "Nothing further"},
		"de": {"Dem habe ich nichts hinzuzufügen.", "Dazu habe ich nichts mehr zu sagen", "Ich habe nichts hinzuzufügen", "Dazu fällt mir nichts mehr ein.", "Nichts weiter dazu", "Da habe ich nichts zu ergänzen.",
			"Mehr kann ich dazu nicht sagen.", "Mehr fällt mir nicht ein", "Nein, dem habe ich nichts hinzuzufügen", "Das war alles", "Ich habe alles gesagt", "Nichts zu ergänzen"},
		"fr": {"Je n’ai rien à ajouter à cela.", "Rien à ajouter", "Je n'ai rien de plus à dire", "Rien de plus à dire là-dessus.", "C’est tout ce que j’ai à dire", "Je n’ai rien d’autre à ajouter.",
			"Il n'y a rien à ajouter", "Non, je n'ai rien à ajouter", "J'ai tout dit", "Rien d'autre"},
		"es": {"No tengo nada que añadir a eso.", "Nada que añadir", "No tengo nada más que decir", "Nada más que decir sobre eso.", "Eso es todo lo que tengo que decir", "No tengo nada que agregar.",
			"No hay nada más que añadir", "No, no tengo nada que añadir", "Ya lo he dicho todo", "Nada más"},
	} {
		for _, text := range texts {
			if a := facilitation.Assess(language, text); !a.Nothing || a.Depth != 0 {
				t.Errorf("%s %q: %+v", language, text, a)
			}
		}
	}
	for language, text := range map[appliance.Language]string{"en": "I have nothing to add to that, but the board should hang elsewhere because nobody sees it.",
		"de": "Dem habe ich nichts hinzuzufügen, nur dass die Tafel anderswo hängen sollte.", "fr": "Je n'ai rien à ajouter, sauf que le tableau devrait être ailleurs.",
		"es": "No tengo nada que añadir, salvo que la pizarra debería estar en otro sitio."} {
		if a := facilitation.Assess(language, text); a.Nothing || a.Depth == 0 {
			t.Errorf("%s %q adds something: %+v", language, text, a)
		}
	}
}

// On a phone most people leave out what Arabic may be written without, and type any apostrophe.
func TestAWordMayBeWrittenInSeveralWays(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		text     string
		want     facilitation.Assessment
	}{
		{"ar", "لا أفهم السؤال", facilitation.Assessment{Lost: true}},
		{"ar", "لا افهم السؤال", facilitation.Assessment{Lost: true}},
		{"ar", "أُريدُ أن أتوقّف.", facilitation.Assessment{Stop: true}},
		{"ar", "اريد ان اتوقف", facilitation.Assessment{Stop: true}},
		{"ar", "لا ادري", facilitation.Assessment{Nothing: true}},
		{"ar", "هل انت انسان؟", facilitation.Assessment{Ask: facilitation.AskMachine}},
		{"uk", "Я не розумію", facilitation.Assessment{Lost: true}},
		{"uk", "Хочу зупинитися, будь ласка", facilitation.Assessment{Stop: true}},
		{"uk", "не пам'ятаю", facilitation.Assessment{Nothing: true}},
		{"uk", "не памʼятаю", facilitation.Assessment{Nothing: true}},
		{"uk", "не пам’ятаю", facilitation.Assessment{Nothing: true}},
	} {
		if got := facilitation.Assess(c.language, c.text); got != c.want {
			t.Errorf("%s: %q is %+v, want %+v", c.language, c.text, got, c.want)
		}
	}
}
