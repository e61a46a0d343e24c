package appliance_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"harmonium/appliance"
)

var (
	often  = appliance.Control{Type: appliance.ControlSingle, Options: []string{"Every day", "Every week", "Never"}}
	shifts = appliance.Control{Type: appliance.ControlMultiple, Options: []string{"Early", "Late", "Night, with a break", "10"}}
	stars  = appliance.Control{Type: appliance.ControlRating, Scale: 5, Low: "not at all", High: "very"}
	needs  = appliance.Control{Type: appliance.ControlRanking, Options: []string{"Pay", "Hours", "Respect"}}
)

func TestControlValidate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		control appliance.Control
		field   string // where the problem is, "" for none
	}{
		{"a choice", often, ""},
		{"a rating", stars, ""},
		{"a rating without labels", appliance.Control{Type: appliance.ControlRating, Scale: 10}, ""},
		{"no type", appliance.Control{Options: []string{"a", "b"}}, "type"},
		{"one option", appliance.Control{Type: appliance.ControlSingle, Options: []string{"a"}}, "options"},
		{"eleven options", appliance.Control{Type: appliance.ControlRanking, Options: strings.Split("abcdefghijk", "")}, "options"},
		{"an option twice", appliance.Control{Type: appliance.ControlSingle, Options: []string{"Yes", " yes! "}}, "options[1]"},
		{"an empty option", appliance.Control{Type: appliance.ControlSingle, Options: []string{"Yes", " "}}, "options[1]"},
		{"a long option", appliance.Control{Type: appliance.ControlSingle, Options: []string{"Yes", strings.Repeat("x", 81)}}, "options[1]"},
		{"an option that would read as two", appliance.Control{Type: appliance.ControlMultiple, Options: []string{"a", "b; c"}}, "options[1]"},
		{"options without letters", appliance.Control{Type: appliance.ControlSingle, Options: []string{"😀", "🙁"}}, ""},
		{"a choice with a scale", appliance.Control{Type: appliance.ControlSingle, Options: []string{"a", "b"}, Scale: 5}, "scale"},
		{"a rating of one", appliance.Control{Type: appliance.ControlRating, Scale: 1}, "scale"},
		{"a rating with options", appliance.Control{Type: appliance.ControlRating, Scale: 5, Options: []string{"a", "b"}}, "options"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fields []string
			var wrong *appliance.Error
			if errors.As(tt.control.Validate(), &wrong) {
				for _, f := range wrong.Fields {
					fields = append(fields, f.Field)
				}
			}
			if got := strings.Join(fields, " "); got != tt.field {
				t.Errorf("problems at %q, want %q", got, tt.field)
			}
		})
	}
}

func TestControlCheck(t *testing.T) {
	for _, tt := range []struct {
		name    string
		control appliance.Control
		answer  appliance.ControlAnswer
		ok      bool
	}{
		{"one of three", often, appliance.ControlAnswer{Chosen: []int{2}}, true},
		{"two where one is wanted", often, appliance.ControlAnswer{Chosen: []int{0, 1}}, false},
		{"none", shifts, appliance.ControlAnswer{}, false},
		{"several", shifts, appliance.ControlAnswer{Chosen: []int{3, 0}}, true},
		{"one twice", shifts, appliance.ControlAnswer{Chosen: []int{1, 1}}, false},
		{"one that is not offered", shifts, appliance.ControlAnswer{Chosen: []int{4}}, false},
		{"a number", stars, appliance.ControlAnswer{Rating: 5}, true},
		{"a number beyond the scale", stars, appliance.ControlAnswer{Rating: 6}, false},
		{"a number where options are", often, appliance.ControlAnswer{Chosen: []int{0}, Rating: 1}, false},
		{"an option where a number is wanted", stars, appliance.ControlAnswer{Chosen: []int{0}, Rating: 3}, false},
		{"all in order", needs, appliance.ControlAnswer{Chosen: []int{2, 0, 1}}, true},
		{"not all", needs, appliance.ControlAnswer{Chosen: []int{2, 0}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.control.Check(tt.answer); (err == nil) != tt.ok {
				t.Errorf("Check = %v", err)
			}
		})
	}
}

func TestControlUnderstandsWhatIsWritten(t *testing.T) {
	for _, tt := range []struct {
		control appliance.Control
		text    string
		chosen  []int
		rating  int
	}{
		{control: often, text: "2", chosen: []int{1}},
		{control: often, text: " 2. ", chosen: []int{1}},
		{control: often, text: "every WEEK.", chosen: []int{1}},
		{control: often, text: "4"},
		{control: often, text: "every week, because of the rota"},
		{control: often, text: "1, 2"},
		{control: shifts, text: "late", chosen: []int{1}},
		{control: shifts, text: "1, 3", chosen: []int{0, 2}},
		{control: shifts, text: "1 3", chosen: []int{0, 2}},
		{control: shifts, text: "Night, with a break; early", chosen: []int{2, 0}},
		{control: shifts, text: "Early\nLate", chosen: []int{0, 1}},
		{control: shifts, text: "10", chosen: []int{3}}, // a label goes before a number
		{control: shifts, text: "early, early"},
		{control: stars, text: "4", rating: 4},
		{control: stars, text: "4/5", rating: 4},
		{control: stars, text: "4 / 10"},
		{control: stars, text: "0"},
		{control: stars, text: "4 because I like it"},
		{control: needs, text: "3 1 2", chosen: []int{2, 0, 1}},
		{control: needs, text: "Respect > Pay > Hours", chosen: []int{2, 0, 1}},
		{control: needs, text: "1. Respect\n2. Pay\n3. Hours", chosen: []int{2, 0, 1}},
		{control: needs, text: "Respect, Pay"},
		{control: needs, text: ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, ok := tt.control.Understand(tt.text)
			want := appliance.ControlAnswer{Chosen: tt.chosen, Rating: tt.rating}
			if !reflect.DeepEqual(want, got) || ok != (tt.chosen != nil || tt.rating != 0) {
				t.Errorf("Understand = %+v, %v, want %+v", got, ok, want)
			}
		})
	}
}

// What an answer is mirrored as says exactly that answer.
func TestControlTextIsUnderstood(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []appliance.Control{often, shifts, stars, needs} {
		for range 50 {
			var a appliance.ControlAnswer
			order := r.Perm(len(c.Options))
			switch c.Type {
			case appliance.ControlSingle:
				a.Chosen = order[:1]
			case appliance.ControlMultiple:
				a.Chosen = order[:1+r.IntN(len(order))]
			case appliance.ControlRanking:
				a.Chosen = order
			case appliance.ControlRating:
				a.Rating = 1 + r.IntN(c.Scale)
			}
			got, ok := c.Understand(c.Text(a))
			if !ok || !reflect.DeepEqual(a, got) {
				t.Errorf("%s: %q is understood as %+v, want %+v", c.Type, c.Text(a), got, a)
			}
		}
	}
}
