package web_test

import "testing"

// Decision: what of Harmonica's interface this box does not do is refused in words.
func TestWhatTheBoxDoesNotDoIsRefusedInWords(t *testing.T) {
	d := hostDesk(t)
	s := d.session("ada", `{`+wards+`}`)
	for _, tt := range []struct{ method, path, words string }{
		{"GET", "/api/v1/sessions/public", "public sessions"},
		{"GET", sessionPath(s, "/context-sources"), "nothing from elsewhere"},
		{"POST", sessionPath(s, "/context-sources"), "Nothing was saved"},
		{"GET", sessionPath(s, "/grounding"), "grounding"},
		{"GET", sessionPath(s, "/scratchpad"), "scratchpad"},
		{"GET", sessionPath(s, "/edit-history"), "history"},
		{"POST", sessionPath(s, "/regenerate-summary"), "Nothing was changed"},
		{"POST", sessionPath(s, "/regenerate-prompt"), "Nothing was changed"},
		{"POST", "/api/v1/integrations/telegram", "sends nothing out"},
		{"POST", "/api/v1/integrations/telegram/groups", "sends nothing out"},
		{"DELETE", "/api/v1/integrations/telegram/groups/1", "sends nothing out"},
		{"GET", "/api/v1/unconference/topics", "unconferences"},
		{"POST", "/api/v1/unconference/topics", "unconferences"},
		{"POST", "/api/v1/projects/prj_none/sensemaking", "Nothing was saved"},
		{"PUT", "/api/v1/projects/prj_none/sensemaking", "Nothing was saved"},
	} {
		d.run(
			apiCase{as: "ada's key", method: tt.method, path: tt.path, status: 422, want: []string{`"code":"unprocessable"`, tt.words}},
			apiCase{as: "eve", method: tt.method, path: tt.path, status: 422},
			apiCase{name: "a stranger, " + tt.method + " " + tt.path, method: tt.method, path: tt.path, status: 401, want: []string{"log in"}},
		)
	}
}
