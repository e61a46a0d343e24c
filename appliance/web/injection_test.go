package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// broken would begin a line of its own, wherever it were written as it is.
const broken = "x\r\ntime=2026-01-01T00:00:00Z level=ERROR msg=\"forged\"\r\nSet-Cookie: forged=1\u2028\x1b[31m"

// Whatever somebody sends, as a name or in a header, a line of the log stays one line, and a header of the answer too.
func TestNothingThatIsSentBeginsALineOfTheLogOrAHeader(t *testing.T) {
	var handler slog.Handler
	d := hostDesk(t, func(deps *web.Deps) { handler = deps.Log.Handler() })
	d.person("vera", appliance.RoleViewer)
	s := d.session("olga", `{`+wards+`}`)
	headers := []string{"X-Request-Id", "User-Agent", "X-Forwarded-For", "Idempotency-Key", "Authorization", "Cookie", "Origin", "Accept",
		"Accept-Language", "Content-Type", "Last-Event-ID", "If-None-Match", "Range"}
	as := []string{"", "vera", "olga"}
	for _, who := range as {
		for _, name := range headers {
			for _, r := range []struct{ method, path string }{{"GET", "/api/v1/sessions"}, {"POST", "/api/v1/projects"},
				{"PATCH", sessionPath(s, "")}, {"GET", "/api/v1/audit"}} {
				checkHeaders(t, d.send(who, r.method, r.path, body(r.method), name+": "+broken).Header())
			}
		}
		for _, r := range []struct {
			method, path string
			body         any
		}{
			{"POST", "/api/v1/sessions", map[string]any{"topic": broken, "goal": broken, "draft": true}},
			{"POST", "/api/v1/projects", map[string]any{"title": broken, "description": broken}},
			{"POST", "/api/v1/login", map[string]any{"email": broken, "password": broken}},
			{"PATCH", "/api/v1/me", map[string]any{"name": broken}},
			{"POST", "/api/v1/api-keys", map[string]any{"name": broken, "scopes": []string{broken}}},
			{"POST", "/api/v1/groups", map[string]any{"name": broken}},
			{"PATCH", "/api/v1/members/acc_%0d%0atime=", map[string]any{"role": broken}},
			{"DELETE", "/api/v1/projects/prj%0D%0Atime=forged", nil},
			{"GET", "/api/v1/sessions?q=%0d%0atime=forged%0aSet-Cookie:+forged=1", nil},
			{"GET", "/%0d%0atime=forged", nil},
			{"GET", sessionPath(s, "/export?format=%0d%0atime=forged"), nil},
		} {
			checkHeaders(t, d.send(who, r.method, r.path, r.body).Header())
		}
	}
	d.get("olga", "POST", "/api/v1/sessions", map[string]any{"topic": "A\tb; filename=\"c\"/../d", "goal": "g", "draft": true}, 201, &s)
	checkHeaders(t, d.send("olga", "GET", sessionPath(s, "/export?format=md"), nil).Header())
	slog.New(handler).Error(broken, broken, broken) // what a mistake of ours would log
	trail, err := d.store.AuditTrail(t.Context(), 1000)
	if err != nil || len(trail) < 5 {
		t.Errorf("%d entries are in the trail, %v", len(trail), err)
	}
	for _, e := range trail {
		if strings.ContainsFunc(e.Actor+e.Address+e.Action+e.Object, unicode.IsControl) || strings.Contains(e.Address+e.Object, "forged") {
			t.Errorf("an entry of the trail is %+v", e)
		}
	}
	lines := strings.Split(strings.TrimSuffix(d.log.String(), "\n"), "\n")
	if len(lines) < 3 {
		t.Errorf("%d lines are in the log, so nothing is shown", len(lines))
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "time=2") || strings.HasPrefix(line, "time=2026-01-01T00:00:00Z level=ERROR msg=\"forged\"") ||
			strings.ContainsAny(line, "\r\x1b\u2028") {
			t.Errorf("a line of the log is %q", line)
		}
	}
}

// checkHeaders checks that no header of an answer goes on in another line, or was put there by who has asked.
func checkHeaders(t *testing.T, h http.Header) {
	t.Helper()
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsAny(name+v, "\r\n") || strings.Contains(strings.ToLower(name+v), "forged") {
				t.Errorf("the header %q: %q", name, v)
			}
		}
	}
}
