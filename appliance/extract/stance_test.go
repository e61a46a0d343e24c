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
		{"en", "No, the rota works well.", 1},
		{"en", "We were never happy with the rota.", -1},
		{"de", "Der neue Plan hilft uns nicht.", -1},
		{"de", "Das klappt überhaupt nicht.", -1},
		{"de", "Der Plan ist besser und nicht teurer.", 1},
		{"de", "Nein, der Plan ist gut.", 1},
		{"de", "Der Plan ist nicht schlecht.", 0},
		{"de", "Der Plan hängt an der Wand.", 0},
		{"fr", "Le planning ne marche pas.", -1},
		{"fr", "Ça marche pas du tout.", -1},
		{"fr", "Le planning n’est pas mal.", 0},
		{"fr", "Non, le planning est très pratique.", 1},
		{"fr", "Le planning est accroché au mur.", 0},
		{"fr", "C'est utile, mais trop cher.", 0},
		{"es", "El turno no funciona.", -1},
		{"es", "No, el turno me gusta mucho.", 1},
		{"es", "El turno no es malo.", 0},
		{"es", "El turno está en la pared.", 0},
		{"es", "Es útil pero demasiado caro.", 0},
		{"es", "Nunca estamos contentos con el turno.", -1},
		{"uk", "Новий графік нам допомагає.", 1},
		{"uk", "Графік дуже зручний.", 1},
		{"uk", "Графік — це проблема, бо нас ніхто не спитав.", -1},
		{"uk", "Графік не допомагає.", -1},
		{"uk", "Графік зовсім не подобається нам.", -1},
		{"uk", "Графік непоганий, висить на стіні.", 0},
		{"uk", "Ні, графік добрий.", 1},
		{"uk", "Це корисно, але надто дорого.", 0},
		{"ar", "الجدول الجديد يساعدنا.", 1},
		{"ar", "الجدول مفيد جدا.", 1},
		{"ar", "هذا هو الجدول المفيد والمناسب.", 1},
		{"ar", "الجدول مشكلة لأن أحدا لم يسألنا.", -1},
		{"ar", "الجدول لا يساعدنا.", -1},
		{"ar", "الجدول ليس جيدًا.", -1},
		{"ar", "الجدول ليس سيئًا.", 0},
		{"ar", "الجدول معلق على الحائط.", 0},
		{"ar", "الجدول مفيد، لكنه مكلف.", 0},
		{"tlh", "good", 0},
	} {
		if got := side(extract.For(c.language).Sides(c.text)); got != c.want {
			t.Errorf("%s: %d, want %d", c.text, got, c.want)
		}
	}
}

// side is 1 for a sentence that speaks well of what it is about, -1 for one that speaks ill, 0 for neither and for both.
func side(well, ill bool) int {
	switch {
	case well && !ill:
		return 1
	case ill && !well:
		return -1
	}
	return 0
}

func TestASentenceCanSpeakWellAndIll(t *testing.T) {
	for language, said := range map[appliance.Language]string{
		"en": "The rota helps, but it is too late.", "de": "Der Plan hilft, aber er kommt zu spät.", "fr": "C'est utile, mais trop cher.",
		"es": "Es útil pero demasiado caro.", "uk": "Це корисно, але надто дорого.", "ar": "الجدول مفيد، لكنه مكلف.",
	} {
		if well, ill := extract.For(language).Sides(said); !well || !ill {
			t.Errorf("%s: well %v, ill %v", said, well, ill)
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
