package extract_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

func TestStance(t *testing.T) {
	for _, c := range []struct {
		language appliance.Language
		text     string
		want     int
	}{
		{"en", "The rota works well.", 1},
		{"en", "The rota is a problem, since nobody asked us.", -1},
		{"en", "The rota does not help us.", -1},
		{"en", "The rota is not bad.", 0},
		{"en", "The rota hangs on the wall.", 0},
		{"en", "The rota is good, but it comes too late.", 0},
		{"de", "Der neue Dienstplan hilft uns.", 1},
		{"de", "Der Dienstplan kommt zu spät.", -1},
		{"de", "Der Dienstplan ist nicht gut.", -1},
		{"fr", "Le planning aide beaucoup.", 1},
		{"fr", "Le planning est un problème.", -1},
		{"fr", "Le planning n'aide pas, il nous manque du temps.", -1},
		{"es", "El turno funciona.", 1},
		{"es", "El turno es malo para todos.", -1},
		{"tlh", "good", 0},
	} {
		if got := extract.For(c.language).Stance(c.text); got != c.want {
			t.Errorf("%s: %d, want %d", c.text, got, c.want)
		}
	}
}

func TestSharedRun(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "one", 0}, {"one two", "three", 0}, {"one two three", "zero one two", 2}, {"A, b; c d", "x a b c", 3},
		{"one one one", "one one", 2},
	} {
		if got := extract.SharedRun(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
