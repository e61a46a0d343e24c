package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"harmonium/appliance"
	"harmonium/appliance/intake"
)

// sixteen gives text as UTF-16 with its mark.
func sixteen(text string) (b []byte) {
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

func TestTranscriptsInOtherEncodingsAreRead(t *testing.T) {
	const text = "Ada: Die Säge ist stumpf.\nBo: Ja.\nAda: Gut.\n"
	for name, file := range map[string][]byte{"UTF-16": sixteen(text), "Latin-1": []byte(strings.ReplaceAll(text, "ä", "\xe4"))} {
		f, err := intake.Read(file, nil)
		if err != nil || len(f.Transcripts) != 1 || f.Transcripts[0].Utterances[0].Text != "Die Säge ist stumpf." {
			t.Errorf("%s: %d transcripts, %v", name, len(f.Transcripts), err)
		}
	}
}

func TestATranscriptOfTooManyTurnsIsRefusedInWords(t *testing.T) {
	turn := `{"speaker":"Ada","time":"0:01:05","text":"One."}`
	for name, file := range map[string]string{
		"turns with times": `{"utterances":[` + strings.Repeat(turn+",", 99_999) + turn + `]}`,
		"lines":            strings.Repeat("Ada: One.\nBo: Two.\n", 50_000),
	} {
		_, err := intake.Read([]byte(file), nil)
		var refused *appliance.Error
		if !errors.As(err, &refused) || !strings.Contains(refused.Message+fmt.Sprint(refused.Fields), "turns") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
