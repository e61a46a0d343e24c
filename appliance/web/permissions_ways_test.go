package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"harmonium/appliance/auth"
	"harmonium/appliance/mcp"
)

// The other ways to what the operations tell: tools for programs, and what is pushed to pages.

// A tool refuses whom its operation refuses, with the same sentence, and nobody else.
func TestEveryToolIsOpenToWhomItsOperationIs(t *testing.T) {
	w := newWorld(t)
	schemas := w.schemas()
	for _, tool := range mcp.Tools() {
		if tool.Operation == "" {
			continue // does nothing for anybody
		}
		p, ok := auth.For(tool.Operation)
		if !ok {
			t.Errorf("%s stands for %s, which has no row in the permission table", tool.Name, tool.Operation)
			continue
		}
		t.Run(tool.Name, func(t *testing.T) {
			w.t = t
			let := 0
			for _, public := range []bool{false, true} {
				for _, c := range w.callers(p, public) {
					m := w.private
					if public {
						m = w.public
					}
					if c.seat {
						c.credentials = "Bearer " + string(m.token)
					}
					w.as["caller"] = c.credentials
					answer := w.tool("caller", tool.Name, schemas[tool.Name].arguments(m))
					if c.key == nil {
						without := http.StatusUnauthorized
						if c.seat {
							without = http.StatusForbidden // good for something, and not for this
						}
						if answer.Code != without {
							t.Errorf("%s without a key: status %d: %s", c.name, answer.Code, answer.Body)
						}
						continue
					}
					want := expected(p, c)
					if problem := judgeTool(answer, want); problem != "" {
						t.Errorf("as %s (public %v): %s, want %d: %s", c.name, public, problem, want, answer.Body)
					}
					if want == 0 {
						let++
						if p.On == auth.Project && tool.Method != http.MethodGet {
							w.make(public) // whatever it has ended is there again
						}
					}
				}
			}
			if let == 0 {
				t.Error("nobody is let through")
			}
		})
	}
	w.t = t
}

// tool calls a tool by one request, as clients do that keep no connection.
func (w *world) tool(as, name string, arguments any) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.send(as, "POST", "/mcp", map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": name, "arguments": arguments}}, "Accept: application/json, text/event-stream")
}

// toolSchema is what a tool takes.
type toolSchema struct {
	Required   []string
	Properties map[string]struct {
		Type any // a name, or several
		Enum []string
	}
}

// schemas gives what each tool takes, as clients are told.
func (w *world) schemas() map[string]toolSchema {
	w.t.Helper()
	answer := w.send("", "POST", "/mcp", map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
		"Accept: application/json, text/event-stream", "Authorization: "+w.keyFor("owner", "*"))
	var told struct {
		Result struct {
			Tools []struct {
				Name        string
				InputSchema toolSchema
			}
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		w.t.Fatalf("%v in %s", err, answer.Body)
	}
	all := map[string]toolSchema{}
	for _, tool := range told.Result.Tools {
		all[tool.Name] = tool.InputSchema
	}
	return all
}

// arguments gives what the tool needs, about m.
func (s toolSchema) arguments(m things) map[string]any {
	given := map[string]any{}
	for _, name := range s.Required {
		switch p := s.Properties[name]; {
		case name == "session_id":
			given[name] = m.session
		case name == "project_id":
			given[name] = m.project
		case name == "meeting_id":
			given[name] = m.conversation
		case name == "question":
			given[name] = strings.Repeat("x", 20_000) // refused to those who may ask: an answer would be waited for
		case len(p.Enum) > 0:
			given[name] = p.Enum[0]
		case p.Type == "string":
			given[name] = "x"
		case p.Type == "array":
			given[name] = []string{}
		default:
			given[name] = 1
		}
	}
	return given
}

// judgeTool says what is wrong with the answer of a tool to somebody who should be refused with the status want, or, when that
// is 0, be let through to what it does, which may refuse what was sent.
func judgeTool(answer *httptest.ResponseRecorder, want int) string {
	var told struct {
		Result struct {
			IsError bool
			Content []struct{ Text string }
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil || answer.Code != http.StatusOK || len(told.Result.Content) == 0 {
		return fmt.Sprint("no result, status ", answer.Code)
	}
	words, hidden := told.Result.Content[0].Text, notVisible
	got := 0
	switch {
	case !told.Result.IsError:
	case strings.Contains(words, "(unauthorized)"):
		got = 401
	case strings.Contains(words, "(forbidden)"):
		got = 403
	case strings.Contains(words, hidden):
		got = 404
	case strings.Contains(words, "(internal_error)"):
		got = 500
	}
	if got != want {
		return fmt.Sprint("refused as with ", got)
	}
	return ""
}

// What is pushed to pages is opened by whom the table says, and by a real handshake, which another part of the server answers
// than requests. A participant's socket opens for everybody, and tells nothing to whoever does not send a token.
func TestEverySocketIsOpenToWhomTheTableSays(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	t.Cleanup(w.deps.Hub.Close)
	sockets := 0
	for _, r := range w.routes {
		if !strings.HasSuffix(r.Path, "/live") {
			continue
		}
		sockets++
		p, _ := auth.For(r.Operation)
		for _, public := range []bool{false, true} {
			for _, c := range w.callers(p, public) {
				m := w.private
				if public {
					m = w.public
				}
				if c.seat {
					c.credentials = "Bearer " + string(m.token)
				}
				conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+m.address(r.Path, p.On), header(c.credentials))
				if answer == nil {
					t.Fatalf("%s as %s: %v", r.Operation, c.name, err)
				}
				want := expected(p, c)
				switch {
				case p.Who == auth.Participant:
					if err != nil {
						t.Fatalf("%s as %s: %v", r.Operation, c.name, err)
					}
					if heard := heardWith(conn, c.credentials); heard != c.seat {
						t.Errorf("%s as %s (public %v): is told something %v", r.Operation, c.name, public, heard)
					}
				case want == 0 && (answer.StatusCode == 401 || answer.StatusCode == 403), want != 0 && answer.StatusCode != want,
					want == 0 && p.On != auth.Self && err != nil: // a thread of the Companion is not there
					t.Errorf("%s as %s (public %v): status %d, want %d", r.Operation, c.name, public, answer.StatusCode, want)
				}
				if err == nil {
					conn.Close()
				}
			}
		}
	}
	if sockets < 4 {
		t.Errorf("%d sockets are looked at", sockets)
	}
}

// header is what is sent with credentials.
func header(credentials string) http.Header {
	if cookie, ok := strings.CutPrefix(credentials, "Cookie "); ok {
		return http.Header{"Cookie": {cookie}}
	} else if credentials != "" {
		return http.Header{"Authorization": {credentials}}
	}
	return nil
}

// heardWith sends credentials as the token of a participant and says whether anything is told then.
func heardWith(conn *websocket.Conn, credentials string) bool {
	_, secret, _ := strings.Cut(strings.ReplaceAll(credentials, "=", " "), " ")
	if i := strings.LastIndex(secret, " "); i >= 0 {
		secret = secret[i+1:]
	}
	if err := conn.WriteJSON(map[string]string{"token": secret}); err != nil {
		return false
	}
	_, _, err := conn.ReadMessage()
	return err == nil
}
