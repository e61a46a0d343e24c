package guide_test

import "harmonium/appliance"

// sample is a brief as somebody would write it, with the language of its session.
type sample struct {
	name     string
	language appliance.Language
	brief    appliance.Brief
}

// samples are invented briefs in the many ways in which people write them.
var samples = []sample{
	{"nurses", appliance.English, appliance.Brief{
		Topic:    "Why nurses leave our hospital",
		Goal:     "Decide which three measures to take next year so that fewer nurses leave.",
		Critical: "Understand why nurses leave within the first year\nFind out whether the new roster helps\nhandover between shifts\nWhat would make them stay?",
		Context:  "Regional hospital, 640 beds. The roster was changed in March.",
	}},
	{"retrospective", appliance.English, appliance.Brief{
		Topic:    "Retrospective of release 4.2",
		Goal:     "Learn from the last release before we plan the next one",
		Critical: "- what went well\n- what slowed us down\n- how decisions were made\n- what we should do differently next time",
	}},
	{"library", appliance.English, appliance.Brief{
		Topic:    "The future of the town library",
		Goal:     "Prepare the council's decision about opening hours and the new building.",
		Critical: "How do people use the library today? Opening hours. Ideas for the new building; barriers for young families.",
	}},
	{"one-line", appliance.English, appliance.Brief{
		Topic: "Remote work", Goal: "Find out how remote work is going", Critical: "",
	}},
	{"questions", appliance.English, appliance.Brief{
		Topic:    "Safety on the night shift",
		Goal:     "Reduce near misses",
		Critical: "Do you feel safe at night?\nWhy do people not report near misses?\nWhat would you change first?\nIs the new alarm system reliable?",
	}},
	{"long list", appliance.English, appliance.Brief{
		Topic:    "Employee survey follow-up",
		Goal:     "Understand the results of the survey better",
		Critical: "1. workload\n2. pay and recognition\n3. leadership\n4. cooperation between departments\n5. training of new staff\n6. equipment\n7. the canteen\n8. parking",
	}},
	{"prose", appliance.English, appliance.Brief{
		Topic: "Volunteering in our food bank",
		Goal: "We want to understand what brings volunteers to us and what makes them stay, so that we can plan for the coming winter. " +
			"We also need to know whether the new shifts work.",
		Critical: "We need to learn why so many volunteers drop out after three months and what would keep them. It is important to understand how they experience the first day.",
	}},
	{"strategy", appliance.English, appliance.Brief{
		Topic:    "Strategy 2030",
		Goal:     "Collect hopes and concerns before the board meets",
		Critical: "main risks\nbiggest opportunities\nhow to involve members\nimprove communication with branches\nwhether to merge the two regional offices",
	}},
	{"customers", appliance.English, appliance.Brief{
		Topic:    "Customer discovery: repair café",
		Goal:     "Find out if there is demand for a weekly repair café",
		Critical: "what they do with broken things today\nhow much they spend on repairs\nwhat they would expect from a repair café\nwhether they would help as volunteers",
	}},
	{"labels", appliance.English, appliance.Brief{
		Topic:    "New ward layout",
		Goal:     "See how the new layout changes daily work",
		Critical: "Walking distances: how have they changed?\nNoise: does it disturb patients?\nPrivacy - the curtain solution\nMust learn:\n* anything else",
	}},
	{"duplicates", appliance.English, appliance.Brief{
		Topic:    "School lunch",
		Goal:     "Improve school lunch",
		Critical: "Understand why pupils do not eat the lunch\nwhy pupils do not eat the lunch?\nFind out why pupils don't eat the lunch.\nPrice\nprices",
	}},
	{"statement", appliance.English, appliance.Brief{
		Topic:    "Reporting of errors",
		Goal:     "Build a culture in which errors are reported",
		Critical: "Staff do not report near misses.\nManagers say that everybody can speak up.\nThe form is too long.",
	}},
	{"very long", appliance.English, appliance.Brief{
		Topic: "Citizens' assembly on mobility",
		Goal:  "Prepare the assembly",
		Critical: "Understand how people who live in the outer districts, who have no car of their own and who work in shifts that begin before the first bus leaves, manage to get to work, what it costs them in time and money, and what they have given up because of it\n" +
			"cycling in winter",
	}},
	{"names", appliance.English, appliance.Brief{
		Topic:    "Berlin office move",
		Goal:     "Prepare the move",
		Critical: "Berlin office culture\nNHS contract\nIT support\nI want to know what people fear most about moving\nTravel times",
	}},
	{"pasted", appliance.English, appliance.Brief{
		Topic:    "  Onboarding  of new colleagues  ",
		Goal:     "• understand onboarding\n• improve it",
		Critical: "**Key questions:**\n\n• What helped you in the first week?\n• What was missing?\n• Who did you ask when you were stuck?\n",
	}},
	{"comma list", appliance.English, appliance.Brief{
		Topic: "Working at the depot", Goal: "Understand pay, hours, safety and respect at the depot", Critical: "pay, hours, safety and respect",
	}},
	{"policy", appliance.English, appliance.Brief{
		Topic:    "Ban on cars around the school",
		Goal:     "Hear from residents before the vote",
		Critical: "attitudes towards the ban\nimpact of the ban on shop owners\nreasons for and against\nwho loses most\nfairness of the process",
	}},
	{"imperative", appliance.English, appliance.Brief{
		Topic:    "Waiting times in the emergency room",
		Goal:     "Cut waiting times",
		Critical: "Identify bottlenecks at triage\nExplore how relatives are informed\nGet feedback on the new display\nCompare weekdays and weekends\nTest whether a second triage desk would help",
	}},
	{"question as topic", appliance.English, appliance.Brief{
		Topic: "How can we make meetings shorter?", Goal: "Make meetings shorter.", Critical: "Which meetings could be dropped?\nHave you ever left a meeting early?",
	}},
	{"wrong language", appliance.English, appliance.Brief{
		Topic: "Übergabe", Goal: "Übergabe verbessern", Critical: "verstehen, warum die Übergabe so lange dauert\nÜbergabe am Wochenende",
	}},

	{"pflege", appliance.German, appliance.Brief{
		Topic:    "Warum Pflegekräfte unser Haus verlassen",
		Goal:     "Drei Maßnahmen für das nächste Jahr festlegen, damit weniger Pflegekräfte gehen.",
		Critical: "Verstehen, warum Pflegekräfte im ersten Jahr kündigen\nHerausfinden, ob der neue Dienstplan hilft\nÜbergabe zwischen den Schichten\nWas würde sie zum Bleiben bewegen?",
		Context:  "Kreiskrankenhaus, 640 Betten. Der Dienstplan wurde im März geändert.",
	}},
	{"rueckblick", appliance.German, appliance.Brief{
		Topic:    "Rückblick auf das Stadtfest 2025",
		Goal:     "Aus dem letzten Jahr lernen, bevor wir das nächste planen",
		Critical: "- was gut lief\n- was uns aufgehalten hat\n- wie Entscheidungen getroffen wurden\n- was wir nächstes Mal anders machen sollten",
	}},
	{"bibliothek", appliance.German, appliance.Brief{
		Topic:    "Zukunft der Stadtbibliothek",
		Goal:     "Den Beschluss des Rates über Öffnungszeiten und Neubau vorbereiten",
		Critical: "Wie nutzen die Teilnehmenden die Bibliothek heute? Öffnungszeiten. Ideen für den Neubau; Hürden für junge Familien.",
	}},
	{"eine Zeile", appliance.German, appliance.Brief{
		Topic: "Arbeiten von zu Hause", Goal: "Wir wollen wissen, wie das Arbeiten von zu Hause läuft.", Critical: "",
	}},
	{"fragen", appliance.German, appliance.Brief{
		Topic:    "Sicherheit im Nachtdienst",
		Goal:     "Beinahe-Unfälle verringern",
		Critical: "Fühlen Sie sich nachts sicher?\nWarum werden Beinahe-Unfälle nicht gemeldet?\nWas würden Sie zuerst ändern?\nIst die neue Alarmanlage zuverlässig?\nHaben Sie schon einmal einen Beinahe-Unfall gemeldet?",
	}},
	{"lange Liste", appliance.German, appliance.Brief{
		Topic:    "Nachgespräch zur Mitarbeiterbefragung",
		Goal:     "Die Ergebnisse der Befragung besser verstehen",
		Critical: "1. Arbeitsbelastung\n2. Bezahlung und Anerkennung\n3. Führung\n4. Zusammenarbeit zwischen den Abteilungen\n5. Einarbeitung neuer Kolleginnen und Kollegen\n6. Ausstattung\n7. die Kantine\n8. Parkplätze",
	}},
	{"ehrenamt", appliance.German, appliance.Brief{
		Topic: "Ehrenamt bei der Tafel",
		Goal:  "Wir möchten verstehen, was Ehrenamtliche zu uns bringt und was sie hält. Außerdem müssen wir wissen, ob die neuen Schichten funktionieren.",
		Critical: "Wir müssen erfahren, warum so viele nach drei Monaten aufhören und was sie halten würde. " +
			"Wichtig ist, zu verstehen, wie sie den ersten Tag erleben.",
	}},
	{"strategie", appliance.German, appliance.Brief{
		Topic:    "Strategie 2030",
		Goal:     "Hoffnungen und Bedenken sammeln, bevor der Vorstand tagt",
		Critical: "die größten Risiken\nChancen\nwie wir Mitglieder beteiligen können\nKommunikation mit den Ortsgruppen verbessern\nob die beiden Regionalbüros zusammengelegt werden sollen",
	}},
	{"reparatur", appliance.German, appliance.Brief{
		Topic:    "Bedarf an einem Reparaturcafé",
		Goal:     "Herausfinden, ob es Bedarf gibt",
		Critical: "was sie heute mit kaputten Dingen machen\nwas sie von einem Reparaturcafé erwarten\nwas sie sich vom Team wünschen\nob sie selbst mithelfen würden",
	}},
	{"feststellungen", appliance.German, appliance.Brief{
		Topic:    "Fehler melden",
		Goal:     "Eine Kultur schaffen, in der Fehler gemeldet werden",
		Critical: "Beinahe-Fehler werden nicht gemeldet.\nDas Formular ist zu lang.\nUmgang mit Fehlern in der Leitung; Sonstiges",
	}},
	{"substantive", appliance.German, appliance.Brief{
		Topic:    "Digitalisierung im Bürgeramt",
		Goal:     "Die nächsten Schritte festlegen",
		Critical: "Ursachen für lange Wartezeiten erkennen\nVorteile und Nachteile der Online-Anträge\nden Bedarf an Schulung ermitteln\nErfahrungen mit der neuen Software\nUmgang mit Beschwerden",
	}},
	{"reihe", appliance.German, appliance.Brief{
		Topic: "Schulessen", Goal: "Das Schulessen verbessern", Critical: "Preis, Auswahl, Wartezeit und Lärm",
	}},
	{"verkehr", appliance.German, appliance.Brief{
		Topic:    "Autofreie Schulstraße",
		Goal:     "Vor der Abstimmung die Anwohnerinnen und Anwohner hören",
		Critical: "Haltung zur Sperrung\nAuswirkungen der Sperrung auf Geschäfte\nGründe dafür und dagegen\nwer am meisten verliert\nob das Verfahren als gerecht erlebt wird",
	}},
}
