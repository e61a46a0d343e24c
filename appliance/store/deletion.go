package store

import "time"

// Deletion says what was deleted for good, in numbers.
type Deletion struct {
	Sessions      int
	Conversations int
	Turns         int
	Participants  int
	FinishedAt    time.Time
}
