package web

import "net/http"

// Route is where an operation is found: "getMe" at GET /me.
type Route struct{ Method, Path, Operation string }

// NewWithRoutes is New that also gives every route of the interface.
func NewWithRoutes(d Deps) (http.Handler, []Route) {
	a, handler := build(d)
	var list []Route
	for _, r := range a.list {
		list = append(list, Route{r.method, r.path, r.operation})
	}
	return handler, list
}

// LoginCookie is the name of the cookie of a log-in.
const LoginCookie = loginCookie

// UnmarshalJSON reads a body.
func UnmarshalJSON(data []byte, v any) error { return unmarshalJSON(data, v) }
