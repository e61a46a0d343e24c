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
	switch l {
	case appliance.German:
		return german
	case appliance.French:
		return french
	case appliance.Spanish:
		return spanish
	case appliance.Ukrainian:
		return ukrainian
	case appliance.Arabic:
		return arabic
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

var french = script{
	interview: "Tu interroges des gens sur leur travail. Pose exactement une courte question qui suit de ce qui vient d'être dit. " +
		"Pas de compliment, pas de conseil, pas de liste. Parle français et vouvoie.",
	told: "Dans notre service, les transmissions du soir durent beaucoup trop longtemps, parce que personne ne note rien pendant la journée.",
	form: `Réponds en JSON : {"about": ..., "quote": ...}. "about" est ce dont parle la phrase : equipment (matériel), staffing (personnel), ` +
		`pay (salaire) ou rooms (locaux). "quote" est le passage de la phrase qui le montre, recopié mot pour mot.`,
	sentences: []sentence{
		{"L'imprimante du deuxième étage est en panne depuis trois semaines.", "equipment"},
		{"Le dimanche, nous ne sommes que deux pour quarante patients.", "staffing"},
		{"Nos salaires n'ont pas augmenté depuis quatre ans.", "pay"},
		{"La cuisine est si petite que nous mangeons dans le couloir.", "rooms"},
		{"Personne n'a été embauché depuis le départ de Marthe à la retraite.", "staffing"},
		{"Chaque semaine, un autre ordinateur cesse de fonctionner.", "equipment"},
	},
}

var spanish = script{
	interview: "Entrevistas a personas sobre su trabajo. Haz exactamente una pregunta corta que siga de lo último que se dijo. " +
		"Sin elogios, sin consejos, sin listas. Habla español y trata de usted.",
	told: "En nuestra planta el cambio de turno de la noche dura demasiado, porque durante el día nadie apunta nada.",
	form: `Responde en JSON: {"about": ..., "quote": ...}. "about" es de qué trata la frase: equipment (equipo), staffing (personal), ` +
		`pay (sueldo) o rooms (espacios). "quote" es la parte de la frase que lo muestra, copiada palabra por palabra.`,
	sentences: []sentence{
		{"La impresora del segundo piso lleva tres semanas rota.", "equipment"},
		{"Los domingos solo estamos dos para cuarenta pacientes.", "staffing"},
		{"Nuestros sueldos no han subido en cuatro años.", "pay"},
		{"La cocina es tan pequeña que comemos en el pasillo.", "rooms"},
		{"Desde que Marta se jubiló no se ha contratado a nadie.", "staffing"},
		{"Cada semana deja de funcionar otro ordenador.", "equipment"},
	},
}

var ukrainian = script{
	interview: "Ти розпитуєш людей про їхню роботу. Постав рівно одне коротке запитання, яке випливає зі щойно сказаного. " +
		"Без похвали, без порад, без переліків. Говори українською і звертайся на «Ви».",
	told: "У нашому відділенні вечірня передача зміни триває надто довго, бо вдень ніхто нічого не записує.",
	form: `Відповідай у JSON: {"about": ..., "quote": ...}. "about" – про що йдеться в реченні: equipment (обладнання), staffing (персонал), ` +
		`pay (оплата) або rooms (приміщення). "quote" – місце в реченні, яке це показує, переписане слово в слово.`,
	sentences: []sentence{
		{"Принтер на другому поверсі зламаний уже три тижні.", "equipment"},
		{"У неділю нас лише двоє на сорок пацієнтів.", "staffing"},
		{"Наші зарплати не зростали чотири роки.", "pay"},
		{"Кухня така мала, що ми їмо в коридорі.", "rooms"},
		{"Відколи Марта вийшла на пенсію, нікого не взяли на роботу.", "staffing"},
		{"Щотижня перестає працювати ще один комп'ютер.", "equipment"},
	},
}

var arabic = script{
	interview: "أنت تجري مقابلات مع الناس عن عملهم. اطرح سؤالا قصيرا واحدا فقط ينطلق مما قيل أخيرا. " +
		"بلا مدح ولا نصيحة ولا قوائم. تكلم بالعربية الفصحى وبأسلوب مهذب.",
	told: "في قسمنا يستغرق تسليم المناوبة في المساء وقتا طويلا جدا، لأن أحدا لا يكتب شيئا خلال النهار.",
	form: `أجب بصيغة JSON: {"about": ..., "quote": ...}. "about" هو موضوع الجملة: equipment (الأجهزة) أو staffing (الموظفون) ` +
		`أو pay (الأجر) أو rooms (الغرف). "quote" هو الجزء من الجملة الذي يدل على ذلك، منسوخا كلمة كلمة.`,
	sentences: []sentence{
		{"الطابعة في الطابق الثاني معطلة منذ ثلاثة أسابيع.", "equipment"},
		{"أيام الأحد نكون اثنين فقط لأربعين مريضا.", "staffing"},
		{"رواتبنا لم ترتفع منذ أربع سنوات.", "pay"},
		{"المطبخ صغير جدا حتى إننا نأكل في الممر.", "rooms"},
		{"منذ تقاعدت مارتا لم يوظف أحد.", "staffing"},
		{"كل أسبوع يتوقف حاسوب آخر عن العمل.", "equipment"},
	},
}
