package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/mcp"
	"harmonium/appliance/mcp/mcptest"
	"harmonium/appliance/web"
)

// A tool that stood for another operation than it says would pass the test of permissions by another row.
func TestEveryToolStandsForAnOperation(t *testing.T) {
	d := newDesk(t)
	names := map[string]bool{}
	for _, tool := range mcp.Tools() {
		if names[tool.Name] {
			t.Errorf("there are two tools %s", tool.Name)
		}
		names[tool.Name] = true
		if tool.Operation == "" {
			continue
		}
		at := slices.IndexFunc(d.routes, func(r web.Route) bool { return r.Operation == tool.Operation })
		if at < 0 {
			t.Errorf("%s stands for %s, which the interface does not have", tool.Name, tool.Operation)
			continue
		}
		path, _, _ := strings.Cut(tool.Path, "?")
		if r := d.routes[at]; tool.Method != r.Method || holes(path) != holes(r.Path) {
			t.Errorf("%s sends %s %s; %s is %s %s", tool.Name, tool.Method, tool.Path, r.Operation, r.Method, r.Path)
		}
		if p, _ := auth.For(tool.Operation); p.CookieOnly || p.Who != auth.Account {
			t.Errorf("%s stands for %s, which no key may do", tool.Name, tool.Operation)
		}
	}
	for _, name := range strings.Fields(`list_sessions search_sessions get_session create_session update_session get_questions submit_questions
		chat_message list_participants get_responses get_summary generate_summary list_templates create_project list_projects get_project
		update_project delete_project list_meetings get_transcript get_meeting_restrictions update_meeting_restrictions
		list_telegram_groups install_method_spec publish_sensemaking_topic create_unconference_topic ask_companion get_themes get_insights
		run_insights export_session`) {
		if !names[name] {
			t.Errorf("there is no tool %s", name)
		}
		delete(names, name)
	}
	for name := range names {
		t.Errorf("%s is a tool that nobody expects", name)
	}
}

// holes is a path with the names of its parameters taken out.
func holes(path string) string {
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return strings.ReplaceAll(path, "*", "{}")
		}
		_, after, _ := strings.Cut(rest, "}")
		path = before + "*" + after
	}
}

// withKey adds a key to each request, as clients are set up to do.
type withKey struct{ key string }

func (k withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if k.key != "" {
		r.Header.Set("Authorization", k.key)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// overHTTP connects the official client to the box at an address.
func overHTTP(t *testing.T, address, key string) (*sdk.ClientSession, error) {
	t.Helper()
	return sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: address + "/mcp", HTTPClient: &http.Client{Transport: withKey{key}}, MaxRetries: -1}, nil)
}

// overPipes connects the official client by standard input and output to tools that send their requests to an address, with
// a key: what the command harmonium mcp does.
func overPipes(t *testing.T, address, key string) *sdk.ClientSession {
	t.Helper()
	client := &http.Client{Transport: withKey{key}}
	send := func(r *http.Request) (*http.Response, error) {
		r.URL.Host = strings.TrimPrefix(address, "http://")
		r.Host = r.URL.Host
		return client.Do(r)
	}
	inOut, outIn := io.Pipe()
	backOut, backIn := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- mcp.New("test", send).Stdio(t.Context(), inOut, backIn) }()
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&sdk.IOTransport{Reader: backOut, Writer: outIn}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		session.Close()
		<-ended
	})
	return session
}

// served is a desk that clients reach over the network, with a session in which somebody has talked.
func served(t *testing.T) (d *desk, address string, session appliance.SessionID) {
	t.Helper()
	d = hostDesk(t)
	ada := d.person("agent", appliance.RoleAdmin)
	d.key("all", ada, time.Time{}, appliance.ScopeAll)
	d.key("reader", ada, time.Time{}, appliance.ScopeSessionsRead)
	s := d.session("all", `{"topic":"Handover between shifts","goal":"Find out what gets lost"}`)
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	return d, server.URL, s.ID
}

func TestTheOfficialClientCallsEveryToolOverBothTransports(t *testing.T) {
	for name, connect := range map[string]func(t *testing.T, address, key string) *sdk.ClientSession{
		"streamable HTTP": func(t *testing.T, address, key string) *sdk.ClientSession {
			c, err := overHTTP(t, address, key)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		},
		"standard input and output": overPipes,
	} {
		t.Run(name, func(t *testing.T) {
			d, address, session := served(t)
			var brought web.ConversationItem
			d.get("all", "POST", "/api/v1/sessions/"+string(session)+"/conversations", meeting(), 201, &brought)
			mcptest.CallEveryTool(t, connect(t, address, d.as["all"]), session, brought.ID, blunt)
			words, _, refused := mcptest.Call(t, connect(t, address, d.as["reader"]), "get_responses", map[string]any{"session_id": session})
			if !refused || !strings.Contains(words, "lacks the scope responses:read") {
				t.Errorf("a key without the scope is told: %s", words)
			}
		})
	}
}

func TestWhatIsWrongWithACallIsSaidInWords(t *testing.T) {
	d, address, session := served(t)
	c, err := overHTTP(t, address, d.as["all"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, wrong := range []struct {
		tool string
		args string
		want string
	}{
		{"get_session", `{}`, "session_id is missing"},
		{"get_session", `{"session_id":7}`, "session_id must be text."},
		{"get_session", `{"session_id":null}`, "session_id must be text."},
		{"get_session", `{"session_id":""}`, "session_id must not be empty."},
		{"get_session", `{"session_id":"hst_none"}`, "or you may not see it"},
		{"get_session", `{"session_id":"../me"}`, "or you may not see it"},
		{"get_session", `{"session_id":"x","id":"y"}`, `There is no argument "id"; get_session takes session_id.`},
		{"get_session", `{"session_id":"x","session_id":"y"}`, "is there twice"},
		{"get_session", `[1]`, "must be an object"},
		{"list_sessions", `{"limit":1.5}`, "limit must be a whole number."},
		{"list_sessions", `{"limit":99999999999999999999}`, "limit must be a whole number."},
		{"list_sessions", `{"limit":1000}`, "limit"},
		{"list_sessions", `{"status":"sleeping"}`, "status must be one of: active, completed."},
		{"create_session", `{"topic":"A","goal":"B","questions":[{"text":5}]}`, "questions[0].text"},
		{"create_session", `{"topic":"A","goal":"B","draft":"yes"}`, "draft must be true or false."},
		{"chat_message", `{"session_id":"` + string(session) + `","participant_id":"p","content":"` + strings.Repeat("x", 20_000) + `"}`, "at most 10000"},
		{"chat_message", `{"session_id":"` + string(session) + `","participant_id":"p","content":{"a":[[[[]]]]}}`, "content must be text."},
		{"ask_companion", `{"question":"Why?","thread_id":"x","session_id":"y"}`, "name thread_id alone"},
	} {
		words, structured, refused := mcptest.Call(t, c, wrong.tool, json.RawMessage(wrong.args))
		if !refused || !strings.Contains(words, wrong.want) {
			t.Errorf("%s %.80s: refused %v: %s, want %q", wrong.tool, wrong.args, refused, words, wrong.want)
		}
		if strings.Contains(fmt.Sprint(words, structured), "xxxxx") {
			t.Errorf("%s: what was sent comes back", wrong.tool)
		}
	}
	if _, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "drop_everything"}); err == nil || !strings.Contains(err.Error(), "drop_everything") {
		t.Errorf("an unknown tool: %v", err)
	}
	if _, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "get_session",
		Arguments: map[string]any{"session_id": strings.Repeat("x", 300<<10)}}); err == nil {
		t.Error("300 KB of arguments were taken")
	}
	if strings.Contains(d.log.String(), "xxxxx") {
		t.Error("what was sent is in the log")
	}
}

func TestWithoutAKeyNobodySeesTheTools(t *testing.T) {
	d, address, _ := served(t)
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	accept := "Accept: application/json, text/event-stream"
	d.run(
		apiCase{method: "POST", path: "/mcp", body: list, header: []string{accept}, status: 401, want: []string{"API key"}, forbid: []string{"list_sessions"}},
		apiCase{as: "eve", method: "POST", path: "/mcp", body: list, header: []string{accept}, status: 401, forbid: []string{"list_sessions"}},
		apiCase{name: "a mistyped key", method: "POST", path: "/mcp", body: list, status: 401,
			header: []string{accept, "Authorization: Bearer hm_live_00000000000000000000000000000000"}, forbid: []string{"list_sessions"}},
		apiCase{name: "under a foreign name", as: "all", method: "POST", path: "/mcp", body: list, header: []string{accept, "Host: evil.example"}, status: 200},
		apiCase{as: "all", method: "POST", path: "/mcp", body: list, header: []string{accept}, status: 200, want: []string{"list_sessions"}},
	)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "http://evil.example/mcp", strings.NewReader(list))
	r.Header.Set("Authorization", d.as["all"])
	w := httptest.NewRecorder()
	if d.handler.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("under a name that is not the box's: %d", w.Code)
	}
	if _, err := overHTTP(t, address, ""); err == nil {
		t.Error("the official client connected without a key")
	}
}

// Each request carries its key, so that one that is taken back is good for nothing more at once.
func TestAKeyThatIsRevokedWhileAClientIsConnectedCallsNothingMore(t *testing.T) {
	d, address, session := served(t)
	ada, _, err := d.store.AccountByEmail(t.Context(), "agent@example.org")
	if err != nil {
		t.Fatal(err)
	}
	k := d.key("short", ada, time.Time{}, appliance.ScopeAll)
	c, err := overHTTP(t, address, d.as["short"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, refused := mcptest.Call(t, c, "get_session", map[string]any{"session_id": session}); refused {
		t.Fatal("a good key is refused")
	}
	if err := d.store.RevokeKey(context.Background(), byTest, ada.ID, k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "get_session", Arguments: map[string]any{"session_id": session}}); err == nil {
		t.Error("a revoked key calls tools")
	}
}

// The trail tells who did what and from where, as it does for the interface.
func TestWhatAToolDoesIsAuditedAsItsCaller(t *testing.T) {
	d, address, session := served(t)
	c, err := overHTTP(t, address, d.as["all"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	mcptest.Call(t, c, "export_session", map[string]any{"session_id": session, "format": "csv"})
	trail, err := d.store.AuditTrail(t.Context(), 1)
	if err != nil || trail[0].Action != "session.export.csv" || !strings.HasPrefix(trail[0].Actor, "key_") || trail[0].Address != "127.0.0.1" {
		t.Errorf("%+v, %v", trail, err)
	}
}
