package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"harmonium/appliance"
	"harmonium/appliance/mcp/mcptest"
)

// toolsOf connects the official client to the command harmonium mcp.
func toolsOf(t *testing.T, dir string, args ...string) *sdk.ClientSession {
	t.Helper()
	cmd := exec.Command(program(t), append([]string{"mcp", "--data", dir}, args...)...)
	cmd.Env = environment()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(t.Context(), &sdk.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestToolsOfTheRunningServerAreOfferedOnStandardInputAndOutput(t *testing.T) {
	dir := t.TempDir()
	if got := do(t, "", "mcp", "--data", dir); got.code != 1 || !strings.Contains(got.errOut, "No server runs") {
		t.Errorf("without a server: %+v", got)
	}
	serve(t, dir)
	if got := do(t, "long enough a password\n", "user", "add", "--data", dir, "--email", "ada@example.org", "--name", "Ada", "--role", "editor",
		"--password-stdin"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	c := toolsOf(t, dir, "--scopes", "sessions:read,projects:*")
	made, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "create_project", Arguments: map[string]any{"title": "Night shift"}})
	if err != nil || made.IsError {
		t.Fatalf("%+v, %v", made, err)
	}
	refused, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "create_session", Arguments: map[string]any{"topic": "A", "goal": "B"}})
	if err != nil || !refused.IsError || !strings.Contains(refused.Content[0].(*sdk.TextContent).Text, "lacks the scope sessions:write") {
		t.Errorf("beyond its scopes: %+v, %v", refused, err)
	}
	if keys := keysOf(t, dir); len(keys) != 1 {
		t.Errorf("while the client is there: %d keys", len(keys))
	}
	if err := c.Close(); err != nil {
		t.Errorf("the command ended with %v", err)
	}
	if keys := keysOf(t, dir); len(keys) != 0 {
		t.Errorf("after the client has gone: %d keys", len(keys))
	}
}

// Every tool is called once over standard input and output of the built program, and one is refused for want of scope.
func TestEveryToolIsCalledOverStandardInputAndOutput(t *testing.T) {
	dir := t.TempDir()
	box := serve(t, dir)
	if got := do(t, "long enough a password\n", "user", "add", "--data", dir, "--email", "ada@example.org", "--name", "Ada", "--role", "admin",
		"--password-stdin"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	c := toolsOf(t, dir)
	defer c.Close()
	_, made, refused := mcptest.Call(t, c, "create_session", map[string]any{"topic": "Handover between shifts", "goal": "Find out what gets lost"})
	id, _ := made["id"].(string)
	if refused || id == "" {
		t.Fatalf("%v", made)
	}
	const said = "The night shift starts without notes because the printer fails every week."
	key := strings.TrimSpace(do(t, "", "key", "create", "--data", dir, "--email", "ada@example.org", "--name", "meetings", "--scopes", "*").out)
	body := fmt.Sprintf(`{"title":"Works council","turns":[{"speaker":"Ada","text":%q}]}`, said)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, box.url+"/api/v1/sessions/"+id+"/conversations", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var brought struct{ ID appliance.ConversationID }
	if err := json.NewDecoder(answer.Body).Decode(&brought); err != nil || answer.StatusCode != 201 {
		t.Fatalf("status %d, %v", answer.StatusCode, err)
	}
	mcptest.CallEveryTool(t, c, appliance.SessionID(id), brought.ID, said)
	reader := toolsOf(t, dir, "--scopes", "sessions:read")
	defer reader.Close()
	if words, _, refused := mcptest.Call(t, reader, "get_responses", map[string]any{"session_id": id}); !refused || !strings.Contains(words, "lacks the scope responses:read") {
		t.Errorf("without the scope: %s", words)
	}
}

func keysOf(t *testing.T, dir string) (keys []any) {
	t.Helper()
	got := do(t, "", "key", "list", "--json", "--data", dir)
	if err := json.Unmarshal([]byte(got.out), &keys); err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	return keys
}
