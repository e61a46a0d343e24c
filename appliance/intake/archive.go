package intake

import (
	"bytes"
	"encoding/json"
	"fmt"

	"harmonium/appliance"
	"harmonium/appliance/quote"
)

// How much of each kind an archive may bring at most. All of it is counted while it is read, element by element, so that a
// file of many empty ones is refused before they take memory.
const (
	maxGuides       = 1_000
	maxFields       = 1_000
	maxParticipants = 10 * appliance.MaxArchived
	maxDrawn        = 5 * appliance.MaxArchivedTurns // turns, points, claims and quotations of all conversations
	maxInElement    = 2 * appliance.MaxArchivedTurns // elements of the lists of one conversation, guide…
	maxInResults    = 500_000                        // of themes, or of the report
)

// readArchive reads a whole session.
func (f *File) readArchive(text []byte) error {
	f.Kind, f.Archive = Session, &appliance.Archive{}
	a, r := f.Archive, &archiveReader{text: text, d: json.NewDecoder(bytes.NewReader(text))}
	r.d.DisallowUnknownFields()
	if _, err := r.d.Token(); err != nil { // {
		return r.wrong("", err)
	}
	for r.d.More() {
		token, err := r.d.Token()
		if err != nil {
			return r.wrong("", err)
		}
		if err := r.field(a, fmt.Sprint(token)); err != nil {
			return err
		}
	}
	f.Brief = a.Session.Brief
	return nil
}

// archiveReader reads an archive field by field.
type archiveReader struct {
	text  []byte
	d     *json.Decoder
	drawn int
}

func (r *archiveReader) field(a *appliance.Archive, name string) error {
	switch name {
	case "format":
		return r.one(name, &a.Format)
	case "version":
		return r.one(name, &a.Version)
	case "made_at":
		return r.one(name, &a.MadeAt)
	case "names":
		return r.one(name, &a.Names)
	case "session":
		return r.one(name, &a.Session)
	case "themes":
		return r.bounded(name, maxInResults, &a.Themes)
	case "report":
		return r.bounded(name, maxInResults, &a.Report)
	case "guides":
		return list(r, name, maxGuides, &a.Guides, nil)
	case "form":
		return list(r, name, maxFields, (*[]appliance.FormField)(&a.Form), nil)
	case "participants":
		return list(r, name, maxParticipants, &a.Participants, nil)
	case "conversations":
		return list(r, name, appliance.MaxArchived, &a.Conversations, r.count)
	}
	return unknownField(name)
}

// count adds up what a conversation brings.
func (r *archiveReader) count(t appliance.ArchivedTalk) error {
	r.drawn += len(t.Turns) + len(t.Points)
	for _, c := range t.Claims {
		r.drawn += 1 + len(c.Quotes)
	}
	if r.drawn > maxDrawn {
		return tooMany("conversations", "turns, points and claims", maxDrawn)
	}
	return nil
}

// one reads a value.
func (r *archiveReader) one(path string, into any) error {
	if err := r.d.Decode(into); err != nil {
		return r.wrong(path, err)
	}
	return nil
}

// bounded reads a value whose lists have at most so many elements in all.
func (r *archiveReader) bounded(path string, most int, into any) error {
	from := r.d.InputOffset()
	var raw json.RawMessage
	if err := r.d.Decode(&raw); err != nil {
		return r.wrong(path, err)
	}
	if elements(raw, most) > most {
		return tooMany(path, "elements", most)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return decodeError(r.text, from, path, err)
	}
	return nil
}

// list reads a list of at most so many, each of which has at most maxInElement elements in its own lists.
func list[T any](r *archiveReader, name string, most int, into *[]T, count func(T) error) error {
	token, err := r.d.Token()
	switch {
	case err != nil:
		return r.wrong(name, err)
	case token == nil: // null
		return nil
	case token != json.Delim('['):
		return appliance.Invalid(name, "Field %s: this should be a list. Nothing was stored.", name)
	}
	for i := 0; r.d.More(); i++ {
		if i == most {
			return tooMany(name, name, most)
		}
		var one T
		if err := r.bounded(place(name, i), maxInElement, &one); err != nil {
			return err
		}
		if count != nil {
			if err := count(one); err != nil {
				return err
			}
		}
		*into = append(*into, one)
	}
	_, err = r.d.Token() // ]
	return r.wrong(name, err)
}

func (r *archiveReader) wrong(path string, err error) error {
	if err == nil {
		return nil
	}
	return decodeError(r.text, r.d.InputOffset(), path, err)
}

func tooMany(field, what string, most int) error {
	return appliance.Invalid(field, "This file has more than %d %s. Nothing was stored. Please bring it in as several.", most, what)
}

// ownWords checks what an archive says to be in somebody's own words. A claim that rules have made is nothing but such words;
// one of a model that holds a run of them shows them, whatever the file says of it.
func ownWords(a *appliance.Archive) error {
	var problems appliance.Problems
	for i, t := range a.Conversations {
		said := map[appliance.TurnID]string{}
		for _, turn := range t.Turns {
			said[turn.ID] = turn.Content
		}
		for j := range t.Claims {
			c := &t.Claims[j]
			if c.Text == "" {
				continue
			}
			var sources []quote.Source
			for _, q := range c.Quotes {
				sources = append(sources, quote.Source{ID: string(q.TurnID), Text: said[q.TurnID]})
				c.Verbatim = c.Verbatim || quote.Verbatim(c.Text, said[q.TurnID])
			}
			span, found := quote.Locate(c.Text, sources)
			if c.Maker.By == appliance.MadeByRules && (!found || span.Method == quote.Snapped) {
				at := fmt.Sprintf("conversations[%d].claims[%d].text", i, j)
				problems.Add(at, "%s: it is said to be somebody's own words, and nobody says them there.", at)
			}
			if len(problems) >= maxProblems {
				return problems.Err()
			}
		}
	}
	return problems.Err()
}
