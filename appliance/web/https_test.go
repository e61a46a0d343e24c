package web_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/lan"
	"harmonium/appliance/web"
)

// secureDesk is a desk of a box with HTTPS at port 443, plain HTTP at port 80 and the address 192.168.1.20, in the
// mode of the given choice.
func secureDesk(t testing.TB, choice lan.Choice) *desk {
	dir := t.TempDir()
	d := newDesk(t, func(deps *web.Deps) {
		deps.Network = network(t, lan.Options{Mode: lan.ModeSelf, Choice: &choice, Dir: filepath.Join(dir, "tls"), Files: dir,
			Listen: ":443", Plain: ":80", Clock: deps.Clock,
			Local: func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("192.168.1.20")}, nil }})
	})
	d.person("olga", appliance.RoleOwner)
	return d
}

// overTLS marks a request as one that came over TLS to a name ("" for a number).
func overTLS(r *http.Request, name string) *http.Request {
	r.TLS = &tls.ConnectionState{ServerName: name}
	return r
}

func answer(d *desk, r *http.Request) *http.Response {
	r.RemoteAddr = d.from
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestPlainHTTPLeadsToHTTPS(t *testing.T) {
	for _, tt := range []struct {
		name           string
		plainJoin      bool
		method, target string
		host           string
		status         int
		location       string
	}{
		{"a host page", false, "GET", "/sessions/x?tab=a", "192.168.1.20", 307, "https://192.168.1.20/sessions/x?tab=a"},
		{"under a name", false, "GET", "/", "harmonium.local:80", 307, "https://harmonium.local/"},
		{"a participant where HTTPS is chosen", false, "GET", "/chat?s=hst_1", "192.168.1.20", 307, "https://192.168.1.20/chat?s=hst_1"},
		{"a participant where plain HTTP is chosen", true, "GET", "/chat?s=hst_1", "192.168.1.20", 503, ""}, // no pages in this build
		{"a host page where plain HTTP is chosen", true, "GET", "/", "192.168.1.20", 307, "https://192.168.1.20/"},
		{"the page to install the certificate", false, "GET", "/certificate", "192.168.1.20", 503, ""},
		{"the certificate", false, "GET", "/certificate/harmonium.crt", "192.168.1.20", 200, ""},
		{"what is known of it", false, "GET", "/api/v1/certificate", "192.168.1.20", 200, ""},
		{"a log-in", false, "POST", "/api/v1/login", "192.168.1.20", 403, ""},
		{"a log-in where plain HTTP is chosen", true, "POST", "/api/v1/login", "192.168.1.20", 403, ""},
		{"the interface", true, "GET", "/api/v1/sessions", "192.168.1.20", 403, ""},
		{"set-up", true, "POST", "/api/v1/setup", "192.168.1.20", 403, ""},
		{"joining where HTTPS is chosen", false, "POST", "/api/v1/join/hst_1", "192.168.1.20", 403, ""},
		{"joining where plain HTTP is chosen", true, "GET", "/api/v1/join/hst_1", "192.168.1.20", 404, ""},
		{"a foreign name", false, "GET", "/", "evil.example", 403, ""},
		{"metrics", true, "GET", "/metrics", "192.168.1.20", 307, "https://192.168.1.20/metrics"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf, PlainJoin: tt.plainJoin})
			r := httptest.NewRequest(tt.method, tt.target, strings.NewReader("{}"))
			r.Host = tt.host
			r.Header.Set("Content-Type", "application/json")
			got := answer(d, r)
			if got.StatusCode != tt.status || got.Header.Get("Location") != tt.location {
				t.Errorf("%d to %q, want %d to %q", got.StatusCode, got.Header.Get("Location"), tt.status, tt.location)
			}
			if got.Header.Get("Strict-Transport-Security") != "" {
				t.Error("HSTS over plain HTTP")
			}
		})
	}
}

func TestALoginOverPlainHTTPIsNotLookedAt(t *testing.T) {
	d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf, PlainJoin: true})
	for _, target := range []string{"/api/v1/me", "/api/v1/network"} {
		r := httptest.NewRequest("GET", target, nil)
		r.Host = "192.168.1.20"
		r.Header.Set("Cookie", strings.TrimPrefix(d.as["olga"], "Cookie "))
		if got := answer(d, r).StatusCode; got != 403 {
			t.Errorf("%s: %d", target, got)
		}
	}
}

func TestBrowsersAreHeldToHTTPSOnlyByName(t *testing.T) {
	for _, tt := range []struct {
		name      string
		plainJoin bool
		asked     string // name in the handshake
		want      string
	}{
		{"by name", false, "harmonium.local", "max-age=2592000"},
		{"by number", false, "", ""},
		{"by name where participants come over plain HTTP", true, "harmonium.local", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf, PlainJoin: tt.plainJoin})
			r := overTLS(httptest.NewRequest("GET", "/healthz", nil), tt.asked)
			r.Host = "harmonium.local"
			if got := answer(d, r).Header.Get("Strict-Transport-Security"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOnHTTPSTheLoginCookieIsBoundToTheHost(t *testing.T) {
	d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf})
	r := overTLS(httptest.NewRequest("POST", "/api/v1/login", strings.NewReader(`{"email":"olga@example.org","password":"password of olga"}`)), "")
	r.Host = "192.168.1.20"
	r.Header.Set("Content-Type", "application/json")
	cookies := answer(d, r).Cookies()
	if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "__Host-") || !cookies[0].Secure || !cookies[0].HttpOnly ||
		cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Errorf("cookies: %v", cookies)
	}
}

func TestTheCertificateComesInEveryFormThatDevicesTake(t *testing.T) {
	d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf})
	authority := d.deps.Network.Authority()
	for name, want := range map[string]struct{ contentType, content string }{
		"harmonium.crt":          {"application/x-x509-ca-cert", string(authority.DER())},
		"harmonium.pem":          {"application/x-pem-file", string(authority.PEM())},
		"harmonium.mobileconfig": {"application/x-apple-aspen-config", string(authority.Profile())},
	} {
		r := httptest.NewRequest("GET", "/certificate/"+name, nil)
		r.Host = "harmonium.local"
		res := answer(d, r)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != want.contentType {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got, err := io.ReadAll(res.Body); err != nil || string(got) != want.content {
			t.Errorf("%s: %d bytes that are not the certificate (%v)", name, len(got), err)
		}
	}
}

func TestAnAdministratorChoosesHowPeopleReachTheBox(t *testing.T) {
	d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf})
	send := func(method, target, body string) *http.Response {
		r := overTLS(httptest.NewRequest(method, target, strings.NewReader(body)), "")
		r.Host = "192.168.1.20"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", strings.TrimPrefix(d.as["olga"], "Cookie "))
		return answer(d, r)
	}
	if got := send("PUT", "/api/v1/network", `{"certificate":"files","plain_join":false}`).StatusCode; got != 400 {
		t.Errorf("files that are not there: %d", got)
	}
	if got := send("PUT", "/api/v1/network", `{"certificate":"self","plain_join":true}`).StatusCode; got != 200 {
		t.Errorf("plain HTTP for participants: %d", got)
	}
	if got := d.deps.Network.Addresses()[0].URL; got != "http://192.168.1.20" {
		t.Errorf("participants then get %s", got)
	}
	var kept lan.Choice
	if found, err := d.store.Setting(t.Context(), lan.SettingChoice, &kept); err != nil || !found || !kept.PlainJoin {
		t.Errorf("kept: %v %v %v", kept, found, err)
	}
}

// The whole way: a browser that trusts the box's authority, over real TLS and real sockets.
func TestABrowserThatTrustsTheBoxIsServedOverTLS(t *testing.T) {
	d := secureDesk(t, lan.Choice{Certificate: lan.ModeSelf})
	s := httptest.NewUnstartedServer(d.handler)
	s.Listener = tls.NewListener(s.Listener, d.deps.Network.TLSConfig())
	s.Start()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(d.deps.Network.Authority().PEM())
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	client := s.Client()
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Time: d.clock.Now}}
	res, err := client.Get("https://127.0.0.1:" + port + "/api/v1/certificate")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 || res.TLS == nil || res.ProtoMajor != 1 {
		t.Errorf("%d over %s", res.StatusCode, res.Proto)
	}
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), Time: d.clock.Now}}
	if _, err := client.Get("https://127.0.0.1:" + port + "/"); err == nil {
		t.Error("a browser that does not trust the box was served")
	}
}
