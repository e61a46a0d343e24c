package store

import (
	"cmp"
	"slices"
	"sync"

	"harmonium/appliance"
)

// defaultRights bounds how many roles are remembered; beyond it everything is forgotten and read again.
const defaultRights = 20_000

// everybody stands for all accounts among those whose rights a write may change.
const everybody appliance.AccountID = ""

// rights remembers the roles that were asked for lately and tells whoever listens when one may have changed. What it
// remembers is never older than the last acknowledged write: every write that may change a role says so with
// Tx.changesRights, and the writer forgets all roles after the COMMIT and before it answers. Only roles that there are
// are remembered: for what may not be seen and for what is not there the database is asked each time, by the same
// statement, so that neither is told from the other by how long it takes. The zero value is ready.
type rights struct {
	mu         sync.Mutex
	most       int    // 0 means defaultRights
	generation uint64 // counts how often it was emptied
	roles      map[heldBy]appliance.Role
	watchers   map[*watcher]struct{}
}

// heldBy names the role of an account on an object; ids of different kinds differ in their prefix.
type heldBy struct {
	account appliance.AccountID
	object  string
}

type watcher struct {
	account appliance.AccountID
	changed chan struct{}
}

// get gives what is remembered, RoleNone for nothing, and the generation to hand to put.
func (r *rights) get(h heldBy) (appliance.Role, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.roles[h], r.generation
}

// put remembers what was read after get gave generation, unless something was written since.
func (r *rights) put(h heldBy, role appliance.Role, generation uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if generation != r.generation || role == appliance.RoleNone {
		return
	}
	if r.roles == nil {
		r.roles = make(map[heldBy]appliance.Role)
	}
	if len(r.roles) >= cmp.Or(r.most, defaultRights) {
		clear(r.roles)
	}
	r.roles[h] = role
}

// change forgets every role and tells those who watch one of accounts; everybody among them tells all.
func (r *rights) change(accounts []appliance.AccountID) {
	all := slices.Contains(accounts, everybody)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.generation++
	clear(r.roles)
	for w := range r.watchers {
		if !all && !slices.Contains(accounts, w.account) {
			continue
		}
		select {
		case w.changed <- struct{}{}:
		default: // it has not taken the last one yet, and asks after it
		}
	}
}

// WatchRights gives a token on changed after each write that may have changed what an account may do or see: its role on
// the box, a membership, a group, what is public, a log-in that has ended. Whoever gets one asks again: whether
// anything has changed is not said. The token is there before the write is acknowledged. stop ends it.
func (s *Store) WatchRights(account appliance.AccountID) (changed <-chan struct{}, stop func()) {
	r, w := &s.rights, &watcher{account, make(chan struct{}, 1)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.watchers == nil {
		r.watchers = make(map[*watcher]struct{})
	}
	r.watchers[w] = struct{}{}
	return w.changed, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.watchers, w)
	}
}

// changesRights says that this write may change what accounts may do or see; without any, what anybody may. It panics in
// a read.
func (tx *Tx) changesRights(accounts ...appliance.AccountID) {
	if tx.rights == nil {
		panic("store: changesRights in a read")
	}
	if len(accounts) == 0 {
		accounts = []appliance.AccountID{everybody}
	}
	*tx.rights = append(*tx.rights, accounts...)
}
