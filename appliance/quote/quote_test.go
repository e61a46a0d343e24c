package quote_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/quote"
)

// located says what Locate is to answer: the words at the place it found, and how. Nothing means refused.
type located struct {
	Words  string
	Method quote.Method
}

func locate(quotation, text string) located {
	span, ok := quote.Locate(quotation, []quote.Source{{ID: "trn_1", Text: text}})
	if !ok {
		return located{}
	}
	return located{Words: text[span.Start:span.End], Method: span.Method}
}

type row struct {
	name, quotation, text string
	want                  located
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, locate(r.quotation, r.text)); diff != "" {
				t.Errorf("Locate(%q) in %q (-want +got):\n%s", r.quotation, r.text, diff)
			}
		})
	}
}

var refused = located{}

func exact(words string) located      { return located{words, quote.Exact} }
func normalised(words string) located { return located{words, quote.Normalised} }
func snapped(words string) located    { return located{words, quote.Snapped} }

func TestTheSameBytesAreExact(t *testing.T) {
	check(t, []row{
		{"whole turn", "The lift is broken.", "The lift is broken.", exact("The lift is broken.")},
		{"inside a turn", "lift is", "The lift is broken.", exact("lift is")},
		{"with its spaces", " lift ", "The lift is broken.", exact(" lift ")},
		{"with its line break", "lift\nis", "The lift\nis broken.", exact("lift\nis")},
		{"right to left", "המעלית מקולקלת", "לדעתי המעלית מקולקלת כבר שבוע", exact("המעלית מקולקלת")},
		{"second place, where the first cuts a word", "art", "party or art", exact("art")},
		{"two letters", "no", "I said no to that", exact("no")},
		{"two characters of Chinese", "电梯", "我们的电梯坏了", exact("电梯")},
		{"emoji inside", "fine 👩‍👩‍👧 here", "all fine 👩‍👩‍👧 here", exact("fine 👩‍👩‍👧 here")},
	})
}

func TestTypographyDoesNotMatter(t *testing.T) {
	check(t, []row{
		{"case", "THE lift", "I think the Lift is slow", normalised("the Lift")},
		{"smart apostrophe", "I don't mind", "But I don’t mind it", normalised("I don’t mind")},
		{"acute as apostrophe", "it's late", "well it´s late now", normalised("it´s late")},
		{"German quotation marks", `say "soon" always`, "they say „soon“ always", normalised("say „soon“ always")},
		{"double prime", `a 5" pipe`, "a 5″ pipe leaks", normalised("a 5″ pipe")},
		{"dashes", "two-year plan - or none", "a two‐year plan — or none", normalised("two‐year plan — or none")},
		{"minus sign", "at -5 degrees", "it stood at −5 degrees", normalised("at −5 degrees")},
		{"ellipsis", "well... maybe", "well… maybe", normalised("well… maybe")},
		{"no-break space", "10 km away", "it is 10\u00a0km away", normalised("10\u00a0km away")},
		{"line breaks and runs of space", "so tired of it", "so \n\t tired  of it", normalised("so \n\t tired  of it")},
		{"zero-width space as space", "either or", "either\u200bor neither", normalised("either\u200bor")},
		{"zero-width space in Thai", "ลิฟต์เสีย", "ลิฟต์\u200bเสียอีกแล้ว", normalised("ลิฟต์\u200bเสีย")},
		{"soft hyphens in the source", "understood", "I un\u00adder\u00adstood", normalised("un\u00adder\u00adstood")},
		{"soft hyphen in the quotation", "respon\u00adsibility", "our responsibility", normalised("responsibility")},
		{"bidi controls", "open שלום here", "open \u2067שלום\u2069 here", normalised("open \u2067שלום\u2069 here")},
		{"decomposed accents", "café crème", "un cafe\u0301 cre\u0300me", normalised("cafe\u0301 cre\u0300me")},
		{"composed accents", "cafe\u0301", "un café noir", normalised("café")},
		{"accents in another order", "a\u0323\u0302 b", "a\u0302\u0323 b", normalised("a\u0302\u0323 b")},
		{"accent behind a soft hyphen", "été", "un e\u00ad\u0301te\u0301", normalised("e\u00ad\u0301te\u0301")},
		{"ligature", "finally office", "it is ﬁnally oﬃce time", normalised("ﬁnally oﬃce")},
		{"full width", "ABC 123", "the ＡＢＣ　１２３ form", normalised("ＡＢＣ　１２３")},
		{"half-width kana", "ガス", "ｶﾞｽが高い", normalised("ｶﾞｽ")},
		{"sharp s as ss", "Strasse", "in unserer Straße ist", normalised("Straße")},
		{"ss as sharp s", "Straße", "UNSERE STRASSE IST", normalised("STRASSE")},
		{"capital sharp s", "große Maße", "die GROẞE MASSE", normalised("GROẞE MASSE")},
		{"final sigma", "ΟΔΟΣ μας", "η οδός μας, η οδος μας", normalised("οδος μας")},
		{"Turkish dotless i", "IŞIK YOK", "burada ışık yok", normalised("ışık yok")},
		{"Turkish dotted I", "istanbul iyi", "İstanbul iyi", normalised("İstanbul iyi")},
		{"lowered dotted I", "i\u0307stanbul", "İSTANBUL", normalised("İSTANBUL")},
		{"tatweel", "السلام عليكم", "قال الســـلام علـيكم", normalised("الســـلام علـيكم")},
		{"Arabic vowel signs in the source", "الدرس مهم جدا", "إنّ الدَّرْسَ مُهِمٌّ جدًّا هنا", normalised("الدَّرْسَ مُهِمٌّ جدًّا")},
		{"Arabic vowel signs in the quotation", "شُكْرًا لَكُمْ", "أقول شكرا لكم", normalised("شكرا لكم")},
		{"Arabic vowel signs with tatweel", "محمد هنا", "مُحَـــمَّد هنا اليوم", normalised("مُحَـــمَّد هنا")},
		{"Hebrew vowel signs", "שלום לכם", "אמרתי שָׁלוֹם לָכֶם אתמול", normalised("שָׁלוֹם לָכֶם")},
		{"Ukrainian apostrophes", "п'ятеро п’ють", "у нас пʼятеро п`ють каву", normalised("пʼятеро п`ють")},
		{"Ukrainian apostrophe as quotation mark", "здоров’я дітей", "про здоров\"я дітей", normalised("здоров\"я дітей")},
		{"word joiner and zero-width no-break space", "e-mail list", "the e\u2060-\ufeffmail list", normalised("e\u2060-\ufeffmail list")},
		{"Arabic presentation forms", "لا أريد", "ﻻ أريد ذلك", normalised("ﻻ أريد")},
		{"non-joiner of Persian", "میخواهم بروم", "می\u200cخواهم بروم", normalised("می\u200cخواهم بروم")},
		{"Hangul in jamo", "계획은", norms("이 계획은 좋다"), normalised(norms("계획은"))},
		{"variation selector", "I ❤ it", "yes I ❤️ it", normalised("I ❤️ it")},
	})
}

// norms spells Hangul syllables in their letters, as some keyboards send them.
func norms(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0xac00 || r > 0xd7a3 {
			b.WriteRune(r)
			continue
		}
		n := r - 0xac00
		b.WriteRune(0x1100 + n/588)
		b.WriteRune(0x1161 + n%588/28)
		if tail := n % 28; tail > 0 {
			b.WriteRune(0x11a7 + tail)
		}
	}
	return b.String()
}

func TestPunctuationAtTheEndsIsTrimmed(t *testing.T) {
	check(t, []row{
		{"quotation marks around", `"The lift is down"`, "The lift is down since May", normalised("The lift is down")},
		{"guillemets with spaces", "« pas question »", "non, pas question ici", normalised("pas question")},
		{"full stop that is not there", "The lift is down.", "The lift is down, again", normalised("The lift is down")},
		{"trailing dots", "The lift is...", "The lift is broken", normalised("The lift is")},
		{"markdown", "**too slow**", "it is too slow", normalised("too slow")},
		{"list dash", "- too slow", "it is too slow", normalised("too slow")},
		{"kept where the source has it", "“Is it broken?”", "Is it broken? I think so", normalised("Is it broken?")},
		{"kept on both sides", "'(IF EVER)'", "maybe (if ever).", normalised("(if ever)")},
		{"a sign is no punctuation", "-5 inside", "5 inside", refused},
		{"per cent is no punctuation", "about 50%", "about 50 people", refused},
	})
}

func TestWordsAreNotCut(t *testing.T) {
	check(t, []row{
		{"end of a word", "happy", "I am unhappy", refused},
		{"beginning of a word", "care", "that is careless", refused},
		{"before an apostrophe", "I can", "I can't", refused},
		{"before a smart apostrophe", "I can", "I can’t", refused},
		{"after a hyphen", "smoker", "a non-smoker", refused},
		{"across a soft hyphen", "happy", "un\u00adhappy", refused},
		{"decimals", "5 km", "it is 0.5 km", refused},
		{"thousands", "10", "10,000 of them", refused},
		{"range", "10", "10–12 of them", refused},
		{"minus sign", "5 deg", "-5 deg", refused},
		{"per cent", "only 50", "only 50% of us", refused},
		{"currency", "paid 50", "paid 50€ for it", refused},
		{"within a Ukrainian word", "ятниця", "п’ятниця", refused},
		{"before its accent", "cafe", "cafe\u0301", refused},
		{"Hebrew abbreviation", "בצה", "הייתי בצה״ל שנה", refused},
		{"Arabic conjunction", "قال لا", "وقال لا", refused},
		{"an em dash parts words", "I know", "well—I know—it is", exact("I know")},
		{"a full stop parts words", "I know", "Yes.I know.But", exact("I know")},
		{"a quotation mark parts words", "I know", "he said“I know”to me", exact("I know")},
		{"Japanese has no spaces", "エレベーター", "このエレベーターは遅い", exact("エレベーター")},
		{"Thai has no spaces", "ลิฟต์", "ใช้ลิฟต์ไม่ได้", exact("ลิฟต์")},
		{"Latin within Chinese", "iphone", "我用iPhone打字", normalised("iPhone")},
	})
}

func TestAPlaceNeverSplitsACharacterThatPeopleSee(t *testing.T) {
	check(t, []row{
		{"family", "yes 👩", "yes 👩‍👩‍👧", refused},
		{"skin tone", "yes 👍", "yes 👍🏽", refused},
		{"flag", "go 🇩", "go 🇩🇪", refused},
		{"second half of two flags", "🇪🇫 go", "🇩🇪🇫🇷 go", refused},
		{"joined by a zero-width joiner", "we are 👩‍❤️", "we are 👩‍❤️‍👨 here", refused},
		{"flag of a region", "in 🏴", "in 🏴󠁧󠁢󠁳󠁣󠁴󠁿 now", refused},
		{"before a vowel sign that is left out", "كتب", "كتبَ", normalised("كتبَ")},
		{"key cap", "press 1", "press 1️⃣", refused},
		{"Devanagari vowel sign", "हिन्द", "हिन्दी", refused},
		{"half of a ligature", "nd it", "ﬁnd it", refused},
		{"carriage return", "one two\r", "one two\r\nthree", normalised("one two")},
	})
}

func TestNearlyTheSameWordsSnapToWhatWasSaid(t *testing.T) {
	check(t, []row{
		{
			"a dropped word", "the lift in our house has been broken since the winter",
			"Well, the lift in our old house has been broken since the winter, and nobody comes.",
			snapped("the lift in our old house has been broken since the winter"),
		},
		{
			"a mended typing error", "nobody ever answers the phone there", "Nobody ever anwsers the phone there!",
			snapped("Nobody ever anwsers the phone there"),
		},
		{
			"its full stop comes along", "Nobody ever answers the phone.", "Nobody ever answer the phone. Sad",
			snapped("Nobody ever answer the phone."),
		},
		{
			// The gate answers with a place: the reader sees the "not" that the model left out.
			"a dropped negation is shown", "I do like the idea of moving the market to the old harbour",
			"I do not like the idea of moving the market to the old harbour at all",
			snapped("I do not like the idea of moving the market to the old harbour"),
		},
		{
			"an invented negation is not shown", "I do not like the idea of moving the market to the old harbour",
			"I do like the idea of moving the market to the old harbour",
			snapped("I do like the idea of moving the market to the old harbour"),
		},
		{"beginning of a word", "happy with the plan", "I am unhappy with the plan", snapped("unhappy with the plan")},
		{"after a hyphen", "smokers pay the price", "non-smokers pay the price", snapped("non-smokers pay the price")},
		{"before a per cent sign", "we lost about 50", "we lost about 50% there", snapped("we lost about 50%")},
		{
			"a word at the edge is missing", "And the buses are always late in the evening",
			"the buses are always late in the evening",
			snapped("the buses are always late in the evening"),
		},
		{
			"Chinese", "我觉得电梯应该每个月检查一次才对", "其实我觉得电梯应当每个月检查一次才对。",
			snapped("我觉得电梯应当每个月检查一次才对"),
		},
		{"too many differences", "nobody ever answers my calls", "Nobody ever answers the phone there", refused},
		{"the same letters scattered", "nobody answers", "no, but my body never gives answers", refused},
		{
			"words left out in the middle", "the lift ... every single day",
			"the lift is broken and I have to walk up every single day", refused,
		},
		{"too short to differ", "lift brokn", "the elevator is broken", refused},
		{"a fragment of one word", "possible", "impossible", refused},
		{"no end of the word", "abcdefghij klm", "abcdefghij klm" + strings.Repeat("x", 100), refused},
	})
}

func TestWhatProvesNothingIsRefused(t *testing.T) {
	text := "a ... b 👍 — I"
	check(t, []row{
		{"empty", "", text, refused},
		{"white space", " \n", text, refused},
		{"punctuation", "...", text, refused},
		{"one letter", "I", text, refused},
		{"one letter in quotation marks", "'I'", text, refused},
		{"one character of Chinese", "是", "是的", refused},
		{"only emoji", "👍", text, refused},
		{"invisible characters", "\u00ad\u200d\u2060", text, refused},
		{"bytes that are not UTF-8", "ab\xff", "ab\xff", refused},
		{"empty source", "the lift", "", refused},
	})
}

func TestBytesThatAreNotUTF8InTheSourceAreTolerated(t *testing.T) {
	if diff := cmp.Diff(exact("the lift"), locate("the lift", "\xc3 the lift \xe2\x80")); diff != "" {
		t.Error(diff)
	}
}

func TestSourcesAreTriedInOrder(t *testing.T) {
	const q = "the trains are never on time"
	const other = "something else entirely was said here"
	sources := func(texts ...string) []quote.Source {
		var s []quote.Source
		for _, text := range texts {
			s = append(s, quote.Source{Text: text})
		}
		return s
	}
	for _, r := range []struct {
		name    string
		sources []quote.Source
		want    quote.Span
	}{
		{
			"normalised in the claimed turn before exact in another", sources("The trains are never on time", q),
			quote.Span{Source: 0, End: 28, Method: quote.Normalised, Score: 1},
		},
		{
			"exact in any other before normalised in an earlier one", sources(other, "The trains are never on time", q),
			quote.Span{Source: 2, End: 28, Method: quote.Exact, Score: 1},
		},
		{
			"normalised in another before snapped in the claimed turn",
			sources("the trains are never in time", other, "THE TRAINS ARE NEVER ON TIME"),
			quote.Span{Source: 2, End: 28, Method: quote.Normalised, Score: 1},
		},
		{
			"the best of the snapped", sources("these trains are never in time", "the trains are never in time"),
			quote.Span{Source: 1, End: 28, Method: quote.Snapped, Score: 27.0 / 28},
		},
		{
			"the earlier of equally good",
			sources(other, "the trains are never in time", "the trains are newer on time"),
			quote.Span{Source: 1, End: 28, Method: quote.Snapped, Score: 27.0 / 28},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, ok := quote.Locate(q, r.sources)
			if !ok {
				t.Fatal("refused")
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if span, ok := quote.Locate(q, nil); ok {
		t.Errorf("found %+v in no source at all", span)
	}
}

func TestNormaliseGivesTheFormThatIsCompared(t *testing.T) {
	for in, want := range map[string]string{
		"“It’s  — well… FINE!”":  "it's - well... fine",
		" ﬁve\u00a0½ Straßen ":   "five 1⁄2 strassen",
		"İI ıi":                  "ii ii",
		"-5 %":                   "-5 %",
		"«-x»":                   "x",
		"ガ\u200bｶﾞ":              "ガガ",
		"ـــسلام":                "سلام",
		"\u202eabc\u202c":        "abc",
		"a\u0301\u00ad\u0323 bc": "ạ́ bc",
		"...":                    "",
	} {
		if got := quote.Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOffsetsAreConvertedForOtherCounts(t *testing.T) {
	text := "aé€👩‍👧 z\xff!" // bytes: a 1, é 2, € 3, 👩 4, ZWJ 3, 👧 4, then one each
	for _, r := range []struct {
		name         string
		start, end   int
		runes, utf16 [2]int
	}{
		{"everything", 0, len(text), [2]int{0, 10}, [2]int{0, 12}},
		{"nothing", 0, 0, [2]int{0, 0}, [2]int{0, 0}},
		{"letters", 1, 6, [2]int{1, 3}, [2]int{1, 3}},
		{"emoji sequence", 6, 17, [2]int{3, 6}, [2]int{3, 8}},
		{"byte that is not UTF-8", 19, 20, [2]int{8, 9}, [2]int{10, 11}},
		{"inside code points", 2, 8, [2]int{1, 3}, [2]int{1, 3}},
		{"outside the text", -5, 1000, [2]int{0, 10}, [2]int{0, 12}},
	} {
		t.Run(r.name, func(t *testing.T) {
			var got [2]int
			got[0], got[1] = quote.Runes(text, r.start, r.end)
			if got != r.runes {
				t.Errorf("Runes = %v, want %v", got, r.runes)
			}
			got[0], got[1] = quote.UTF16(text, r.start, r.end)
			if got != r.utf16 {
				t.Errorf("UTF16 = %v, want %v", got, r.utf16)
			}
		})
	}
}
