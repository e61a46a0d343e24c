package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/web"
)

// weak says what an answer lacks so that a browser keeps in what it holds: ASVS 3.2.1, 3.4.2 to 3.4.6, 4.1.1, 14.3.2.
func weak(path string, h http.Header) (lacks []string) {
	csp := h.Get("Content-Security-Policy")
	for name, kept := range map[string]bool{
		"default-src 'none'":      strings.Contains(csp, "default-src 'none'"),
		"base-uri 'none'":         strings.Contains(csp, "base-uri 'none'"),
		"frame-ancestors 'none'":  strings.Contains(csp, "frame-ancestors 'none'"),
		"no inline scripts":       !strings.Contains(csp, "unsafe") && !strings.Contains(csp, "*"),
		"Connection-Allowlist":    h.Get("Connection-Allowlist") == "(response-origin)",
		"nosniff":                 h.Get("X-Content-Type-Options") == "nosniff",
		"no referrer":             h.Get("Referrer-Policy") == "no-referrer",
		"no opener":               h.Get("Cross-Origin-Opener-Policy") == "same-origin",
		"no other site reads it":  h.Get("Cross-Origin-Resource-Policy") == "same-origin" && h.Get("Access-Control-Allow-Origin") == "",
		"no-store, but of assets": strings.HasPrefix(path, "/assets/") || h.Get("Cache-Control") == "no-store",
		"a type with its charset": typed(h.Get("Content-Type")),
	} {
		if !kept {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// typed says whether a type is one, and names the charset where it is text.
func typed(contentType string) bool {
	kind, parameters, _ := strings.Cut(contentType, ";")
	if strings.HasPrefix(kind, "text/") {
		return strings.Contains(parameters, "charset=utf-8")
	}
	return strings.Contains(kind, "/")
}

func builtPages() fstest.MapFS {
	page := &fstest.MapFile{Data: []byte("<!doctype html>")}
	return fstest.MapFS{"host/index.html": page, "participant/index.html": page, "help/en/participant.html.gz": page,
		"host/assets/host/start-abc.js": {Data: []byte("let a = 1;")}, "host/secret.txt": {Data: []byte("secret")}, ".git/config": {Data: []byte("secret")}}
}

func TestEveryAnswerKeepsInWhatItHolds(t *testing.T) {
	d := newDesk(t, func(d *web.Deps) { d.UI = builtPages() })
	d.person("olga", appliance.RoleOwner)
	for _, c := range []struct{ as, method, path, header string }{
		{"", "GET", "/", ""}, {"", "GET", "/chat?s=x", ""}, {"", "GET", "/results/x", ""}, {"", "GET", "/help/en/participant", ""},
		{"", "GET", "/assets/host/start-abc.js", ""}, {"", "GET", "/assets/none.js", ""}, {"", "POST", "/", ""},
		{"", "GET", "/api/v1/sessions", ""}, {"olga", "GET", "/api/v1/sessions", ""}, {"olga", "GET", "/api/v1/me", ""},
		{"olga", "GET", "/api/v1/none", ""}, {"olga", "DELETE", "/api/v1/sessions", ""}, {"olga", "POST", "/api/v1/projects", "Origin: https://evil.example"},
		{"olga", "OPTIONS", "/api/v1/sessions", "Origin: https://evil.example"}, {"olga", "GET", "/api/v1/sessions", "Origin: https://evil.example"},
		{"olga", "GET", "/api/v1/audit/file", ""}, {"", "GET", "/readyz", ""}, {"", "GET", "/source", ""},
	} {
		w := d.send(c.as, c.method, c.path, body(c.method), c.header)
		if w.Body.Len() == 0 {
			w.Header().Set("Content-Type", "none/needed")
		}
		if lacks := weak(c.path, w.Header()); len(lacks) > 0 {
			t.Errorf("%s %s (%d) lacks %v", c.method, c.path, w.Code, lacks)
		}
	}
}

// The control: an answer without any one of the headers is found fault with.
func TestAnAnswerWithoutAHeaderIsFound(t *testing.T) {
	d := newDesk(t, func(d *web.Deps) { d.UI = builtPages() })
	whole := d.send("", "GET", "/", nil).Header()
	if lacks := weak("/", whole); len(lacks) > 0 {
		t.Fatalf("the page lacks %v", lacks)
	}
	for _, name := range []string{"Content-Security-Policy", "Connection-Allowlist", "X-Content-Type-Options", "Referrer-Policy",
		"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Cache-Control", "Content-Type"} {
		h := whole.Clone()
		h.Del(name)
		if len(weak("/", h)) == 0 {
			t.Errorf("without %s nothing is found", name)
		}
	}
	h := whole.Clone()
	h.Set("Access-Control-Allow-Origin", "*")
	if len(weak("/", h)) == 0 {
		t.Error("an answer for everybody's pages is not found")
	}
}

// ASVS 3.5.3: an address that is opened changes nothing. The control: operations that change things are there, by other methods.
func TestNothingIsChangedByGET(t *testing.T) {
	d := newDesk(t)
	changing := 0
	for _, r := range d.routes {
		p, _ := auth.For(r.Operation)
		writes := strings.HasSuffix(string(p.Scope), ":write")
		if r.Method == http.MethodGet && writes {
			t.Errorf("%s changes something by GET %s", r.Operation, r.Path)
		}
		if r.Method != http.MethodGet && writes {
			changing++
		}
	}
	if changing == 0 {
		t.Error("nothing changes anything, so that the test proves nothing")
	}
}

// ASVS 13.4.1, 13.4.2, 13.4.3, 13.4.5: beside the interface only the pages and files of the build are served. The control: those are.
func TestOnlyWhatWasBuiltIsServed(t *testing.T) {
	d := newDesk(t, func(d *web.Deps) { d.UI = builtPages() })
	if w := d.send("", "GET", "/assets/host/start-abc.js", nil); w.Code != 200 || w.Body.String() != "let a = 1;" {
		t.Fatalf("a script of the build: %d %q", w.Code, w.Body)
	}
	start := d.send("", "GET", "/", nil).Body.String()
	for _, path := range []string{"/.git/config", "/.git/", "/assets/", "/assets/host/", "/assets/host", "/assets/../.git/config", "/assets/%2e%2e/.git/config",
		"/assets/..%2f..%2f..%2fetc/passwd", "/secret.txt", "/assets/../host/secret.txt", "/assets/host/../../secret.txt", "/debug/pprof/", "/debug/vars", "/metrics", "/server-status",
		"/api/", "/api/v1/", "/api/v1/metrics", "/harmonium.db", "/data/harmonium.db", "/help/../secret.txt"} {
		w := d.send("", "GET", path, nil)
		text := w.Body.String()
		if refused := slices.Contains([]int{301, 302, 401, 403, 404}, w.Code); !refused && text != start || strings.Contains(text, "secret") || strings.Contains(text, "root:") {
			t.Errorf("GET %s gives %d: %.80q", path, w.Code, text)
		}
	}
}
