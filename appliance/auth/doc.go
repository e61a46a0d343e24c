// Package auth holds the rules of who may do what and of how somebody proves who they are: the permission table,
// passwords, the throttle on guessing, log-in tokens, API keys and their limits.
//
// It knows neither HTTP nor SQL. What it decides is decided from values it is given, with an injected clock, so that
// every rule can be tested alone; package web asks it, package store keeps what must survive a restart.
package auth
