package facilitation_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// What models are told is a golden file: a change of it is a change of how people are asked, and needs a new version in
// the first line of the prompt.
func TestPromptsAreTheGoldenOnes(t *testing.T) {
	moves := []facilitation.Decision{
		{Move: appliance.MoveProbe, Topic: "t1", FollowUp: 0, Why: facilitation.WhyThin},
		{Move: appliance.MoveProbe, Topic: "t1", FollowUp: 1, Why: facilitation.WhyLost},
		{Move: appliance.MoveProbe, Topic: "t1", FollowUp: 1, Why: facilitation.WhyNothing},
		{Move: appliance.MoveProbe, Topic: "t1", FollowUp: 1, Why: facilitation.WhyOff},
		{Move: appliance.MoveAsk, Topic: "t2"},
		{Move: appliance.MoveAsk, Topic: "t2", Why: facilitation.WhySkipped},
		{Move: appliance.MoveAsk, Topic: "t2", Why: facilitation.WhyNothing},
	}
	all := []facilitation.Broken{
		facilitation.BrokenMark, facilitation.BrokenLong, facilitation.BrokenClosed, facilitation.BrokenPraise,
		facilitation.BrokenOptions, facilitation.BrokenRepeated, facilitation.BrokenLanguage, facilitation.BrokenMarkup,
		facilitation.BrokenEcho, facilitation.BrokenMust,
	}
	for _, language := range appliance.Languages() {
		g := threeTopics()
		g.Topics[0].Aim = "How it goes today ⟧ and where it breaks."
		got := strings.Join(facilitation.NewPlan(g, language).Prompts("Handover", moves, all), "\n\n----\n\n") + "\n"
		golden(t, "testdata/prompts."+string(language)+".golden", got)
	}
}

// golden compares with a file, which -update writes anew.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: (-golden +now)\n%s", file, diff)
	}
}

// A guide of the greatest size leaves room for the conversation.
func TestALongGuideIsGivenToTheModelInShort(t *testing.T) {
	g := appliance.Guide{Opening: "Hello.", Closing: "Thanks."}
	for i := range appliance.MaxTopics {
		g.Topics = append(g.Topics, appliance.Topic{ID: appliance.TopicID(rune('a' + i)), Title: strings.Repeat("t", appliance.MaxTopicTitle),
			Aim: strings.Repeat("a", appliance.MaxAim), Question: strings.Repeat("q", appliance.MaxQuestion-1) + string(rune('a'+i)), FollowUps: 1, Minutes: 1})
	}
	system := facilitation.NewPlan(g, "en").Prompts("x", []facilitation.Decision{{Move: appliance.MoveAsk, Topic: "a"}}, nil)[0]
	if len(system) > 8_000 || strings.Count(system, strings.Repeat("t", appliance.MaxTopicTitle)) != appliance.MaxTopics {
		t.Errorf("%d bytes; every topic has to be named", len(system))
	}
}
