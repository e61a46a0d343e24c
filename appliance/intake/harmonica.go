package intake

import (
	"encoding/json"
	"strings"
	"time"

	"harmonium/appliance"
)

// readExport reads Harmonica's export of transcripts: {session_details, participants: [{user_name, chat_text}]}, or the
// list alone.
func (f *File) readExport(fields map[string]json.RawMessage) error {
	f.Kind = Conversations
	var about struct {
		Topic       string `json:"topic"`
		Title       string `json:"title"`
		SessionName string `json:"session_name"`
		Name        string `json:"name"`
		Goal        string `json:"goal"`
		Critical    string `json:"critical"`
		Context     string `json:"context"`
	}
	if details, ok := fields["session_details"]; ok {
		if err := decode(details, &about, false); err != nil {
			return err
		}
		for _, topic := range []string{about.Topic, about.Title, about.SessionName, about.Name} {
			if f.Brief.Topic == "" {
				f.Brief.Topic = topic
			}
		}
		f.Brief.Goal, f.Brief.Critical, f.Brief.Context = about.Goal, about.Critical, about.Context
	}
	var list []struct {
		Name *string `json:"user_name"`
		Text *string `json:"chat_text"`
	}
	if err := decode(fields["participants"], &list, false); err != nil {
		return err
	}
	var problems appliance.Problems
	turns := 0
	for i, one := range list {
		if len(problems) >= maxProblems {
			break
		}
		switch {
		case one.Text == nil && one.Name == nil: // somebody who has written nothing is null there
			f.Notes[Silent]++
		case one.Text == nil:
			problems.Add(place("participants", i)+".chat_text", "%s has no chat_text. Nothing was stored.", place("participants", i))
		default:
			name := ""
			if one.Name != nil {
				name = *one.Name
			}
			said := readChat(name, *one.Text)
			if turns += len(said); turns > appliance.MaxArchivedTurns {
				return appliance.Invalid("file", "This file has more than %d turns. Nothing was stored. Please bring it in as several.",
					appliance.MaxArchivedTurns)
			}
			f.Transcripts = append(f.Transcripts, Transcript{appliance.Transcript{Utterances: said}, place("participants", i)})
		}
	}
	return problems.Err()
}

// sides are the words that begin what somebody says in a chat_text; true for who asks.
var sides = map[string]bool{
	"assistant": true, "ai": true, "facilitator": true, "question": true, "system": true, "harmonica": true, "bot": true,
	"user": false, "human": false, "participant": false, "answer": false,
}

// readChat takes a chat_text apart: "role : words", one after the other; a line that begins with no role goes on with
// what was said. Without any role all of it is what the participant says. It gives up after one turn too many.
func readChat(name, text string) (list []appliance.Utterance) {
	from, at, asking := 0, 0, false
	add := func() {
		if said := strings.TrimSpace(text[from:at]); said != "" {
			list = append(list, utterance(name, asking, said))
		}
	}
	for line := range strings.Lines(text) {
		before, _, ok := strings.Cut(line, ":")
		role := strings.ToLower(strings.Trim(before, " \t*#-"))
		asks, known := sides[role]
		if ok && (known || name != "" && role == strings.ToLower(strings.TrimSpace(name))) {
			add()
			from, asking = at+len(before)+1, asks
		}
		if at += len(line); len(list) > appliance.MaxUtterances {
			return list
		}
	}
	add()
	return list
}

// utterance gives what one of the two in an interview says.
func utterance(name string, asks bool, text string) appliance.Utterance {
	if asks {
		name = ""
	}
	return appliance.Utterance{Speaker: name, Asks: asks, Text: text}
}

// readResponses reads the data of an answer of Harmonica's interface to GET /sessions/{id}/responses.
func (f *File) readResponses(data json.RawMessage) error {
	f.Kind = Conversations
	var list []struct {
		Name     string     `json:"participant_name"`
		First    *time.Time `json:"first_message_at"`
		Messages *[]struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"messages"`
	}
	if err := decode(data, &list, false); err != nil {
		return err
	}
	var problems appliance.Problems
	for i, one := range list {
		if len(problems) >= maxProblems {
			break
		}
		if one.Messages == nil {
			problems.Add(place("data", i)+".messages", "%s has no messages. Ask for the responses without mode=list. Nothing was stored.", place("data", i))
			continue
		}
		t := Transcript{Place: place("data", i)}
		if one.First != nil {
			t.At = *one.First
		}
		for j, m := range *one.Messages {
			asks, known := sides[m.Role]
			if !known {
				if len(problems) >= maxProblems {
					break
				}
				problems.Add(place("data", i)+"."+place("messages", j)+".role", "%s: %.20q is no role; user and assistant are.",
					place("data", i)+"."+place("messages", j), m.Role)
			}
			t.Utterances = append(t.Utterances, utterance(one.Name, asks, m.Content))
		}
		f.Transcripts = append(f.Transcripts, t)
	}
	return problems.Err()
}

// readConversation reads one conversation as POST /sessions/{id}/conversations takes it.
func (f *File) readConversation(text []byte) error {
	f.Kind = Conversations
	if elements(text, 2*appliance.MaxUtterances) > 2*appliance.MaxUtterances { // those of its outermost object count too
		return tooMany("turns", "turns", appliance.MaxUtterances)
	}
	var one struct {
		Title    string             `json:"title"`
		Language appliance.Language `json:"language"`
		Turns    []struct {
			Speaker string `json:"speaker"`
			Text    string `json:"text"`
			StartMS int64  `json:"start_ms"`
			EndMS   int64  `json:"end_ms"`
		} `json:"turns"`
	}
	if err := decode(text, &one, true); err != nil {
		return err
	}
	t := Transcript{appliance.Transcript{Title: one.Title, Language: one.Language}, "conversation"}
	for _, u := range one.Turns {
		t.Utterances = append(t.Utterances, appliance.Utterance{Speaker: u.Speaker, Asks: appliance.AsksByName(u.Speaker), Text: u.Text,
			StartMS: u.StartMS, EndMS: u.EndMS})
	}
	f.Brief.Topic = one.Title
	f.Transcripts = []Transcript{t}
	return nil
}
