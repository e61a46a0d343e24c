package server

import (
	"context"
	"runtime/debug"
	"time"
)

// quietFor is after how long without anything being stored the server counts as idle.
const quietFor = 10 * time.Second

// rest gives memory back whenever the server has become idle: what a room full of people has taken the runtime would
// keep for minutes, on a box that has a model to hold beside it.
func (s *Server) rest(ctx context.Context) {
	tick := time.NewTicker(quietFor)
	defer tick.Stop()
	for writes, rested := int64(-1), false; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		switch now := s.store.Stats().Writes; {
		case now != writes:
			writes, rested = now, false
		case !rested:
			debug.FreeOSMemory()
			rested = true
		}
	}
}
