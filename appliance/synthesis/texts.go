package synthesis

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"harmonium/appliance"
)

//go:embed texts
var textFiles embed.FS

// texts are the sentences of a report in one language: {"key": "text"} or {"key": {"one": …, "other": …}}.
type texts struct {
	Sentences map[string]forms `json:"sentences"`
	Or        string           `json:"or"`        // between the last two words of a list
	Open      string           `json:"open"`      // quotation marks
	Close     string           `json:"close"`     //
	Thousands string           `json:"thousands"` // between groups of digits
}

type forms struct {
	One   string `json:"one"`
	Other string `json:"other"`
}

func readTexts(language appliance.Language) func() texts {
	return sync.OnceValue(func() texts {
		data, err := textFiles.ReadFile("texts/" + string(language) + ".json")
		if err != nil {
			panic(err) // embedded
		}
		var t texts
		if err := json.Unmarshal(data, &t); err != nil {
			panic(fmt.Sprintf("texts/%s.json: %v", language, err))
		}
		return t
	})
}

var textsByLanguage = map[appliance.Language]func() texts{
	appliance.English: readTexts(appliance.English),
	appliance.German:  readTexts(appliance.German),
}

func textsFor(language appliance.Language) texts {
	return textsByLanguage[language.Or(appliance.English)]()
}

// say gives a sentence for n things, with {name} replaced by the value that follows the name in args.
func (t texts) say(key string, n int, args ...any) string {
	f, ok := t.Sentences[key]
	if !ok {
		panic("synthesis: no text " + key)
	}
	text := f.Other
	if n == 1 && f.One != "" {
		text = f.One
	}
	for i := 0; i+1 < len(args); i += 2 {
		value, ok := args[i+1].(string)
		if number, isInt := args[i+1].(int); !ok && isInt {
			value = t.number(number)
		}
		text = strings.ReplaceAll(text, "{"+args[i].(string)+"}", value)
	}
	return text
}

func (t texts) number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + t.Thousands + s[i:]
	}
	return s
}

// oneOf lists words in quotation marks: “a”, “b” or “c”.
func (t texts) oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = t.Open + w + t.Close
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " " + t.Or + " " + quoted[last]
}
