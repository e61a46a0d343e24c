package appliance

import "slices"

// Tab is one part of the results of a session, with a page of its own.
type Tab string

// The parts of results, in the order in which they are shown.
const (
	TabSummary   Tab = "summary"   // the report, and the answers in figures
	TabThemes    Tab = "themes"    // themes with their claims and quotations
	TabResponses Tab = "responses" // every conversation, whole; to participants and the public only what was answered, in figures
	TabInsights  Tab = "insights"  // what was asked of every conversation, knowledge
	TabCompanion Tab = "companion" // questions to the conversations
	TabFiles     Tab = "files"     // files that belong to the session
	TabExport    Tab = "export"    // results as files
)

// Tabs gives all parts of results.
func Tabs() []Tab {
	return []Tab{TabSummary, TabThemes, TabResponses, TabInsights, TabCompanion, TabFiles, TabExport}
}

// Shareable says whether a part can be shown to people without a role on the session. The others show single people, or
// what only those who lead the session work with.
func (t Tab) Shareable() bool { return t == TabSummary || t == TabThemes || t == TabResponses }

// The bounds of Visibility.Minimum.
const (
	DefaultResultsMinimum = 5
	LeastResultsMinimum   = 3
	MaxResultsMinimum     = 1000
)

// Visibility says who may see which part of the results of a session. Its zero value: every member sees all parts, nobody
// else any.
type Visibility struct {
	// Members is the least role on the session that sees a part; RoleViewer where there is none.
	Members map[Tab]Role `json:"members,omitempty"`
	// Shared is who sees a part beside members; ResultsHost, nobody, where there is none. What the public sees participants
	// see too.
	Shared map[Tab]ResultsVisibility `json:"shared,omitempty"`
	// Minimum is the group size below which nothing is told to who is no member; DefaultResultsMinimum where it is 0.
	Minimum int `json:"minimum,omitempty"`
}

// Least is the least role on the session that sees a part.
func (v Visibility) Least(t Tab) Role {
	if r, ok := v.Members[t]; ok {
		return r
	}
	return RoleViewer
}

// Open gives the parts that a member with a role sees. The Companion answers out of conversations and leads into them:
// it is open to who sees these as well.
func (v Visibility) Open(r Role) []Tab {
	return slices.DeleteFunc(Tabs(), func(t Tab) bool {
		return r == RoleNone || !r.AtLeast(v.Least(t)) || t == TabCompanion && !r.AtLeast(v.Least(TabResponses))
	})
}

// SharedWith gives the parts that somebody sees who is no member: ResultsParticipants or ResultsPublic.
func (v Visibility) SharedWith(audience ResultsVisibility) []Tab {
	return slices.DeleteFunc(Tabs(), func(t Tab) bool {
		to := v.To(t)
		return !t.Shareable() || to != ResultsPublic && (to != ResultsParticipants || audience != ResultsParticipants)
	})
}

// Widest is the widest audience that sees any part: what Harmonica's API calls results_visibility.
func (v Visibility) Widest() ResultsVisibility {
	switch {
	case len(v.SharedWith(ResultsPublic)) > 0:
		return ResultsPublic
	case len(v.SharedWith(ResultsParticipants)) > 0:
		return ResultsParticipants
	}
	return ResultsHost
}

// Group is the group size below which nothing is told to who is no member.
func (v Visibility) Group() int {
	if v.Minimum == 0 {
		return DefaultResultsMinimum
	}
	return v.Minimum
}

// Clean leaves out what says the same as saying nothing.
func (v Visibility) Clean() Visibility {
	out := Visibility{Minimum: v.Minimum}
	for _, t := range Tabs() {
		if r := v.Least(t); r != RoleViewer {
			if out.Members == nil {
				out.Members = map[Tab]Role{}
			}
			out.Members[t] = r
		}
		if to, ok := v.Shared[t]; ok && to != ResultsHost {
			if out.Shared == nil {
				out.Shared = map[Tab]ResultsVisibility{}
			}
			out.Shared[t] = to
		}
	}
	return out
}

// MayBecome says whether somebody with a role may put after in the place of v: nobody opens or shares a part that they do
// not see, and nobody shuts themselves out.
func (v Visibility) MayBecome(after Visibility, r Role) error {
	for _, t := range Tabs() {
		smaller := after.Group() < v.Group() && v.To(t) != ResultsHost // smaller groups are told of
		if v.Least(t) == after.Least(t) && v.To(t) == after.To(t) && !smaller {
			continue
		}
		if !r.AtLeast(v.Least(t)) {
			return Errorf(CodeForbidden, "You do not see the part “%s” of the results, so you cannot change who does. Nothing was changed.", t)
		}
		if !r.AtLeast(after.Least(t)) {
			return Errorf(CodeForbidden, "You would no longer see the part “%s” of the results yourself. Nothing was changed.", t)
		}
	}
	return nil
}

// To is who sees a part beside members.
func (v Visibility) To(t Tab) ResultsVisibility {
	if to, ok := v.Shared[t]; ok {
		return to
	}
	return ResultsHost
}

// check notes what is wrong with v.
func (v Visibility) check(p *Problems) {
	for t, r := range v.Members {
		if !slices.Contains(Tabs(), t) || !r.Valid() {
			p.Add("visibility.tabs", "Choose for each part of the results from which role on it is seen: viewer, editor, admin or owner.")
			break
		}
	}
	for t, to := range v.Shared {
		switch {
		case to != ResultsHost && to != ResultsParticipants && to != ResultsPublic:
			p.Add("visibility.tabs", "Choose host, participants or public.")
		case to != ResultsHost && !t.Shareable():
			p.Add("visibility.tabs", "Only the summary, the themes and the answers in figures can be shown to people who are no members: "+
				"the other parts show single people.")
		default:
			continue
		}
		break
	}
	if v.Minimum != 0 && (v.Minimum < LeastResultsMinimum || v.Minimum > MaxResultsMinimum) {
		p.Add("visibility.minimum", "The smallest group can be %d to %d people. In a smaller one people would be recognised.",
			LeastResultsMinimum, MaxResultsMinimum)
	}
}

// Settled gives s in its shortest form, with the two ways of saying who beside members sees results in agreement: the one
// that differs from before, which is the session as it was, wins. Harmonica's word, when it is what changed, shares the
// summary and the themes.
func (s Session) Settled(before Session) Session {
	if word := s.ResultsVisibility; word != before.ResultsVisibility && word != s.Visibility.Widest() {
		s.Visibility.Shared = map[Tab]ResultsVisibility{TabSummary: word, TabThemes: word}
	}
	s.Visibility = s.Visibility.Clean()
	s.ResultsVisibility = s.Visibility.Widest()
	return s
}
