package testbed_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"harmonium/packaging/testbed"
)

// client is a device on the LAN that speaks to the box.
type client struct {
	host *testbed.Host
	box  netip.Addr
	http *http.Client
	base string // "https://192.168.77.1"
	key  string // of the interface, when there is one
	tls  *tls.Config
}

func newClient(t *testing.T, host *testbed.Host, box netip.Addr) *client {
	// Who comes for the first time does not know the box yet; see trust.
	c := &client{host: host, box: box, base: "https://" + box.String(), tls: &tls.Config{InsecureSkipVerify: true}}
	c.http = &http.Client{Transport: c.transport(false), Timeout: 3 * time.Minute}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// transport connects from the LAN.
func (c *client) transport(once bool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.host.Dial(ctx, network, address)
		},
		TLSClientConfig:     c.tls.Clone(),
		DisableKeepAlives:   once,
		MaxIdleConnsPerHost: 100,
	}
}

// try sends one request; status 0 means that it was not answered.
func (c *client) try(method, path, token string, in, out any, headers ...string) (status int, err error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			return 0, err
		}
	}
	return res.StatusCode, nil
}

// call is try, again and again until a server that is being started anew answers.
func (c *client) call(method, path, token string, in, out any, headers ...string) (status int, err error) {
	for end := time.Now().Add(30 * time.Second); ; <-time.After(2 * time.Millisecond) {
		status, err = c.try(method, path, token, in, out, headers...)
		if status != 0 && status != http.StatusServiceUnavailable || time.Now().After(end) {
			return status, err
		}
	}
}

// must is call with the key of the interface; anything but success ends the test.
func (c *client) must(t *testing.T, method, path string, in, out any) {
	t.Helper()
	if _, err := c.call(method, "/api/v1"+path, c.key, in, out); err != nil {
		t.Fatal(err)
	}
}

// said is one message of a participant, with the number by which it was acknowledged.
type said struct {
	Content string
	Seq     int
}

// person is a participant on a phone.
type person struct {
	*client
	name         string
	Token        string
	Conversation string `json:"conversation_id"`
	said         []said
}

// join takes part in a session.
func (c *client) join(session, name string) (*person, error) {
	p := &person{client: c, name: name}
	_, err := c.call("POST", "/api/v1/join/"+session, "", map[string]any{"language": "en", "consent": true, "answers": map[string]any{}}, p,
		"Idempotency-Key", "join-"+name)
	return p, err
}

// talk says one thing after the other until the conversation is over, at most limit, or stop is closed. Each is sent
// until it is acknowledged, with the same key.
func (p *person) talk(limit int, stop <-chan struct{}) error {
	for n := 0; n < limit; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		content := fmt.Sprintf("%s says number %d: in the night of the 4th nobody told us about the pump", p.name, n)
		var turn struct{ Seq int }
		status, err := p.call("POST", "/api/v1/conversation/turns", p.Token,
			map[string]any{"content": content, "key": fmt.Sprintf("%s-%d", p.name, n)}, &turn)
		switch status {
		case http.StatusCreated, http.StatusOK:
			p.said = append(p.said, said{content, turn.Seq})
		case http.StatusConflict:
			return nil // the guide has been gone through
		case http.StatusTooManyRequests:
			<-time.After(50 * time.Millisecond)
			n--
		default:
			return err
		}
	}
	return nil
}

// lost says what of the acknowledged turns the box no longer has as it was; "" for nothing.
func (p *person) lost() string {
	var c struct {
		Turns []struct {
			Seq     int
			Role    string
			Content string
		} `json:"turns_list"`
	}
	if _, err := p.call("GET", "/api/v1/conversations/"+p.Conversation, p.key, nil, &c); err != nil {
		return err.Error()
	}
	var kept []said
	for i, turn := range c.Turns {
		if turn.Seq != i {
			return fmt.Sprintf("turn %d has number %d", i, turn.Seq)
		}
		if turn.Role == "participant" {
			kept = append(kept, said{turn.Content, turn.Seq})
		}
	}
	if len(kept) != len(p.said) {
		return fmt.Sprintf("%d turns were acknowledged, %d are kept", len(p.said), len(kept))
	}
	for i := range kept {
		if kept[i] != p.said[i] {
			return fmt.Sprintf("turn %d is not as it was acknowledged", p.said[i].Seq)
		}
	}
	return ""
}

// knocking opens one connection after the other without a pause, asks for something small and notes the longest time
// in which nobody was answered.
type knocking struct {
	stop    chan struct{}
	done    sync.WaitGroup
	longest time.Duration
	asked   int
	failed  int // connections that were refused or cut off
}

func (c *client) knock() *knocking {
	k := &knocking{stop: make(chan struct{})}
	once := &http.Client{Transport: c.transport(true), Timeout: 10 * time.Second}
	k.done.Go(func() {
		for last := time.Now(); ; {
			select {
			case <-k.stop:
				return
			default:
			}
			res, err := once.Get(c.base + "/api/v1/setup")
			k.asked++
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			if err != nil || res.StatusCode != http.StatusOK {
				k.failed++
				continue
			}
			k.longest, last = max(k.longest, time.Since(last)), time.Now()
		}
	})
	return k
}

func (k *knocking) end() {
	close(k.stop)
	k.done.Wait()
}
