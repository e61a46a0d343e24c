package export

import (
	"context"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// MinutesRequest says of which meeting the minutes are handed out, and how.
type MinutesRequest struct {
	Meeting appliance.ConversationID
	Format  Format // a document
	Names   bool   // of those who speak; whether somebody may ask for them is the caller's business
	// JSON makes the content of a file of Format JSON.
	JSON func(store.MeetingMaterial, synthesis.Minutes) ([]byte, error)
}

// Minutes makes a document of the minutes of a meeting and notes it in the audit trail. What is missing in the transcript stands
// at its head. CodeForbidden where a restriction forbids it.
func (e *Exporter) Minutes(ctx context.Context, by store.By, r MinutesRequest) (File, error) {
	w, ok := writers[r.Format]
	if r.Format == JSON {
		w.kind, w.extension, ok = "application/json", ".json", true
	}
	if !ok || w.extension == ".csv" || w.extension == ".xlsx" {
		return File{}, appliance.Invalid("format", "%.20q is no format of minutes. Choose md, html, pdf, docx or json.", string(r.Format))
	}
	m, err := e.store.MeetingMaterial(ctx, r.Meeting)
	if err != nil {
		return File{}, err
	}
	k := synthesis.MinutesOf(m)
	var content []byte
	if r.Format == JSON {
		content, err = r.JSON(m, k)
	} else {
		speakers, failed := e.store.Speakers(ctx, r.Meeting)
		if failed != nil {
			return File{}, failed
		}
		content, err = w.write(newMinutes(m, k, speakers, r.Names, e.clock()))
	}
	if err != nil {
		return File{}, err
	}
	action := "meeting.export.minutes." + string(r.Format)
	if r.Names {
		action += ".names"
	}
	if err := e.store.NoteHandedOut(ctx, by, action, r.Meeting); err != nil {
		return File{}, err
	}
	s := appliance.Session{ID: appliance.SessionID(r.Meeting), Brief: appliance.Brief{Topic: m.Conversation.Title}}
	return File{fileName(s) + w.extension, w.kind, content}, nil
}

// minutes puts a document together.
type minutes struct {
	*handout
	material store.MeetingMaterial
	at       map[int]appliance.Turn // by their numbers
	who      map[appliance.SpeakerID]string
}

func newMinutes(m store.MeetingMaterial, k synthesis.Minutes, speakers []appliance.Speaker, names bool, now time.Time) *handout {
	h := &handout{language: m.Conversation.Language.Or(appliance.English), at: now, named: names, names: map[int]string{}}
	d := &minutes{handout: h, material: m, at: map[int]appliance.Turn{}, who: map[appliance.SpeakerID]string{}}
	for _, s := range speakers {
		switch {
		case names && s.Asks() && s.Name != "":
			d.who[s.ID] = s.Name
		case s.Asks():
			d.who[s.ID] = h.say("facilitator", 0)
		default:
			if names {
				h.names[s.Number] = s.Name
			}
			d.who[s.ID] = h.called(s.Number, m.Conversation.Title)
		}
	}
	for _, t := range m.Turns {
		d.at[t.Seq] = t
	}
	title := m.Conversation.Title
	h.whole = &paper.Document{Language: h.language, Title: title, Foot: title, Page: h.say("export_page", 0), At: now,
		Lead: h.say("minutes_lead", 0, "date", m.Conversation.CreatedAt.UTC().Format(time.DateOnly)), Blocks: d.blocks(k)}
	return h
}

func (d *minutes) blocks(k synthesis.Minutes) (list []paper.Block) {
	if len(k.Gaps) > 0 {
		list = append(list, paper.Block{Kind: paper.Notice, Text: synthesis.GapsOf(d.language, d.material.Conversation.Title, appliance.JoinGaps(k.Gaps))})
	}
	section := func(title string, blocks []paper.Block) {
		if len(blocks) > 0 {
			list = append(append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: title}), blocks...)
		}
	}
	section(d.say("minutes_worded", 0), d.worded(k.Worded))
	section(d.say("decisions_title", 0), d.decisions(k.Decisions))
	section(d.say("actions_title", 0), d.actions(k.Actions))
	section(d.say("questions_title", 0), d.minuted(k.Questions))
	section(d.say("minutes_summary", 0), d.minuted(k.Summary))
	var terms []string
	for _, t := range k.Terms {
		terms = append(terms, t.Term)
	}
	if len(terms) > 0 {
		section(d.say("minutes_terms", 0), []paper.Block{{Text: strings.Join(terms, ", ")}})
	}
	if len(list) == 0 || len(k.Gaps) > 0 && len(list) == 1 {
		list = append(list, paper.Block{Kind: paper.Notice, Text: d.say("minutes_none", 0)})
	}
	list = append(list, paper.Block{Kind: paper.Heading, Level: 2, Text: d.say("export_about", 0)}, paper.Block{Kind: paper.Fine, Text: d.say("minutes_about", 0)})
	if d.named {
		return append(list, paper.Block{Kind: paper.Fine, Text: d.say("export_names", 0)})
	}
	return append(list, paper.Block{Kind: paper.Fine, Text: d.say("export_pseudonyms", 0)})
}

// worded gives the summary of a model with the words on which each sentence rests, and who worded it.
func (d *minutes) worded(w synthesis.Worded) (list []paper.Block) {
	for _, s := range w.Sentences {
		list = append(append(list, paper.Block{Text: s.Text}), d.places(s.Said)...)
	}
	if len(list) == 0 {
		return nil
	}
	list = append(list, paper.Block{Kind: paper.Fine, Text: d.say("minutes_made", 0, "maker", d.madeBy([]appliance.Maker{w.Maker}))})
	if w.Dropped > 0 {
		list = append(list, paper.Block{Kind: paper.Fine, Text: d.say("minutes_dropped", w.Dropped, "n", w.Dropped)})
	}
	return list
}

func (d *minutes) decisions(of []synthesis.Decision) (list []paper.Block) {
	for _, x := range of {
		list = append(append(list, paper.Block{Text: x.Description}), d.places(x.Said)...)
	}
	return list
}

func (d *minutes) actions(of []synthesis.Action) (list []paper.Block) {
	for _, x := range of {
		var more []string
		if x.Owner != "" && len(x.Said) > 0 {
			more = append(more, d.say("action_owner", 0, "who", d.called(x.Said[0].Number, x.Said[0].Title)))
		}
		if x.Due != "" {
			more = append(more, d.say("action_due", 0, "due", x.Due))
		}
		list = append(list, paper.Block{Text: strings.Join(slices.Concat([]string{x.Description}, more), " ")})
		list = append(list, d.places(x.Said)...)
	}
	return list
}

// minuted gives what somebody said as it was said.
func (d *minutes) minuted(of []synthesis.MinutedWords) (list []paper.Block) {
	for _, w := range of {
		list = append(list, d.said(w.Span.Text, w.Seq))
	}
	return list
}

func (d *minutes) places(of []synthesis.Place) (list []paper.Block) {
	for _, p := range of {
		list = append(list, d.said(p.Span.Text, p.Seq))
	}
	return list
}

// said shows words with whose they are, and when they were said or, where no time is known, in which turn.
func (d *minutes) said(words string, seq int) paper.Block {
	t := d.at[seq]
	place := d.say("minutes_turn", 0, "n", seq+1)
	if t.EndMS > t.StartMS {
		place = synthesis.Moment(t.StartMS)
	}
	by := place
	if who := d.who[t.Speaker]; who != "" {
		by = who + " · " + place
	}
	return paper.Block{Kind: paper.Words, Own: true, By: by, Text: synthesis.Quoted(d.language, strings.Join(strings.Fields(words), " "))}
}
