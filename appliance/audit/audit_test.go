package audit_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/audit"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// trail makes n chained entries that differ in every column.
func trail(n int) ([]audit.Entry, audit.Head) {
	var entries []audit.Entry
	var head audit.Head
	for i := range n {
		e := audit.Chain(head, appliance.AuditEntry{
			At:      start.Add(time.Duration(i) * time.Minute),
			Actor:   fmt.Sprintf("acc_%d", i%5),
			Address: fmt.Sprintf("192.0.2.%d", i%7),
			Action:  []string{"login", "logout", "session.open", "key.create"}[i%4],
			Object:  fmt.Sprintf("hst_%d", i),
		})
		entries = append(entries, e)
		head = audit.Head{Seq: e.Seq, Hash: e.Hash}
	}
	return entries, head
}

func all(entries []audit.Entry) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestAnUntouchedTrailIsProvenWhole(t *testing.T) {
	for _, n := range []int{0, 1, 2, 300} {
		entries, head := trail(n)
		proven, err := audit.Verify(all(entries), head)
		if err != nil || proven != int64(n) {
			t.Errorf("%d entries: proven %d, error %v", n, proven, err)
		}
	}
}

// Promise P17: any change, removal or reordering of any entry is found, also when whoever did it mended the hash of
// the altered entry.
func TestEveryMutationIsFound(t *testing.T) {
	const tries = 200
	r := rand.New(rand.NewPCG(17, 200))
	for try := range tries {
		entries, head := trail(50)
		name := mutate(r, try, &entries)
		if proven, err := audit.Verify(all(entries), head); err == nil {
			t.Errorf("mutation %d (%s) was not found; %d entries called proven", try, name, proven)
		} else if broken := new(audit.Broken); !errors.As(err, &broken) {
			t.Errorf("mutation %d (%s): %v is not a Broken", try, name, err)
		} else if proven >= broken.Seq {
			t.Errorf("mutation %d (%s): broken at %d, yet %d proven", try, name, broken.Seq, proven)
		}
	}
}

// mutate does one of the kinds of mutations at a random place.
func mutate(r *rand.Rand, try int, entries *[]audit.Entry) string {
	list := *entries
	i := r.IntN(len(list))
	e := &list[i]
	kinds := []struct {
		name string
		do   func()
	}{
		{"actor changed", func() { e.Actor += "x" }},
		{"address changed", func() { e.Address = "198.51.100.1" }},
		{"action changed", func() { e.Action = "setup" }},
		{"object changed", func() { e.Object = "" }},
		{"time changed", func() { e.At = e.At.Add(time.Millisecond) }},
		{"text moved to the next column", func() { e.Actor, e.Address = e.Actor+e.Address, "" }},
		{"number changed", func() { e.Seq++ }},
		{"hash changed", func() { e.Hash = flipped(r, e.Hash) }},
		{"link changed", func() { e.Prev = flipped(r, e.Prev) }},
		{"changed and hashed anew", func() { e.Object += "x"; e.Hash = audit.Hash(e.Prev, e.AuditEntry) }},
		{"removed", func() { *entries = slices.Delete(list, i, i+1) }},
		{"removed and renumbered", func() {
			*entries = slices.Delete(list, i, i+1)
			for j := i; j < len(*entries); j++ {
				(*entries)[j].Seq--
			}
		}},
		{"last ones removed", func() { *entries = list[:i] }},
		{"repeated", func() { *entries = slices.Insert(list, i, *e) }},
		{"swapped with the next", func() {
			j := (i + 1) % len(list)
			list[i], list[j] = list[j], list[i]
		}},
		{"swapped with the next, numbers kept", func() {
			j := (i + 1) % len(list)
			list[i].AuditEntry, list[j].AuditEntry = list[j].AuditEntry, list[i].AuditEntry
			list[i].Seq, list[j].Seq = list[j].Seq, list[i].Seq
		}},
		{"one added at the end", func() {
			last := list[len(list)-1]
			*entries = append(list, audit.Chain(audit.Head{Seq: last.Seq, Hash: last.Hash}, e.AuditEntry))
		}},
		{"everything from here on chained anew", func() {
			e.Object += "x"
			for j := i; j < len(list); j++ {
				head := audit.Head{}
				if j > 0 {
					head = audit.Head{Seq: list[j-1].Seq, Hash: list[j-1].Hash}
				}
				list[j] = audit.Chain(head, list[j].AuditEntry)
			}
		}},
	}
	kind := kinds[try%len(kinds)]
	kind.do()
	return fmt.Sprintf("%s at %d", kind.name, i)
}

func flipped(r *rand.Rand, hash []byte) []byte {
	h := slices.Clone(hash)
	h[r.IntN(len(h))] ^= 1 << r.IntN(8)
	return h
}

// The encoding is a promise to trails that are already stored: this value never changes.
func TestTheEncodingIsFixed(t *testing.T) {
	e := audit.Chain(audit.Head{}, appliance.AuditEntry{At: start, Actor: "acc_1", Address: "192.0.2.1",
		Action: "login", Object: "lgn_ä"})
	const want = "880b531c65be78c2bfb98a22d2343a545114d8b9281f135f5473ff3796c92c65"
	if got := hex.EncodeToString(e.Hash); got != want {
		t.Errorf("hash of the first entry is %s, want %s", got, want)
	}
}

func TestAnErrorOfTheSequenceIsPassedOn(t *testing.T) {
	entries, head := trail(3)
	failed := errors.New("disk")
	proven, err := audit.Verify(func(yield func(audit.Entry, error) bool) {
		_ = yield(entries[0], nil) && yield(audit.Entry{}, failed)
	}, head)
	if !errors.Is(err, failed) || proven != 1 {
		t.Errorf("got %d, %v", proven, err)
	}
}
