package guide

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"harmonium/appliance"
)

// The words by which briefs and questions are checked and parts of briefs are suggested: desk/<language>.json. A language
// without a file has only the checks that need no words.
//
//go:embed desk/*.json
var deskFiles embed.FS

// Remark is something about a brief or a question that is worth another look. It never keeps anybody from anything.
type Remark struct {
	Field string // "topic", "goal", "critical", "context", "questions[2]"
	Code  RemarkCode
	Found string // the words that it is about; "" for the whole
}

// RemarkCode says what is to be looked at.
type RemarkCode string

// The codes.
const (
	RemarkVague    RemarkCode = "vague"    // so general that nobody knows what to answer
	RemarkLeading  RemarkCode = "leading"  // it says which answer is wanted
	RemarkDouble   RemarkCode = "double"   // two questions in one
	RemarkPersonal RemarkCode = "personal" // it asks for personal data
	RemarkClosed   RemarkCode = "closed"   // yes or no answers it
	RemarkLong     RemarkCode = "long"     // hard to take in
	RemarkMany     RemarkCode = "many"     // more points than ten minutes hold
	RemarkBlank    RemarkCode = "blank"    // something is still to be filled in
)

// The figures of the checks.
const (
	longQuestion = 25 // words; the rules for models say the same
	fewTopic     = 1  // words of meaning in a topic that says too little
	fewGoal      = 4  // words in a goal that says too little
)

// deskWords is one file of desk/.
type deskWords struct {
	Vague    []string `json:"vague"`
	Leading  []string `json:"leading"`
	Personal []string `json:"personal"`
	Suggest  struct {
		Goal     string   `json:"goal"`
		Critical []string `json:"critical"`
		Context  []string `json:"context"`
		Welcome  string   `json:"welcome"`
		Purpose  string   `json:"purpose"`
	} `json:"suggest"`

	vague, leading, personal *regexp.Regexp
}

var desks = sync.OnceValue(func() map[appliance.Language]*deskWords {
	all := map[appliance.Language]*deskWords{}
	files, err := deskFiles.ReadDir("desk")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		data, err := deskFiles.ReadFile("desk/" + f.Name())
		if err != nil {
			panic(err)
		}
		d := new(deskWords)
		if err := json.Unmarshal(data, d); err != nil {
			panic(fmt.Errorf("%s: %w", f.Name(), err))
		}
		d.vague, d.leading, d.personal = wholeWords(d.Vague), wholeWords(d.Leading), wholeWords(d.Personal)
		all[appliance.Language(strings.TrimSuffix(f.Name(), ".json"))] = d
	}
	return all
})

// wholeWords finds any of some patterns between characters that are no letters.
func wholeWords(patterns []string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(` + strings.Join(patterns, "|") + `)(?:$|[^\pL])`)
}

func found(p *regexp.Regexp, text string) (string, bool) {
	m := p.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Check looks at a brief, as far as it is written, and at questions, in a language of Languages.
func Check(b appliance.Brief, questions []string, lang appliance.Language) []Remark {
	c := checks{l: languageOf(lang), d: desks()[lang.Or(appliance.English)]}
	c.topic(b.Topic)
	c.goal(b.Goal)
	c.critical(b.Critical)
	if blank(b.Context) {
		c.add("context", RemarkBlank, "")
	}
	for i, q := range questions {
		c.question(fmt.Sprintf("questions[%d]", i), q)
	}
	return c.remarks
}

// checks collects remarks.
type checks struct {
	l       *language
	d       *deskWords
	remarks []Remark
}

func (c *checks) add(field string, code RemarkCode, words string) {
	c.remarks = append(c.remarks, Remark{field, code, words})
}

func (c *checks) topic(text string) {
	if text = oneLine(text); text == "" {
		return
	}
	if len(strings.Fields(text)) <= fewTopic || len(c.l.content(text)) == 0 {
		c.add("topic", RemarkVague, "")
	} else {
		c.words("topic", text, RemarkVague)
	}
	c.words("topic", text, RemarkLeading)
}

func (c *checks) goal(text string) {
	if text = oneLine(text); text == "" {
		return
	}
	if len(strings.Fields(text)) <= fewGoal {
		c.add("goal", RemarkVague, "")
	} else {
		c.words("goal", text, RemarkVague)
	}
	c.words("goal", text, RemarkLeading)
	c.words("goal", text, RemarkPersonal)
}

func (c *checks) critical(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if len(c.l.points(text)) > maxPoints {
		c.add("critical", RemarkMany, "")
	}
	for _, code := range []RemarkCode{RemarkVague, RemarkLeading, RemarkPersonal} {
		c.words("critical", text, code)
	}
}

func (c *checks) question(field, text string) {
	if text = oneLine(text); text == "" {
		return
	}
	switch {
	case strings.Count(text, "?") > 1:
		c.add(field, RemarkDouble, "")
	case c.l.joint.MatchString(text):
		c.add(field, RemarkDouble, strings.Trim(c.l.joint.FindString(text), ", "))
	}
	if c.l.closed.MatchString(text) {
		c.add(field, RemarkClosed, "")
	}
	if n := len(strings.Fields(text)); n > longQuestion {
		c.add(field, RemarkLong, "")
	} else if n < 3 {
		c.add(field, RemarkVague, "")
	}
	c.words(field, text, RemarkLeading)
	c.words(field, text, RemarkPersonal)
}

// words adds a remark where a text holds words of a list.
func (c *checks) words(field, text string, code RemarkCode) {
	if c.d == nil {
		return
	}
	list := map[RemarkCode]*regexp.Regexp{RemarkVague: c.d.vague, RemarkLeading: c.d.leading, RemarkPersonal: c.d.personal}[code]
	if words, ok := found(list, text); ok {
		c.add(field, code, words)
	}
}

// blank says whether a text has places that are still to be filled in.
func blank(text string) bool {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, ": …") || strings.HasSuffix(line, " : …") || strings.HasSuffix(line, ": ...") || strings.HasSuffix(line, ":…") {
			return true
		}
	}
	return false
}
