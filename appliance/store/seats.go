package store

import (
	"sync"

	"harmonium/appliance"
)

// Seat is where a participant's token leads: the participant, and the one conversation that is theirs.
type Seat struct {
	ParticipantID  appliance.ParticipantID
	ConversationID appliance.ConversationID
	SessionID      appliance.SessionID
}

// maxSeats bounds the seats that are remembered; beyond it some are forgotten and read again.
const maxSeats = 10_000

// seats remembers the seats behind the tokens that were used lately, so that a message need not ask the database who
// sends it. A seat never changes; what ends it empties its entry before that is acknowledged. The zero value is ready.
type seats struct {
	mu         sync.Mutex
	generation uint64 // counts how often something was forgotten
	byHash     map[string]Seat
}

// get gives what is known about the hash of a token, or the generation to hand to put.
func (c *seats) get(hash []byte) (seat Seat, generation uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seat, ok = c.byHash[string(hash)]
	return seat, c.generation, ok
}

// put remembers what was read after get gave generation, unless something was forgotten since.
func (c *seats) put(hash []byte, seat Seat, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if c.byHash == nil {
		c.byHash = make(map[string]Seat)
	}
	if len(c.byHash) >= maxSeats {
		for some := range c.byHash {
			delete(c.byHash, some)
			if len(c.byHash) < maxSeats/2 {
				break
			}
		}
	}
	c.byHash[string(hash)] = seat
}

// forget drops every seat that gone says is none any more.
func (c *seats) forget(gone func(Seat) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for hash, seat := range c.byHash {
		if gone(seat) {
			delete(c.byHash, hash)
		}
	}
}
