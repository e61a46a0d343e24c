package main_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
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

func keysOf(t *testing.T, dir string) (keys []any) {
	t.Helper()
	got := do(t, "", "key", "list", "--json", "--data", dir)
	if err := json.Unmarshal([]byte(got.out), &keys); err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	return keys
}
