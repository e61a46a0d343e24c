package server

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/control"
	"harmonium/appliance/mcp"
)

// socketAddress is from where the audit trail says that somebody came who came through the control socket.
const socketAddress = "control socket"

// serveInterface lets programs of this machine reach the interface through the control socket, with an API key as from
// everywhere else. What comes through it has not left the machine, so that it counts as HTTPS does.
func (s *Server) serveInterface(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		http.Error(w, "an API key is needed", http.StatusUnauthorized)
		return
	}
	r.TLS, r.RemoteAddr = &tls.ConnectionState{}, socketAddress
	s.outer.Handler.ServeHTTP(w, r)
}

// Tools says as whom the tools of the box are offered on standard input and output.
type Tools struct {
	Key    appliance.Secret  // an API key; "": one is made for the time, for the account
	Email  string            // of the account; "": the only one
	Scopes []appliance.Scope // of a key that is made
	In     io.ReadCloser
	Out    io.WriteCloser
}

// toolsKeyLasts is how long a key lasts that was made for one client. It is taken back when the client goes; one whose
// process was killed ends by itself. A client that stays longer gets another.
const toolsKeyLasts = 12 * time.Hour

// ServeTools offers the tools of the server that runs on the data directory (package mcp) to one client, until it goes or ctx
// ends.
func ServeTools(ctx context.Context, cfg Config, t Tools) error {
	client, done, err := control.Client(cfg.controlDir())
	if err != nil {
		return err
	}
	defer done()
	k := &toolsKey{cfg: cfg, of: t, secret: t.Key}
	switch runs, err := serverRuns(ctx, cfg); {
	case err != nil:
		return err
	case !runs:
		return appliance.Errorf(appliance.CodeConflict, "No server runs on the data directory %s, so there is nothing to offer. Start it first.",
			absolute(cfg.Data))
	}
	if k.secret == "" {
		if err := k.renew(ctx, ""); err != nil {
			return err
		}
		defer k.end()
	}
	return mcp.New(cfg.Version, func(r *http.Request) (*http.Response, error) {
		secret := k.now()
		res, err := k.send(client, r, secret)
		if err != nil || res.StatusCode != http.StatusUnauthorized || t.Key != "" {
			return res, err
		}
		res.Body.Close()
		if err := k.renew(r.Context(), secret); err != nil {
			return nil, err
		}
		return k.send(client, r, k.now())
	}).Stdio(ctx, t.In, t.Out)
}

// toolsKey is the key that a client's requests are sent with.
type toolsKey struct {
	cfg Config
	of  Tools

	mu     sync.Mutex
	secret appliance.Secret
	id     appliance.KeyID // of one that was made here
}

func (k *toolsKey) now() appliance.Secret {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.secret
}

// send sends a request with a key. Its body can be read again.
func (k *toolsKey) send(client *http.Client, r *http.Request, secret appliance.Secret) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	r.Header.Set("Authorization", "Bearer "+string(secret))
	return client.Do(r)
}

// renew makes a key in the place of one that is good no more, unless another call has done so.
func (k *toolsKey) renew(ctx context.Context, old appliance.Secret) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret != old {
		return nil
	}
	var made Key
	err := Ask(ctx, k.cfg, CommandKeyCreate, NewKey{Email: k.of.Email, Name: "harmonium mcp", Scopes: k.of.Scopes, ExpiresIn: toolsKeyLasts}, &made)
	if err != nil {
		return err
	}
	k.secret, k.id = appliance.Secret(made.Key), made.ID
	return nil
}

// end takes the key back.
func (k *toolsKey) end() {
	ctx, cancel := context.WithTimeout(context.Background(), finishRequests)
	defer cancel()
	_ = Ask(ctx, k.cfg, CommandKeyRevoke, OldKey{Key: string(k.id)}, &None{}) // it ends by itself otherwise
}
