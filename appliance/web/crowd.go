package web

import (
	"sync"

	"harmonium/appliance"
)

// How many live sockets may be open, since each costs memory for as long as its client likes. A whole room may come
// from one address: that of the router behind which it sits.
const (
	maxSockets        = 4096
	maxSocketsFromOne = 512
)

// crowd counts the open live sockets by the address of their clients.
type crowd struct {
	mu   sync.Mutex
	all  int
	from map[string]int
}

// enter counts one more, or says why it cannot be.
func (c *crowd) enter(address string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= maxSockets || c.from[address] >= maxSocketsFromOne {
		return &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 10, Message: "Too many pages are connected at the moment. " +
			"Nothing is lost: what is written is sent and answered all the same, and the page connects by itself when there is room."}
	}
	c.all++
	c.from[address]++
	return nil
}

// leave counts one that has entered no more.
func (c *crowd) leave(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.from[address]--; c.from[address] == 0 {
		delete(c.from, address)
	}
}
