package synthesis

import (
	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// windowBytes is how long the part of a conversation is that a model reads at once: 2,000 tokens of a dense text, at
// three bytes each. Small models lose sight of what stands in the middle of more.
const windowBytes = 6000

// Line is one line of a part of a conversation as a prompt shows it. Turn is the number of a turn of the participant,
// from 1; 0 stands for what the facilitator asked.
type Line struct {
	Turn int
	Text string
}

// Window is one part of a conversation.
type Window struct {
	Lines []Line
	Said  []appliance.Turn // turns of the participant that have a line here
	bytes int
}

// Windows cuts a conversation at the boundaries of turns. A turn that is too long for a window is cut at the ends of
// its sentences, and its parts keep its number. A question stands in the window of its answer. The turns of the
// participant that say something are numbered as they come in said.
func Windows(turns []appliance.Turn, says func(appliance.Turn) bool) (list []Window, said []appliance.Turn) {
	var w Window
	var question string
	flush := func() {
		if len(w.Said) > 0 {
			list = append(list, w)
		}
		w = Window{}
	}
	for _, t := range turns {
		if t.Role != appliance.FromParticipant {
			question = t.Content
			continue
		}
		if !inOwnWords(t) || !says(t) {
			continue
		}
		said = append(said, t)
		for _, piece := range pieces(t.Content) {
			if w.bytes+len(question)+len(piece) > windowBytes {
				flush()
			}
			if question != "" {
				if len(question)+len(piece) <= windowBytes {
					w.Lines = append(w.Lines, Line{0, question})
					w.bytes += len(question)
				}
				question = ""
			}
			w.Lines = append(w.Lines, Line{len(said), piece})
			w.bytes += len(piece)
			if n := len(w.Said); n == 0 || w.Said[n-1].ID != t.ID {
				w.Said = append(w.Said, t)
			}
		}
	}
	flush()
	return list, said
}

// pieces gives a text whole where a window has room for it, else in runs of sentences.
func pieces(text string) []string {
	if len(text) <= windowBytes {
		return []string{text}
	}
	var list []string
	start, end := 0, 0
	for _, s := range extract.Sentences(text) {
		if s.End-start > windowBytes && end > start {
			list = append(list, text[start:end])
			start = s.Start
		}
		end = s.End
	}
	if end > start {
		list = append(list, text[start:end])
	}
	return list
}

// inOwnWords says whether a turn is what a participant has said: claims are drawn from that alone. What was answered by
// a control is counted (store.Tallies).
func inOwnWords(t appliance.Turn) bool { return t.Role == appliance.FromParticipant && t.Answer == nil }
