package guide_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/guide"
)

// everyTemplate calls check with every template of the box in every language in which it is written.
func everyTemplate(t *testing.T, check func(*testing.T, appliance.Template)) {
	t.Helper()
	for _, lang := range appliance.Languages() {
		for _, tpl := range guide.Templates(lang) {
			if tpl.Language == lang {
				t.Run(string(tpl.ID)+"/"+string(lang), func(t *testing.T) { check(t, tpl) })
			}
		}
	}
}

func TestTheBoxBringsSixteenTemplatesInEnglishAndGerman(t *testing.T) {
	for _, lang := range []appliance.Language{appliance.English, appliance.German} {
		n := 0
		for _, tpl := range guide.Templates(lang) {
			if tpl.Language == lang {
				n++
			}
		}
		if n < 16 {
			t.Errorf("%d templates are written in %s", n, lang)
		}
	}
}

func TestEveryTemplateIsWholeAndValid(t *testing.T) {
	everyTemplate(t, func(t *testing.T, tpl appliance.Template) {
		if err := tpl.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := tpl.Brief.Validate(); err != nil {
			t.Errorf("no session can be made of its brief: %v", err)
		}
		for what, text := range map[string]string{"description": tpl.Description, "words on its use": tpl.UseWhen, "icon": tpl.Icon,
			"purpose": string(tpl.Purpose), "critical": tpl.Brief.Critical, "context": tpl.Brief.Context, "notes": tpl.Notes} {
			if text == "" {
				t.Errorf("it has no %s", what)
			}
		}
		if len(tpl.Insights) == 0 || len(tpl.Guide.Topics) < 4 {
			t.Errorf("it has %d insight questions and %d topics", len(tpl.Insights), len(tpl.Guide.Topics))
		}
		if m := tpl.Guide.Minutes(); m < 5 || m > 15 {
			t.Errorf("it takes %d minutes", m)
		}
		if !strings.Contains(tpl.Guide.Opening, "{topic}") {
			t.Error("its opening does not name the topic of the session")
		}
		g, ok := guide.GuideFrom(tpl.TemplateContent, appliance.Brief{Topic: "Quiet “rooms”?"})
		if !ok || g.Validate() != nil || strings.Contains(g.Opening, "{topic}") {
			t.Errorf("no guide of it can be used: %v, %v", ok, g.Validate())
		}
	})
}

// Every question of a template is one that a model may ask, by the same rules by which a model's own are taken back.
func TestEveryQuestionOfATemplateKeepsTheRulesOfQuestions(t *testing.T) {
	everyTemplate(t, func(t *testing.T, tpl appliance.Template) {
		seen := map[string]bool{}
		check := func(q string, move appliance.Move) {
			if broken := facilitation.CheckQuestion(facilitation.Utterance{Text: q, Language: tpl.Language, Move: move, Must: q}); len(broken) > 0 {
				t.Errorf("%q breaks %v", q, broken)
			}
			if n := appliance.Words(q); n > 25 {
				t.Errorf("%q has %d words", q, n)
			}
			if seen[q] {
				t.Errorf("%q is asked twice", q)
			}
			seen[q] = true
		}
		for _, topic := range tpl.Guide.Topics {
			check(topic.Question, appliance.MoveProbe) // the stricter rules: not to be answered by yes or no
			for _, p := range topic.Probes {
				check(p, appliance.MoveProbe)
			}
			if topic.FollowUps > len(topic.Probes) {
				t.Errorf("%q allows %d follow-ups and has %d", topic.Title, topic.FollowUps, len(topic.Probes))
			}
		}
	})
}

// The languages of a template differ in words alone.
func TestATemplateIsTheSameInAllLanguages(t *testing.T) {
	shape := func(c appliance.TemplateContent) string {
		var out strings.Builder
		fmt.Fprintln(&out, c.Icon, c.Purpose, strings.Count(c.Brief.Critical, "\n"), strings.Count(c.Brief.Context, "\n"))
		for _, topic := range c.Guide.Topics {
			fmt.Fprintln(&out, len(topic.Probes), topic.FollowUps, topic.Minutes)
		}
		for _, q := range c.Form {
			fmt.Fprintln(&out, q.Type, q.Required, len(q.Options))
		}
		for _, n := range c.Insights {
			fmt.Fprintln(&out, n.Kind, len(n.Options))
		}
		return out.String()
	}
	everyTemplate(t, func(t *testing.T, tpl appliance.Template) {
		english, _ := guide.Template(tpl.ID, appliance.English)
		if diff := cmp.Diff(shape(english.TemplateContent), shape(tpl.TemplateContent)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATemplateFileIsReadBackAsItWasWritten(t *testing.T) {
	everyTemplate(t, func(t *testing.T, tpl appliance.Template) {
		data, err := guide.WriteTemplate(tpl.TemplateContent)
		if err != nil {
			t.Fatal(err)
		}
		back, err := guide.ReadTemplate(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tpl.TemplateContent, back); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATemplateFileThatCannotBeReadIsRefusedInWords(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":           "",
		"half of it":        `{"format":"harmonium-template","ver`,
		"something else":    `{"format":"recipe","version":1}`,
		"a later version":   `{"format":"harmonium-template","version":99,"title":"x"}`,
		"an unknown field":  `{"format":"harmonium-template","version":1,"language":"en","title":"x","spell":"y"}`,
		"two of them":       `{"format":"harmonium-template","version":1,"language":"en","title":"x"}{}`,
		"no UTF-8":          "{\"format\":\"harmonium-template\",\"version\":1,\"title\":\"\xff\"}",
		"a wrong type":      `{"format":"harmonium-template","version":1,"language":"en","title":["x"]}`,
		"too much":          strings.Repeat(" ", guide.MaxTemplateFile+1),
		"hidden characters": `{"format":"harmonium-template","version":1,"language":"en","title":"a\u202eb"}`,
		"no title":          `{"format":"harmonium-template","version":1,"language":"en"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := guide.ReadTemplate([]byte(data))
			if code := appliance.CodeOf(err); code != appliance.CodeUnprocessable && code != appliance.CodeValidation {
				t.Errorf("error %v", err)
			}
		})
	}
}

func FuzzReadTemplate(f *testing.F) {
	for _, tpl := range guide.Templates(appliance.English)[:3] {
		data, err := guide.WriteTemplate(tpl.TemplateContent)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"format":"harmonium-template","version":1,"language":"en","title":"x","template_type":"chain","chain_config":{"steps":[{"id":"a"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := guide.ReadTemplate(data)
		if err != nil {
			return
		}
		out, err := guide.WriteTemplate(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := guide.ReadTemplate(out)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		a, _ := json.Marshal(c)
		b, _ := json.Marshal(back)
		if string(a) != string(b) {
			t.Error("what was read reads differently the second time")
		}
	})
}
