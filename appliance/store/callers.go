package store

import (
	"cmp"
	"sync"
	"time"

	"harmonium/appliance"
)

// seenEvery is how often the last use of a log-in or key is written, at most. In between it is known in memory only.
const seenEvery = time.Minute

// defaultCallers bounds what is remembered; beyond it everything is forgotten and read again.
const defaultCallers = 10_000

// callers remembers the accounts behind the log-ins and keys that were used lately, so that a request need not ask
// the database who sends it. What it holds is never older than the last acknowledged write: every write to accounts,
// log-ins or keys empties it before it is acknowledged. The zero value is ready.
type callers struct {
	mu         sync.Mutex
	most       int    // 0 means defaultCallers
	generation uint64 // counts how often it was emptied
	byHash     map[string]*knownCaller
	rule       appliance.FactorRule // whose log-ins need a second factor; "": not known
}

// knownCaller is a log-in or a key with its account.
type knownCaller struct {
	login   appliance.Login
	key     appliance.APIKey
	account appliance.Account
	written time.Time // when its last use was last written
}

// get gives a copy of what is known about a token's hash, or the generation to hand to put.
func (c *callers) get(hash []byte) (known knownCaller, generation uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.byHash[string(hash)]; k != nil {
		return *k, c.generation, true
	}
	return knownCaller{}, c.generation, false
}

// put remembers what was read after get gave generation, unless something was written since.
func (c *callers) put(hash []byte, k knownCaller, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if c.byHash == nil {
		c.byHash = make(map[string]*knownCaller)
	}
	if most := cmp.Or(c.most, defaultCallers); len(c.byHash) >= most {
		clear(c.byHash)
	}
	c.byHash[string(hash)] = &k
}

// factorRule gives what was remembered by putRule, or the generation to hand to it.
func (c *callers) factorRule() (rule appliance.FactorRule, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rule, c.generation
}

// putRule remembers what was read after factorRule gave generation, unless something was written since.
func (c *callers) putRule(rule appliance.FactorRule, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation == c.generation {
		c.rule = rule
	}
}

// used notes that a log-in or key is used now and says whether that is to be written. Of several that ask at the same
// time one is told to.
func (c *callers) used(hash []byte, now time.Time) (write bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.byHash[string(hash)]
	if k == nil {
		return true
	}
	if now.After(k.login.LastSeenAt) {
		k.login.LastSeenAt = now
	}
	if now.After(k.key.LastUsedAt) {
		k.key.LastUsedAt = now
	}
	if now.Sub(k.written) < seenEvery {
		return false
	}
	k.written = now
	return true
}

// forget empties c after a write to accounts, log-ins, keys or the rule.
func (c *callers) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.byHash)
	c.rule = ""
}
