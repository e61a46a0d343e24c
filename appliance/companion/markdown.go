package companion

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/synthesis"
)

//go:embed texts
var textFiles embed.FS

// texts gives the words around exported threads, by language.
var texts = sync.OnceValue(func() map[appliance.Language]map[string]string {
	all := map[appliance.Language]map[string]string{}
	for _, l := range appliance.Languages() {
		data, err := textFiles.ReadFile("texts/" + string(l) + ".json")
		words := map[string]string{}
		if err == nil {
			err = json.Unmarshal(data, &words)
		}
		if err != nil {
			panic(fmt.Sprintf("companion: texts of %s: %v", l, err))
		}
		all[l] = words
	}
	return all
})

// Markdown gives a thread as a Markdown document: each question, each sentence of its answer, and under it the words that
// it rests on, with pseudonyms.
func Markdown(h appliance.CompanionThread, language appliance.Language) string {
	t := texts()[language.Or(appliance.English)]
	list := []paper.Block{{Kind: paper.Heading, Level: 1, Text: t["title"]}}
	for _, a := range h.Answers {
		list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: a.Question})
		list = append(list, told(t, a, language)...)
	}
	return paper.Markdown(list)
}

// told gives an answer as blocks of a document.
func told(t map[string]string, a appliance.CompanionAnswer, language appliance.Language) (list []paper.Block) {
	if a.Outcome == appliance.OutcomeNone {
		list = append(list, paper.Block{Text: t["none"]})
	}
	introduced := false
	for _, p := range a.Parts {
		switch p.Kind {
		case appliance.PartGone, appliance.PartHidden:
			list = append(list, paper.Block{Kind: paper.Fine, Text: t[string(p.Kind)]})
			continue
		case appliance.PartSentence:
			list = append(list, paper.Block{Text: p.Text})
		default:
			if !introduced {
				list = append(list, paper.Block{Text: t[introductionOf(a)]})
			}
			introduced = true
		}
		for _, c := range p.Citations {
			list = append(list, paper.Block{Kind: paper.Words, Own: true, Text: c.Span.Text, By: place(t["turn"], c, language)})
		}
	}
	if a.State == appliance.AnswerStopped || a.State == appliance.AnswerInterrupted {
		list = append(list, paper.Block{Kind: paper.Fine, Text: t[string(a.State)]})
	}
	if a.Newest {
		list = append(list, paper.Block{Kind: paper.Fine, Text: t["newest"]})
	}
	if a.Maker.Model() {
		by := strings.NewReplacer("{model}", a.Maker.By, "{prompt}", a.Maker.PromptVersion).Replace(t["by_model"])
		list = append(list, paper.Block{Kind: paper.Fine, Text: by})
	}
	return list
}

// place says whose words are cited and where they stand.
func place(text string, c appliance.Citation, language appliance.Language) string {
	who := synthesis.Pseudonym(language, c.Number, c.Title)
	return strings.NewReplacer("{who}", who, "{topic}", c.Topic, "{n}", strconv.Itoa(c.Seq+1)).Replace(text)
}

// introductionOf is what stands before passages that rules chose.
func introductionOf(a appliance.CompanionAnswer) string {
	if a.Outcome == appliance.OutcomePassages {
		return "passages"
	}
	return "nearest"
}
