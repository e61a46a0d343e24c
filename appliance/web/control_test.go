package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/web"
)

// pickGuide asks one question by each control.
func pickGuide() appliance.Guide {
	topic := func(id appliance.TopicID, question string, c appliance.Control) appliance.Topic {
		return appliance.Topic{ID: id, Title: question, Question: question, Minutes: 1, Control: &c}
	}
	return appliance.Guide{Opening: "Hello.", Closing: "Thank you.", Topics: []appliance.Topic{
		topic("tpc_a", "How often does it happen?", appliance.Control{Type: appliance.ControlSingle, Options: []string{"Daily", "Weekly", "Stop the project"}}),
		topic("tpc_b", "Which shifts do you know?", appliance.Control{Type: appliance.ControlMultiple, Options: []string{"Early", "Late", "Night"}}),
		topic("tpc_c", "How well does it work?", appliance.Control{Type: appliance.ControlRating, Scale: 5, Low: "badly", High: "well"}),
		topic("tpc_d", "What matters most?", appliance.Control{Type: appliance.ControlRanking, Options: []string{"Pay", "Hours", "Respect"}}),
	}}
}

func (d *desk) openPicks() appliance.Session {
	d.t.Helper()
	s := d.open()
	_, err := d.store.SaveGuide(d.t.Context(), byTest, store.Once{}, appliance.GuideVersion{SessionID: s.ID, Guide: pickGuide(),
		Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "made"}, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// pick answers the newest question by its control.
func (d *desk) pick(who, key string, a web.Answer) web.Turn {
	d.t.Helper()
	c := d.await(who)
	a.TurnID = c.Turns[len(c.Turns)-1].ID
	var turn web.Turn
	d.get(who, "POST", "/api/v1/conversation/turns", map[string]any{"answer": a, "key": key}, 201, &turn)
	return turn
}

func TestAnswersByControlsAreStoredWithTheirWords(t *testing.T) {
	d := newDesk(t)
	s := d.openPicks()
	d.joinAs("ada", s, "")
	first := d.await("ada").Turns[0]
	if first.Control.Value == nil || first.Control.Value.Type != appliance.ControlSingle || len(first.Control.Value.Options) != 3 {
		t.Fatalf("the first question comes with %+v", first.Control.Value)
	}
	// An option that reads like a wish to stop ends nothing.
	for i, a := range []web.Answer{{Chosen: []int{2}}, {Chosen: []int{0, 2}}, {Rating: 4}, {Chosen: []int{2, 0, 1}}} {
		turn := d.pick("ada", "k"+string(rune('0'+i)), a)
		want := []string{"Stop the project", "Early; Night", "4 / 5", "1. Respect\n2. Pay\n3. Hours"}[i]
		if turn.Content != want || turn.Answer.Value == nil || !cmp.Equal(turn.Answer.Value.Chosen, a.Chosen) || turn.Answer.Value.Rating != a.Rating {
			t.Errorf("answer %d is stored as %q with %+v", i, turn.Content, turn.Answer.Value)
		}
	}
	c := d.await("ada")
	if last := c.Turns[len(c.Turns)-1]; last.Move != appliance.MoveMissed || last.Control.Value != nil {
		t.Errorf("after the last topic comes %q", last.Move)
	}
}

func TestAnAnswerByAControlIsCheckedAndLocked(t *testing.T) {
	d := newDesk(t)
	s := d.openPicks()
	d.joinAs("ada", s, "")
	d.joinAs("ben", s, "")
	asked, bens := d.await("ada").Turns[0].ID, d.await("ben").Turns[0].ID
	post := func(name string, status int, body map[string]any, want ...string) apiCase {
		return apiCase{name: name, as: "ada", method: "POST", path: "/api/v1/conversation/turns", body: body, status: status, want: want}
	}
	d.run(
		post("another's question", 400, map[string]any{"key": "a", "answer": web.Answer{TurnID: bens, Chosen: []int{0}}}),
		post("an option that is not there", 400, map[string]any{"key": "a", "answer": web.Answer{TurnID: asked, Chosen: []int{3}}}, `"field":"answer.chosen"`),
		post("nothing", 400, map[string]any{"key": "a", "answer": web.Answer{TurnID: asked}}, `"field":"answer.chosen"`),
		post("words beside it", 400, map[string]any{"key": "a", "content": "x", "answer": web.Answer{TurnID: asked, Chosen: []int{0}}}, `"field":"content"`),
		post("an answer", 201, map[string]any{"key": "a", "answer": web.Answer{TurnID: asked, Chosen: []int{1}}}, `"content":"Weekly"`),
		post("sent again", 200, map[string]any{"key": "a", "answer": web.Answer{TurnID: asked, Chosen: []int{1}}}, `"content":"Weekly"`),
		post("another under the same key", 409, map[string]any{"key": "a", "answer": web.Answer{TurnID: asked, Chosen: []int{0}}}, "kept"),
		post("a second answer", 422, map[string]any{"key": "b", "answer": web.Answer{TurnID: asked, Chosen: []int{0}}}, "answered already", "kept"),
	)
	// Words that say more than an option are own words, and those of an answered question are not a second answer.
	c := d.await("ada")
	if turn := d.say("ada", "Late, because nobody else does it."); turn.Answer.Value != nil {
		t.Error("own words were taken for an answer by the control")
	}
	if c = d.await("ada"); c.Turns[len(c.Turns)-1].Control.Value == nil {
		t.Error("the next question has lost its control")
	}
	if turn := d.say("ada", "4/5"); turn.Answer.Value == nil || turn.Answer.Value.Rating != 4 || turn.Content != "4/5" {
		t.Errorf("a rating in words is stored with %+v", turn.Answer.Value)
	}
	if log := d.log.String(); strings.Contains(log, "Weekly") {
		t.Error("the log holds what was answered")
	}
}

func TestAClientOfTheChatSeesAndAnswersControls(t *testing.T) {
	d := newDesk(t)
	d.key("client", d.person("owner", appliance.RoleOwner), time.Time{}, appliance.ScopeAll)
	s := d.openPicks()
	path := "/api/v1/sessions/" + string(s.ID)
	var answer web.ChatAnswer
	d.get("client", "POST", path+"/chat/questions", map[string]any{"participant_id": "bot"}, 200, &answer)
	for i, said := range []string{"2", "early, night", "4", "Respect > Pay > Hours"} {
		want := []string{"SingleSelect", "MultiSelect", "RatingScale", "RankingList"}[i]
		if answer.Message.WidgetSpec == nil || answer.Message.WidgetSpec.Root.Type != want {
			t.Fatalf("question %d comes with %+v, want %s", i, answer.Message.WidgetSpec, want)
		}
		answer = web.ChatAnswer{}
		d.get("client", "POST", path+"/chat", map[string]any{"participant_id": "bot", "content": said}, 200, &answer)
	}
	if answer.Message.WidgetSpec != nil {
		t.Error("a question without a control comes with one")
	}
	d.run(apiCase{as: "client", method: "GET", path: path + "/responses", status: 200, want: []string{
		`"type":"RatingScale"`, `"min":1`, `"max":5`, `"min_label":"badly"`, `"label":"Weekly"`, `"value":"2"`,
		`"answer":{"turn_id":"trn_`, `"chosen":[0,2]`, `"rating":4`, `"chosen":[2,0,1]`}})
}

func TestAGuideWithAControlThatCannotBeIsRefusedAtItsPlace(t *testing.T) {
	d := newDesk(t)
	owner := d.person("owner", appliance.RoleOwner)
	d.as["owner"] = d.cookie(owner)
	s := d.openPicks()
	put := func(c map[string]any) map[string]any {
		return map[string]any{"base_version": 2, "guide": map[string]any{"opening": "Hello.", "closing": "Bye.", "topics": []map[string]any{
			{"id": "tpc_a", "title": "A", "aim": "", "question": "How often?", "probes": []string{}, "follow_ups": 0, "minutes": 1, "control": c}}}}
	}
	path := "/api/v1/sessions/" + string(s.ID) + "/guide"
	d.run(
		apiCase{name: "one option", as: "owner", method: "PUT", path: path, body: put(map[string]any{"type": "single", "options": []string{"a"}}),
			status: 400, want: []string{`"field":"guide.topics[0].control.options"`}},
		apiCase{name: "an option twice", as: "owner", method: "PUT", path: path, body: put(map[string]any{"type": "ranking", "options": []string{"a", "A"}}),
			status: 400, want: []string{`"field":"guide.topics[0].control.options[1]"`}},
		apiCase{name: "a type that is none", as: "owner", method: "PUT", path: path, body: put(map[string]any{"type": "slider"}), status: 400},
		apiCase{name: "a rating", as: "owner", method: "PUT", path: path, body: put(map[string]any{"type": "rating", "scale": 7, "high": "very"}),
			status: 200, want: []string{`"control":{"type":"rating","scale":7,"high":"very"}`}},
		apiCase{name: "the earlier one restored", as: "owner", method: "POST", path: path + "/versions/2/restore", status: 200, want: []string{`"Stop the project"`}},
		apiCase{name: "rendered", as: "owner", method: "GET", path: "/api/v1/sessions/" + string(s.ID), status: 200,
			want: []string{`one choice: Daily; Weekly; Stop the project`, `rating, 1–5 (badly – well)`}},
	)
}

// Counts are those of the conversations that count, and what was said in own words is told apart.
func TestAnswersByControlsAreTallied(t *testing.T) {
	d := newDesk(t)
	d.key("client", d.person("owner", appliance.RoleOwner), time.Time{}, appliance.ScopeAll)
	s := d.openPicks()
	for _, person := range []struct {
		name string
		said []string
	}{
		{"ada", []string{"1", "1, 2", "4", "1 2 3"}},
		{"ben", []string{"1", "1", "5", "1 3 2"}},
		{"cem", []string{"2", "3", "1", "2 1 3"}},
		{"dora", []string{"On quiet days it is rare.", "Early ones and late ones.", "Since the new sheet it works.", "Time with patients is most to me."}},
		{"out", []string{"3", "3", "1", "3 2 1"}},
	} {
		d.joinAs(person.name, s, "")
		for _, said := range person.said {
			d.await(person.name)
			d.say(person.name, said)
		}
		if c := d.await(person.name); person.name == "out" {
			if err := d.store.SetIncluded(t.Context(), byTest, c.ConversationID, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got web.Tallies
	d.get("client", "GET", "/api/v1/sessions/"+string(s.ID)+"/tallies", nil, 200, &got)
	if len(got.Data) != 4 {
		t.Fatalf("%d tallies, want 4", len(got.Data))
	}
	for i, want := range [][]web.OptionTally{
		{{Count: 2}, {Count: 1}, {}},
		{{Count: 2}, {Count: 1}, {Count: 1}},
		{{Count: 1}, {}, {}, {Count: 1}, {Count: 1}},
		{{Count: 3, First: 2, Place: 4.0 / 3}, {Count: 3, First: 1, Place: 2}, {Count: 3, Place: 8.0 / 3}},
	} {
		if tally := got.Data[i]; !cmp.Equal(tally.Options, want) || tally.Asked != 4 || tally.Answered != 3 {
			t.Errorf("tally %d: %d of %d answered, %+v, want %+v", i, tally.Answered, tally.Asked, tally.Options, want)
		}
	}
	if r := got.Data[2]; r.Median != 4 || r.Mean < 3.33 || r.Mean > 3.34 {
		t.Errorf("the rating has mean %v and median %v", r.Mean, r.Median)
	}
	d.run(apiCase{as: "client", method: "POST", path: "/api/v1/sessions/" + string(s.ID) + "/summary", status: 200, want: []string{
		`## Answers by choice`, `| Daily | 2 |`, `Mean 3.3, median 4.`, `| Pay | 1.3 | 2 |`, `3 of 4 answered by choice.`},
		forbid: []string{`"4"`}})
}
