package quote_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"harmonium/appliance/quote"
)

// verify fails the test if the answer of Locate breaks one of the promises of the package.
func verify(t *testing.T, quotation string, sources []quote.Source, span quote.Span) {
	t.Helper()
	if span.Source < 0 || span.Source >= len(sources) {
		t.Fatalf("source %d of %d", span.Source, len(sources))
	}
	text := sources[span.Source].Text
	if span.Start < 0 || span.Start >= span.End || span.End > len(text) {
		t.Fatalf("place %d to %d in %d bytes", span.Start, span.End, len(text))
	}
	for _, at := range []int{span.Start, span.End} {
		if splits(text, at) {
			t.Fatalf("offset %d of %q (%+q) splits a character", at, text, text)
		}
	}
	words := text[span.Start:span.End]
	want := []rune(quote.Normalise(quotation))
	switch span.Method {
	case quote.Exact:
		if words != quotation || span.Score != 1 {
			t.Fatalf("exact %q for %q with score %v", words, quotation, span.Score)
		}
	case quote.Normalised:
		if got := quote.Normalise(words); got != string(want) || span.Score != 1 {
			t.Fatalf("normalised %q for %q with score %v", got, string(want), span.Score)
		}
	case quote.Snapped:
		got := []rune(quote.Normalise(words))
		held := float64(common(want, got)) / float64(len(want))
		if span.Score < quote.MinScore || span.Score > 1 || held < span.Score {
			t.Fatalf("snapped %q for %q holds %v of it, score %v", string(got), string(want), held, span.Score)
		}
	default:
		t.Fatalf("method %q", span.Method)
	}

	// What is shown is itself a quotation of the turn: whoever copies it from the page can check it.
	again, ok := quote.Locate(words, []quote.Source{sources[span.Source]})
	if utf8.ValidString(words) && (!ok || again.Method != quote.Exact || again.Start > span.Start) {
		t.Fatalf("%q was found at %d of %q, but looked up again: %+v %v", words, span.Start, text, again, ok)
	}
}

// splits reports whether the offset cuts a code point, a character from its marks, or an emoji sequence. It knows less
// than the gate and states it differently.
func splits(text string, at int) bool {
	if at == 0 || at == len(text) {
		return false
	}
	after, n := utf8.DecodeRuneInString(text[at:])
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	if after == utf8.RuneError && n == 1 && utf8.ValidString(text) {
		return true
	}
	if before == '\r' && after == '\n' {
		return true
	}
	joiner := before == 0x200c || before == 0x200d
	if unicode.In(before, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !joiner {
		return false // nothing attaches to a control character
	}
	regional := 0
	for rest := text[:at]; ; regional++ {
		r, n := utf8.DecodeLastRuneInString(rest)
		if r < 0x1f1e6 || r > 0x1f1ff {
			break
		}
		rest = rest[:len(rest)-n]
	}
	return unicode.IsMark(after) || after == 0x200d || after == 0x200c || after >= 0x1f3fb && after <= 0x1f3ff ||
		before == 0x200d && after >= 0x1f300 && after <= 0x1faff ||
		after >= 0x1f1e6 && after <= 0x1f1ff && regional%2 == 1
}

// common returns the length of the longest common subsequence.
func common(a, b []rune) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// words of many scripts, with which texts are made up. None is part of another.
var words = strings.Fields("lift broken I’m don't façade naïve Straße Größe ΟΔΟΣ σπίτι ёлка дом İzmir kapı " +
	"cafe\u0301 ﬁsh oﬃce 42 3.5 well-being שלום בית السَّلام مُدرسة п’ять می\u200cروم हिन्दी क्षमा 계획 회의 ñandú œuvre Þór ǅungla ½ №5 x² " +
	"電話 テレビ")

func phrase(r *rand.Rand, n int) string {
	picked := make([]string, n)
	for i := range picked {
		picked[i] = words[r.IntN(len(words))]
	}
	return strings.Join(picked, " ")
}

// disguise changes how a text is written and not what it says.
func disguise(r *rand.Rand, s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == ' ':
			b.WriteString([]string{" ", "\u00a0", "\n", " \t ", "\u2009", " \u200b "}[r.IntN(6)])
			continue
		case c == '\'' || c == '’':
			b.WriteString([]string{"'", "’", "ʼ", "´", "`"}[r.IntN(5)])
			continue
		case c == '-':
			b.WriteString([]string{"-", "‐", "‑", "－"}[r.IntN(4)])
			continue
		case r.IntN(4) == 0:
			c = unicode.ToUpper(c)
		case r.IntN(4) == 0:
			c = unicode.ToLower(c)
		}
		b.WriteRune(c)
		if r.IntN(6) == 0 {
			b.WriteString([]string{"\u00ad", "\u2060", "\u200e", "\u202c"}[r.IntN(4)])
		}
	}
	switch out := b.String(); r.IntN(3) {
	case 0:
		return norm.NFD.String(out)
	case 1:
		return norm.NFC.String(out)
	default:
		return out
	}
}

func TestAQuotationIsFoundHoweverItIsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		said := phrase(r, 2+r.IntN(8))
		text := phrase(r, r.IntN(8)) + " " + disguise(r, said) + " " + phrase(r, r.IntN(8))
		quotation := disguise(r, said)
		sources := []quote.Source{{Text: text}}
		span, ok := quote.Locate(quotation, sources)
		if !ok {
			t.Fatalf("%+q was refused in %+q", quotation, text)
		}
		if span.Method == quote.Snapped {
			t.Fatalf("%+q was snapped to %+q in %+q", quotation, text[span.Start:span.End], text)
		}
		verify(t, quotation, sources, span)
	}
}

func TestAQuotationWithErrorsIsSnappedToItsPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []rune("aeinrst дом שלום電")
	for range 2_000 {
		said := phrase(r, 8+r.IntN(12))
		before, after := phrase(r, 1+r.IntN(8)), phrase(r, 1+r.IntN(8))
		text := before + " — " + said + ". " + after
		// Errors keep clear of the ends, so that the place is not in question.
		q := []rune(quote.Normalise(said))
		for range 1 + r.IntN(len(q)/20) {
			at := 4 + r.IntN(len(q)-8)
			switch r.IntN(3) {
			case 0:
				q[at] = letters[r.IntN(len(letters))]
			case 1:
				q = append(q[:at], q[at+1:]...)
			default:
				q = append(q[:at], append([]rune{letters[r.IntN(len(letters))]}, q[at:]...)...)
			}
		}
		sources := []quote.Source{{Text: "nothing of it"}, {Text: text}}
		span, ok := quote.Locate(string(q), sources)
		if !ok {
			t.Fatalf("%+q was refused in %+q", string(q), text)
		}
		verify(t, string(q), sources, span)
		if from := len(before) + len(" — "); span.Start > from || span.End < from+len(said) {
			t.Fatalf("%q was snapped to %q in %q", string(q), text[span.Start:span.End], text)
		}
	}
}

// What is found does not depend on the order in which the further turns are given; only which of several equal places
// is shown does.
func TestTheOrderOfOtherTurnsDoesNotDecideWhatIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 1_000 {
		said := phrase(r, 3+r.IntN(6))
		sources := []quote.Source{{Text: phrase(r, r.IntN(5))}}
		for range 1 + r.IntN(5) {
			text := phrase(r, r.IntN(6))
			if r.IntN(2) == 0 {
				text += " " + disguise(r, said) + " " + phrase(r, r.IntN(3))
			}
			sources = append(sources, quote.Source{Text: text})
		}
		quotation := disguise(r, said)
		if r.IntN(2) == 0 { // nearly the same words
			at := []rune(quotation)
			at[len(at)/2] = 'z'
			quotation = string(at)
		}
		span, ok := quote.Locate(quotation, sources)
		if ok {
			verify(t, quotation, sources, span)
		}
		others := sources[1:]
		r.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
		again, found := quote.Locate(quotation, sources)
		if found != ok || again.Method != span.Method {
			t.Fatalf("%+q was found %v (%s), in another order %v (%s)", quotation, ok, span.Method, found, again.Method)
		}
	}
}

// seeds are hard cases for both fuzzers.
var seeds = []struct{ quotation, text string }{
	{"the lift is broken", "I think “The lift is broken” – again"},
	{"I do like the idea of it very much", "I do not like the idea of it very much"},
	{"happy with the plan", "unhappy with the plan"},
	{"cafe\u0301", "caf\u00e9 e\u00ad\u0301"},
	{"ﬁve ½ ㎞ ㍿ ﷺ", "five 1⁄2 km 株式会社 صلى الله عليه وسلم"},
	{"👩‍👩‍👧 and 🇩🇪🇫🇷 ok", "yes 👩‍👩‍👧 and 🇩🇪🇫🇷 OK 👍🏽"},
	{"שלום עולם", "\u2067שלום עולם\u2069"},
	{"IŞIK İZMİR ß ẞ ǰ ΐ", "ışık izmir ss SS ǰ ΐ"},
	{"سلام", "ســـلام"},
	{"ㄱㅏ ﾡￂ 각", "가 가 각"},
	{"ｶﾞ か\u200b\u3099", "ガ が"},
	{"x\u0345\u0301 ¨a ΅ ŉ", "xι\u0301 \u0308a ʼn"},
	{"-5 % of \"10\"", "—5 % of “10”"},
	{"क्\u200dष हिन्दी", "क्ष हिन्दी"},
	{"a\u034f\u0301\u0323", "a\u0323\u0301" + strings.Repeat("\u0301", 40)},
	{"ก\u200bข abc", "กข\u200babc"},
	{"⑴ first", "(1) first"},
	{" \u0301\x00\u0301\u0330 ab", "\r\n\u0301 ab"},
	{"شُكْرًا لَكُمْ", "شكرا لكم آ\u064e"},
	{"ﱞ ﳲ ﹰ ﹱ", "ا\u064e\u0653 اﱞب"},
	{"שָׁלוֹם \ufb2a", "שלום ש"},
	{"п'ять п\"ять", "пʼять п`ять п’ять"},
	{"👩\u200d🇩🇪🇫🇷 ok", "👩\u200d🇩🇪🇫🇷 OK"},
}

func FuzzLocate(f *testing.F) {
	for _, s := range seeds {
		f.Add(s.quotation, s.text, "something else")
		f.Add(s.text, "something else", s.text+" "+s.quotation+".")
	}
	f.Fuzz(func(t *testing.T, quotation, claimed, other string) {
		if len(quotation)+len(claimed)+len(other) > 4000 {
			return
		}
		sources := []quote.Source{{Text: claimed}, {Text: other}}
		if span, ok := quote.Locate(quotation, sources); ok {
			verify(t, quotation, sources, span)
		}

		// What somebody said on a line of its own is found there, whatever stands around it.
		if quotation != strings.TrimSpace(quotation) || !utf8.ValidString(quotation) {
			return
		}
		alone := []quote.Source{{Text: quotation}}
		if _, ok := quote.Locate(quotation, alone); !ok {
			return
		}
		said := []quote.Source{{Text: claimed + "\n" + quotation + "\n" + other}}
		span, ok := quote.Locate(quotation, said)
		if !ok || span.Method != quote.Exact {
			t.Fatalf("%+q was not found exactly between lines: %+v %v", quotation, span, ok)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	for _, s := range seeds {
		f.Add(s.quotation)
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := quote.Normalise(text)
		if !utf8.ValidString(got) {
			t.Fatalf("Normalise(%+q) = %+q is not UTF-8", text, got)
		}
		whole, wholeRunes := quote.Runes(text, 0, len(text))
		if n := utf8.RuneCountInString(text); whole != 0 || wholeRunes != n {
			t.Fatalf("Runes of all of %+q = %d, %d, want 0, %d", text, whole, wholeRunes, n)
		}
		if marks(text) > 30 {
			return // the order of so many marks may count
		}
		if again := quote.Normalise(got); again != got {
			t.Fatalf("Normalise(%+q) = %+q, and once more %+q", text, got, again)
		}
		// Canonically equivalent texts are the same text (Unicode, UAX #15).
		if utf8.ValidString(text) {
			for name, form := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD} {
				if other := quote.Normalise(form.String(text)); other != got {
					t.Fatalf("Normalise(%+q) = %+q, of its %s %+q", text, got, name, other)
				}
			}
		}
	})
}

// marks counts the combining marks of a text, composed or not.
func marks(text string) int {
	n := 0
	for _, r := range norm.NFKD.String(text) {
		if unicode.IsMark(r) {
			n++
		}
	}
	return n
}
