package web

// routes lists every operation of the interface, by resource. Who may call each is in package auth, permissions.go.
func (a *API) routes(r router) {
	// Set-up, log-in, account, keys

	// Projects

	// Sessions, guide, form, launch

	// Conversations of a session, search, live

	// Results

	// Participants

	// Harmonica's clients
}
