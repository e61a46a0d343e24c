package web

import "net/http"

// routes lists every operation of the interface, by resource. Who may call each is in package auth, permissions.go.
func (a *API) routes(r router) {
	// Set-up, log-in, account, keys
	handle(r, http.MethodGet, "/setup", "setupState", "Whether the first account is still to be made", a.setupState)
	handle(r, http.MethodPost, "/setup", "setUp", "Make the first account with the one-time link", a.setUp, noContent)
	handle(r, http.MethodPost, "/login", "logIn", "Log in", a.logIn, noContent)
	handle(r, http.MethodPost, "/logout", "logOut", "Log out", a.logOut, noContent)
	handle(r, http.MethodPost, "/logout-everywhere", "logOutEverywhere", "End every log-in of the account",
		a.logOutEverywhere, noContent)
	handle(r, http.MethodGet, "/me", "getMe", "The own account", a.getMe)
	handle(r, http.MethodPatch, "/me", "updateMe", "Change name or language", a.updateMe)
	handle(r, http.MethodPost, "/me/password", "changePassword", "Change the password", a.changePassword, noContent)
	handle(r, http.MethodGet, "/logins", "listLogins", "Where the account is logged in", a.listLogins)
	handle(r, http.MethodDelete, "/logins/{id}", "endLogin", "End one log-in", a.endLogin, noContent)
	handle(r, http.MethodGet, "/api-keys", "listKeys", "The account's API keys", a.listKeys)
	handle(r, http.MethodPost, "/api-keys", "createKey", "Make an API key", a.createKey, created)
	handle(r, http.MethodDelete, "/api-keys/{id}", "revokeKey", "Revoke an API key", a.revokeKey, noContent)
	handle(r, http.MethodGet, "/health", "getHealth", "How the box is, in sentences", a.getHealth)

	// Projects
	handle(r, http.MethodGet, "/projects", "listProjects", "The projects that one may see", a.listProjects)
	handle(r, http.MethodPost, "/projects", "createProject", "Make a project", a.createProject, created)
	handle(r, http.MethodGet, "/projects/{id}", "getProject", "One project", a.getProject)
	handle(r, http.MethodPatch, "/projects/{id}", "updateProject", "Change a project", a.updateProject)
	handle(r, http.MethodDelete, "/projects/{id}", "deleteProject", "Delete a project; its sessions stay", a.deleteProject)

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
