package facilitation_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"harmonium/appliance"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/testkit"
)

// pace is the time for each word in these tests.
const pace = 30 * time.Millisecond

// house is an engine over a real store with one open session.
type house struct {
	*testing.T
	store   *store.Store
	hub     *live.Hub
	engine  *facilitation.Engine
	session appliance.Session
}

// inHouse runs fn in a bubble in which time passes only while everybody waits.
func inHouse(t *testing.T, g appliance.Guide, fn func(h *house)) {
	t.Helper()
	dir := testkit.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: appliance.SystemClock, BallastBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, store: s, hub: live.NewHub(appliance.SystemClock)}
		h.engine = facilitation.New(facilitation.Options{Store: s, Hub: h.hub, Clock: appliance.SystemClock, Pace: pace})
		h.session, err = s.CreateSession(t.Context(), store.By{Actor: store.ActorCommandLine}, store.Once{}, appliance.Session{
			Brief: appliance.Brief{Topic: "Handover", Goal: "Learn what gets lost"}, Status: appliance.SessionOpen,
			Language: appliance.English, ResultsVisibility: appliance.ResultsHost,
		}, appliance.GuideVersion{Guide: g, Maker: appliance.Maker{By: appliance.MadeByHand}, Reason: "made"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		fn(h)
		h.engine.Close(t.Context())
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// pass lets time pass in the bubble.
func pass(d time.Duration) { <-time.After(d) }

func (h *house) join(language appliance.Language) store.Seat {
	h.Helper()
	j, err := h.store.Join(h.Context(), store.Joining{Participant: appliance.Participant{
		SessionID: h.session.ID, Language: language, Origin: appliance.OriginLink}})
	if err != nil {
		h.Fatal(err)
	}
	return j.Seat
}

// answer waits for the facilitator's turn after turn number seq.
func (h *house) answer(seat store.Seat, seq int) appliance.Turn {
	h.Helper()
	turn, err := h.engine.Answer(h.Context(), seat.ConversationID, seq)
	if err != nil {
		h.Fatal(err)
	}
	return turn
}

func (h *house) say(seat store.Seat, content, key string) appliance.Turn {
	h.Helper()
	turn, _, err := h.engine.Say(h.Context(), seat, content, key)
	if err != nil {
		h.Fatal(err)
	}
	return turn
}

func (h *house) turns(seat store.Seat) []appliance.Turn {
	h.Helper()
	turns, err := h.store.Turns(h.Context(), seat.ConversationID)
	if err != nil {
		h.Fatal(err)
	}
	return turns
}

func (h *house) finished(seat store.Seat) bool {
	h.Helper()
	c, err := h.store.Conversation(h.Context(), seat.ConversationID)
	if err != nil {
		h.Fatal(err)
	}
	return c.State == appliance.ConversationFinished
}

// restart ends the engine as a crash would, without storing what it was about to say, and begins a new one.
func (h *house) restart() {
	h.Helper()
	if err := h.engine.Close(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.engine = facilitation.New(facilitation.Options{Store: h.store, Hub: h.hub, Clock: appliance.SystemClock, Pace: pace})
	if err := h.engine.Resume(h.Context()); err != nil {
		h.Fatal(err)
	}
}

// checkTranscript proves that a transcript holds what was said, each once and in order, and no two turns of the
// facilitator in a row.
func checkTranscript(t testing.TB, turns []appliance.Turn, said []string) {
	t.Helper()
	var heard []string
	for i, turn := range turns {
		if turn.Seq != i {
			t.Errorf("turn %d has number %d", i, turn.Seq)
		}
		if turn.Role == appliance.FromParticipant {
			heard = append(heard, turn.Content)
		} else if i > 0 && turns[i-1].Role == appliance.FromFacilitator {
			t.Errorf("turns %d and %d are both the facilitator's", i-1, i)
		}
		for _, p := range turn.Points {
			if !strings.Contains(turn.Content, p.Quote.Text) || p.Quote.Text == "" {
				t.Errorf("turn %d does not show its point", i)
			}
		}
	}
	if strings.Join(heard, "|") != strings.Join(said, "|") {
		t.Errorf("stored %d messages, sent %d, or in another order", len(heard), len(said))
	}
}

var answers = map[appliance.Language][]string{
	"en": {"The night shift starts without notes because the printer fails every week.", "yes", "I don't know", "skip",
		"What do you mean?", "Too few people.", "👍", "Last week we lost a list, because nobody wrote it down, and it took an hour to find."},
	"de": {"Die Nachtschicht beginnt ohne Notizen, weil der Drucker jede Woche ausfällt.", "ja", "Keine Ahnung", "weiter",
		"Wie bitte?", "Zu wenig Leute.", "👍", "Letzte Woche ging eine Liste verloren, weil niemand sie aufgeschrieben hatte, und die Suche dauerte eine Stunde."},
	"fr": {"L'équipe de nuit commence sans notes parce que l'imprimante tombe en panne chaque semaine.", "oui", "Je ne sais pas", "passer",
		"Que voulez-vous dire ?", "Trop peu de monde.", "👍", "La semaine dernière une liste s'est perdue, parce que personne ne l'avait notée, et la recherche a duré une heure."},
	"es": {"El turno de noche empieza sin notas porque la impresora falla cada semana.", "sí", "No lo sé", "siguiente",
		"¿Qué quiere decir?", "Muy poca gente.", "👍", "La semana pasada se perdió una lista, porque nadie la había apuntado, y buscarla llevó una hora."},
	"uk": {"Нічна зміна починає без нотаток, бо принтер ламається щотижня.", "так", "Не знаю", "далі",
		"Що Ви маєте на увазі?", "Замало людей.", "👍", "Минулого тижня загубився список, бо ніхто його не записав, і шукали його цілу годину."},
	"ar": {"تبدأ مناوبة الليل بلا ملاحظات لأن الطابعة تتعطل كل أسبوع.", "نعم", "لا أعرف", "التالي",
		"ماذا تقصد؟", "عدد قليل جدا من الناس.", "👍", "في الأسبوع الماضي ضاعت قائمة لأن أحدا لم يكتبها واستغرق البحث عنها ساعة."},
}

func TestWholeInterviewsEndWithinTheGuide(t *testing.T) {
	for _, language := range appliance.Languages() {
		inHouse(t, threeTopics(), func(h *house) {
			limit := facilitation.NewPlan(threeTopics(), language).Turns()
			for n := range 20 {
				r := rand.New(rand.NewPCG(uint64(n), 7))
				seat := h.join(language)
				turn := h.answer(seat, -1)
				var said []string
				replies := 1
				for ; turn.Move != appliance.MoveClose && replies <= limit; replies++ {
					said = append(said, answers[language][r.IntN(len(answers[language]))])
					turn = h.answer(seat, h.say(seat, said[len(said)-1], fmt.Sprint("k", replies)).Seq)
				}
				if replies > limit || !h.finished(seat) {
					h.Errorf("%s %d: finished %v after %d turns of the facilitator, at most %d are allowed", language, n, h.finished(seat), replies, limit)
				}
				checkTranscript(h, h.turns(seat), said)
				if !strings.HasSuffix(turn.Content, "You can close this page.") {
					h.Errorf("the last turn is not the closing of the guide")
				}
				for _, turn := range h.turns(seat) {
					if turn.Role == appliance.FromFacilitator && turn.Maker != (appliance.Maker{By: "rules", PromptVersion: facilitation.PromptVersion}) {
						h.Errorf("turn %d is said to be made by %+v", turn.Seq, turn.Maker)
					}
				}
			}
			if n := h.engine.Talking(); n != 0 {
				h.Errorf("%d conversations cost a goroutine although nothing is owed", n)
			}
		})
	}
}

// screen is what a browser makes of the events of one conversation.
type screen struct {
	sub    *live.Subscription
	spoken map[int]string // by number of the turn
	whole  []appliance.Turn
	resets int
	types  []appliance.EventType
	wg     sync.WaitGroup
}

func (h *house) watch(seat store.Seat) *screen {
	sc := &screen{sub: h.hub.Subscribe(live.ConversationTopic(seat.SessionID, seat.ConversationID)), spoken: map[int]string{}}
	sc.wg.Go(func() {
		for e := range sc.sub.C {
			sc.types = append(sc.types, e.Type)
			switch e.Type {
			case appliance.EventTurnDelta:
				if have := len(utf16.Encode([]rune(sc.spoken[e.TurnSeq]))); e.Offset != have {
					h.Errorf("a piece begins at %d, %d units were spoken", e.Offset, have)
				}
				sc.spoken[e.TurnSeq] += e.Text
			case appliance.EventTurnReset:
				sc.resets++
				delete(sc.spoken, e.TurnSeq)
			case appliance.EventTurnCreated:
				if e.Turn.Role == appliance.FromFacilitator && sc.spoken[e.Turn.Seq] != e.Turn.Content {
					h.Errorf("spoken and stored differ in turn %d", e.Turn.Seq)
				}
				delete(sc.spoken, e.Turn.Seq)
				sc.whole = append(sc.whole, *e.Turn)
			}
		}
	})
	return sc
}

func (sc *screen) close() *screen {
	sc.sub.Close()
	sc.wg.Wait()
	return sc
}

func TestATurnIsSpokenWordByWordAndThenStored(t *testing.T) {
	g := threeTopics()
	g.Opening = "Grüße 👋🏽 an alle, die 𝔥𝔢𝔲𝔱𝔢 hier sind."
	inHouse(t, g, func(h *house) {
		seat := h.join("en")
		one, two := h.watch(seat), h.watch(seat)
		began := time.Now()
		h.engine.Wake(seat.ConversationID)
		pass(5 * pace)
		synctest.Wait()
		seq, text, ok := h.engine.Speaking(seat.ConversationID)
		if !ok || seq != 0 || text == "" || !strings.HasPrefix(g.Opening, text) {
			h.Errorf("in mid-turn %d %q is spoken (%v)", seq, text, ok)
		}
		if n := len(h.turns(seat)); n != 0 {
			h.Errorf("%d turns are stored before the words are spoken", n)
		}
		turn := h.answer(seat, -1)
		if took, words := time.Since(began), len(strings.Fields(turn.Content)); took < time.Duration(words)*pace || took > time.Duration(words+3)*pace {
			h.Errorf("%d words took %v", words, took)
		}
		if _, text, ok := h.engine.Speaking(seat.ConversationID); ok {
			h.Errorf("%q is spoken after the turn was stored", text)
		}
		synctest.Wait()
		for _, sc := range []*screen{one.close(), two.close()} {
			if len(sc.whole) != 1 || len(sc.spoken) != 0 {
				h.Errorf("a screen shows %d turns and %d unfinished ones", len(sc.whole), len(sc.spoken))
			}
		}
	})
}

func TestNobodyListeningNobodyWaits(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		began := time.Now()
		h.answer(seat, -1)
		if took := time.Since(began); took != 0 {
			h.Errorf("it took %v", took)
		}
		// Who goes away in mid-turn does not keep it from being stored.
		sc := h.watch(seat)
		seq := h.say(seat, "Too few people.", "").Seq
		pass(3 * pace)
		sc.close()
		began = time.Now()
		h.answer(seat, seq)
		if took := time.Since(began); took > 4*pace {
			h.Errorf("after the last listener had gone it took %v", took)
		}
	})
}

func TestSayingMoreTakesBackWhatIsBeingSpoken(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		h.answer(seat, -1)
		sc := h.watch(seat)
		h.say(seat, "yes", "1")
		pass(4 * pace)
		h.say(seat, "Because the printer fails every single week on our ward.", "2")
		pass(4 * pace)
		last := h.say(seat, "That is all I have.", "3")
		turn := h.answer(seat, last.Seq)
		synctest.Wait()
		sc.close()
		if turn.Seq != 4 || turn.Move != appliance.MoveAsk || turn.TopicID != "t2" {
			h.Errorf("turn %d is %q about %q; all that was said should count as one answer", turn.Seq, turn.Move, turn.TopicID)
		}
		if sc.resets != 2 || len(sc.spoken) != 0 {
			h.Errorf("%d times taken back, want 2; %d left unfinished", sc.resets, len(sc.spoken))
		}
		checkTranscript(h, h.turns(seat), []string{"yes", "Because the printer fails every single week on our ward.", "That is all I have."})
	})
}

func TestSendingTwiceIsAnsweredOnce(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		h.answer(seat, -1)
		first, created, err := h.engine.Say(h.Context(), seat, "Too few people.", "k")
		if err != nil || !created {
			h.Fatal(created, err)
		}
		again, created, err := h.engine.Say(h.Context(), seat, "Too few people.", "k")
		if err != nil || created || again.ID != first.ID {
			h.Errorf("again: created %v, error %v", created, err)
		}
		h.answer(seat, first.Seq)
		synctest.Wait()
		if n := len(h.turns(seat)); n != 3 {
			h.Errorf("%d turns, want 3", n)
		}
	})
}

func TestAnEngineThatDiesAtAnyMomentLosesAndDoublesNothing(t *testing.T) {
	for after := range 16 {
		inHouse(t, threeTopics(), func(h *house) {
			seat := h.join("en")
			sc := h.watch(seat)
			var said []string
			h.engine.Wake(seat.ConversationID)
			for step := range 60 {
				pass(time.Duration(after+1) * 17 * time.Millisecond)
				if step%3 == 2 {
					h.restart()
				}
				turns := h.turns(seat)
				if n := len(turns); n == 0 || turns[n-1].Role == appliance.FromParticipant {
					continue
				}
				if h.finished(seat) {
					break
				}
				said = append(said, answers["en"][len(said)%len(answers["en"])])
				h.say(seat, said[len(said)-1], fmt.Sprint(len(said)))
			}
			// The last one may still be owed: time goes on without further deaths.
			last := -1
			for _, turn := range h.turns(seat) {
				if turn.Role == appliance.FromParticipant {
					last = turn.Seq
				}
			}
			h.answer(seat, last)
			synctest.Wait()
			sc.close()
			checkTranscript(h, h.turns(seat), said)
			if len(sc.whole) != len(h.turns(seat)) {
				h.Errorf("%d of %d turns were published", len(sc.whole), len(h.turns(seat)))
			}
		})
	}
}

func TestEverythingOwedIsTakenUpAfterARestart(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		h.engine.Close(h.Context())
		var seats []store.Seat
		for range 60 {
			seat := h.join("en")
			h.engine.Wake(seat.ConversationID) // a dead engine does not mind
			seats = append(seats, seat)
		}
		h.restart()
		synctest.Wait()
		for _, seat := range seats {
			if n := len(h.turns(seat)); n != 1 {
				h.Fatalf("%d turns in a conversation that was owed its opening", n)
			}
		}
	})
}

func TestFinishingEarlyInMidAnswer(t *testing.T) {
	for _, keep := range []bool{true, false} {
		t.Run(fmt.Sprint("keep ", keep), func(t *testing.T) {
			inHouse(t, threeTopics(), func(h *house) {
				seat := h.join("en")
				h.answer(seat, -1)
				sc := h.watch(seat)
				host := h.hub.Subscribe(live.SessionTopic(seat.SessionID))
				h.say(seat, "Too few people.", "1")
				pass(4 * pace)
				if _, err := h.engine.Finish(h.Context(), seat, keep); err != nil {
					h.Fatal(err)
				}
				pass(time.Second)
				synctest.Wait()
				if h.engine.Talking() != 0 {
					h.Error("the facilitator still speaks")
				}
				c, err := h.store.Conversation(h.Context(), seat.ConversationID)
				switch {
				case keep && (err != nil || c.Ended != appliance.EndedEarly || len(h.turns(seat)) != 2):
					h.Errorf("kept: ended %q with %d turns (%v)", c.Ended, len(h.turns(seat)), err)
				case !keep && appliance.CodeOf(err) != appliance.CodeNotFound:
					h.Errorf("discarded, and still there (%v)", err)
				}
				_, _, err = h.engine.Say(h.Context(), seat, "More.", "2")
				want := map[bool]appliance.Code{true: appliance.CodeConflict, false: appliance.CodeNotFound}[keep]
				if appliance.CodeOf(err) != want {
					h.Errorf("saying more gives %v, want %v", err, want)
				}
				sc.close()
				if n := len(sc.types); n == 0 || sc.types[n-1] != appliance.EventConversationFinished && sc.types[n-2] != appliance.EventConversationFinished {
					h.Errorf("the participant's screens were told %v", sc.types)
				}
				host.Close()
				told := false
				for e := range host.C {
					told = told || e.Type == appliance.EventConversationFinished || e.Type == appliance.EventSessionState
				}
				if !told {
					h.Error("the host was not told")
				}
			})
		})
	}
}

func TestASessionThatClosesInMidAnswerGoesOnWhenItOpensAgain(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		by := store.By{Actor: store.ActorCommandLine}
		seat := h.join("en")
		h.answer(seat, -1)
		sc := h.watch(seat)
		h.say(seat, "Too few people.", "1")
		pass(4 * pace)
		if _, err := h.store.MoveSession(h.Context(), by, h.session.ID, appliance.SessionClosed); err != nil {
			h.Fatal(err)
		}
		h.engine.SessionClosed(h.session.ID)
		pass(time.Second)
		synctest.Wait()
		if n := len(h.turns(seat)); n != 2 || h.engine.Talking() != 0 {
			h.Errorf("%d turns, %d talks: the facilitator spoke on", n, h.engine.Talking())
		}
		if _, err := h.store.MoveSession(h.Context(), by, h.session.ID, appliance.SessionOpen); err != nil {
			h.Fatal(err)
		}
		if err := h.engine.SessionOpened(h.Context(), h.session.ID); err != nil {
			h.Fatal(err)
		}
		if turn := h.answer(seat, 1); turn.Seq != 2 {
			h.Errorf("the answer that was owed is turn %d, want 2", turn.Seq)
		}
		synctest.Wait()
		sc.close()
		closed, opened := 0, 0
		for _, e := range sc.types {
			switch e {
			case appliance.EventSessionClosed:
				closed++
			case appliance.EventSessionOpened:
				opened++
			}
		}
		if closed != 1 || opened != 1 || sc.resets != 1 {
			h.Errorf("told of %d ends, %d beginnings, %d words taken back; want 1 of each", closed, opened, sc.resets)
		}
	})
}

func TestAnswerSaysWhenThereIsNone(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		opening := h.answer(seat, -1)
		if again := h.answer(seat, -1); again.ID != opening.ID {
			h.Error("asking again gives another opening")
		}
		_, err := h.engine.Answer(h.Context(), seat.ConversationID, opening.Seq)
		if appliance.CodeOf(err) != appliance.CodeConflict {
			h.Errorf("with nothing said: %v", err)
		}
		_, err = h.engine.Answer(h.Context(), "cnv_none", -1)
		if appliance.CodeOf(err) != appliance.CodeNotFound {
			h.Errorf("of no conversation: %v", err)
		}
		sc := h.watch(seat) // so that the answer takes time
		defer sc.close()
		seq := h.say(seat, "Too few people.", "").Seq
		short, cancel := context.WithTimeout(h.Context(), 2*pace)
		defer cancel()
		if _, err := h.engine.Answer(short, seat.ConversationID, seq); appliance.CodeOf(err) != appliance.CodeBusy || !strings.Contains(err.Error(), "kept") {
			h.Errorf("when it takes too long: %v", err)
		}
		h.answer(seat, seq)
	})
}

func TestWhatIsOnlyCollectedIsNotAnswered(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		j, err := h.store.Join(h.Context(), store.Joining{Silent: true, Participant: appliance.Participant{
			SessionID: h.session.ID, Origin: appliance.OriginAPI, ExternalID: "x"}})
		if err != nil {
			h.Fatal(err)
		}
		if _, created, err := h.engine.Note(h.Context(), j.Seat, "A thought.", ""); err != nil || !created {
			h.Fatal(created, err)
		}
		h.restart()
		synctest.Wait()
		if n := len(h.turns(j.Seat)); n != 1 {
			h.Errorf("%d turns, want the one that was said", n)
		}
	})
}

func TestMessagesThatAreNoTextAreRefusedBeforeTheyAreStored(t *testing.T) {
	inHouse(t, threeTopics(), func(h *house) {
		seat := h.join("en")
		for name, text := range map[string]string{"empty": " \n", "too long": strings.Repeat("ä", appliance.MaxMessage+1),
			"not UTF-8": "a\xff", "control": "a\x02b", "bidi override": "a\u202eb"} {
			if _, _, err := h.engine.Say(h.Context(), seat, text, ""); appliance.CodeOf(err) != appliance.CodeValidation {
				h.Errorf("%s: %v", name, appliance.CodeOf(err))
			}
		}
		if n := len(h.turns(seat)); n != 0 {
			h.Errorf("%d turns were stored", n)
		}
		if _, _, err := h.engine.Say(h.Context(), seat, strings.Repeat("ä", appliance.MaxMessage), ""); err != nil {
			h.Errorf("as long as is allowed: %v", err)
		}
	})
}

func TestWhatCannotBeStoredIsTriedAgainWithPausesAndLoggedWithoutContent(t *testing.T) {
	dir := testkit.Dir(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Clock: appliance.SystemClock, BallastBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		s.Close() // every read and write fails from here on
		var log bytes.Buffer
		e := facilitation.New(facilitation.Options{Store: s, Hub: live.NewHub(appliance.SystemClock), Clock: appliance.SystemClock,
			Log: slog.New(slog.NewTextHandler(&log, nil))})
		e.Wake("cnv_x")
		pass(time.Hour)
		synctest.Wait()
		e.Close(t.Context())
		if n := bytes.Count(log.Bytes(), []byte("\n")); n < 50 || n > 80 {
			t.Errorf("%d attempts in an hour, want about one a minute", n)
		}
		pass(time.Hour)
	})
}
