// Package mcptest drives the tools of a box with the official client of the Model Context Protocol, for tests.
package mcptest

import (
	"fmt"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"harmonium/appliance"
)

// Call calls a tool and gives the text and the structured content of its result.
func Call(t *testing.T, c *sdk.ClientSession, name string, args any) (text string, structured map[string]any, isError bool) {
	t.Helper()
	r, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, content := range r.Content {
		if c, ok := content.(*sdk.TextContent); ok {
			text += c.Text
		}
	}
	structured, _ = r.StructuredContent.(map[string]any)
	return text, structured, r.IsError
}

// CallEveryTool works with the tools of a box as a client would, and fails when one of them was not called. The client may do
// everything. The session is about the handover between shifts, to find out what gets lost; the conversation in it was brought
// in, and has the words said.
func CallEveryTool(t *testing.T, c *sdk.ClientSession, session appliance.SessionID, brought appliance.ConversationID, said string) {
	t.Helper()
	listed, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, tool := range listed.Tools {
		left[tool.Name] = true
	}
	do := func(name string, args map[string]any, want string) map[string]any {
		t.Helper()
		words, structured, refused := Call(t, c, name, args)
		if refused || !strings.Contains(words, want) {
			t.Errorf("%s: refused %v, %q is not in %s", name, refused, want, words)
		}
		delete(left, name)
		return structured
	}
	refuse := func(name string, args map[string]any, want string) {
		t.Helper()
		if words, _, refused := Call(t, c, name, args); !refused || !strings.Contains(words, want) {
			t.Errorf("%s: refused %v, %q is not in %s", name, refused, want, words)
		}
		delete(left, name)
	}
	id := map[string]any{"session_id": session}
	with := func(more map[string]any) map[string]any {
		for k, v := range id {
			more[k] = v
		}
		return more
	}
	do("list_sessions", nil, "Handover between shifts")
	do("search_sessions", map[string]any{"query": "handover", "limit": 5}, string(session))
	do("get_session", id, "Find out what gets lost")
	do("update_session", with(map[string]any{"context": "A hospital.", "questions": []map[string]any{
		{"text": "Your ward?", "type": "Short field", "required": true}}}), "A hospital.")
	questions := do("get_questions", id, "Your ward?")["data"].([]any)
	do("submit_questions", with(map[string]any{"participant_id": "p-1", "answers": []map[string]any{
		{"question_id": questions[0].(map[string]any)["id"], "answer": "Four"}}}), "assistant")
	do("chat_message", with(map[string]any{"participant_id": "p-1", "content": "The papers for the night shift get lost every week."}), "assistant")
	if list := do("list_participants", id, "p-1"); strings.Contains(fmt.Sprint(list), "night shift") {
		t.Errorf("the list of participants tells what they said: %v", list)
	}
	do("get_responses", with(map[string]any{"sort": "oldest"}), "The papers for the night shift")
	do("generate_summary", id, "")
	do("get_summary", id, "")
	do("get_themes", id, `"themes"`)
	do("get_insights", id, `"insights"`)
	do("run_insights", id, `"answers"`)
	do("export_session", with(map[string]any{"format": "md"}), "Handover between shifts")
	if about := do("export_session", with(map[string]any{"format": "xlsx"}), "is attached"); about["bytes"] == nil {
		t.Errorf("a file is told as %v", about)
	}
	do("ask_companion", with(map[string]any{"question": "What happens to papers?"}), "Thread ")
	do("list_templates", map[string]any{"limit": 3}, `"data"`)
	made := do("create_project", map[string]any{"title": "Night shift"}, "Night shift")
	project := map[string]any{"project_id": made["id"]}
	do("list_projects", nil, "Night shift")
	do("update_project", map[string]any{"project_id": made["id"], "description": "What gets lost"}, "What gets lost")
	do("get_project", project, `"session_ids"`)
	do("delete_project", project, "Night shift")
	do("create_session", map[string]any{"topic": "Breaks", "goal": "Learn when people rest", "draft": true}, "Breaks")
	for _, name := range []string{"install_method_spec", "publish_sensemaking_topic", "create_unconference_topic"} {
		refuse(name, map[string]any{"anything": 1}, "Nothing was ")
	}
	council := map[string]any{"meeting_id": brought}
	do("list_meetings", map[string]any{"status": "ready"}, string(brought))
	do("get_transcript", council, said)
	do("update_meeting_restrictions", map[string]any{"meeting_id": brought, "action": "set", "scopes": []string{"sharing"}, "reason": "asked for"}, `"sharing"`)
	do("get_meeting_restrictions", council, "asked for")
	do("list_telegram_groups", nil, `"data":[]`)
	for name := range left {
		t.Errorf("%s was not called", name)
	}
}
