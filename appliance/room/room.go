// Package room says what the box still takes on when its disk or its memory runs short. What nobody is in the middle of
// is refused first: recordings, imports and try-outs, then new conversations. A conversation that has begun is never
// refused by this package; it ends where the disk itself says no.
//
// It measures when it is asked and keeps nothing, so that the answer is that of this moment and a box that was given
// room takes everything on again by itself.
package room

import (
	"harmonium/appliance"
)

// Work is what somebody wants to begin.
type Work string

// The kinds of work, in the order in which they are refused.
const (
	Extra        Work = "extra"        // a recording, an import, a try-out: can be done later
	Conversation Work = "conversation" // a new one
)

// Level is how much room there is.
type Level int

// The levels.
const (
	Plenty Level = iota
	Tight        // Extra is refused
	Short        // new conversations are refused too
)

// Shares of the disk below which the box takes on less, in percent (reliability: uploads, then new conversations).
const (
	tightDisk = 5
	shortDisk = 2
)

// The same of memory. A large machine is not short because a small share of it is left: beyond the second figure of each
// there is room, whatever the share is.
const (
	tightMemory, tightMemoryBytes = 10, 512 << 20
	shortMemory, shortMemoryBytes = 4, 192 << 20
)

// Space is what is left of something, in bytes. A Total of 0 says that nothing is known of it, which refuses nothing.
type Space struct{ Free, Total int64 }

// Percent is the share that is left, rounded down.
func (s Space) Percent() int64 {
	if s.Total <= 0 {
		return 100
	}
	return int64(float64(s.Free) / float64(s.Total) * 100)
}

// Gauge measures one box.
type Gauge struct {
	Disk   func() (free, total int64, err error) // of the data directory; nil: not looked at
	Memory func() Memory                         // nil: not looked at
}

// State is how much room the box has.
type State struct {
	Disk   Space
	Memory Memory
}

// State measures.
func (g *Gauge) State() (s State) {
	if g == nil {
		return s
	}
	if g.Disk != nil {
		if free, total, err := g.Disk(); err == nil {
			s.Disk = Space{free, total}
		}
	}
	if g.Memory != nil {
		s.Memory = g.Memory()
	}
	return s
}

// DiskLevel says how much room the disk has.
func (s State) DiskLevel() Level {
	switch share := s.Disk.Percent(); {
	case share < shortDisk:
		return Short
	case share < tightDisk:
		return Tight
	}
	return Plenty
}

// MemoryLevel says how much room the memory has: that of the machine, or what the kernel allows the program, whichever is
// scarcer.
func (s State) MemoryLevel() Level {
	return max(s.Memory.Machine.memoryLevel(), s.Memory.Own.memoryLevel())
}

func (s Space) memoryLevel() Level {
	switch share := s.Percent(); {
	case share < shortMemory && s.Free < shortMemoryBytes:
		return Short
	case share < tightMemory && s.Free < tightMemoryBytes:
		return Tight
	}
	return Plenty
}

// Admit returns nil when work of this kind can be begun, else why not, in words for whoever wants to begin it.
func (g *Gauge) Admit(w Work) error {
	refusedFrom, s := Tight, g.State()
	if w == Conversation {
		refusedFrom = Short
	}
	switch {
	case s.DiskLevel() >= refusedFrom && w == Conversation:
		return appliance.Errorf(appliance.CodeStorage, "The disk of this box is nearly full, so no new conversation can begin. Nothing was saved. "+
			"Conversations that have begun go on. Please tell whoever invited you.")
	case s.DiskLevel() >= refusedFrom:
		return appliance.Errorf(appliance.CodeStorage, "The disk of the box is nearly full, and what is left is kept for conversations. Nothing was begun. "+
			"Delete sessions that are no longer needed, then try again.")
	case s.MemoryLevel() >= refusedFrom && w == Conversation:
		return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: retryAfter, Message: "The box is short of memory at this moment, so no new conversation " +
			"can begin. Nothing was saved. Please try again in a minute; conversations that have begun go on."}
	case s.MemoryLevel() >= refusedFrom:
		return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: retryAfter, Message: "The box is short of memory at this moment, and what is left is kept " +
			"for conversations. Nothing was begun. Please try again in a minute; the health page says what takes the memory."}
	}
	return nil
}

// retryAfter is when to try again, in seconds: memory comes back by itself when less is going on.
const retryAfter = 60
