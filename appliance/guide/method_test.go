package guide_test

import (
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/guide"
)

const circle = `---
id: listening-circle
title: Listening circle
version: 1.2.0
status: draft
summary: Everybody is heard before anybody answers.
license: CC-BY-4.0
attribution: "After many."
runtime:
  reference: harmonica
  artifact: single
roles:
  - { slug: participant, label: Participant }
stages:
  - { id: arriving, title: Arriving, output: presence }
  - { id: telling, title: Telling }
tags: [small, "slow"]
---

# Listening circle

A circle for groups that have stopped listening.

> **Status.** A draft.

## Stage: arriving
**Goal:** have everybody in the room.

Begin slowly. Possible questions:

- What do you bring with you from your day?
- Do you feel well?
- "How did you get here?"

**Output:** presence.

## Stage: telling
**Goal:** hear one story of each.

Let them tell.

## Notes for later
What is not of a stage is no stage?
`

func TestAMethodOfOneSessionBecomesAGuideWithATopicForEachStage(t *testing.T) {
	c, err := guide.ReadMethod([]byte(circle), "", "https://registry.example")
	if err != nil {
		t.Fatal(err)
	}
	first, second := c.Guide.Topics[0], c.Guide.Topics[1]
	switch {
	case c.Title != "Listening circle" || c.Language != appliance.English || c.Type == appliance.TemplateChain || len(c.Guide.Topics) != 2:
		t.Errorf("read as %q in %s with %d topics", c.Title, c.Language, len(c.Guide.Topics))
	case first.Title != "Arriving" || first.Aim != "have everybody in the room.":
		t.Errorf("the first topic is %q: %q", first.Title, first.Aim)
	case first.Question != "What do you bring with you from your day?" || len(first.Probes) != 1 || first.Probes[0] != "How did you get here?":
		t.Errorf("asked are %q, then %q", first.Question, first.Probes)
	case !strings.Contains(second.Question, "“Telling”") || len(second.Probes) == 0:
		t.Errorf("without a question of its own, %q is asked", second.Question)
	case !strings.Contains(c.Prompt, "Begin slowly.") || strings.Contains(c.Prompt, "no stage"):
		t.Error("the model is told something else than the stages")
	case !strings.Contains(c.Notes, "stopped listening"):
		t.Errorf("the notes are %q", c.Notes)
	}
	if p := c.Provenance; p.SpecID != "listening-circle" || p.SpecVersion != "1.2.0" || p.Registry != "https://registry.example" ||
		len(p.SHA256) != 64 || p.License != "CC-BY-4.0" || p.Attribution != "After many." {
		t.Errorf("it comes from %+v", p)
	}
	windows, err := guide.ReadMethod([]byte(strings.ReplaceAll(circle, "\n", "\r\n")), appliance.German, "")
	if err != nil || windows.Language != appliance.German || windows.Provenance.SHA256 == c.Provenance.SHA256 {
		t.Errorf("with other line ends: %v, %s", err, windows.Language)
	}
}

func TestAMethodOfSeveralSessionsBecomesAChain(t *testing.T) {
	text := strings.NewReplacer("artifact: single", "artifact: chain",
		"title: Arriving, output", "title: Arriving, roles: [participant], context_mode: none, completion: all_submitted, output",
		"title: Telling }", "title: Telling, roles: participant, context_mode: all_summaries, completion: {type: quorum, count: 5} }").Replace(circle)
	c, err := guide.ReadMethod([]byte(text), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Type != appliance.TemplateChain || len(c.Chain.Steps) != 2 || len(c.Guide.Topics) != 0 {
		t.Fatalf("read as %s", c.Type)
	}
	first, second := c.Chain.Steps[0], c.Chain.Steps[1]
	if first.ID != "arriving" || first.ContextMode != appliance.ContextNone || first.CompletionCriteria.Type != "all_submitted" ||
		first.Roles[0] != (appliance.ChainRole{Slug: "participant", Label: "Participant"}) || !strings.Contains(first.FacilitationPrompt, "Begin slowly") {
		t.Errorf("the first step is %+v", first)
	}
	if second.CompletionCriteria.Count != 5 || len(second.Roles) != 1 || second.ContextMode != appliance.ContextAllSummaries {
		t.Errorf("the second step is %+v", second)
	}
}

func TestAMethodThatCannotBeReadIsRefusedInWords(t *testing.T) {
	bomb := "---\na: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nid: x\ntitle: y\n---\n## Stage: s\n"
	for name, text := range map[string]string{
		"no head":                  "# Circle\n\n## Stage: one\nDo.\n",
		"a head without an end":    "---\nid: x\ntitle: y\n## Stage: one\n",
		"a head that is no YAML":   "---\n{{{\n---\n## Stage: one\n",
		"references":               bomb,
		"no id":                    strings.Replace(circle, "id: listening-circle", "id: ''", 1),
		"no stages":                "---\nid: x\ntitle: y\n---\nNothing.\n",
		"a stage that is missing":  strings.Replace(circle, "## Stage: telling", "## Something", 1),
		"stages in another order":  strings.NewReplacer("## Stage: arriving", "## Stage: telling", "## Stage: telling", "## Stage: arriving").Replace(circle),
		"stages that are no list":  "---\nid: x\ntitle: y\nstages: 7\n---\n## Stage: s\n",
		"hidden characters":        strings.Replace(circle, "title: Listening circle", "title: \"Listening \\u202E circle\"", 1),
		"an unknown way to end":    strings.NewReplacer("artifact: single", "artifact: chain", "title: Telling }", "title: Telling, completion: whenever }").Replace(circle),
		"no UTF-8":                 circle + "\xff",
		"very long":                circle + strings.Repeat("x", guide.MaxTemplateFile),
		"a head of very many":      "---\nid: x\ntitle: y\ntags: [" + strings.Repeat("a,", 3000) + "a]\n---\n## Stage: s\n",
		"a head that is very deep": "---\nid: x\ntitle: y\ntags: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\n---\n## Stage: s\n",
		"more stages than topics":  "---\nid: x\ntitle: y\n---\n" + strings.Repeat("## Stage: s\nDo.\n", appliance.MaxTopics+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := guide.ReadMethod([]byte(text), "", "")
			if code := appliance.CodeOf(err); code != appliance.CodeUnprocessable && code != appliance.CodeValidation {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Whatever comes is refused in words or becomes a template that can be stored, written and used.
func FuzzReadMethod(f *testing.F) {
	f.Add([]byte(circle))
	f.Add([]byte(strings.Replace(circle, "artifact: single", "artifact: chain", 1)))
	f.Add([]byte("---\nid: a\ntitle: b\n---\n## Stage: c\n"))
	f.Add([]byte("---\nid: a\ntitle: b\nstages: [{id: c, completion: {type: timer, duration_seconds: 5}}]\nruntime: {artifact: chain}\n---\n## Stage: c\n**Goal:** d?\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := guide.ReadMethod(data, "", "")
		if err != nil {
			if code := appliance.CodeOf(err); code != appliance.CodeUnprocessable && code != appliance.CodeValidation {
				t.Fatalf("error %v", err)
			}
			return
		}
		out, err := guide.WriteTemplate(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := guide.ReadTemplate(out); err != nil && len(out) <= guide.MaxTemplateFile {
			t.Fatalf("it cannot be read back: %v", err)
		}
		if g, ok := guide.GuideFrom(c, appliance.Brief{Topic: "x"}); ok && g.Validate() != nil {
			t.Fatalf("its guide cannot be used: %v", g.Validate())
		}
	})
}
