package appliance_test

import (
	"testing"

	"harmonium/appliance"
)

func TestWhatLooksAlikeHasOneForm(t *testing.T) {
	for _, pair := range [][2]string{
		{"Ada@Example.org", "ada@example.org"}, {"аdа@ехаmрlе.org", "ada@example.org"}, {"ａｄａ@example.org", "ada@example.org"},
		{"a\u200bda@example.org", "ada@example.org"}, {"раураl", "paypal"}, {"οlga", "olga"}, {"ana\u2011maria", "ana-maria"},
	} {
		if a, b := appliance.Looks(pair[0]), appliance.Looks(pair[1]); a != b {
			t.Errorf("%+q looks like %q, %q like %q", pair[0], a, pair[1], b)
		}
	}
	for _, pair := range [][2]string{{"ada", "adam"}, {"zoë", "zoe"}, {"ann1", "annl"}, {"Олена", "Ольга"}} {
		if a, b := appliance.Looks(pair[0]), appliance.Looks(pair[1]); a == b {
			t.Errorf("%q and %q both look like %q", pair[0], pair[1], a)
		}
	}
}

func TestNamesThatMixAlphabetsAreRefused(t *testing.T) {
	problem := func(name string) bool {
		var p appliance.Problems
		appliance.CheckName(&p, "name", name, true)
		return len(p) > 0
	}
	for _, name := range []string{"Аda Byron", "Ada Вyron", "οlga", "A\u200dda", "Ada\u202eByron", "", "  ", "Ada\nByron"} {
		if !problem(name) {
			t.Errorf("%+q passes", name)
		}
	}
	for _, name := range []string{"Ada Byron", "Zoë O’Neill-Grün", "Олена Ковальчук", "Ελένη", "أحمد بن علي", "می\u200cخواهم", "田中 さくら", "Ada Ковальчук",
		"Łukasz", "Ada 👩🏽‍⚕️", "Նարե"} {
		if problem(name) {
			t.Errorf("%q is refused", name)
		}
	}
}

func TestAddressesThatMixAlphabetsAreRefused(t *testing.T) {
	for address, good := range map[string]bool{"ada@example.org": true, "аda@example.org": false, "олена@приклад.укр": true, "олена@example.org": true,
		"jörg@bücher.example": true} {
		var p appliance.Problems
		if appliance.CheckAddress(&p, "email", address, true); (len(p) == 0) != good {
			t.Errorf("%q: %v", address, p)
		}
	}
}
