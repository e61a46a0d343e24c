package web

import (
	"net/http"
	"strings"

	"harmonium/appliance"
)

// hstsSeconds is for how long a browser that has come to the box by name, over HTTPS and without an error, goes to
// that name over HTTPS only. A month: long enough for a box that is in use, and soon forgotten when one is given away.
const hstsSeconds = "2592000"

// overHTTPS keeps plain HTTP apart on a box that has HTTPS. Plain HTTP leads to HTTPS, offers the certificate to be
// installed, and serves participants where an administrator has chosen so. Host pages and all that takes a password, a
// log-in or a key are served over HTTPS only.
func (a *API) overHTTPS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !a.Network.Secure():
		case r.TLS != nil:
			a.holdToHTTPS(w, r)
		case isForAnyone(r.URL.Path), a.Network.PlainJoin() && isForParticipants(r.URL.Path):
			// What a host's browser sends along by mistake is not looked at.
			r.Header.Del("Cookie")
			if !strings.HasPrefix(r.URL.Path, participantAPI) {
				r.Header.Del("Authorization")
			}
		case (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.HasPrefix(r.URL.Path, "/api/"):
			// Not for good: the administrator may choose otherwise tomorrow.
			http.Redirect(w, r, a.Network.SecureURL(hostOf(r.Host))+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		default:
			a.writeProblem(w, r, appliance.Errorf(appliance.CodeForbidden,
				"The box takes this over HTTPS only. Nothing was changed. Use the address that begins with %s; if a password or a "+
					"key was sent, change it, since it could be read on the way.", a.Network.SecureURL(hostOf(r.Host))))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// holdToHTTPS asks the browser to come over HTTPS only from now on (RFC 6797). Browsers heed it on a connection without
// an error of the certificate and for names only, never for numbers, so nobody is locked out by it. It is left out
// where participants come over plain HTTP, and at unusual ports, since it would hold for every port of the name.
func (a *API) holdToHTTPS(w http.ResponseWriter, r *http.Request) {
	if a.Network.UsualPort() && !a.Network.PlainJoin() && r.TLS.ServerName != "" {
		w.Header().Set("Strict-Transport-Security", "max-age="+hstsSeconds)
	}
}

// certificatePage is where devices get the certificate of the box's own authority.
const certificatePage = "/certificate"

// participantAPI begins the addresses of the interface that take a participant's token.
const participantAPI = "/api/v1/conversation"

// isForAnyone says whether a path is served without HTTPS: whoever is to install the certificate has none yet.
func isForAnyone(path string) bool {
	return path == certificatePage || strings.HasPrefix(path, certificatePage+"/") || path == "/api/v1"+certificatePage ||
		strings.HasPrefix(path, "/assets/") || path == "/healthz" || path == sourcePath ||
		path == helpPath || strings.HasPrefix(path, helpPath+"/") || path == "/api/v1/contact"
}

// isForParticipants says whether a path belongs to taking part in a session.
func isForParticipants(path string) bool {
	return path == "/chat" || path == "/join" || path == "/results" || strings.HasPrefix(path, "/api/v1/results/") ||
		path == "/api/v1/join" || strings.HasPrefix(path, "/api/v1/join/") ||
		path == participantAPI || strings.HasPrefix(path, participantAPI+"/")
}
