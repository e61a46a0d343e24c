package synthesis_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/testkit"
)

// desk is a store with an open session, and the synthesis over it.
type desk struct {
	*store.Store
	t       testing.TB
	clock   *testkit.Clock
	hub     *live.Hub
	made    *synthesis.Synthesis
	session appliance.Session
	guide   appliance.Guide

	progress [][2]int // that jobs have told, in work
}

// newDesk opens a session with topics of the given titles, whose ids are t1, t2 and so on.
func newDesk(t testing.TB, language appliance.Language, titles ...string) *desk {
	t.Helper()
	guide := appliance.Guide{Opening: "Hello.", Closing: "Thanks."}
	for _, title := range titles {
		guide.Topics = append(guide.Topics, appliance.Topic{Title: title, Question: "What about it?", Minutes: 1})
	}
	return openDesk(t, language, "The workshop", guide, nil)
}

func openDesk(t testing.TB, language appliance.Language, topic string, guide appliance.Guide, form appliance.Form) *desk {
	t.Helper()
	d := &desk{t: t, clock: testkit.NewClock(), guide: guide}
	for i := range d.guide.Topics {
		d.guide.Topics[i].ID = appliance.TopicID("t" + string(rune('1'+i)))
	}
	d.Store = testkit.Store(t, d.clock.Now)
	d.hub = live.NewHub(d.clock.Now)
	d.made = synthesis.New(synthesis.Options{Store: d.Store, Hub: d.hub, Clock: d.clock.Now, Says: facilitation.Says,
		Fits: facilitation.FitsIdea})
	var err error
	d.session, err = d.CreateSession(t.Context(), store.By{Actor: "test"}, store.Once{}, appliance.Session{
		Brief: appliance.Brief{Topic: topic, Goal: "Learn what to mend."}, Status: appliance.SessionOpen,
		Language: language, ResultsVisibility: appliance.ResultsHost,
	}, appliance.GuideVersion{Guide: d.guide, Maker: appliance.Maker{By: appliance.MadeByHand}}, form)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// join begins a conversation.
func (d *desk) join(answers ...appliance.FormAnswer) appliance.ConversationID {
	d.t.Helper()
	j, err := d.Join(d.t.Context(), store.Joining{Participant: appliance.Participant{
		SessionID: d.session.ID, Language: d.session.Language, Origin: appliance.OriginLink, Answers: answers}})
	if err != nil {
		d.t.Fatal(err)
	}
	return j.ConversationID
}

// ask puts a conversation at a topic, "" for what is beyond them.
func (d *desk) ask(id appliance.ConversationID, topic appliance.TopicID) {
	d.t.Helper()
	c, err := d.Conversation(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var coverage []appliance.Coverage
	if topic != "" {
		coverage = []appliance.Coverage{{TopicID: topic, Asked: true, Answered: true}}
	}
	_, err = d.CommitReply(d.t.Context(), store.Reply{
		ConversationID: id, Seen: c.NextSeq, Turn: appliance.Turn{Content: "What about it?", Move: appliance.MoveAsk, TopicID: topic},
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: topic}, Coverage: coverage,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) say(id appliance.ConversationID, words string) {
	d.t.Helper()
	if _, _, err := d.AppendTurn(d.t.Context(), store.Message{ConversationID: id, Content: words}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) finish(id appliance.ConversationID) {
	d.t.Helper()
	if _, err := d.FinishConversation(d.t.Context(), id, appliance.EndedEarly); err != nil {
		d.t.Fatal(err)
	}
}

// person joins, says one thing to each topic in turn, "" for nothing, and finishes.
func (d *desk) person(answers ...string) appliance.ConversationID {
	d.t.Helper()
	id := d.join()
	for i, words := range answers {
		if words != "" {
			d.ask(id, d.guide.Topics[i].ID)
			d.say(id, words)
		}
	}
	d.finish(id)
	return id
}

// results brings the results up to date and gives them.
func (d *desk) results() store.Results {
	d.t.Helper()
	if err := d.made.Now(d.t.Context(), d.session.ID); err != nil {
		d.t.Fatal(err)
	}
	r, err := d.Results(d.t.Context(), d.session.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// work does every job that is due now or within a minute, and says how many of each kind that were.
func (d *desk) work() map[appliance.JobKind]int {
	d.t.Helper()
	done := map[appliance.JobKind]int{}
	nothing := func(context.Context, appliance.Job, func(int, int)) error { return nil } // what the store does is done elsewhere
	do := map[appliance.JobKind]func(context.Context, appliance.Job, func(int, int)) error{
		appliance.JobDigest: d.made.Digest, appliance.JobReport: d.made.Report, appliance.JobRead: d.made.Read,
		appliance.JobIdeas: d.made.Ideas, appliance.JobInsights: d.made.Insights, appliance.JobScrub: nothing, appliance.JobErase: nothing}
	for range 2 {
		for {
			j, ok, err := d.TakeJob(d.t.Context())
			if err != nil {
				d.t.Fatal(err)
			}
			if !ok {
				break
			}
			if err := do[j.Kind](d.t.Context(), j, func(done, total int) { d.progress = append(d.progress, [2]int{done, total}) }); err != nil {
				d.t.Fatal(err)
			}
			if err := d.EndJob(d.t.Context(), j.ID, appliance.JobDone, ""); err != nil {
				d.t.Fatal(err)
			}
			done[j.Kind]++
		}
		d.clock.Advance(time.Minute)
	}
	return done
}

// sections gives the sections of a kind.
func sections(r store.Results, kind appliance.SectionKind) (list []appliance.ReportSection) {
	for _, s := range r.Report.Body.Sections {
		if s.Kind == kind {
			list = append(list, s)
		}
	}
	return list
}

// said gives the words that the sentences of a section cite.
func said(r store.Results, s appliance.ReportSection) (words []string) {
	for _, sentence := range s.Sentences {
		for _, id := range sentence.Claims {
			i := slices.IndexFunc(r.Claims, func(c store.CitedClaim) bool { return c.ID == id })
			words = append(words, r.Claims[i].Cited[0].Span.Text)
		}
	}
	return words
}
