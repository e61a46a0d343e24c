package server

import "time"

// InWords says how long something has lasted.
func InWords(d time.Duration) string { return inWords(d) }
