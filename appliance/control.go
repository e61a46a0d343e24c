package appliance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Control is a way of answering a question other than by writing: picking, weighing, ordering. It belongs to a turn of
// the facilitator. Whoever is asked may always answer in their own words instead.
type Control struct {
	Type    ControlType `json:"type"`
	Options []string    `json:"options,omitempty"` // of a choice or a ranking
	Scale   int         `json:"scale,omitempty"`   // of a rating: it goes from 1 to so much
	Low     string      `json:"low,omitempty"`     // what 1 means, "" says nothing
	High    string      `json:"high,omitempty"`    // what Scale means
}

// ControlType is a kind of control.
type ControlType string

// The kinds of controls.
const (
	ControlSingle   ControlType = "single"   // one of the options
	ControlMultiple ControlType = "multiple" // at least one of them
	ControlRating   ControlType = "rating"   // a number from 1 to Scale
	ControlRanking  ControlType = "ranking"  // all options, the first choice first
)

// Limits of controls.
const (
	MinControlOptions = 2
	MaxControlOptions = 10
	MaxControlOption  = 80 // characters
	MinScale          = 2
	MaxScale          = 10
	MaxScaleLabel     = 40 // characters
)

// ControlAnswer is what somebody answered by a control. It never changes.
type ControlAnswer struct {
	TurnID TurnID `json:"turn_id"`          // of the facilitator, to which the control belongs
	Chosen []int  `json:"chosen,omitempty"` // places in Control.Options, from 0; of a ranking in its order
	Rating int    `json:"rating,omitempty"`
}

// Validate checks a control; the fields are those of its JSON.
func (c Control) Validate() error {
	var p Problems
	c.check(&p, "")
	return p.Err()
}

func (c Control) check(p *Problems, prefix string) {
	switch c.Type {
	case ControlSingle, ControlMultiple, ControlRanking:
		c.checkOptions(p, prefix)
		if c.Scale != 0 || c.Low != "" || c.High != "" {
			p.Add(prefix+"scale", "Only a rating has a scale.")
		}
	case ControlRating:
		if c.Scale < MinScale || c.Scale > MaxScale {
			p.Add(prefix+"scale", "A rating goes from 1 to a number between %d and %d.", MinScale, MaxScale)
		}
		CheckLine(p, prefix+"low", c.Low, MaxScaleLabel, false)
		CheckLine(p, prefix+"high", c.High, MaxScaleLabel, false)
		if len(c.Options) > 0 {
			p.Add(prefix+"options", "A rating has a scale and no options.")
		}
	default:
		p.Add(prefix+"type", "%.40q is not a way to answer.", string(c.Type))
	}
}

func (c Control) checkOptions(p *Problems, prefix string) {
	if n := len(c.Options); n < MinControlOptions || n > MaxControlOptions {
		p.Add(prefix+"options", "Between %d and %d options are possible; these are %d.", MinControlOptions, MaxControlOptions, n)
	}
	seen := make(map[string]bool, len(c.Options))
	for i, o := range c.Options {
		path := fmt.Sprintf("%soptions[%d]", prefix, i)
		CheckLine(p, path, o, MaxControlOption, true)
		switch key := sameLabel(o); {
		case strings.Contains(o, ";"):
			p.Add(path, "An option cannot hold a semicolon: it divides answers from each other.")
		case key != "" && seen[key]:
			p.Add(path, "This option stands there twice.")
		default:
			seen[key] = true
		}
	}
}

// Check says what is wrong with an answer to this control, in words for whoever gave it; nil when nothing is.
func (c Control) Check(a ControlAnswer) error {
	wrong := func(field, format string, args ...any) error {
		return Invalid("answer."+field, format, args...)
	}
	if c.Type == ControlRating {
		switch {
		case len(a.Chosen) > 0:
			return wrong("chosen", "This question is answered by a number.")
		case a.Rating < 1 || a.Rating > c.Scale:
			return wrong("rating", "Please choose a number from 1 to %d.", c.Scale)
		}
		return nil
	}
	if a.Rating != 0 {
		return wrong("rating", "This question is answered by its options.")
	}
	seen := make(map[int]bool, len(a.Chosen))
	for _, i := range a.Chosen {
		if i < 0 || i >= len(c.Options) || seen[i] {
			return wrong("chosen", "Please choose options that are offered, each at most once.")
		}
		seen[i] = true
	}
	switch n := len(a.Chosen); {
	case n == 0:
		return wrong("chosen", "Please choose an option, or answer in your own words.")
	case c.Type == ControlSingle && n > 1:
		return wrong("chosen", "Only one option can be chosen here.")
	case c.Type == ControlRanking && n < len(c.Options):
		return wrong("chosen", "Please put all %d options in order.", len(c.Options))
	}
	return nil
}

// Text is an answer that passes Check in words: what it is mirrored as in the conversation, and read as in every place
// that shows text. Understand gives the same answer for it again.
func (c Control) Text(a ControlAnswer) string {
	if c.Type == ControlRating {
		return fmt.Sprintf("%d / %d", a.Rating, c.Scale)
	}
	labels := make([]string, len(a.Chosen))
	for i, o := range a.Chosen {
		labels[i] = c.Options[o]
		if c.Type == ControlRanking {
			labels[i] = fmt.Sprintf("%d. %s", i+1, c.Options[o])
		}
	}
	if c.Type == ControlRanking {
		return strings.Join(labels, "\n")
	}
	return strings.Join(labels, "; ")
}

// Understand reads an answer that somebody wrote in place of using the control: the number of an option, its label, a
// list of either. False when the text says more than that, or something else: it is then an answer in own words.
func (c Control) Understand(text string) (a ControlAnswer, ok bool) {
	if c.Type == ControlRating {
		a.Rating, ok = c.ratingIn(text)
		return a, ok
	}
	if i, ok := c.option(text); ok && c.Type != ControlRanking {
		return ControlAnswer{Chosen: []int{i}}, true
	}
	for _, separators := range []string{"\n", ";", ">", ",", " "} {
		pieces := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })
		chosen := make([]int, 0, len(pieces))
		for place, piece := range pieces {
			i, ok := c.option(piece)
			if c.Type == ControlRanking {
				i, ok = c.optionAt(piece, place)
			}
			if !ok {
				break
			}
			chosen = append(chosen, i)
		}
		a = ControlAnswer{Chosen: chosen}
		if len(chosen) == len(pieces) && c.Check(a) == nil {
			return a, true
		}
	}
	return ControlAnswer{}, false
}

// ratingIn reads "4", "4.", "4/5" and "4 / 5".
func (c Control) ratingIn(text string) (int, bool) {
	text, of, found := strings.Cut(strings.Trim(text, " \t\r\n.!)("), "/")
	if found && strings.TrimSpace(of) != strconv.Itoa(c.Scale) {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 1 && n <= c.Scale
}

// option finds the option that a text names by its label, or by its number from 1.
func (c Control) option(text string) (int, bool) {
	key := sameLabel(text)
	if i := slices.IndexFunc(c.Options, func(o string) bool { return sameLabel(o) == key }); i >= 0 {
		return i, key != ""
	}
	n, err := strconv.Atoi(key)
	return n - 1, err == nil && n >= 1 && n <= len(c.Options)
}

// optionAt is option within a ranking, where the number of the place may stand before the label: "2. Pay".
func (c Control) optionAt(text string, place int) (int, bool) {
	text = strings.TrimSpace(text)
	for _, end := range []string{".", ")", ":"} {
		if label, found := strings.CutPrefix(text, strconv.Itoa(place+1)+end); found && sameLabel(label) != "" {
			return c.option(label)
		}
	}
	return c.option(text)
}

// sameLabel gives what two ways to write one option share: its letters and digits. An option without any is itself.
func sameLabel(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	if len(words) == 0 {
		return strings.TrimSpace(s)
	}
	return strings.Join(words, " ")
}
