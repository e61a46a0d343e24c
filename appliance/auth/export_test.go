package auth

// OnCompare has fn called with the hash before each comparison.
func (p *Passwords) OnCompare(fn func(hash []byte)) {
	compare := p.compare
	p.compare = func(hash, password []byte) error {
		fn(hash)
		return compare(hash, password)
	}
}

// Keys gives the number of keys that g remembers.
func (g *Guard) Keys() int { return len(g.keys) }

// Buckets gives the number of keys that r remembers.
func (r *Rate) Buckets() int { return len(r.buckets) }

const GuardKeys = guardKeys
