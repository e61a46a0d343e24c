package capture

import (
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

// Ears are all transcribers of a box. A nil *Ears has none.
type Ears struct {
	Models  *inference.Gateway
	Whisper *Whisper // nil without one
}

// Transcriber gives what writes down speech now: what was chosen for it, or where nothing was, a model that hears, else
// the whisper-server. It is None when that cannot be asked. The choice of a session goes before that of the box.
func (e *Ears) Transcriber(choice appliance.ModelChoice) Transcriber {
	if e == nil {
		return None{}
	}
	chosen := e.Models.Chosen(appliance.ModelTranscriber, choice)
	if m, err := e.Models.Model(appliance.ModelTranscriber, choice); err == nil {
		return model{gateway: e.Models, choice: choice, name: m.Name}
	}
	if e.Whisper.State() == WhisperReady && (chosen == WhisperServer || chosen == "") {
		return e.Whisper
	}
	return None{}
}

// named gives the language that a transcriber names in English; "" for one that conversations are not held in.
func named(english string) appliance.Language {
	english = strings.ToLower(strings.TrimSpace(english))
	for _, l := range appliance.ConversationLanguages() {
		first, _, _ := strings.Cut(strings.ToLower(prompt.Language(l)), " ")
		if english != "" && (string(l) == english || first == english) {
			return l
		}
	}
	if english == "arabic" {
		return appliance.Arabic
	}
	return ""
}
