package server

import (
	"log/slog"
	"net"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

// InWords says how long something has lasted.
func InWords(d time.Duration) string { return inWords(d) }

// NewDoor lets so many connections in, and so many from one address.
func NewDoor(l net.Listener, all, fromOne int) net.Listener { return newDoor(l, all, fromOne) }

// NewComplaints takes the complaints of net/http into a log.
func NewComplaints(l *slog.Logger, clock appliance.Clock) slog.Handler {
	return newComplaints(l, clock)
}

// Reason gives why rules lead, and what to do about it, for one kind of failure.
func Reason(kind inference.Kind, own bool) (text, todo string) {
	r := reasons(own)[kind]
	return r.text, r.todo
}
