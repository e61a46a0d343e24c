package main_test

import (
	"strings"
	"testing"
)

func TestTheManualNamesEveryCommandAndSetting(t *testing.T) {
	page := doIn(t, environment("SOURCE_DATE_EPOCH=86400"), "", "man")
	if page.code != 0 || !strings.Contains(page.out, `.TH HARMONIUM 8 "1970-01-02"`) {
		t.Fatalf("%d %s\n%.300s", page.code, page.errOut, page.out)
	}
	text := strings.ReplaceAll(page.out, `\-`, "-")
	for _, want := range []string{".SS serve", ".SS user add", ".SS key revoke", ".SS doctor", "HARMONIUM_LISTEN", "HARMONIUM_CONTROL", "--name"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not name %q", want)
		}
	}
	if strings.Contains(text, ".SS porter") || strings.Contains(text, ".SS man") {
		t.Error("it names what is not for people")
	}
	if wrong := doIn(t, environment("SOURCE_DATE_EPOCH=today"), "", "man"); wrong.code != 2 {
		t.Errorf("a date that is none: %d", wrong.code)
	}
}
