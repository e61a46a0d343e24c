// Package webhook tells programs on the local network when something has happened: which kind of event, when, and the ids of
// what it is about, never what somebody said. Who is told asks the interface for more, with a key.
//
// An address is told only while an administrator has allowed it, by a way out of the sealed box or by the setting allow, and
// only by number and within local networks. The connection goes through the guarded dialer, and by a way out where there is one;
// a redirect is not followed, and no proxy is asked.
//
// What is to be told stands in the database, written in the transaction of the event, so that it survives a kill; after a kill,
// or when an answer is lost, an event can be told twice: each delivery has an id that stays the same. A webhook is told one event
// after the other, in their order; one that fails is tried again ten times within two days, with ever longer pauses, and what
// came after it waits.
//
// Each message is signed: the header Harmonium-Signature is "v1=" and the HMAC-SHA256, in hexadecimal, with the secret of the
// webhook over the value of the header Harmonium-Timestamp (Unix seconds), a full stop, and the body.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/store"
)

// pauses are the times between attempts.
var pauses = [...]time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour,
	6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

const (
	patience = 10 * time.Second    // for one attempt
	tooLate  = 72 * time.Hour      // what waited behind others so long is tried once more, and no further
	maxSleep = time.Minute         // the clock may have been set meanwhile
	keepLog  = 30 * 24 * time.Hour // how long it can be seen what was told
	maxURL   = 500                 // bytes
	maxDrain = 4 << 10             // of an answer, which is not looked at
)

// Options is what a Sender needs.
type Options struct {
	Store   *store.Store
	Client  *http.Client            // of the guarded dialer
	Allowed func() []netip.AddrPort // what an administrator has allowed, at this moment
	Clock   appliance.Clock
	Log     *slog.Logger
	Version string
}

// Sender tells webhooks what has happened.
type Sender struct{ Options }

// New makes a sender that tells nothing yet.
func New(o Options) *Sender { return &Sender{o} }

// Address reads the address of a webhook and says what is wrong with it.
func (s *Sender) Address(text string) (*url.URL, error) {
	wrong := func(format string, args ...any) error { return appliance.Invalid("url", format, args...) }
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.User != nil || u.Fragment != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, wrong("This is no address such as http://192.168.1.20:8000/path. Nothing was saved.")
	}
	to, ok := addressOf(u)
	switch ip := to.Addr(); {
	case !ok:
		return nil, wrong("Write the machine by number, such as 192.168.1.20: the box asks nobody what a name means. Nothing was saved.")
	case !ip.IsPrivate() && !ip.IsLinkLocalUnicast() && !ip.IsLoopback():
		return nil, wrong("%s is not in a local network. The box sends nothing beyond. Nothing was saved.", ip)
	case !slices.Contains(s.Allowed(), to):
		return nil, wrong("Nobody has allowed the box to reach %s. An administrator of the machine does so with: harmonium out add NAME %[1]s "+
			"(without the seal: the setting allow). Nothing was saved.", to)
	}
	return u, nil
}

// addressOf gives the machine and port that an address names by number.
func addressOf(u *url.URL) (netip.AddrPort, bool) {
	ip, err := netip.ParseAddr(u.Hostname())
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	n, portErr := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), err == nil && portErr == nil && n > 0 && ip.Zone() == ""
}

// Secret makes the secret of a webhook.
func Secret() string { return "whs_" + string(appliance.NewSecret("")) }

// Run tells until ctx ends. Each webhook is told by itself, one event after the other, so that one that answers slowly or never
// holds up nobody else: there are as many messages under way as webhooks, at most.
func (s *Sender) Run(ctx context.Context) {
	ended := make(chan appliance.WebhookID)
	var told []appliance.WebhookID
	for ctx.Err() == nil {
		d, w, wait, err := s.next(ctx, told)
		if err != nil && ctx.Err() == nil {
			s.waits(err)
			wait = maxSleep
		}
		if err == nil && wait <= 0 {
			told = append(told, w.ID)
			go func() {
				s.tellPatiently(ctx, d, w)
				ended <- w.ID
			}()
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.Store.DeliveriesWaiting():
		case <-timer.C:
		case id := <-ended:
			told = slices.DeleteFunc(told, func(t appliance.WebhookID) bool { return t == id })
		}
		timer.Stop()
	}
	for range told {
		<-ended
	}
}

func (s *Sender) waits(err error) { s.Log.Error("webhooks wait for the database", "error", err) }

// next gives what is to be told next and to whom, of all but those that are being told, and for how long there is nothing to
// tell yet.
func (s *Sender) next(ctx context.Context, told []appliance.WebhookID) (d appliance.Delivery, w appliance.Webhook, wait time.Duration, err error) {
	d, w, ok, err := s.Store.NextDelivery(ctx, told)
	if err != nil || !ok {
		return d, w, maxSleep, err
	}
	return d, w, min(max(0, d.NextAt.Sub(s.Clock())), maxSleep), nil
}

// tellPatiently tells, and rests where the database does not take what came of it: nobody else waits for that.
func (s *Sender) tellPatiently(ctx context.Context, d appliance.Delivery, w appliance.Webhook) {
	err := s.tell(ctx, d, w)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.waits(err)
	timer := time.NewTimer(maxSleep)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Forget clears the log of what was told long ago.
func (s *Sender) Forget(ctx context.Context) error {
	return s.Store.ForgetDeliveries(ctx, s.Clock().Add(-keepLog))
}

// Test tells one webhook that it is being tested, once, and gives what came of it.
func (s *Sender) Test(ctx context.Context, by store.By, id appliance.WebhookID) (appliance.Delivery, error) {
	d, w, err := s.Store.CreateTest(ctx, by, id)
	if err != nil {
		return d, err
	}
	d.Status, d.Problem = s.post(ctx, d, w)
	d.Attempts, d.TriedAt, d.NextAt = 1, s.Clock(), d.At
	if d.Problem == "" {
		d.State = appliance.DeliveryDelivered
	}
	return d, s.Store.NoteDelivery(context.WithoutCancel(ctx), d)
}

// tell makes one attempt and notes what came of it.
func (s *Sender) tell(ctx context.Context, d appliance.Delivery, w appliance.Webhook) error {
	d.Status, d.Problem = s.post(ctx, d, w)
	if ctx.Err() != nil {
		return nil // it is told again at the next start
	}
	d.TriedAt = s.Clock()
	d.Attempts++
	switch {
	case d.Problem == "":
		d.State = appliance.DeliveryDelivered
	case d.Attempts > len(pauses), d.TriedAt.Sub(d.At) > tooLate:
		d.State = appliance.DeliveryFailed
		s.Log.Warn("a webhook was given up", "webhook", string(w.ID), "delivery", string(d.ID), "problem", d.Problem, "status", d.Status)
	default:
		d.NextAt = d.TriedAt.Add(pauses[d.Attempts-1])
	}
	return s.Store.NoteDelivery(ctx, d)
}

// Message is what a webhook is told.
type Message struct {
	ID             appliance.DeliveryID     `json:"id"` // stays the same when it is told again
	Event          appliance.EventType      `json:"event"`
	At             string                   `json:"at"` // of the event, RFC 3339
	SessionID      appliance.SessionID      `json:"session_id,omitempty"`
	ConversationID appliance.ConversationID `json:"conversation_id,omitempty"`
}

// post sends one message. It gives the status of the answer, 0 for none, and in one word why it was not delivered.
func (s *Sender) post(ctx context.Context, d appliance.Delivery, w appliance.Webhook) (status int, problem string) {
	u, err := s.Address(w.URL)
	if err != nil {
		return 0, "not_allowed"
	}
	body, err := json.Marshal(Message{d.ID, d.Event, d.At.UTC().Format(time.RFC3339Nano), d.SessionID, d.ConversationID})
	if err != nil {
		return 0, "internal"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return 0, "internal"
	}
	stamp := strconv.FormatInt(s.Clock().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Harmonium/"+s.Version)
	r.Header.Set("Harmonium-Event", string(d.Event))
	r.Header.Set("Harmonium-Delivery", string(d.ID))
	r.Header.Set("Harmonium-Timestamp", stamp)
	r.Header.Set("Harmonium-Signature", Sign(w.Secret, stamp, body))
	res, err := s.Client.Do(r)
	if err != nil {
		return 0, problemOf(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxDrain)) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return res.StatusCode, "status"
	}
	return res.StatusCode, ""
}

// Sign gives the signature of a body with a time stamp.
func Sign(secret, stamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	io.WriteString(h, stamp+".")
	h.Write(body)
	return "v1=" + hex.EncodeToString(h.Sum(nil))
}

// problemOf says in a word why no answer came. What the error says is kept from the log: it could quote an answer.
func problemOf(err error) string {
	var refusal *egress.Refusal
	switch {
	case errors.Is(err, egress.ErrRedirect):
		return "redirect"
	case errors.As(err, &refusal):
		return "not_allowed"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case isCertificate(err):
		return "certificate"
	}
	return "unreachable"
}
