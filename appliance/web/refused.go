package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
)

// refusal is a part of Harmonica's interface that this box does not have, and why.
type refusal struct{ method, path, why string }

// refusals lists what is answered with a sentence, so that nobody takes it for a mistyped address. Addresses that come
// with later versions are not in it: they are not there yet.
func refusals() []refusal {
	const (
		public    = "This box has no list of public sessions: it is reached only from its own network. Share the link of a session instead."
		sources   = "This box fetches nothing from elsewhere. Put what is to be known into the context of the session. Nothing was saved."
		grounding = "This box does not look anything up elsewhere, so there is no grounding to show."
		scratch   = "This box keeps no scratchpad. What is known of a session is in its summary and its knowledge."
		history   = "This box keeps no history of edits to a session. The versions of its guide are under /sessions/{id}/guide/versions."
		anew      = "This is not made anew by itself here. POST /sessions/{id}/summary makes the summary, POST /sessions/{id}/guide/draft the guide. Nothing was changed."
		telegram  = "This box sends nothing out, so it cannot work with Telegram. Nothing was saved."
		topics    = "This box does not run unconferences."
	)
	return []refusal{
		{http.MethodGet, "/sessions/public", public},
		{http.MethodGet, "/sessions/{id}/context-sources", sources},
		{http.MethodPost, "/sessions/{id}/context-sources", sources},
		{http.MethodGet, "/sessions/{id}/grounding", grounding},
		{http.MethodPost, "/sessions/{id}/grounding", grounding},
		{http.MethodGet, "/sessions/{id}/scratchpad", scratch},
		{http.MethodPatch, "/sessions/{id}/scratchpad", scratch},
		{http.MethodGet, "/sessions/{id}/edit-history", history},
		{http.MethodPost, "/sessions/{id}/regenerate-{what}", anew},
		{http.MethodPost, "/integrations/telegram", telegram},
		{http.MethodDelete, "/integrations/telegram", telegram},
		{http.MethodPost, "/integrations/telegram/*", telegram},
		{http.MethodDelete, "/integrations/telegram/*", telegram},
		{http.MethodGet, "/unconference/topics", topics},
		{http.MethodPost, "/unconference/topics", topics},
		{http.MethodPost, "/projects/{id}/sensemaking", noMap},
		{http.MethodPut, "/projects/{id}/sensemaking", noMap},
	}
}

// refuse answers what is refused. No object is looked at, so any account may ask; strangers are told to log in.
func (a *API) refuse(r chi.Router) {
	for _, no := range refusals() {
		r.MethodFunc(no.method, no.path, func(w http.ResponseWriter, r *http.Request) {
			c, err := a.caller(r)
			switch {
			case err != nil:
			case c.Account.ID == "":
				err = appliance.Errorf(appliance.CodeUnauthorized, "Please log in.")
			default:
				err = appliance.Errorf(appliance.CodeUnprocessable, "%s", no.why)
			}
			a.writeProblem(w, r, err)
		})
	}
}
