package privacy

import (
	"strconv"
	"strings"
	"time"

	"harmonium/appliance"
)

// Keeping is how long things are kept by the rules that are in force.
type Keeping struct {
	appliance.Retention                       // of the box
	Own                 []appliance.OwnPeriod `json:"own"` // what projects and sessions set for themselves
}

// Hold is a legal hold that is in force. Its reason is not told: it may name people.
type Hold struct {
	ID     appliance.HoldID   `json:"id"`
	Kind   appliance.HoldKind `json:"kind"`
	Object string             `json:"object"` // id of what it is on; "" for the box
	By     string             `json:"by"`     // who has placed it
	Since  time.Time          `json:"since"`
	Until  *time.Time         `json:"until"` // nil: until it is lifted
}

// Deleted is what was deleted for good, and how long copies elsewhere hold it.
type Deleted struct {
	Total int        `json:"total"` // receipts in all
	Last  []Deletion `json:"last"`  // the newest first, the last hundred
	// BackupsUntil is until when, at most, encrypted backups by the plan hold what was deleted last; nil: there is no plan, or
	// nothing was deleted.
	BackupsUntil *time.Time `json:"backups_until"`
	Replaced     *time.Time `json:"replaced"` // when a restore replaced a state that is still on the box; nil: there is none
	Waiting      int        `json:"waiting"`  // conversations that participants have taken back and a hold keeps, hidden
}

// Deletion is one receipt: what was deleted, when and by whom, without content.
type Deletion struct {
	ID     appliance.ReceiptID    `json:"id"`
	Kind   appliance.ErasureKind  `json:"kind"`
	Rule   appliance.ErasureRule  `json:"rule,omitempty"`
	By     string                 `json:"by"` // e-mail of an account, or participant, retention, restore…
	Counts appliance.ErasedCounts `json:"counts"`
	Began  time.Time              `json:"began"` // from then on nobody saw it
	Wiped  *time.Time             `json:"wiped"` // when no file held it any more; nil: not yet
}

// Hook is a program outside that is told when something happens: ids and no content.
type Hook struct {
	To      string                `json:"to"` // scheme and host, without the path, which may be secret
	Events  []appliance.EventType `json:"events"`
	Enabled bool                  `json:"enabled"`
}

// Serving is the model that does one kind of work by the choice of the box. Projects and sessions may choose others, which
// are among the models with what they read.
type Serving struct {
	Role   appliance.ModelRole `json:"role"`
	Model  string              `json:"model"` // "": none, so rules do it, or nothing does
	Digest string              `json:"digest"`
}

func (f Facts) keepLines(w words) []string {
	lines := []string{w.say("kept.forever")}
	if f.Keeping.Days > 0 {
		lines[0] = w.say("kept.days", "days", f.Keeping.Days)
	}
	if f.Keeping.RecordingDays > 0 {
		lines = append(lines, w.say("kept.recordings", "days", f.Keeping.RecordingDays))
	} else {
		lines = append(lines, w.say("kept.recordings.none"))
	}
	for _, own := range f.Keeping.Own {
		if own.Days > 0 {
			lines = append(lines, w.say("kept.own."+own.Level, "count", own.Count, "days", own.Days))
		}
		if own.RecordingDays > 0 {
			lines = append(lines, w.say("kept.own.recordings."+own.Level, "count", own.Count, "days", own.RecordingDays))
		}
	}
	if len(f.Keeping.Own) > 0 {
		lines = append(lines, w.say("kept.shortest"))
	}
	return lines
}

func (f Facts) holdLines(w words) []string {
	lines := []string{}
	for _, h := range f.Holds {
		on := w.say("holds."+string(h.Kind), "id", h.Object)
		until := w.say("holds.open")
		if h.Until != nil {
			until = w.say("holds.until", "at", at(*h.Until))
		}
		lines = append(lines, w.say("holds.hold", "on", on, "by", h.By, "at", at(h.Since), "until", until))
	}
	if len(lines) == 0 {
		lines = append(lines, w.say("holds.none"))
	}
	if f.Deleted.Waiting > 0 {
		lines = append(lines, w.say("holds.waiting", "count", f.Deleted.Waiting))
	}
	return lines
}

func (f Facts) deletedLines(w words) []string {
	d := f.Deleted
	if d.Total == 0 {
		return []string{w.say("deleted.none")}
	}
	lines := []string{w.say("deleted.total", "count", d.Total, "told", len(d.Last))}
	for _, r := range d.Last {
		wiped := w.say("deleted.wiping")
		if r.Wiped != nil {
			wiped = w.say("deleted.wiped", "at", at(*r.Wiped))
		}
		by := r.By
		if by == "participant" || by == "retention" || by == "restore" {
			by = w.say("deleted.by." + by)
		}
		if r.Rule != "" {
			by += " (" + w.say("deleted.rule."+string(r.Rule)) + ")"
		}
		lines = append(lines, w.say("deleted.one", "at", at(r.Began), "what", w.say("deleted."+string(r.Kind)), "by", by,
			"counts", w.counts(r.Counts), "wiped", wiped, "id", r.ID))
	}
	if d.BackupsUntil != nil {
		lines = append(lines, w.say("deleted.backups", "at", at(*d.BackupsUntil), "days", f.BackupDays))
	} else {
		lines = append(lines, w.say("deleted.backups.none"))
	}
	if d.Replaced != nil {
		lines = append(lines, w.say("deleted.replaced", "at", at(*d.Replaced)))
	}
	return lines
}

// counts tells what an erasure took, what there was none of left out.
func (w words) counts(c appliance.ErasedCounts) string {
	var list []string
	for _, of := range []struct {
		what string
		n    int
	}{{"projects", c.Projects}, {"sessions", c.Sessions}, {"conversations", c.Conversations}, {"participants", c.Participants}, {"turns", c.Turns}, {"sounds", c.Sounds},
		{"claims", c.Claims}, {"threads", c.Threads}, {"templates", c.Templates}, {"background", c.Background}} {
		if of.n > 0 {
			list = append(list, w.say("count."+of.what)+" "+strconv.Itoa(of.n))
		}
	}
	return strings.Join(list, ", ")
}

// accessNumbers says how many accounts there are by role, how many need a second factor, and what else gets at the box.
func (f Facts) accessNumbers(w words) []string {
	factor, keys := 0, 0
	by := map[appliance.Role]int{}
	for _, a := range f.Accounts {
		if a.Disabled {
			continue
		}
		by[a.Role]++
		keys += a.Keys
		if a.Factor {
			factor++
		}
	}
	var roles []string
	for _, role := range []appliance.Role{appliance.RoleOwner, appliance.RoleAdmin, appliance.RoleEditor, appliance.RoleViewer} {
		roles = append(roles, w.say("access."+string(role))+" "+strconv.Itoa(by[role]))
	}
	lines := []string{w.say("access.numbers", "roles", strings.Join(roles, ", "), "factor", factor, "rule", w.say("access.factor."+string(f.FactorRule)), "keys", keys)}
	if len(f.Hooks) == 0 {
		return append(lines, w.say("access.hooks.none"))
	}
	for _, h := range f.Hooks {
		events := make([]string, len(h.Events))
		for i, e := range h.Events {
			events[i] = string(e)
		}
		line := w.say("access.hook", "to", h.To, "events", strings.Join(events, ", "))
		if !h.Enabled {
			line += w.say("access.disabled")
		}
		lines = append(lines, line)
	}
	return lines
}

// servingLines says which model does which work, and what that work gives it to read.
func (f Facts) servingLines(w words) []string {
	lines := []string{}
	for _, s := range f.Serving {
		does := w.say("serving." + string(s.Role))
		if s.Model == "" {
			lines = append(lines, w.say("serving.nobody", "work", does))
			continue
		}
		lines = append(lines, w.say("serving.by", "work", does, "name", s.Model, "digest", s.Digest))
	}
	return lines
}
