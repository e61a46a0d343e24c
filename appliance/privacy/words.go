package privacy

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"harmonium/appliance"
)

//go:embed texts/*.json
var textFiles embed.FS

// words are the texts of one language.
type words map[string]string

// catalogues reads the embedded files once. A test checks them, so that what fails here cannot be shipped.
var catalogues = sync.OnceValue(func() map[appliance.Language]words {
	all := map[appliance.Language]words{}
	for _, tag := range appliance.Languages() {
		raw, err := appliance.ReadCarried(textFiles, "texts/"+string(tag)+".json")
		if err != nil {
			continue // told in English
		}
		w := words{}
		if err := json.Unmarshal(raw, &w); err != nil {
			panic(fmt.Errorf("privacy texts %s: %w", tag, err))
		}
		all[tag] = w
	}
	return all
})

// wordsOf gives the texts of a language, in English where they are not translated, and the language that they are in.
func wordsOf(tag appliance.Language) (words, appliance.Language) {
	if w, ok := catalogues()[tag]; ok {
		return w, tag
	}
	return catalogues()[appliance.English], appliance.English
}

// say gives a text with its values: pairs of a name, which stands in the text in braces, and what it stands for. In a text
// that is read from right to left each value is isolated (Unicode UAX 9), so that a path or a number keeps its order.
func (w words) say(key string, values ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	pairs := make([]string, 0, len(values))
	for i, v := range values {
		s := fmt.Sprint(v)
		switch {
		case i%2 == 0:
			s = "{" + s + "}"
		case w.rightToLeft():
			s = firstStrongIsolate + s + popIsolate
		}
		pairs = append(pairs, s)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

const firstStrongIsolate, popIsolate = "\u2068", "\u2069"

func (w words) rightToLeft() bool { return w["direction"] == "rtl" }
