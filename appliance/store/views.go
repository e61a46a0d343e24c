package store

import (
	"sync"
	"time"
)

// viewsEvery is for how long one entry of the trail stands for all looks of the same person at the same thing.
const viewsEvery = time.Hour

// maxViews bounds what is remembered; beyond it everything is forgotten and the next looks are noted again.
const maxViews = 10_000

// views remembers the looks that were noted lately. The zero value is ready.
type views struct {
	mu    sync.Mutex
	noted map[[32]byte]time.Time
}

// begins says whether a look is to be noted. Of several at the same time one is.
func (v *views) begins(key [32]byte, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if at, known := v.noted[key]; known && now.Sub(at) < viewsEvery && !now.Before(at) {
		return false
	}
	if v.noted == nil || len(v.noted) >= maxViews {
		v.noted = make(map[[32]byte]time.Time)
	}
	v.noted[key] = now
	return true
}
