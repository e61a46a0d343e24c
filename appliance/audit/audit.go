// Package audit chains the entries of the audit trail, so that changing, removing or reordering any of them can be
// found out. It computes and checks hashes; package store keeps the entries.
//
// The hash of an entry is SHA-256 over this encoding, version 1:
//
//	the 18 bytes "harmonium audit 1\n"
//	the hash of the entry before (32 bytes; all zero for the first)
//	seq                          (8 bytes, big endian)
//	at, Unix milliseconds        (8 bytes, big endian, two's complement)
//	actor, address, action, object: each as its length in bytes (4 bytes, big endian) and its bytes
//
// Lengths stand before the texts, so that no two different entries have the same encoding.
//
// What the chain proves: whoever alters a part of the stored trail must compute every later hash anew, and the head as
// well. It does not prove that nobody with full access to the files has done all of that; for that, compare the head
// with one that was noted elsewhere.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"

	"harmonium/appliance"
)

const tag = "harmonium audit 1\n"

// Size is the length of a hash in bytes.
const Size = sha256.Size

// Entry is an entry of the trail with its place in the chain.
type Entry struct {
	appliance.AuditEntry
	Prev []byte // hash of the entry before; Size zero bytes for the first
	Hash []byte
}

// Head is the newest entry of a trail: how many there are and the hash that stands for all of them. The zero Head is
// that of an empty trail.
type Head struct {
	Seq  int64
	Hash []byte
}

// Chain makes e the entry after head: it sets e.Seq and computes its hash.
func Chain(head Head, e appliance.AuditEntry) Entry {
	e.Seq = head.Seq + 1
	prev := head.Hash
	if head.Seq == 0 {
		prev = make([]byte, Size)
	}
	return Entry{AuditEntry: e, Prev: prev, Hash: Hash(prev, e)}
}

// Hash computes the hash of e after an entry with the hash prev. The time counts to the millisecond.
func Hash(prev []byte, e appliance.AuditEntry) []byte {
	b := make([]byte, 0, 256)
	b = append(b, tag...)
	b = append(b, prev...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	for _, text := range []string{e.Actor, e.Address, e.Action, e.Object} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// Broken says where a trail is not what was written.
type Broken struct {
	Seq    int64 // the first entry at which it shows; the number expected there when an entry is missing
	Reason string
}

func (b *Broken) Error() string { return fmt.Sprintf("audit entry %d: %s", b.Seq, b.Reason) }

// Verify reads a whole trail, oldest first, and compares it with the head that was kept beside it. It gives the number
// of entries that are proven: all, or those before the first that is not what was written, with a *Broken. Another
// error is that of the sequence.
func Verify(entries iter.Seq2[Entry, error], head Head) (proven int64, err error) {
	at := Head{Hash: make([]byte, Size)}
	for e, err := range entries {
		if err != nil {
			return at.Seq, err
		}
		switch {
		case e.Seq != at.Seq+1:
			return at.Seq, &Broken{at.Seq + 1, fmt.Sprintf("is missing; entry %d stands in its place", e.Seq)}
		case !bytes.Equal(e.Prev, at.Hash):
			return at.Seq, &Broken{e.Seq, "does not follow the entry before it"}
		case !bytes.Equal(e.Hash, Hash(e.Prev, e.AuditEntry)):
			return at.Seq, &Broken{e.Seq, "was changed"}
		}
		at = Head{Seq: e.Seq, Hash: e.Hash}
	}
	switch {
	case at.Seq < head.Seq:
		return at.Seq, &Broken{at.Seq + 1, fmt.Sprintf("is missing; there should be %d entries", head.Seq)}
	case at.Seq > head.Seq:
		return head.Seq, &Broken{head.Seq + 1, fmt.Sprintf("was added; there should be %d entries", head.Seq)}
	case head.Seq > 0 && !bytes.Equal(at.Hash, head.Hash):
		return 0, &Broken{at.Seq, "is not the one that the trail ended with; any entry may have been changed"}
	}
	return at.Seq, nil
}
