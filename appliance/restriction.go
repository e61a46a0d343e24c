package appliance

import (
	"slices"
	"time"
)

// Restrictions is a set of uses that are forbidden of a meeting. It is stored as a number, so the bits stay what they are.
type Restrictions uint8

// What may be forbidden. NoUse forbids everything but keeping the meeting and reading it on its page.
const (
	NoSynthesis  Restrictions = 1 << iota // claims, themes, reports, summaries, insights, answers out of a whole session
	NoProject                             // what a project says together, and answers out of a project or of everything
	NoExport                              // files, and programs that read over the interface
	NoSharing                             // results that participants and others see, and webhooks
	NoProcessing                          // whatever else is done with it: transcription, search, answers out of it alone

	NoUse = NoSynthesis | NoProject | NoExport | NoSharing | NoProcessing
)

// scopes are the names of the restrictions in the interface, in the order in which they are told.
var scopes = []struct {
	name string
	bits Restrictions
}{
	{"synthesis", NoSynthesis}, {"project_attachment", NoProject}, {"external_export", NoExport}, {"sharing", NoSharing},
	{"all_downstream_processing", NoUse},
}

// RestrictionScopes gives the names of all restrictions.
func RestrictionScopes() (names []string) {
	for _, s := range scopes {
		names = append(names, s.name)
	}
	return names
}

// RestrictionsOf gives the set of named scopes; false when there is none of a name.
func RestrictionsOf(names []string) (r Restrictions, ok bool) {
	for _, name := range names {
		i := slices.Index(RestrictionScopes(), name)
		if i < 0 {
			return 0, false
		}
		r |= scopes[i].bits
	}
	return r, true
}

// Scopes gives the names of a set. One that forbids everything has all of them.
func (r Restrictions) Scopes() []string {
	names := []string{}
	for _, s := range scopes {
		if r.Forbid(s.bits) {
			names = append(names, s.name)
		}
	}
	return names
}

// Forbid says whether all of other is forbidden.
func (r Restrictions) Forbid(other Restrictions) bool { return r&other == other }

// RestrictionKind says what a RestrictionEvent did.
type RestrictionKind string

// The kinds of events.
const (
	RestrictionSet       RestrictionKind = "set"       // somebody has put a set in the place of the one before
	RestrictionCandidate RestrictionKind = "candidate" // a signal was heard; its scopes hold until somebody decides
	RestrictionConfirm   RestrictionKind = "confirm"   // of a candidate: its scopes are added to those that were set
	RestrictionDismiss   RestrictionKind = "dismiss"   // of a candidate: its scopes hold no more
)

// RestrictionEvent is one step in how the restrictions of a meeting came about. Events are never changed or taken out.
type RestrictionEvent struct {
	ID        RestrictionID
	Kind      RestrictionKind
	Forbids   Restrictions
	Reason    string
	Candidate RestrictionID // that is confirmed or dismissed
	Turn      TurnID        // in which a signal was heard
	Seq       int           // of that turn; -1 when there is none, or none any more
	Actor     string        // an account, a key, or "rules"
	ActorName string        // of the account, or of that of the key; "" when it is gone, and of rules
	At        time.Time
}

// RestrictionState is what the events of a meeting come to.
type RestrictionState struct {
	Set     Restrictions       // by people
	Pending []RestrictionEvent // candidates that nobody has decided on
	History []RestrictionEvent // all, the oldest first
}

// StateOf gives what events, the oldest first, come to.
func StateOf(history []RestrictionEvent) RestrictionState {
	s := RestrictionState{History: history}
	for _, e := range history {
		switch e.Kind {
		case RestrictionSet:
			s.Set = e.Forbids
		case RestrictionCandidate:
			s.Pending = append(s.Pending, e)
		case RestrictionConfirm, RestrictionDismiss:
			s.Pending = slices.DeleteFunc(s.Pending, func(p RestrictionEvent) bool { return p.ID == e.Candidate })
			if e.Kind == RestrictionConfirm {
				s.Set |= e.Forbids
			}
		}
	}
	return s
}

// Candidates gives what the candidates forbid that nobody has decided on.
func (s RestrictionState) Candidates() (r Restrictions) {
	for _, p := range s.Pending {
		r |= p.Forbids
	}
	return r
}

// Effective gives what holds: what was set, and what was signalled and not yet decided on.
func (s RestrictionState) Effective() Restrictions { return s.Set | s.Candidates() }

// RestrictionChange sets restrictions, or decides on a candidate.
type RestrictionChange struct {
	Set       *Restrictions // nil: decides on Candidate
	Candidate RestrictionID
	Confirm   bool
	Reason    string
	Program   bool // who asks is a program, which must not lift what keeps it out
}
