package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/guide"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/testkit"
	"harmonium/appliance/webhook"
)

var by = store.By{Actor: store.ActorCommandLine}

const words = "the papers of the night shift get lost"

// heard is a message as a program receives it.
type heard struct {
	header http.Header
	body   string
}

// office is a box with a program that listens to it, and answers with answer.
type office struct {
	t      *testing.T
	store  *store.Store
	clock  *testkit.Clock
	sender *webhook.Sender
	log    *strings.Builder
	hook   appliance.Webhook
	url    string
	heard  []heard
	answer func(w http.ResponseWriter, r *http.Request)
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, clock: testkit.NewClock(), log: &strings.Builder{}}
	o.store = testkit.Store(t, o.clock.Now)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.heard = append(o.heard, heard{r.Header, string(body)})
		if o.answer != nil {
			o.answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	o.url = server.URL
	o.sender = o.newSender(strings.TrimPrefix(server.URL, "http://"))
	o.hook = o.make(server.URL+"/told", appliance.EventSessionOpened, appliance.EventSessionClosed, appliance.EventConversationFinished)
	return o
}

func (o *office) newSender(allowed ...string) *webhook.Sender {
	return webhook.New(webhook.Options{Store: o.store, Client: egress.New(egress.Options{}).Client(), Clock: o.clock.Now, Version: "test",
		Log: slog.New(slog.NewTextHandler(o.log, nil)),
		Allowed: func() (list []netip.AddrPort) {
			for _, a := range allowed {
				list = append(list, netip.MustParseAddrPort(a))
			}
			return list
		}})
}

func (o *office) make(url string, events ...appliance.EventType) appliance.Webhook {
	o.t.Helper()
	w, err := o.store.CreateWebhook(o.t.Context(), by, store.Once{}, appliance.Webhook{URL: url, Events: events, Secret: webhook.Secret(), Enabled: true})
	if err != nil {
		o.t.Fatal(err)
	}
	return w
}

// open opens a session.
func (o *office) open() appliance.Session {
	o.t.Helper()
	brief := appliance.Brief{Topic: words, Goal: words}
	s, err := o.store.CreateSession(o.t.Context(), by, store.Once{}, appliance.Session{Brief: brief, Status: appliance.SessionOpen,
		Language: appliance.English, ResultsVisibility: appliance.ResultsHost},
		appliance.GuideVersion{Guide: guide.Draft(brief, appliance.English), Brief: brief, Maker: appliance.Maker{By: appliance.MadeByRules}, Reason: "drafted"}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// tell tells all that is due.
func (o *office) tell() {
	o.t.Helper()
	for {
		wait, err := o.sender.Next(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if wait > 0 {
			return
		}
	}
}

// last is the newest delivery.
func (o *office) last() appliance.Delivery {
	o.t.Helper()
	list, _, err := o.store.Deliveries(o.t.Context(), o.hook.ID, store.Page{Limit: 1})
	if err != nil || len(list) == 0 {
		o.t.Fatalf("%d deliveries, %v", len(list), err)
	}
	return list[0]
}

func TestAnEventIsToldSignedAndWithoutContent(t *testing.T) {
	o := newOffice(t)
	s := o.open()
	o.tell()
	if len(o.heard) != 1 {
		t.Fatalf("%d messages", len(o.heard))
	}
	m := o.heard[0]
	mac := hmac.New(sha256.New, []byte(o.hook.Secret))
	io.WriteString(mac, m.header.Get("Harmonium-Timestamp")+"."+m.body)
	if got := m.header.Get("Harmonium-Signature"); got != "v1="+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %s", got)
	}
	var told map[string]string
	if err := json.Unmarshal([]byte(m.body), &told); err != nil {
		t.Fatal(err)
	}
	if told["event"] != "session.opened" || told["session_id"] != string(s.ID) || told["id"] != string(o.last().ID) || told["at"] == "" || len(told) != 4 {
		t.Errorf("told %s", m.body)
	}
	if strings.Contains(m.body, "night shift") {
		t.Error("the message holds content")
	}
	if d := o.last(); d.State != appliance.DeliveryDelivered || d.Status != 200 || d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
}

// listenForMeetings has the program told when meetings are ready, and of nothing else.
func (o *office) listenForMeetings() {
	o.t.Helper()
	listen := func(w *appliance.Webhook) error {
		w.Events = []appliance.EventType{appliance.EventMeetingReady}
		return nil
	}
	if _, err := o.store.UpdateWebhook(o.t.Context(), by, o.hook.ID, listen); err != nil {
		o.t.Fatal(err)
	}
}

// work does all that is to be drawn by rules.
func (o *office) work() {
	o.t.Helper()
	made := synthesis.New(synthesis.Options{Store: o.store, Hub: live.NewHub(o.clock.Now), Clock: o.clock.Now,
		Says: func(appliance.Language, string) bool { return true }})
	for {
		j, ok, err := o.store.TakeJob(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if !ok {
			return
		}
		if j.Kind == appliance.JobDigest {
			err = made.Digest(o.t.Context(), j, nil)
		}
		if err != nil {
			o.t.Fatal(err)
		}
		if err := o.store.EndJob(o.t.Context(), j.ID, appliance.JobDone, ""); err != nil {
			o.t.Fatal(err)
		}
	}
}

// events gives which events were told of.
func (o *office) events() (list []string) {
	for _, m := range o.heard {
		list = append(list, m.header.Get("Harmonium-Event"))
	}
	return list
}

// ready gives what a program that waits for meetings is told of one with such words, at once and when everything is drawn.
func (o *office) ready(text string) (id appliance.ConversationID, atOnce, drawn int) {
	o.t.Helper()
	s := o.open()
	var err error
	id, err = o.store.AddTranscript(o.t.Context(), by, s.ID, appliance.Transcript{Title: words,
		Utterances: []appliance.Utterance{{Speaker: "Ada", Text: text}, {Speaker: "Grace", Text: "I will order new papers by Friday."}}}, store.Once{})
	if err != nil {
		o.t.Fatal(err)
	}
	o.tell()
	atOnce = len(o.heard)
	o.work()
	o.tell()
	return id, atOnce, len(o.heard)
}

func TestAMeetingIsReadyOnceWhenItsOutputsAreThere(t *testing.T) {
	o := newOffice(t)
	o.listenForMeetings()
	id, atOnce, drawn := o.ready(words)
	if atOnce != 0 || drawn != 1 {
		t.Fatalf("told %d times before anything was drawn from it, %d times after", atOnce, drawn)
	}
	m, err := o.store.MeetingMaterial(t.Context(), id)
	if err != nil || len(m.Claims) == 0 {
		t.Errorf("it was told before the claims were there: %d, %v", len(m.Claims), err)
	}
	body := o.heard[0].body
	if o.events()[0] != "meeting.ready" || !strings.Contains(body, string(id)) {
		t.Errorf("told %s", body)
	}
	for _, content := range []string{"night shift", "papers", "Ada", "Grace"} {
		if strings.Contains(body, content) {
			t.Errorf("the message holds %q", content)
		}
	}
	turns, err := o.store.Turns(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.EditTurn(t.Context(), by, id, turns[0].ID, "The papers of the day shift get lost."); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(time.Hour)
	o.work()
	o.tell()
	if len(o.heard) != 1 {
		t.Errorf("after a correction it is told again: %v", o.events())
	}
}

func TestAMeetingThatMustNotBeSharedIsToldToNobody(t *testing.T) {
	o := newOffice(t)
	o.listenForMeetings()
	if _, _, drawn := o.ready("This is off the record."); drawn != 0 {
		t.Errorf("told %v", o.events())
	}
}

// Of a meeting of which nothing may be put together there are no outputs to wait for: its transcript is what is ready.
func TestAMeetingThatMustNotBeReadIsReadyWithoutOutputs(t *testing.T) {
	o := newOffice(t)
	o.listenForMeetings()
	s := o.open()
	id, err := o.store.AddTranscript(t.Context(), by, s.ID, appliance.Transcript{Title: words,
		Utterances: []appliance.Utterance{{Speaker: "Ada", Text: words}}}, store.Once{})
	if err != nil {
		t.Fatal(err)
	}
	forbid := appliance.NoSynthesis
	if _, err := o.store.Restrict(t.Context(), by, id, appliance.RestrictionChange{Set: &forbid}, store.Once{}); err != nil {
		t.Fatal(err)
	}
	o.work()
	o.tell()
	if len(o.heard) != 1 {
		t.Errorf("told %v", o.events())
	}
}

func TestOnlyWhatWasAskedForIsTold(t *testing.T) {
	o := newOffice(t)
	other := o.make(o.url+"/other", appliance.EventReportReady)
	off := o.make(o.url+"/off", appliance.EventSessionOpened)
	if _, err := o.store.UpdateWebhook(t.Context(), by, off.ID, func(w *appliance.Webhook) error { w.Enabled = false; return nil }); err != nil {
		t.Fatal(err)
	}
	s := o.open()
	if _, err := o.store.MoveSession(t.Context(), by, s.ID, appliance.SessionClosed); err != nil {
		t.Fatal(err)
	}
	o.tell()
	var events []string
	for _, m := range o.heard {
		events = append(events, m.header.Get("Harmonium-Event"))
	}
	if len(events) != 2 || !strings.Contains(strings.Join(events, " "), "session.closed") {
		t.Errorf("told %v", events)
	}
	for _, id := range []appliance.WebhookID{other.ID, off.ID} {
		if _, n, err := o.store.Deliveries(t.Context(), id, store.Page{Limit: 1}); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", id, n, err)
		}
	}
}

// The whole way of a delivery that fails: again after ever longer pauses, until it is given up.
func TestWhatFailsIsTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	o := newOffice(t)
	o.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	o.open()
	began := o.clock.Now()
	for range 40 {
		o.tell()
		if o.last().State != appliance.DeliveryWaiting {
			break
		}
		o.clock.Advance(o.last().NextAt.Sub(o.clock.Now()))
	}
	d := o.last()
	if took := o.clock.Now().Sub(began); d.State != appliance.DeliveryFailed || d.Status != 500 || d.Problem != "status" || d.Attempts != 11 ||
		took < 46*time.Hour || took > 49*time.Hour {
		t.Errorf("%+v after %s", d, took)
	}
	if len(o.heard) != 11 || o.heard[0].body != o.heard[10].body {
		t.Errorf("%d messages, not all the same", len(o.heard))
	}
}

// A receiver that is gone does not leave ever more behind: what waited behind other deliveries is given up too.
func TestWhatWaitedTooLongIsGivenUp(t *testing.T) {
	o := newOffice(t)
	o.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
	for range 3 {
		o.open()
	}
	waiting := func() (n int) {
		list, _, err := o.store.Deliveries(o.t.Context(), o.hook.ID, store.Page{Limit: 10})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d deliveries, %v", len(list), err)
		}
		for _, d := range list {
			if d.State == appliance.DeliveryWaiting {
				n++
			}
		}
		return n
	}
	for range 5 * 24 {
		o.tell()
		o.clock.Advance(time.Hour)
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d still wait after five days", n)
	}
}

func TestWhatWaitsGoesOutInTheEndAndAfterAStartAnew(t *testing.T) {
	o := newOffice(t)
	o.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	o.open()
	o.open() // waits as long as the first: it would fail in the same way
	o.tell()
	if len(o.heard) != 1 {
		t.Errorf("%d messages before the first pause", len(o.heard))
	}
	o.answer = nil
	o.sender = o.newSender(strings.TrimPrefix(o.url, "http://")) // knows nothing of what was before
	o.clock.Advance(time.Minute)
	o.tell()
	if len(o.heard) != 3 || o.last().State != appliance.DeliveryDelivered {
		t.Errorf("%d messages, %+v", len(o.heard), o.last())
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	o := newOffice(t)
	o.answer = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}
	o.open()
	o.tell()
	if d := o.last(); len(o.heard) != 1 || d.Problem != "redirect" || d.State != appliance.DeliveryWaiting {
		t.Errorf("%d messages, %+v", len(o.heard), d)
	}
}

// What is not allowed any more is not reached any more, though it was when the webhook was made.
func TestAnAddressIsReachedOnlyWhileItIsAllowed(t *testing.T) {
	o := newOffice(t)
	o.sender = o.newSender()
	o.open()
	o.tell()
	if d := o.last(); len(o.heard) != 0 || d.Problem != "not_allowed" {
		t.Errorf("%d messages, %+v", len(o.heard), d)
	}
}

func TestAddresses(t *testing.T) {
	o := newOffice(t)
	s := o.newSender("192.168.1.20:8000", "10.0.0.1:80", "203.0.113.7:80", "[fd00::1]:443", "127.0.0.1:9000")
	for _, good := range []string{"http://192.168.1.20:8000/a?b=c", "http://10.0.0.1", "https://[fd00::1]/", "http://127.0.0.1:9000", "http://[::ffff:10.0.0.1]/"} {
		if _, err := s.Address(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                                "no address",
		"ftp://192.168.1.20:8000":         "no address",
		"http://ada:pw@192.168.1.20:8000": "no address",
		"http://192.168.1.20:8000/#x":     "no address",
		"http://192.168.1.20:8000/\n":     "no address",
		"http://printer.local:8000":       "by number",
		"http://2130706433/":              "by number",
		"http://192.168.1.20:99999/":      "",
		"http://192.168.1.20:8001":        "harmonium out add",
		"http://192.168.1.20":             "harmonium out add",
		"http://127.0.0.1:11434":          "harmonium out add",
		"http://203.0.113.7/":             "not in a local network",
		"http://0.0.0.0:80":               "not in a local network",
		"http://192.168.1.20:8000/" + strings.Repeat("x", 600): "no address",
	} {
		if _, err := s.Address(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", bad, err, want)
		}
	}
}

func TestTheTestButtonTellsWhatCameOfIt(t *testing.T) {
	o := newOffice(t)
	d, err := o.sender.Test(t.Context(), by, o.hook.ID)
	if err != nil || d.State != appliance.DeliveryDelivered || d.Status != 200 || o.heard[0].header.Get("Harmonium-Event") != "test" {
		t.Errorf("%+v, %v", d, err)
	}
	o.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }
	if d, err = o.sender.Test(t.Context(), by, o.hook.ID); err != nil || d.State != appliance.DeliveryFailed || d.Status != 404 {
		t.Errorf("%+v, %v", d, err)
	}
	o.clock.Advance(time.Hour)
	o.tell()
	if len(o.heard) != 2 {
		t.Error("a test is told again")
	}
}

// What is told as soon as it happens, without anybody asking, while the sender runs.
func TestTheSenderIsWokenByAnEvent(t *testing.T) {
	o := newOffice(t)
	told := make(chan string, 1)
	o.answer = func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get("Harmonium-Event") }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { o.sender.Run(ctx); close(ended) }()
	o.open()
	if event := <-told; event != "session.opened" {
		t.Errorf("told %s", event)
	}
	cancel()
	<-ended
}

// A listener that takes connections and never answers holds up no other webhook, and itself gets one message at a time.
func TestAWebhookThatNeverAnswersHoldsUpNobody(t *testing.T) {
	o := newOffice(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	connected := make(chan net.Conn, 100)
	go func() {
		defer close(connected)
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			connected <- c
		}
	}()
	o.sender = o.newSender(strings.TrimPrefix(o.url, "http://"), silent.Addr().String())
	slow := o.make("http://"+silent.Addr().String()+"/", appliance.EventSessionOpened)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { o.sender.Run(ctx); close(ended) }()
	deliveries := func(id appliance.WebhookID, in appliance.DeliveryState) (n int) {
		list, _, err := o.store.Deliveries(t.Context(), id, store.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if d.State == in {
				n++
			}
		}
		return n
	}
	o.open()
	<-connected // somebody takes the first message, and says nothing
	for range 3 {
		o.clock.Advance(time.Second)
		o.open()
	}
	for deliveries(o.hook.ID, appliance.DeliveryDelivered) < 4 {
		runtime.Gosched()
	}
	if n := deliveries(slow.ID, appliance.DeliveryWaiting); n != 4 {
		t.Errorf("%d of 4 wait for who never answers", n)
	}
	if n := len(connected); n != 0 {
		t.Errorf("%d messages more were begun to who has not answered the first", n)
	}
	cancel()
	<-ended
}

// Each webhook is told in the order of the events, also while the first of them fails and later ones come.
func TestEachWebhookIsToldInOrder(t *testing.T) {
	o := newOffice(t)
	o.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	var want []string
	for range 3 {
		want = append(want, string(o.open().ID))
		o.tell()
		o.clock.Advance(time.Second)
	}
	if len(o.heard) != 1 {
		t.Errorf("%d messages while the first has failed", len(o.heard))
	}
	o.answer, o.heard = nil, nil
	o.clock.Advance(time.Minute)
	o.tell()
	var got []string
	for _, m := range o.heard {
		var told webhook.Message
		if err := json.Unmarshal([]byte(m.body), &told); err != nil {
			t.Fatal(err)
		}
		got = append(got, string(told.SessionID))
	}
	if !slices.Equal(got, want) {
		t.Errorf("told of %v, want %v", got, want)
	}
}

func TestTheLogIsForgottenAfterAMonth(t *testing.T) {
	o := newOffice(t)
	o.open()
	o.tell()
	o.clock.Advance(31 * 24 * time.Hour)
	if err := o.sender.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, n, err := o.store.Deliveries(t.Context(), o.hook.ID, store.Page{Limit: 1}); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if strings.Contains(o.log.String(), "night shift") {
		t.Error("the log holds content")
	}
}
