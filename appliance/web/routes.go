package web

import "net/http"

// routes lists every operation of the interface, by resource. Who may call each is in package auth, permissions.go.
func (a *API) routes(r router) {
	// Set-up, log-in, account, keys

	// Projects

	// Sessions, guide, form, launch

	// Conversations of a session, search, live

	// Results
	handle(r, http.MethodGet, "/sessions/{id}/report", "getReport", "The newest report with its evidence", a.getReport)
	handle(r, http.MethodPost, "/sessions/{id}/report", "makeReport", "Write the report anew", a.makeReport, accepted)
	handle(r, http.MethodGet, "/sessions/{id}/jobs", "listJobs", "Background work on the results", a.listJobs)
	handle(r, http.MethodGet, "/sessions/{id}/summary", "getSummary", "The summary as Markdown", a.getSummary)
	handle(r, http.MethodPost, "/sessions/{id}/summary", "makeSummary", "Make the summary anew and wait for it", a.makeSummary)
	handle(r, http.MethodGet, "/sessions/{id}/session-md", "getSessionMD", "The session as a Markdown document", a.getSessionMD)
	handle(r, http.MethodGet, "/sessions/{id}/knowledge", "getKnowledge", "Decisions, actions, claims and gaps", a.getKnowledge)
	handle(r, http.MethodPost, "/sessions/{id}/knowledge", "makeKnowledge", "Read the knowledge out of the summary", a.getKnowledge)

	// Participants

	// Harmonica's clients
}
