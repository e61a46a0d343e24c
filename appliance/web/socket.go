package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/websocket"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// Limits of live sockets.
const (
	maxFrame     = 64 << 10         // bytes of one message of a client
	writeWithin  = 5 * time.Second  // for one frame; a reader that is slower is let go
	tokenWithin  = 10 * time.Second // for the first frame of a participant
	pingEvery    = 25 * time.Second
	silentWithin = 60 * time.Second // without any frame, pongs included, a client counts as gone
	askEvery     = 4 * time.Second  // whether a log-in is still good: a socket ends within 5 s of it
)

// Codes with which we close sockets (RFC 6455, 7.4; 4000 and above are ours). Clients do not come back after 1008 and
// the 44xx ones.
const (
	closeGoingAway    = websocket.CloseGoingAway       // the box stops
	closePolicy       = websocket.ClosePolicyViolation // floods, frames that are none
	closeTryAgain     = websocket.CloseTryAgainLater   // did not keep up: come back and load anew
	closeUnauthorized = 4401                           // the token or the log-in is not good, or not any more
	closeForbidden    = 4403                           // the log-in is good, and may not listen any more
)

// sockets is what live sockets share.
type sockets struct {
	upgrader websocket.Upgrader
	floods   *auth.Rate // frames of clients, by socket
	crowd    *crowd
}

// newSockets makes small buffers, since most sockets are idle most of the time; those for writing are lent only while
// a frame is written. There is no compression: with it a small frame can unfold beyond every limit.
func newSockets(clock appliance.Clock, refuse func(http.ResponseWriter, *http.Request, error)) sockets {
	return sockets{
		crowd: &crowd{from: make(map[string]int)},
		upgrader: websocket.Upgrader{
			ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}, HandshakeTimeout: writeWithin,
			CheckOrigin: sameOrigin,
			Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
				refuse(w, r, notUpgraded(status, reason))
			},
		},
		floods: auth.NewRate(clock, messageBurst, messageBurst*messageEach),
	}
}

// notUpgraded says why a request became no socket, for which the upgrader would answer with status.
func notUpgraded(status int, reason error) error {
	switch {
	case status == http.StatusForbidden:
		return errOtherSite()
	case status < http.StatusInternalServerError:
		return errNoSocket()
	}
	return fmt.Errorf("open a live socket: %w", reason)
}

func errNoSocket() error {
	return appliance.Errorf(appliance.CodeValidation, "This address is for WebSockets (RFC 6455, version 13).")
}

// sameOrigin lets through pages of this box, and programs, which name no origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// socket adds a live socket. Who may open it is asked as for every operation, but for a participant's: their token
// comes as the first frame.
func (r router) socket(path, operation string, fn http.HandlerFunc) {
	r.note(http.MethodGet, path, operation)
	p, _ := auth.For(operation)
	r.chi.Get(path, func(w http.ResponseWriter, req *http.Request) {
		upgrade := websocket.IsWebSocketUpgrade(req)
		if !upgrade || p.Who != auth.Participant {
			ctx, err := r.api.allow(req, operation, func(name string) string { return chi.URLParam(req, name) })
			if err == nil && !upgrade {
				err = errNoSocket()
			}
			if err != nil {
				r.api.writeProblem(w, req, err)
				return
			}
			r.api.noteView(ctx, operation, chi.URLParam(req, "id"))
			req = req.WithContext(ctx)
		}
		fn(w, req)
	})
}

// socket is one open connection with who listens at its other end.
type socket struct {
	api     *API
	conn    *websocket.Conn
	name    string // for the flood limit
	address string // for the crowd

	// hear takes a frame of the client, nil when they are not expected; an error closes the socket.
	hear func(data []byte) error
	// check says whether the client may still listen; nil asks nothing. It is asked every askEvery, and for account at
	// once whenever its rights may have changed.
	check   func() error
	account appliance.AccountID // "" for a participant
	// watch gets further topics whose pieces are passed on without numbers; see liveSession.
	watch chan live.Topic
}

// upgrade makes a socket of a request. It answers the request itself when that cannot be.
func (a *API) upgrade(w http.ResponseWriter, r *http.Request) *socket {
	address := clientAddress(r)
	if err := a.sockets.crowd.enter(address); err != nil {
		a.writeProblem(w, r, err)
		return nil
	}
	conn, err := a.sockets.upgrader.Upgrade(hijacker{w}, r, nil)
	if err != nil {
		a.sockets.crowd.leave(address)
		return nil // the upgrader has answered
	}
	conn.SetReadLimit(maxFrame)
	return &socket{api: a, conn: conn, name: requestID(r.Context()), address: address}
}

// hijacker gives the connection of a request. The upgrader asks the outermost writer for it, and that is a wrapper.
type hijacker struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// liveConversation is the socket of a participant. The first frame is {"token": "…"}.
func (a *API) liveConversation(w http.ResponseWriter, r *http.Request) {
	s := a.upgrade(w, r)
	if s == nil {
		return
	}
	go s.guard(func() {
		seat, err := s.token()
		switch {
		case err == nil:
		case appliance.CodeOf(err) == appliance.CodeUnauthorized && a.guesses.Take(auth.AddressKey(s.address)) == 0:
			s.close(closeUnauthorized)
			return
		case errors.Is(err, errNoToken):
			s.close(closePolicy)
			return
		default:
			s.close(closeTryAgain)
			return
		}
		s.check = func() error {
			_, err := a.Store.Conversation(context.Background(), seat.ConversationID)
			return err
		}
		s.run(live.ConversationTopic(seat.SessionID, seat.ConversationID), seat.ConversationID)
	})
}

var errNoToken = errors.New("web: the first frame of a live client holds no token")

// token reads the first frame.
func (s *socket) token() (store.Seat, error) {
	var first struct {
		Token appliance.Secret `json:"token"`
	}
	s.conn.SetReadDeadline(appliance.SystemClock().Add(tokenWithin))
	s.takeControl(func() {})
	_, data, err := s.conn.ReadMessage()
	if err != nil || unmarshalJSON(data, &first) != nil {
		return store.Seat{}, errNoToken
	}
	return s.api.Store.ParticipantByToken(context.Background(), first.Token.Hash())
}

// liveSession is the socket of a host. A frame {"watch": "cnv_…"} asks for the pieces of what the facilitator says in
// that conversation too, {"watch": ""} for none.
func (a *API) liveSession(w http.ResponseWriter, r *http.Request) {
	id := appliance.SessionID(chi.URLParam(r, "id"))
	s := a.upgrade(w, r)
	if s == nil {
		return
	}
	s.watch = make(chan live.Topic, 1)
	s.hear = func(data []byte) error { return s.heardWatch(id, data) }
	r = r.WithContext(context.WithoutCancel(r.Context())) // the request ends when it becomes a socket
	s.check = func() error {
		_, err := a.allow(r, "liveSession", func(string) string { return string(id) })
		return err
	}
	s.account = callerOf(r.Context()).Account.ID
	go s.guard(func() { s.run(live.SessionTopic(id), "") })
}

// liveMe is the socket of whoever is logged in: it tells when what the account may do or see may have changed, and ends with
// the log-in.
func (a *API) liveMe(w http.ResponseWriter, r *http.Request) {
	s := a.upgrade(w, r)
	if s == nil {
		return
	}
	s.account = callerOf(r.Context()).Account.ID
	r = r.WithContext(context.WithoutCancel(r.Context())) // the request ends when it becomes a socket
	s.check = func() error {
		_, err := a.allow(r, "liveMe", func(string) string { return "" })
		return err
	}
	go s.guard(func() { s.run(live.AccountTopic(s.account), "") })
}

func (s *socket) heardWatch(session appliance.SessionID, data []byte) error {
	var frame struct {
		Watch appliance.ConversationID `json:"watch"`
	}
	if err := unmarshalJSON(data, &frame); err != nil {
		return err
	}
	topic := live.ConversationTopic(session, frame.Watch)
	if frame.Watch != "" {
		c, err := s.api.Store.Conversation(context.Background(), frame.Watch)
		if err != nil || c.SessionID != session {
			topic.Conversation = "" // gone, or none of this session: nothing to watch
		}
	}
	select {
	case <-s.watch: // not taken up yet, and not wanted any more
	default:
	}
	s.watch <- topic
	return nil
}

// guard runs fn in the goroutine of a socket and hangs up after it.
func (s *socket) guard(fn func()) {
	defer s.api.sockets.crowd.leave(s.address)
	defer s.conn.Close()
	defer s.survive()
	fn()
}

// survive keeps a panic from ending the box: nobody else catches it in a goroutine of a socket.
func (s *socket) survive() {
	if v := recover(); v != nil {
		s.api.Log.Error("panic in a live socket", "stack", string(debug.Stack()))
	}
}

// listen reads until the client is gone, and then says with which code to hang up.
func (s *socket) listen(gone chan<- int) {
	code := closeGoingAway
	defer func() { gone <- code }()
	defer s.survive()
	code = s.read()
}

// run passes events of a topic on until either side has had enough. conversation is the one whose spoken words the
// first frame tells, "" for none.
func (s *socket) run(topic live.Topic, conversation appliance.ConversationID) {
	// Subscribed before anything is read: what happens after the client has loaded its state reaches it.
	sub := s.api.Hub.Subscribe(topic)
	defer sub.Close()
	var rights <-chan struct{}
	if s.account != "" {
		changed, stop := s.api.Store.WatchRights(s.account)
		defer stop()
		rights = changed
		if err := s.check(); err != nil { // they may have changed since the request was let through
			s.refuse(err)
			return
		}
	}
	if err := s.write(s.hello(sub.Seq, conversation)); err != nil {
		return
	}
	gone := make(chan int, 1)
	go s.listen(gone)

	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var ask <-chan time.Time // of a participant nothing is asked: what ends their socket ends their topic
	if s.check != nil && conversation == "" {
		ticker := time.NewTicker(askEvery)
		defer ticker.Stop()
		ask = ticker.C
	}
	along := &watched{hub: s.api.Hub}
	defer along.stop()
	for {
		var err error
		select {
		case code := <-gone:
			s.close(code)
			return
		case e, ok := <-sub.C:
			if !ok {
				s.close(s.whyEnded(sub))
				return
			}
			err = s.write(frameOf(e))
		case e, ok := <-along.events():
			err = s.passAlong(along, e, ok)
		case to := <-s.watch:
			along.to(to)
			err = s.catchUp(to)
		case <-ask:
			if refusal := s.check(); refusal != nil {
				s.refuse(refusal)
				return
			}
		case <-rights:
			if refusal := s.check(); refusal != nil {
				s.refuse(refusal)
				return
			}
			err = s.write(LiveEvent{Type: appliance.EventRightsChanged})
		case <-ping.C:
			err = s.conn.WriteControl(websocket.PingMessage, nil, appliance.SystemClock().Add(writeWithin))
		}
		if err != nil {
			return
		}
	}
}

// refuse hangs up on a client that may not listen any more.
func (s *socket) refuse(why error) { s.close(s.closeCode(why)) }

func (s *socket) closeCode(why error) int {
	if s.account == "" || appliance.CodeOf(why) == appliance.CodeUnauthorized {
		return closeUnauthorized // a participant's token goes with the conversation
	}
	return closeForbidden
}

// whyEnded gives the code for a subscription that the hub has ended.
func (s *socket) whyEnded(sub *live.Subscription) int {
	switch {
	case sub.Dropped():
		return closeTryAgain
	case s.check != nil:
		if why := s.check(); why != nil {
			return s.closeCode(why)
		}
	}
	return closeGoingAway
}

// read takes the frames of the client until it is gone, and gives the code to close with.
func (s *socket) read() int {
	alive := func() { s.conn.SetReadDeadline(appliance.SystemClock().Add(silentWithin)) }
	s.takeControl(alive)
	alive()
	for {
		_, data, err := s.conn.ReadMessage()
		if err == nil {
			err = s.count()
		}
		switch {
		case errors.Is(err, errFlood):
			return closePolicy
		case err != nil:
			return closeGoingAway
		}
		alive()
		if s.hear == nil {
			continue
		}
		if err := s.hear(data); err != nil {
			return closePolicy
		}
	}
}

var errFlood = errors.New("web: a live client sends too much")

// count notes a frame of the client, of whatever kind.
func (s *socket) count() error {
	if s.api.sockets.floods.Take(s.name) > 0 {
		return errFlood
	}
	return nil
}

// takeControl has pings answered and pongs noted. Both count as frames, and as signs of life. Only who reads may call
// it.
func (s *socket) takeControl(alive func()) {
	s.conn.SetPongHandler(func(string) error { alive(); return s.count() })
	s.conn.SetPingHandler(func(data string) error {
		alive()
		if err := s.count(); err != nil {
			return err
		}
		// A client that does not take the answer is let go by the next frame that is written to it.
		_ = s.conn.WriteControl(websocket.PongMessage, []byte(data), appliance.SystemClock().Add(writeWithin))
		return nil
	})
}

func (s *socket) write(frame any) error {
	data, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	s.conn.SetWriteDeadline(appliance.SystemClock().Add(writeWithin))
	return s.conn.WriteMessage(websocket.TextMessage, data)
}

// close says why and hangs up.
func (s *socket) close(code int) {
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), appliance.SystemClock().Add(writeWithin))
	_ = s.conn.Close()
}

// watched is a conversation whose spoken words a host reads along.
type watched struct {
	hub *live.Hub
	sub *live.Subscription
}

// to changes what is watched; a topic without a conversation is nothing.
func (w *watched) to(t live.Topic) {
	w.stop()
	if t.Conversation != "" {
		w.sub = w.hub.Subscribe(t)
	}
}

func (w *watched) stop() {
	if w.sub != nil {
		w.sub.Close()
		w.sub = nil
	}
}

// events gives what is said; never anything while nothing is watched.
func (w *watched) events() <-chan live.Event {
	if w.sub == nil {
		return nil
	}
	return w.sub.C
}

// passAlong passes on an event of the watched conversation, without its number, which belongs to another topic. All
// but spoken words come on the topic of the session anyway.
func (s *socket) passAlong(w *watched, e live.Event, ok bool) error {
	if !ok {
		dropped := w.sub.Dropped()
		w.stop()
		if dropped {
			s.close(closeTryAgain)
			return errDropped
		}
		return nil
	}
	switch e.Type {
	case appliance.EventTurnDelta, appliance.EventTurnReset, appliance.EventTurnWaiting:
	default:
		return nil
	}
	e.Seq = 0
	return s.write(frameOf(e))
}

// catchUp sends what was spoken before the host began to watch.
func (s *socket) catchUp(t live.Topic) error {
	seq, text, ok := s.api.Engine.Speaking(t.Conversation)
	if w, waits := s.api.Engine.Waiting(t.Conversation); !ok && waits {
		return s.write(frameOf(live.Event{Type: appliance.EventTurnWaiting, SessionID: t.Session, ConversationID: t.Conversation,
			Waiting: &w}))
	}
	if !ok {
		return nil
	}
	return s.write(frameOf(live.Event{Type: appliance.EventTurnDelta, SessionID: t.Session, ConversationID: t.Conversation,
		TurnSeq: seq, Text: text}))
}
