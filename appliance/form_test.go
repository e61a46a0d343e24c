package appliance_test

import (
	"slices"
	"testing"

	"harmonium/appliance"
)

func TestWhatIsAnsweredMustFitTheQuestion(t *testing.T) {
	choice := appliance.FormField{ID: "q", Type: appliance.FieldMultiple, Text: "Which?", Options: []string{"a", "b", "c"}}
	of := func(kind appliance.FieldType) appliance.FormField {
		return appliance.FormField{ID: "q", Type: kind, Text: "What?"}
	}
	cases := []struct {
		name   string
		field  appliance.FormField
		values []string
		ok     bool
	}{
		{"some options", choice, []string{"a", "c"}, true},
		{"an option twice", choice, []string{"a", "a"}, false},
		{"more than there are", choice, []string{"a", "b", "c", "a"}, false},
		{"none that was offered", choice, []string{"d"}, false},
		{"a rating", of(appliance.FieldRating), []string{"3"}, true},
		{"a rating in another form", of(appliance.FieldRating), []string{"+003"}, false},
		{"a rating too high", of(appliance.FieldRating), []string{"6"}, false},
		{"a number", of(appliance.FieldNumber), []string{"-12.5"}, true},
		{"a number with a comma", of(appliance.FieldNumber), []string{"1,5"}, true},
		{"no number", of(appliance.FieldNumber), []string{"NaN"}, false},
		{"a number as programs write it", of(appliance.FieldNumber), []string{"0x1p-2"}, false},
		{"a date", of(appliance.FieldDate), []string{"2026-02-28"}, true},
		{"a date that does not exist", of(appliance.FieldDate), []string{"2026-02-30"}, false},
		{"two answers to one question", of(appliance.FieldShort), []string{"x", "y"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := appliance.Form{c.field}.Check(map[appliance.FieldID][]string{"q": c.values})
			if (err == nil) != c.ok {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnAnonymousSessionAsksForNoAddress(t *testing.T) {
	form := appliance.Form{{ID: "mail", Type: appliance.FieldEmail, Text: "Mail?", Required: true}, {ID: "ward", Type: appliance.FieldShort, Text: "Ward?"}}
	if asked := form.For(true); len(asked) != 1 || asked[0].ID != "ward" {
		t.Errorf("asked: %v", asked)
	}
	if asked := form.For(false); !slices.ContainsFunc(asked, func(f appliance.FormField) bool { return f.ID == "mail" }) {
		t.Error("a session that is not anonymous asks what its form asks")
	}
}
