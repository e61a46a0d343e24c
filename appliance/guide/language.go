package guide

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"harmonium/appliance"
)

//go:embed texts/*.json
var textFiles embed.FS

// language is one file of texts/: everything that the package says and knows in one language.
type language struct {
	Quotes []string `json:"quotes"` // opening and closing mark, then those within them

	// How a brief is read.
	Sets      map[string]string `json:"sets"`        // named alternatives, written <name> in the patterns below
	Lead      []string          `json:"lead"`        // what may stand before a point and says nothing: "we want to"
	Trail     []string          `json:"trail"`       // the same, behind a point
	Question  string            `json:"question"`    // the words with which a part of a sentence can ask: "why", "whether"
	Joined    string            `json:"joined"`      // those with which a second one can begin
	Joiner    string            `json:"joiner"`      // the words that join the two: "and"
	Ellipsis  string            `json:"ellipsis"`    // a second part that cannot stand alone: "what does not"
	Colon     string            `json:"after_colon"` // the first letter after a colon: "small" or "large"
	OwnWork   string            `json:"own_work"`    // goals that are the host's own work, about which nobody can be asked
	Example   string            `json:"example"`     // the words that name examples in a row, which do not stand alone
	Abbrev    []string          `json:"abbrev"`      // words after which a full stop ends no sentence
	Fold      map[string]string `json:"fold"`        // short forms and what they stand for, for comparing points
	StopWords []string          `json:"stopwords"`   // words without a meaning of their own, for comparing points
	Closed    string            `json:"closed"`      // the words with which a question begins that yes or no can answer
	Praise    string            `json:"praise"`      // what a neutral facilitator does not say
	Bare      bare              `json:"bare"`
	Shapes    []*shape          `json:"shapes"`

	// Asks has the ways to ask that several shapes share, by name.
	Asks map[string][]string `json:"asks"`

	// What a guide says.
	Listen map[string]string `json:"listen"` // what to listen for, by the name that a shape gives
	Probes map[string]struct {
		Example  []string `json:"example"`
		Reason   []string `json:"reason"`
		Contrast []string `json:"contrast"`
	} `json:"probes"`
	Guide struct {
		Opening  string      `json:"opening"`
		Closing  string      `json:"closing"`
		First    topicText   `json:"first"`
		General  []topicText `json:"general"` // in the place of points that the brief does not give
		Change   topicText   `json:"change"`  // the last topic
		Matters  topicText   `json:"matters"` // the last topic where the points have asked for changes already
		PointAim string      `json:"point_aim"`
		AlsoAim  string      `json:"also_aim"`
		GoalAim  string      `json:"goal_aim"`
	} `json:"guide"`
	Render  renderText `json:"render"`
	Welcome string     `json:"welcome"`
	Consent string     `json:"consent"`
	Voice   string     `json:"voice"`

	Uses map[string]string `json:"uses"` // by appliance.Use: how words may be used of who chooses nothing; "end": what can be chosen; "ideas": see Shared

	tag             appliance.Language
	lead, trail     []*regexp.Regexp
	question, joint *regexp.Regexp
	further         *regexp.Regexp
	ellipsis        *regexp.Regexp
	ownWork         *regexp.Regexp
	example         *regexp.Regexp
	closed, praise  *regexp.Regexp
	abbrev, stop    map[string]bool
	bareWords       map[string]bool
	prepositions    map[string]bool
}

// bare says which nouns can stand in a sentence without an article. A language in which that depends on more than the
// noun leaves the lists empty; its points are quoted instead.
type bare struct {
	Endings      []string `json:"endings"`       // of nouns that can: plurals, "-ing"
	NotEndings   []string `json:"not_endings"`   // of those that only look so
	SmallEndings []string `json:"small_endings"` // of words that are no names, and so may be written small
	Words        []string `json:"words"`         // further nouns that can
	Prepositions []string `json:"prepositions"`  // words that end the noun phrase that they follow
	And          []string `json:"and"`
}

// topicText is a topic of the file, ready but for its id, minutes and limits.
type topicText struct {
	Title    string   `json:"title"`
	Aim      string   `json:"aim"`
	Question string   `json:"question"`
	Probes   []string `json:"probes"`
	// Covered is a pattern over a whole point that asks for the same. "" is none.
	Covered string `json:"covered"`

	covered *regexp.Regexp
}

func (t topicText) topic() appliance.Topic {
	return appliance.Topic{Title: t.Title, Aim: t.Aim, Question: t.Question, Probes: slices.Clone(t.Probes)}
}

// shape is one way in which a point may be written, and what to ask about it.
type shape struct {
	// Match is a pattern over the whole point (without closing punctuation, case ignored). Its groups are the
	// {names} of Title and Ask. {name} stands as written, {~name} begins with a small letter, {^name} with a capital.
	Match string `json:"match"`
	// When restricts the shape to points that end in a question mark ("question") or do not ("statement"), or whose
	// group x can stand in a sentence as it is ("bare") or at least at its beginning ("bare first", see bare).
	When string `json:"when"`
	// Title is the title of the topic, the whole point when empty.
	Title string `json:"title"`
	// Ask names the ways to ask (an entry of language.Asks), which are taken in turn. "" drops the point, because
	// every guide asks it anyway.
	Ask string `json:"ask"`
	// Kind chooses the probes: "fact" for what has been lived through, "coming" for views of what could be.
	Kind string `json:"kind"`
	// Listen names an entry of language.Listen.
	Listen string `json:"listen"`

	match *regexp.Regexp
}

// kind tells topics about what was from those about what could be.
type kind bool

const (
	fact   kind = false
	coming kind = true
)

func (k kind) name() string {
	if k == coming {
		return "coming"
	}
	return "fact"
}

// coveredBy says whether one of points asks for the same as the topic.
func (t topicText) coveredBy(points []point) bool {
	return t.covered != nil && slices.ContainsFunc(points, func(p point) bool { return t.covered.MatchString(p.text) })
}

// languages reads the embedded files once. They are checked by a test, so that what fails here cannot be shipped.
var languages = sync.OnceValue(func() map[appliance.Language]*language {
	all := make(map[appliance.Language]*language)
	for _, tag := range appliance.Languages() {
		data, err := appliance.ReadCarried(textFiles, "texts/"+string(tag)+".json")
		if err != nil {
			panic(err)
		}
		l := &language{tag: tag}
		if err := json.Unmarshal(data, l); err != nil {
			panic(fmt.Errorf("guide texts %s: %w", tag, err))
		}
		l.compile()
		all[tag] = l
	}
	return all
})

func languageOf(tag appliance.Language) *language { return languages()[tag.Or(appliance.English)] }

func (l *language) compile() {
	for _, p := range l.Lead {
		l.lead = append(l.lead, l.pattern("^(?:"+p+")"))
	}
	for _, p := range l.Trail {
		l.trail = append(l.trail, l.pattern("(?:"+p+")$"))
	}
	l.question = l.pattern("^(?:" + l.Question + ")(?: |$)")
	l.joint = l.pattern(",? (?:" + l.Joiner + ") ((?:" + l.Joined + ") )")
	l.further = l.pattern("^(?:" + l.Joined + ") ")
	l.ellipsis = l.pattern("^(?:" + l.Ellipsis + ")$")
	l.ownWork = l.pattern("^(?:" + l.OwnWork + ")$")
	l.example = l.pattern("^(?:" + l.Example + ")(?: |$)")
	l.closed = l.pattern("^(?:" + l.Closed + ") ")
	l.praise = l.pattern("(?:^|[^\\pL])(?:" + l.Praise + ")(?:$|[^\\pL])")
	l.abbrev, l.stop = setOf(l.Abbrev), setOf(l.StopWords)
	l.bareWords, l.prepositions = setOf(l.Bare.Words), setOf(l.Bare.Prepositions)
	for _, t := range append(topicsOf(l.Guide.General), &l.Guide.Change) {
		if t.Covered != "" {
			t.covered = l.pattern("^(?:" + t.Covered + ")$")
		}
	}
	for _, s := range l.Shapes {
		s.match = l.pattern("^(?:" + s.Match + ")$")
	}
}

func topicsOf(texts []topicText) []*topicText {
	out := make([]*topicText, len(texts))
	for i := range texts {
		out[i] = &texts[i]
	}
	return out
}

// pattern compiles p with the sets put in the place of their <names>.
func (l *language) pattern(p string) *regexp.Regexp {
	for range 2 { // a set may name another
		for name, words := range l.Sets {
			p = strings.ReplaceAll(p, "<"+name+">", "(?:"+words+")")
		}
	}
	return regexp.MustCompile("(?i)" + p)
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// next takes the phrases of a list in turn.
func (l *language) next(used map[string]int, name string, phrases []string) string {
	n := used[name]
	used[name]++
	return phrases[n%len(phrases)]
}

// inner makes text fit to stand between quotation marks: its own ones become those of the second level, and no mark
// that would end a sentence stays.
func (l *language) inner(text string) string {
	var out strings.Builder
	open := false
	for _, r := range text {
		switch {
		case strings.ContainsRune("\"“”„«»‟", r):
			if open {
				out.WriteString(l.Quotes[3])
			} else {
				out.WriteString(l.Quotes[2])
			}
			open = !open
		case isQuestionMark(r):
		default:
			out.WriteRune(r)
		}
	}
	return strings.TrimRight(strings.Join(strings.Fields(out.String()), " "), " .,;:!")
}

func isQuestionMark(r rune) bool { return strings.ContainsRune("?？؟⁇⁈⁉¿\u037e", r) }
