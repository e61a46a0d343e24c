package facilitation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

// threeTopics is a guide whose topics allow 2, 1 and 0 follow-ups.
func threeTopics() appliance.Guide {
	return appliance.Guide{
		Opening: "Hello, this is about the handover.",
		Topics: []appliance.Topic{
			{ID: "t1", Title: "Your shift", Question: "How does a handover go on your ward?",
				Probes: []string{"What happened the last time?", "What makes it go that way?"}, FollowUps: 2, Minutes: 4},
			{ID: "t2", Title: "What gets lost", Question: "What gets lost between shifts?",
				Probes: []string{"Which case comes to mind?"}, FollowUps: 1, Minutes: 3},
			{ID: "t3", Title: "Change", Question: "What should change first?", FollowUps: 0, Minutes: 3},
		},
		Closing: "Thank you for your time. You can close this page.",
	}
}

func TestEveryStateAndAnswerHasItsMove(t *testing.T) {
	type (
		cov     = appliance.Coverage
		covers  = map[appliance.TopicID]cov
		outcome struct {
			Move     appliance.Move
			Topic    appliance.TopicID
			FollowUp int
			Why      facilitation.Why
			Phase    appliance.Phase
			Finished bool
		}
	)
	var (
		asked1  = covers{"t1": {TopicID: "t1", Asked: true}}
		probed1 = covers{"t1": {TopicID: "t1", Asked: true, FollowUps: 1}}
		spent1  = covers{"t1": {TopicID: "t1", Asked: true, FollowUps: 2}}
		asked3  = covers{"t1": {TopicID: "t1", Asked: true, Answered: true}, "t3": {TopicID: "t3", Asked: true}}
		silent3 = covers{"t1": {TopicID: "t1", Asked: true}, "t3": {TopicID: "t3", Asked: true}}
		in      = func(topic appliance.TopicID) appliance.Facilitation {
			return appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: topic}
		}
		missed   = appliance.Facilitation{Phase: appliance.PhaseMissed}
		back     = appliance.Facilitation{Phase: appliance.PhaseReadBack}
		thin     = facilitation.Assessment{Depth: 1}
		full     = facilitation.Assessment{Depth: 2}
		nothing  = facilitation.Assessment{Nothing: true}
		skip     = facilitation.Assessment{Skip: true}
		lost     = facilitation.Assessment{Lost: true}
		stop     = facilitation.Assessment{Stop: true}
		empty    = facilitation.Assessment{}
		yes      = facilitation.Assessment{Depth: 1, Bare: true}
		ask2     = outcome{Move: "ask", Topic: "t2", Phase: "topics"}
		askMiss  = outcome{Move: "missed", Phase: "missed"}
		readBack = outcome{Move: "read_back", Phase: "read_back"}
		closing  = outcome{Move: "close", Phase: "done", Finished: true}
		why      = func(o outcome, w facilitation.Why) outcome { o.Why = w; return o }
		probe    = func(n int, w facilitation.Why) outcome {
			return outcome{Move: "probe", Topic: "t1", FollowUp: n, Why: w, Phase: "topics"}
		}
	)
	for _, c := range []struct {
		name  string
		state appliance.Facilitation
		cover covers
		said  facilitation.Assessment
		want  outcome
	}{
		{"opening", appliance.Facilitation{}, nil, empty, outcome{Move: "open", Topic: "t1", Phase: "topics"}},
		{"opening, whatever was said before it", appliance.Facilitation{}, nil, stop, outcome{Move: "open", Topic: "t1", Phase: "topics"}},

		{"full answer", in("t1"), asked1, full, ask2},
		{"thin answer", in("t1"), asked1, thin, probe(0, "thin")},
		{"no words", in("t1"), asked1, empty, probe(0, "thin")},
		{"yes", in("t1"), asked1, yes, probe(0, "bare")},
		{"nothing to say", in("t1"), asked1, nothing, probe(0, "nothing")},
		{"skips", in("t1"), asked1, skip, why(ask2, "skipped")},
		{"not understood", in("t1"), asked1, lost, probe(0, "lost")},
		{"stops without an answer", in("t1"), asked1, stop, why(closing, "stopped")},

		{"thin after a follow-up", in("t1"), probed1, thin, ask2},
		{"nothing after a follow-up", in("t1"), probed1, nothing, why(ask2, "nothing")},
		{"not understood after a follow-up", in("t1"), probed1, lost, probe(1, "lost")},
		{"not understood, no follow-ups left", in("t1"), spent1, lost, ask2},

		{"full answer to the last topic", in("t3"), asked3, full, askMiss},
		{"thin answer where the topic allows no follow-up", in("t3"), asked3, thin, askMiss},
		{"last topic skipped", in("t3"), asked3, skip, why(askMiss, "skipped")},
		{"stops after answers", in("t3"), asked3, stop, why(readBack, "stopped")},
		{"last topic, nothing was ever said", in("t3"), silent3, nothing, why(askMiss, "silent")},

		{"missed something", missed, asked3, full, why(readBack, "added")},
		{"missed nothing", missed, asked3, nothing, readBack},
		{"missed, confirmed", missed, asked3, yes, readBack},
		{"missed, stops", missed, asked3, stop, why(readBack, "stopped")},
		{"missed something after saying nothing", missed, silent3, thin, why(readBack, "added")},
		{"missed nothing after saying nothing", missed, silent3, nothing, closing},
		{"missed, stops after saying nothing", missed, silent3, stop, why(closing, "stopped")},

		{"read back, something added", back, asked3, thin, why(closing, "added")},
		{"read back, much added", back, asked3, full, why(closing, "added")},
		{"read back, confirmed", back, asked3, yes, closing},
		{"read back, nothing to add", back, asked3, nothing, closing},
		{"read back, not understood", back, asked3, lost, closing},
		{"read back, stops", back, asked3, stop, why(closing, "stopped")},
		{"read back, no words", back, asked3, empty, closing},

		{"after the end", appliance.Facilitation{Phase: appliance.PhaseDone}, asked3, full, closing},
		{"topic that is not in the guide", in("gone"), asked1, full, ask2},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := facilitation.NewPlan(threeTopics(), "en")
			d := plan.Decide(facilitation.State{Facilitation: c.state, Coverage: c.cover}, c.said, facilitation.Guided)
			got := outcome{d.Move, d.Topic, d.FollowUp, d.Why, d.Facilitation.Phase, d.Finished}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if d.Move == "probe" || d.Move == "ask" || d.Move == "open" {
				if d.Facilitation.Topic != d.Topic {
					t.Errorf("speaks to %q and is in %q", d.Topic, d.Facilitation.Topic)
				}
			}
		})
	}
}

func TestCoverageFollowsTheAnswers(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
	for _, said := range []facilitation.Assessment{{}, {Depth: 1}, {Depth: 2}, {Skip: true}, {Depth: 3}} {
		s = after(s, plan.Decide(s, said, facilitation.Guided))
	}
	want := map[appliance.TopicID]appliance.Coverage{
		"t1": {TopicID: "t1", Asked: true, Answered: true, Depth: 2, FollowUps: 1},
		"t2": {TopicID: "t2", Asked: true},
		"t3": {TopicID: "t3", Asked: true, Answered: true, Depth: 3},
	}
	if diff := cmp.Diff(want, s.Coverage); diff != "" {
		t.Error(diff)
	}
}

func TestTwoAnswersWithOneReasonEachCountAsDeep(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	s := facilitation.State{
		Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"},
		Coverage:     map[appliance.TopicID]appliance.Coverage{"t1": {TopicID: "t1", Asked: true, Answered: true, Depth: 2}},
	}
	if got := plan.Decide(s, facilitation.Assessment{Depth: 2}, facilitation.Guided).Changed[0].Depth; got != 3 {
		t.Errorf("depth %d, want 3", got)
	}
}

// after is the state that a decision leads to.
func after(s facilitation.State, d facilitation.Decision) facilitation.State {
	next := facilitation.State{Facilitation: d.Facilitation, Coverage: map[appliance.TopicID]appliance.Coverage{}}
	for id, c := range s.Coverage {
		next.Coverage[id] = c
	}
	for _, c := range d.Changed {
		next.Coverage[c.TopicID] = c
	}
	return next
}

// randomGuide makes a guide that a careless host could have written: questions and probes may be there twice.
func randomGuide(r *rand.Rand) appliance.Guide {
	texts := []string{"What happens?", "Why is that?", "what happens", "Who decides?", "Wie geht es weiter?", "…", "And then?"}
	g := appliance.Guide{Opening: "Hello.", Closing: "Thanks."}
	for i := range r.IntN(8) {
		t := appliance.Topic{ID: appliance.TopicID(fmt.Sprint("t", i)), Title: texts[r.IntN(len(texts))],
			Question: texts[r.IntN(len(texts))], FollowUps: r.IntN(appliance.MaxFollowUps + 1), Minutes: 1}
		for range r.IntN(5) {
			t.Probes = append(t.Probes, texts[r.IntN(len(texts))])
		}
		g.Topics = append(g.Topics, t)
	}
	return g
}

// anything is an assessment as nobody would make it.
func anything(r *rand.Rand) facilitation.Assessment {
	said := facilitation.Assessment{Depth: r.IntN(4), Skip: r.IntN(8) == 0, Lost: r.IntN(3) == 0, Stop: r.IntN(40) == 0,
		Nothing: r.IntN(8) == 0, Off: r.IntN(6) == 0, Hard: r.IntN(12) == 0, Abuse: r.IntN(20) == 0}
	said.Bare = said.Depth == 1 && r.IntN(3) == 0
	said.No = said.Bare && r.IntN(2) == 0
	said.Ask = []facilitation.Ask{"", "", "", facilitation.AskWho, facilitation.AskLong, facilitation.AskOther}[r.IntN(6)]
	said.Foreign = []appliance.Language{"", "", "en", "de"}[r.IntN(4)]
	return said
}

func TestEveryConversationEndsWithinTheGuideAndAsksNothingTwice(t *testing.T) {
	for seed := range uint64(3_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := randomGuide(r)
		plan := facilitation.NewPlan(g, []appliance.Language{"en", "de"}[seed%2])
		patience := facilitation.Patience(r.IntN(6))
		slow := time.Duration(1+r.IntN(600)) * time.Second
		s := facilitation.State{Coverage: map[appliance.TopicID]appliance.Coverage{}}
		heard := map[string]bool{}
		finished, offered := false, 0
		for turn := 0; turn < plan.Turns(); turn++ {
			s.Took = time.Duration(r.Int64N(int64(slow)))
			s.Now, s.Answers = s.Now.Add(s.Took), turn
			if s.Idea = nil; r.IntN(3) > 0 {
				s.Idea = &appliance.Idea{Text: fmt.Sprint("Some people here also brought up thing ", turn, ".")}
			}
			before := taken(s)
			d := plan.Decide(s, anything(r), patience)
			text := plan.Speak("cnv_x", s, d, nil)
			if again := d.Move == appliance.MoveAsk || d.Move == appliance.MoveReply || d.Move == appliance.MoveBoundary; text == "" || heard[text] && !again {
				t.Fatalf("seed %d: says %q again", seed, text)
			}
			heard[text] = true
			if d.Move == appliance.MoveIdea {
				if offered++; s.Facilitation.Asides.Cares > 0 || !s.Coverage[d.Topic].Asked {
					t.Fatalf("seed %d: an idea is offered where none may be", seed)
				}
			}
			now := s.Now
			s = after(s, d)
			s.Now = now
			if (d.Move == appliance.MoveAsk || d.Move == appliance.MoveProbe && d.Why != facilitation.WhyLost) && taken(s) >= plan.Time() {
				t.Fatalf("seed %d: %s after %v, %v are allowed", seed, d.Move, taken(s), plan.Time())
			}
			if grown := taken(s) - before; grown < 0 || grown > appliance.MaxAnswerTime {
				t.Fatalf("seed %d: one answer counts %v", seed, grown)
			}
			if d.Finished {
				finished = true
				break
			}
		}
		if !finished {
			t.Fatalf("seed %d: not finished after %d turns", seed, plan.Turns())
		}
		if offered > 3 {
			t.Fatalf("seed %d: %d ideas are offered", seed, offered)
		}
		for _, topic := range g.Topics {
			if c := s.Coverage[topic.ID]; c.FollowUps > topic.FollowUps {
				t.Fatalf("seed %d: %d follow-ups where %d are allowed", seed, c.FollowUps, topic.FollowUps)
			}
		}
	}
}

// taken is the time that the participant has taken so far, as it counts.
func taken(s facilitation.State) (total time.Duration) {
	for _, c := range s.Coverage {
		total += time.Duration(c.Seconds) * time.Second
	}
	return total
}

func TestWhoIsAwayLosesNoTime(t *testing.T) {
	plan := facilitation.NewPlan(threeTopics(), "en")
	s := facilitation.State{Facilitation: appliance.Facilitation{Phase: appliance.PhaseTopics, Topic: "t1"}, Took: 72 * time.Hour}
	d := plan.Decide(s, facilitation.Assessment{Depth: 2}, facilitation.Guided)
	if d.Move != appliance.MoveAsk || d.Changed[0].Seconds != int(appliance.MaxAnswerTime.Seconds()) {
		t.Errorf("after three days away: %s, %d seconds count", d.Move, d.Changed[0].Seconds)
	}
}
