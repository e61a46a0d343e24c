package web

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"harmonium/appliance"
)

// sourcePath is where everybody who uses the box gets the source of the program that serves them (AGPL-3.0, section 13):
// there is no network from which it could be fetched.
const sourcePath = "/source"

// source gives the archive of the source.
func (a *API) source(w http.ResponseWriter, r *http.Request) {
	if a.Source == "" {
		a.writeProblem(w, r, appliance.Errorf(appliance.CodeNotFound, "This program was put here without the archive of its source. "+
			"Whoever runs the box has it, or gets it from where the program came from; `make build` lays it beside the program."))
		return
	}
	f, err := os.Open(a.Source)
	if err != nil {
		a.writeProblem(w, r, fmt.Errorf("open the source archive: %w", err))
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		a.writeProblem(w, r, fmt.Errorf("look at the source archive: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-xz")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="harmonium-%s.tar.xz"`, fileName(a.Version)))
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// fileName makes a version fit for the name of a file.
func fileName(version string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".+-", r) {
			return r
		}
		return '_'
	}, version)
}
