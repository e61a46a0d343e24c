package privacy_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
)

// fill puts a word found nowhere else into every text of a value, and gives the words by the path of their field.
func fill(v reflect.Value, path string, words map[string]string) {
	switch v.Kind() {
	case reflect.String:
		words[path] = fmt.Sprintf("seeded%dword", len(words))
		v.SetString(words[path])
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i), words)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				fill(v.Field(i), path+"."+field.Name, words)
			}
		}
	}
}

// Every text that is held of a person stands in the file that they are given, in every language of it.
func TestThePersonsFileHoldsEveryField(t *testing.T) {
	var p privacy.Person
	words := map[string]string{}
	fill(reflect.ValueOf(&p).Elem(), "", words)
	p.Number, p.Language, p.Use = 1, appliance.English, appliance.UseQuote // which are told in words
	delete(words, ".Language")
	delete(words, ".Use")
	for path := range words {
		if strings.HasSuffix(path, ".FieldID") || strings.HasSuffix(path, ".Type") { // of an answer, which has its question
			delete(words, path)
		}
	}
	if len(words) < 20 {
		t.Fatalf("only %d fields are filled", len(words))
	}
	for _, language := range []appliance.Language{"en", "de", "fr", "es", "uk", "ar"} {
		text := privacy.PersonMarkdown([]privacy.Person{p}, time.Now(), language)
		for path, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s: the field %s is not told", language, path)
			}
		}
	}
}
