package web

import (
	"net/http"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/mcp"
)

// agentsPath is where programs that speak the Model Context Protocol find the tools of the box.
const agentsPath = "/mcp"

// agents serves the tools (package mcp), which stand for operations of the interface, api. Whoever comes must hold a good key
// before anything of what they sent is read; what the key may do is asked with each operation. A request counts against the
// limit of the key, and so does each operation.
func (a *API) agents(api http.Handler) http.Handler {
	tools := mcp.Handler(a.Version, api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.agent(r); err != nil {
			if appliance.CodeOf(err) == appliance.CodeUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			a.writeProblem(w, r, err)
			return
		}
		tools.ServeHTTP(w, r)
	})
}

// agent refuses who has no good key. A log-in is not enough: a page that is open in a browser calls no tools.
func (a *API) agent(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		return appliance.Errorf(appliance.CodeUnauthorized, "Please send an API key, as Authorization: Bearer, a space, the key.")
	}
	c, err := a.caller(r)
	if err != nil {
		return err
	}
	if c.Key == nil {
		return appliance.Errorf(appliance.CodeForbidden, "This is for API keys only.")
	}
	return nil
}
