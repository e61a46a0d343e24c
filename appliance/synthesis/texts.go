package synthesis

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"harmonium/appliance"
)

//go:embed texts
var textFiles embed.FS

// texts are the sentences of a report in one language.
type texts struct {
	Sentences map[string]forms `json:"sentences"`
	And       string           `json:"and"`       // between the last two things of a list
	Or        string           `json:"or"`        // the same, where one of them is enough
	Open      string           `json:"open"`      // quotation marks
	Close     string           `json:"close"`     //
	Thousands string           `json:"thousands"` // between groups of digits
	Comma     string           `json:"comma"`     // between the things of a list

	rules language.Tag // for plurals
}

// forms of one sentence. Zero and One are for exactly that many things, and may say so in words; Singular is for the
// other numbers that go like one (21 in Ukrainian), Two, Few and Many for those that a language tells apart (CLDR
// plural rules). Where a form is missing, Other serves.
type forms struct {
	Zero     string `json:"zero"`
	One      string `json:"one"`
	Singular string `json:"singular"`
	Two      string `json:"two"`
	Few      string `json:"few"`
	Many     string `json:"many"`
	Other    string `json:"other"`
}

// of gives the form for n things.
func (f forms) of(n int, rules language.Tag) string {
	switch {
	case n == 0 && f.Zero != "":
		return f.Zero
	case n == 1 && f.One != "":
		return f.One
	}
	form := map[plural.Form]string{plural.One: f.Singular, plural.Two: f.Two, plural.Few: f.Few, plural.Many: f.Many}
	return cmp.Or(form[plural.Cardinal.MatchPlural(rules, n, 0, 0, 0, 0)], f.Other)
}

func readTexts(tag appliance.Language) func() texts {
	return sync.OnceValue(func() texts {
		data, err := appliance.ReadCarried(textFiles, "texts/"+string(tag)+".json")
		if err != nil {
			panic(err) // embedded
		}
		var t texts
		if err := json.Unmarshal(data, &t); err != nil {
			panic(fmt.Sprintf("texts/%s.json: %v", tag, err))
		}
		t.rules = language.MustParse(string(tag))
		return t
	})
}

var textsByLanguage = func() map[appliance.Language]func() texts {
	all := make(map[appliance.Language]func() texts)
	for _, tag := range appliance.Languages() {
		all[tag] = readTexts(tag)
	}
	return all
}()

func textsFor(tag appliance.Language) texts { return textsByLanguage[tag.Or(appliance.English)]() }

// say gives a sentence for n things, with {name} replaced by the value that follows the name in args: a string or an
// int. What a value holds is not replaced again.
func (t texts) say(key string, n int, args ...any) string {
	f, ok := t.Sentences[key]
	if !ok {
		panic("synthesis: no text " + key)
	}
	text := f.of(n, t.rules)
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		value, ok := args[i+1].(string)
		if number, isInt := args[i+1].(int); !ok && isInt {
			value = t.number(number)
		}
		pairs = append(pairs, "{"+args[i].(string)+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (t texts) number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + t.Thousands + s[i:]
	}
	return s
}

// quoted puts text into quotation marks.
func (t texts) quoted(text string) string { return t.Open + text + t.Close }

// list gives words in quotation marks with a conjunction before the last: “a”, “b” or “c”.
func (t texts) list(conjunction string, words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = t.quoted(w)
	}
	return t.join(conjunction, quoted)
}

// join puts things together with a conjunction before the last.
func (t texts) join(conjunction string, things []string) string {
	last := len(things) - 1
	if last < 1 {
		return strings.Join(things, "")
	}
	return strings.Join(things[:last], t.Comma) + " " + conjunction + " " + things[last]
}
