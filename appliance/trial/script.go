package trial

import "harmonium/appliance"

// script is what a model is asked in a trial. Everything in it is invented.
type script struct {
	interview string // what it is to do in a conversation
	told      string // what somebody told it
	form      string // how the form is filled in
	sentences []sentence
}

type sentence struct {
	text  string
	about string // one of abouts
}

// said gives the script in a language, in English where there is none.
func said(l appliance.Language) script {
	if l == appliance.German {
		return german
	}
	return english
}

var english = script{
	interview: "You interview people about their work. Ask exactly one short question that follows from what the person said last. " +
		"No praise, no advice, no list.",
	told: "On our ward the handover in the evening takes far too long, because nobody writes anything down during the day.",
	form: `Answer in JSON: {"about": ..., "quote": ...}. "about" is what the sentence of the person is about: equipment, staffing, pay or rooms. ` +
		`"quote" is the part of the sentence that shows it, copied word for word.`,
	sentences: []sentence{
		{"The printer on the second floor has been broken for three weeks.", "equipment"},
		{"On Sundays only two of us are there for forty patients.", "staffing"},
		{"Our wages have not risen for four years.", "pay"},
		{"The kitchen is so small that we eat in the corridor.", "rooms"},
		{"Nobody has been hired since Martha retired.", "staffing"},
		{"Every week another computer stops working.", "equipment"},
	},
}

var german = script{
	interview: "Du befragst Menschen zu ihrer Arbeit. Stelle genau eine kurze Frage, die an das zuletzt Gesagte anschließt. " +
		"Kein Lob, kein Rat, keine Aufzählung. Sprich Deutsch und sieze.",
	told: "Bei uns auf der Station dauert die Übergabe am Abend viel zu lange, weil tagsüber niemand etwas aufschreibt.",
	form: `Antworte in JSON: {"about": ..., "quote": ...}. "about" ist, worum es in dem Satz geht: equipment (Ausstattung), staffing (Personal), ` +
		`pay (Bezahlung) oder rooms (Räume). "quote" ist die Stelle im Satz, die das zeigt, Wort für Wort abgeschrieben.`,
	sentences: []sentence{
		{"Der Drucker im zweiten Stock ist seit drei Wochen kaputt.", "equipment"},
		{"Sonntags sind wir nur zu zweit für vierzig Patienten da.", "staffing"},
		{"Unsere Löhne sind seit vier Jahren nicht gestiegen.", "pay"},
		{"Die Küche ist so klein, dass wir im Flur essen.", "rooms"},
		{"Seit Martha in Rente ist, wurde niemand eingestellt.", "staffing"},
		{"Jede Woche fällt ein anderer Computer aus.", "equipment"},
	},
}
