package server

import (
	"harmonium/appliance"
	"harmonium/appliance/capture"
)

// speech says what writes down what people say.
func (d checkup) speech() []appliance.Finding {
	if d.voice == nil {
		return nil
	}
	chosen := d.gateway.Chosen(appliance.ModelTranscriber, nil)
	whisper := values{"address": text(d.cfg.Whisper)}
	switch by := d.voice.By(nil); {
	case by == capture.WhisperServer:
		return []appliance.Finding{found(appliance.LevelOK, "speech.whisper", whisper)}
	case by != "":
		return []appliance.Finding{found(appliance.LevelOK, "speech.by", values{"model": text(by)})}
	case d.voice.Whisper() == capture.WhisperLoading && (chosen == "" || chosen == capture.WhisperServer):
		return []appliance.Finding{found(appliance.LevelOK, "speech.loading", nil)}
	case d.voice.Whisper() == capture.WhisperAbsent && (chosen == "" || chosen == capture.WhisperServer):
		return []appliance.Finding{found(appliance.LevelWarn, "speech.absent", whisper)}
	case chosen != "":
		return []appliance.Finding{found(appliance.LevelWarn, "speech.away", values{"model": text(chosen)})}
	}
	return []appliance.Finding{found(appliance.LevelOK, "speech.none", nil)}
}
