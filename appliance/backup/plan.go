package backup

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// The keys of settings in the store.
const (
	SettingPlan  = "backup.plan"  // Plan
	SettingState = "backup.state" // State
)

// Plan is which backups are made by themselves.
type Plan struct {
	On          bool   `json:"on"`
	Destination string `json:"destination"` // directory
	Lock        Lock   `json:"lock"`
	Hint        string `json:"hint"` // that reminds people of the passphrase, or of where the key is kept
	Hour        int    `json:"hour"` // of the day, by the clock of the box, from which one is made
	Keep        Keep   `json:"keep"`
}

// DefaultPlan is what a box begins with.
func DefaultPlan() Plan {
	return Plan{Destination: "/var/backups/harmonium", Hour: 2, Keep: Keep{Days: 7, Weeks: 4}}
}

// MaxHint is the most characters of a hint.
const MaxHint = 200

// Validate says what is wrong with a plan.
func (p Plan) Validate() error {
	var problems appliance.Problems
	if !filepath.IsAbs(p.Destination) || filepath.Clean(p.Destination) != p.Destination || p.Destination == "/" {
		problems.Add("destination", "Name the directory in full, from / on.")
	}
	if p.Hour < 0 || p.Hour > 23 {
		problems.Add("hour", "The hour is between 0 and 23.")
	}
	if p.Keep.Days < 1 || p.Keep.Days > 366 || p.Keep.Weeks < 0 || p.Keep.Weeks > 520 {
		problems.Add("keep", "Keep backups of 1 to 366 days and of 0 to 520 weeks.")
	}
	if len([]rune(p.Hint)) > MaxHint {
		problems.Add("hint", "The hint has at most %d characters.", MaxHint)
	}
	if p.On && p.Lock.Recipient == "" {
		problems.Add("lock", "Choose a passphrase or a key first.")
	}
	if p.Lock.Recipient != "" {
		if _, err := ParseRecipient(p.Lock.Recipient); err != nil {
			problems.Add("recipient", "This is not a public key for backups. It begins with age1 and has 62 characters.")
		}
	}
	return problems.Err()
}

// SetPlan changes the plan that s holds. What became of the one before is not held against it: the new destination has
// had no backup, and nothing has failed there. Nor does one that is set again when its backups were missing.
func SetPlan(ctx context.Context, s *store.Store, by store.By, p Plan) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := s.SetSetting(ctx, by, SettingPlan, p); err != nil {
		return err
	}
	var state State
	if _, err := s.Setting(ctx, SettingState, &state); err != nil {
		return err
	}
	if (state.Begun == "" || state.Begun == p.Destination) && state.Failed == nil {
		return nil
	}
	if state.Begun != p.Destination || state.Failed != nil && state.Failed.Message == errNoneThere(p.Destination).Message {
		state.Begun = ""
	}
	state.Failed = nil
	return s.SetSetting(ctx, by, SettingState, state)
}

// State is what became of backups.
type State struct {
	Last   *Made   `json:"last"`   // that is whole
	Failed *Failed `json:"failed"` // later than Last
	// Begun is the destination that has had a backup by the plan.
	Begun string `json:"begun"`
}

// Made is a backup that was written and checked.
type Made struct {
	At      time.Time `json:"at"`      // the state that it holds
	Checked time.Time `json:"checked"` // when it was read back and found whole
	Where   string    `json:"where"`   // file or directory
	Bytes   int64     `json:"bytes"`
	Written int64     `json:"written"` // of them new there
}

// Failed is an attempt that made no backup.
type Failed struct {
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

// Old is how long after the last backup people are told.
const Old = 3 * 24 * time.Hour

// retryAfter is how long after a backup that failed the next one is tried.
const retryAfter = time.Hour

// Next is when the next backup is due: at the hour of the plan after the last one. Zero when none is planned. A last one
// in the future was made by a clock that was wrong, and puts off nothing.
func (p Plan) Next(s State, now time.Time) time.Time {
	if !p.On {
		return time.Time{}
	}
	due := time.Date(now.Year(), now.Month(), now.Day(), p.Hour, 0, 0, 0, now.Location())
	if due.After(now) {
		due = due.AddDate(0, 0, -1)
	}
	if s.Last == nil || s.Begun != p.Destination || s.Last.At.Before(due) || s.Last.At.After(now.Add(retryAfter)) {
		if s.Failed != nil && now.Sub(s.Failed.At).Abs() < retryAfter {
			return s.Failed.At.Add(retryAfter)
		}
		return now
	}
	return due.AddDate(0, 0, 1)
}

// Done is the state after a backup by hand or by the plan.
func (s State) Done(m Made, planned bool) State {
	s.Last, s.Failed = &m, nil
	if planned {
		s.Begun = strings.TrimSuffix(m.Where, "/")
	}
	return s
}
