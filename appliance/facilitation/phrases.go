package facilitation

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"harmonium/appliance"
)

//go:embed phrases/*.json
var phraseFiles embed.FS

// phrases is one file of phrases/: what guided mode says beside the words of the guide, and by what it knows the
// meaning of short answers. No phrase praises, and only those that are questions have a question mark.
type phrases struct {
	Quotes            []string `json:"quotes"`               // opening and closing mark
	Bridges           []string `json:"bridges"`              // before the next topic
	AfterSkip         []string `json:"after_skip"`           // the same, when a question was skipped
	AfterNothing      []string `json:"after_nothing"`        // the same, when there was nothing to say
	Deeper            []string `json:"deeper"`               // before a follow-up on a thin answer
	Easier            []string `json:"easier"`               // the same, when there was nothing to say
	Back              []string `json:"back"`                 // the same, when something else was spoken of
	Care              []string `json:"care"`                 // before the next topic, when the last one was hard to bear
	OnceMore          []string `json:"once_more"`            // around the topic's {question}, when it was not understood
	AnotherSide       []string `json:"another_side"`         // before a follow-up, when what was asked was not understood
	Behind            []string `json:"behind"`               // follow-ups on a bare yes or no
	Generic           []string `json:"generic"`              // follow-ups for any topic
	ReadBack          string   `json:"read_back"`            // before the points
	ReadBackStopped   string   `json:"read_back_stopped"`    // the same, when the participant wanted to stop
	Missed            string   `json:"missed"`               // asks, before the points are shown, what was missed
	Differently       string   `json:"differently"`          // asks, after the points, what they would put otherwise
	NothingToReadBack string   `json:"nothing_to_read_back"` // in place of missed, when nothing was said
	Noted             string   `json:"noted"`                // before the closing, when something was added
	Stopped           string   `json:"stopped"`              // the same, when the participant wanted to stop

	Help          string   `json:"help"`           // where help is, when the host has not written it
	HostTold      string   `json:"host_told"`      // behind that
	GoOn          string   `json:"go_on"`          // whether to go on, or stop here
	AfterCare     []string `json:"after_care"`     // before the next topic, when it goes on
	CareClosing   string   `json:"care_closing"`   // before the closing, when it does not
	Boundary      []string `json:"boundary"`       // before the question again, after an insult
	Insulted      string   `json:"insulted"`       // before the closing, after one more
	AskAgain      []string `json:"ask_again"`      // between an answer and the question
	ReplyWho      string   `json:"reply_who"`      // who asks: {host}
	ReplyInvited  string   `json:"reply_invited"`  // the same, when nobody is named
	ReplyWords    string   `json:"reply_words"`    // what happens with what is said
	ReplyLong     string   `json:"reply_long"`     // how long it takes: {minutes}
	ReplyMachine  string   `json:"reply_machine"`  // that this is a program
	ReplyModel    string   `json:"reply_model"`    // the same, where a model words questions
	ReplyOther    []string `json:"reply_other"`    // that there is no answer to it
	LanguageOffer string   `json:"language_offer"` // in this language: whether to go on in it
	IdeaAsk       []string `json:"idea_ask"`       // after an idea of others: what to make of it, and that it can be left out
	TimeUp        string   `json:"time_up"`        // before missed, when the time is over

	Controls      map[appliance.ControlType]controlStrings `json:"controls"`       // follow-ups about a {topic} that are answered by one
	SomethingElse string                                   `json:"something_else"` // as an option

	Rules ruleStrings `json:"rules"`

	Question questionStrings `json:"question"`

	rules     *rules
	questions *questionRules
}

// phrasesOf gives the phrases of a language, and the English ones for a language that has none.
func phrasesOf(language appliance.Language) *phrases {
	return allPhrases()[language.Or(appliance.English)]
}

// allPhrases reads the embedded files when they are first needed.
var allPhrases = sync.OnceValue(func() map[appliance.Language]*phrases {
	all := make(map[appliance.Language]*phrases)
	for _, language := range appliance.Languages() {
		data, err := appliance.ReadCarried(phraseFiles, "phrases/"+string(language)+".json")
		p := new(phrases)
		if err == nil {
			err = json.Unmarshal(data, p)
		}
		if err != nil {
			panic(fmt.Errorf("facilitation: phrases of %s: %w", language, err)) // embedded; a test reads them all
		}
		p.rules, p.questions = compileRules(p.Rules), compileQuestions(p.Question)
		all[language] = p
	}
	for _, p := range all {
		for _, language := range appliance.Languages() {
			if other := all[language].rules; other != p.rules {
				p.rules.others = append(p.rules.others, other)
			}
		}
	}
	return all
})

// quoted puts text between the quotation marks of the language.
func (p *phrases) quoted(text string) string { return p.Quotes[0] + text + p.Quotes[1] }

// about fills the title of a topic into a generic follow-up, without marks that would end a sentence or a quotation.
func (p *phrases) about(follow, title string) string {
	title = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch r {
		case '?', '¿', '؟', '？', '!', '¡', '"', '“', '”', '„', '«', '»', '\n', '\r':
			return -1
		}
		return r
	}, title))
	return strings.ReplaceAll(follow, "{topic}", title)
}
