package web

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"harmonium/appliance"
)

// page serves the built web apps: files under /assets as they are, every other address one of the two apps, which
// reads the address itself.
func (a *API) page(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "There is nothing to send to under this address."))
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if asset, ok := strings.CutPrefix(name, "assets/"); ok {
		app, _, _ := strings.Cut(asset, "/")
		// Names of assets carry a hash of their content.
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		a.file(w, r, path.Join(app, name))
		return
	}
	if name == helpPath[1:] || strings.HasPrefix(name, helpPath[1:]+"/") {
		a.help(w, r, name)
		return
	}
	app := "host"
	if name == "chat" || name == "join" || name == "results" {
		app = "participant"
	}
	w.Header().Set("Permissions-Policy", withMicrophone)
	w.Header().Set("Content-Security-Policy", pageCSP)
	a.file(w, r, app+"/index.html")
}

// helpPath is the address of the guides: helpPath/LANGUAGE/GUIDE is a page of the build.
const helpPath = "/help"

// help serves a page of the guides. Every other address below helpPath leads to the guide for participants, in the
// first language of the browser that there is.
func (a *API) help(w http.ResponseWriter, r *http.Request, name string) {
	if _, err := fs.Stat(a.UI, name+".html.gz"); err == nil {
		w.Header().Set("Content-Security-Policy", pageCSP)
		a.file(w, r, name+".html")
		return
	}
	for _, tag := range append(strings.Split(r.Header.Get("Accept-Language"), ","), "en") {
		language, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), ";")
		language, _, _ = strings.Cut(language, "-")
		guide := path.Join(helpPath, language, "participant")
		if _, err := fs.Stat(a.UI, guide[1:]+".html.gz"); err == nil {
			w.Header().Add("Vary", "Accept-Language")
			http.Redirect(w, r, guide, http.StatusFound)
			return
		}
	}
	a.missing(w, r, "host/index.html")
}

// contentTypes of the files that a build makes. The machine's own table of types is not asked: it differs.
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".webmanifest": "application/manifest+json",
}

// file serves one file of the build, compressed when the client reads that.
func (a *API) file(w http.ResponseWriter, r *http.Request, name string) {
	contentType, known := contentTypes[path.Ext(name)]
	body, encoding, err := a.built(name, r.Header.Get("Accept-Encoding"))
	if err != nil || !known {
		a.missing(w, r, name)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}

// built gives the content of a file of the build in an encoding that the client accepts, gzip or "" (none). What is there only
// compressed is unpacked for clients that read no compression.
func (a *API) built(name, accepted string) (body []byte, encoding string, err error) {
	if strings.Contains(accepted, "gzip") {
		if packed, err := fs.ReadFile(a.UI, name+".gz"); err == nil {
			return packed, "gzip", nil
		}
	}
	if body, err = fs.ReadFile(a.UI, name); err == nil {
		return body, "", nil
	}
	packed, err := a.UI.Open(name + ".gz")
	if err != nil {
		return nil, "", err
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, "", err
	}
	body, err = io.ReadAll(plain)
	return body, "", err
}

func (a *API) missing(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Cache-Control", "no-store")
	if name != "host/index.html" && name != "participant/index.html" {
		a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "There is no such file."))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	w.Write([]byte("This build of Harmonium has no web pages in it. Run: make build\n"))
}
