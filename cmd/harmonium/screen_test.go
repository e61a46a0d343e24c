//go:build ollama

package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/gorilla/websocket"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/facilitation"
)

// takenOver is how long a turn of the facilitator may take: after a minute rules have taken over, whatever the model
// does. The rest is for storing it on a machine that has much else to do.
const takenOver = 70 * time.Second

// soon is how long nobody waits without a word or the offer to go on by rules, on a machine that does nothing else: five
// seconds, and a moment for the offer to arrive.
const soon = 5500 * time.Millisecond

// screen is what the page of one participant shows: it listens to the socket of the conversation, and asks for the
// whole only when a socket opens, as the page does.
type screen struct {
	*box
	name         string
	token        string
	conversation string

	conn     *websocket.Conn
	turns    map[int]appliance.Turn // as the page was told of them
	finished bool
	speaking int    // number of the turn that is being spoken
	text     string // what is shown of it
	broken   []part // what was shown and is no turn
	asked    time.Time
	noticed  bool          // a word or the offer came since then
	notice   time.Duration // the longest wait for that
	wait     time.Duration // the longest wait for a turn
	late     int           // turns of which neither a word nor the offer came soon
}

// part is what was shown of a turn before it was taken back or the socket closed.
type part struct {
	seq  int
	text string
	lost bool // the socket closed: more of it may have been said, and another move chosen afterwards
}

// frame is what a frame of the socket or the answer to GET /conversation has.
type frame struct {
	Type    string
	State   string
	Owed    bool
	TurnSeq *int `json:"turn_seq"`
	Offset  int
	Text    string
	Offer   bool
	Waiting *struct{ Offer bool }
	Turn    *shownTurn
	Turns   []shownTurn
}

type shownTurn struct {
	Seq     int
	Role    appliance.TurnRole
	Content string
	MadeBy  string `json:"made_by"`
}

// open opens the socket, and reads the whole when everything after it is sure to arrive.
func (s *screen) open() error {
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.base, "http")+"/conversation/live", nil)
	if err != nil {
		return err
	}
	conn.SetReadDeadline(time.Now().Add(patient))
	var hello, whole frame
	if err = conn.WriteJSON(map[string]string{"token": s.token}); err == nil {
		err = conn.ReadJSON(&hello)
	}
	if err != nil || hello.Type != "hello" {
		conn.Close()
		return fmt.Errorf("the first frame is of type %q: %w", hello.Type, err)
	}
	s.conn = conn
	if hello.TurnSeq != nil {
		s.speaking, s.text = *hello.TurnSeq, hello.Text
		s.notices(hello.Text != "" || hello.Waiting != nil && hello.Waiting.Offer)
	}
	if status := s.call(s.token, "GET", "/conversation", nil, &whole); status != http.StatusOK {
		return fmt.Errorf("the conversation was answered with %d", status)
	}
	for _, t := range whole.Turns {
		s.stand(t)
	}
	s.finished = s.finished || whole.State == string(appliance.ConversationFinished)
	return nil
}

// close lets go of the socket; what was being spoken is never heard to its end.
func (s *screen) close() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	s.breakOff(true)
}

func (s *screen) breakOff(lost bool) {
	if s.text != "" {
		s.broken = append(s.broken, part{s.speaking, s.text, lost})
	}
	s.text = ""
}

// notices notes that the participant sees that something happens.
func (s *screen) notices(is bool) {
	if !is || s.noticed {
		return
	}
	s.noticed = true
	waited := time.Since(s.asked)
	s.notice = max(s.notice, waited)
	if waited > soon {
		s.late++
	}
}

// stand puts a stored turn in the place of what was spoken of it, which is the same.
func (s *screen) stand(t shownTurn) {
	if _, known := s.turns[t.Seq]; known {
		return
	}
	s.turns[t.Seq] = appliance.Turn{Seq: t.Seq, Role: t.Role, Content: t.Content}
	if t.Role != appliance.FromFacilitator {
		return
	}
	s.notices(true)
	if s.text != "" && s.speaking == t.Seq && s.text != t.Content {
		s.t.Errorf("%s: turn %d was shown as %q and is stored as %q", s.name, t.Seq, s.text, t.Content)
	}
	s.text = ""
}

// hear takes the next frame.
func (s *screen) hear(f frame) {
	switch appliance.EventType(f.Type) {
	case appliance.EventTurnDelta:
		if _, known := s.turns[*f.TurnSeq]; known {
			return
		}
		if s.speaking != *f.TurnSeq {
			s.breakOff(true)
			s.speaking = *f.TurnSeq
		}
		before := utf16.Encode([]rune(s.text))
		if f.Offset > len(before) {
			s.t.Errorf("%s: of turn %d a piece is missing before %d", s.name, s.speaking, f.Offset)
			return
		}
		if f.Offset+len(utf16.Encode([]rune(f.Text))) > len(before) {
			s.text = string(utf16.Decode(before[:f.Offset])) + f.Text
		}
		s.notices(true)
	case appliance.EventTurnReset:
		s.breakOff(false)
	case appliance.EventTurnWaiting:
		s.notices(f.Offer)
	case appliance.EventTurnCreated:
		if f.Turn.MadeBy != "" && f.Turn.MadeBy != appliance.MadeByRules && f.Turn.Role == appliance.FromFacilitator &&
			(s.text == "" || s.speaking != f.Turn.Seq) && s.turns[f.Turn.Seq].Content == "" {
			s.t.Errorf("%s: turn %d is a model's and was not shown while it was spoken", s.name, f.Turn.Seq)
		}
		s.stand(*f.Turn)
		s.finished = s.finished || f.State == string(appliance.ConversationFinished)
	}
}

// next waits for a turn of the facilitator after turn said; false when none came in time.
func (s *screen) next(said int, within time.Duration) bool {
	s.asked, s.noticed = time.Now(), false
	end := s.asked.Add(within)
	for !s.answered(said) {
		if time.Now().After(end) {
			s.t.Errorf("%s: no answer came for %v", s.name, within)
			return false
		}
		if s.conn == nil {
			if s.open() != nil {
				s.close()
				<-time.After(20 * time.Millisecond)
			}
			continue
		}
		s.conn.SetReadDeadline(end)
		_, data, err := s.conn.ReadMessage()
		var f frame
		if err == nil {
			err = json.Unmarshal(data, &f)
		}
		if err != nil {
			s.close()
			continue
		}
		s.hear(f)
	}
	s.wait = max(s.wait, time.Since(s.asked))
	return true
}

func (s *screen) answered(said int) bool {
	for seq, t := range s.turns {
		if seq > said && t.Role == appliance.FromFacilitator {
			return true
		}
	}
	return s.finished
}

// interviewTo takes one person through a whole interview, and gives what their page has shown.
func (b *box) interviewTo(number int) *screen {
	b.t.Helper()
	var joined struct {
		Token          string
		ConversationID string `json:"conversation_id"`
	}
	s := &screen{box: b, name: fmt.Sprintf("interview %d", number), turns: make(map[int]appliance.Turn)}
	in := joining{Language: "en", Consent: true, Answers: map[string]any{}, key: fmt.Sprintf("join-%d", number)}
	if status := b.call("", "POST", "/join/"+b.session, in, &joined); status != http.StatusCreated {
		b.t.Errorf("%s: the join was answered with %d", s.name, status)
		return s
	}
	s.token, s.conversation = joined.Token, joined.ConversationID
	defer s.close()
	said, refused := -1, 0
	for turn := 0; turn < 60; turn++ {
		if !s.next(said, b.promised()) || s.finished {
			return s
		}
		if b.thinking > 0 {
			<-time.After(rand.N(b.thinking))
		}
		message := map[string]any{"content": answers[(number+turn)%len(answers)], "key": fmt.Sprintf("key-%d", turn)}
		var stored shownTurn
		switch status := b.call(s.token, "POST", "/conversation/turns", message, &stored); status {
		case http.StatusCreated, http.StatusOK:
			said = stored.Seq
		case http.StatusConflict:
			refused++
			s.close()
			if b.waitFor("the conversation can be read anew", func() bool { return s.open() == nil }); s.finished {
				return s
			}
		default:
			b.t.Errorf("%s: a message was answered with %d", s.name, status)
			return s
		}
	}
	b.t.Errorf("%s does not end: %d turns, %d messages refused", s.name, len(s.turns), refused)
	return s
}

// promised is how long people wait for a turn at most; where the server is killed it has to come back as well.
func (b *box) promised() time.Duration {
	if b.thinking > 0 {
		return patient
	}
	return takenOver
}

// brokenOnScreen gives the rules that a part of a turn breaks although it is no whole: those that no further words
// could have mended. before are the stored turns before it, like the turn that was stored in its place.
func brokenOnScreen(plan *facilitation.Plan, before []appliance.Turn, like appliance.Turn, p part) (broken []facilitation.Broken) {
	var turns []appliance.Turn
	for _, t := range before {
		t.Maker = appliance.Maker{By: appliance.MadeByRules} // those are not asked about
		turns = append(turns, t)
	}
	check := func(text string, rules ...facilitation.Broken) {
		t := appliance.Turn{Seq: p.seq, Role: appliance.FromFacilitator, Content: text, TopicID: like.TopicID, Move: like.Move,
			Maker: appliance.Maker{By: "a model"}}
		if t.Move != appliance.MoveProbe {
			t.Move = appliance.MoveAsk
		}
		for _, rule := range plan.CheckTurns(append(slices.Clone(turns), t))[p.seq] {
			if slices.Contains(rules, rule) && !slices.Contains(broken, rule) {
				broken = append(broken, rule)
			}
		}
	}
	text := strings.TrimSpace(p.text)
	if strings.Contains(text, "?") {
		// The mark comes with the end of a question that has passed: after it only a closing socket keeps a turn away.
		if !p.lost {
			return []facilitation.Broken{facilitation.BrokenMark}
		}
		check(text, facilitation.BrokenMark, facilitation.BrokenRepeated, facilitation.BrokenOptions)
	}
	balanced := text
	if strings.Count(text, `"`)%2 != 0 {
		balanced += `"`
	}
	if (strings.Count(text, "“")+strings.Count(text, "”")+strings.Count(text, "„"))%2 != 0 {
		balanced += "”"
	}
	check(balanced, facilitation.BrokenPraise, facilitation.BrokenMarkup)
	// The last word may not be whole.
	check(text[:max(0, strings.LastIndexByte(text, ' '))], facilitation.BrokenLong, facilitation.BrokenEcho)
	if !p.lost && like.Move == appliance.MoveProbe {
		check(text+" what?", facilitation.BrokenClosed) // an open question, if it has not begun as a closed one
	}
	spans := extract.Sentences(p.text)
	for i, at := range spans {
		if sentence := at.In(p.text); i < len(spans)-1 || at.End < len(p.text) && strings.ContainsAny(sentence[len(sentence)-1:], ".!?") {
			check(sentence, facilitation.BrokenLanguage)
		}
	}
	return broken
}

// checkScreens goes through what people were shown and what is stored. The server has ended. Nothing of a model breaks
// a rule of questions, what was taken back no more than what stands, and what was shown last is what is stored. It
// gives how many turns of the facilitator models and rules have made.
func (b *box) checkScreens(screens []*screen) (byModel, byRules int) {
	b.t.Helper()
	ctx, store := b.t.Context(), b.openStore()
	parts, late := 0, 0
	var notice, wait time.Duration
	for _, s := range screens {
		c, err := store.Conversation(ctx, appliance.ConversationID(s.conversation))
		if err != nil {
			b.t.Fatal(err)
		}
		guide, err := store.Guide(ctx, c.SessionID, c.GuideVersion)
		if err != nil {
			b.t.Fatal(err)
		}
		turns, err := store.Turns(ctx, c.ID)
		if err != nil {
			b.t.Fatal(err)
		}
		plan := facilitation.NewPlan(guide.Guide, c.Language)
		for seq, broken := range plan.CheckTurns(turns) {
			b.t.Errorf("%s: turn %d breaks %v", s.name, seq, broken)
		}
		for _, turn := range turns {
			if shown, known := s.turns[turn.Seq]; turn.Role == appliance.FromFacilitator && (!known || shown.Content != turn.Content) {
				b.t.Errorf("%s: turn %d was last shown as %q and is stored as %q", s.name, turn.Seq, shown.Content, turn.Content)
			}
			switch {
			case turn.Role != appliance.FromFacilitator:
			case turn.Maker.Model():
				byModel++
			default:
				byRules++
			}
		}
		for _, p := range s.broken {
			if p.seq >= len(turns) {
				b.t.Errorf("%s: a part of turn %d was shown and nothing was stored in its place", s.name, p.seq)
				continue
			}
			if broken := brokenOnScreen(plan, turns[:p.seq], turns[p.seq], p); len(broken) > 0 {
				b.t.Errorf("%s: what was shown of turn %d, %q, breaks %v", s.name, p.seq, p.text, broken)
			}
		}
		parts, late = parts+len(s.broken), late+s.late
		notice, wait = max(notice, s.notice), max(wait, s.wait)
	}
	b.t.Logf("shown and not kept: %d parts of turns; waited at most %v for a word or the offer (%d times more than %v) and %v for a turn",
		parts, notice.Round(time.Millisecond), late, soon, wait.Round(time.Millisecond))
	return byModel, byRules
}

// The control: what breaks a rule on a screen is found, and what could still have become a good question is not.
func TestOllamaWhatBreaksARuleOnAScreenIsFound(t *testing.T) {
	plan := facilitation.NewPlan(appliance.Guide{Opening: "Welcome.", Closing: "Thank you.", Topics: []appliance.Topic{
		{ID: "top_1", Title: "Handover", Question: "What gets lost between two shifts?", FollowUps: 2},
	}}, appliance.English)
	probe := appliance.Turn{Seq: 0, Role: appliance.FromFacilitator, TopicID: "top_1", Move: appliance.MoveProbe}
	for text, want := range map[string]facilitation.Broken{
		"You said that it was late":        "",
		`You said "it was`:                 "",
		"You said that it was late. How d": "",
		"That is wonderful":                facilitation.BrokenPraise,
		"Was it late and":                  facilitation.BrokenClosed,
		"You said ** it was":               facilitation.BrokenMarkup,
		"Die Pumpe war nicht in der Liste und das ist ein Problem. How": facilitation.BrokenLanguage,
		strings.Repeat("and then it was late ", 9):                      facilitation.BrokenLong,
		"You said that it was late. How did it begin?":                  facilitation.BrokenMark,
	} {
		var found facilitation.Broken
		if list := brokenOnScreen(plan, nil, probe, part{text: text}); len(list) > 0 {
			found = list[0]
		}
		if found != want {
			t.Errorf("%q breaks %q, want %q", text, found, want)
		}
	}
}
