package store

import (
	"time"

	"harmonium/appliance"
)

// Deletion says what was deleted for good, in numbers.
type Deletion struct {
	Sessions      int
	Conversations int
	Turns         int
	Participants  int
	FinishedAt    time.Time
	Receipt       appliance.ReceiptID // of the erasure that it was part of
}
