package web

import (
	"harmonium/appliance"
	"harmonium/appliance/privacy"
)

// PrivacyHook is a program outside that is told when something happens.
type PrivacyHook struct {
	To      string                `json:"to" doc:"Without the path, which may be secret"`
	Events  []appliance.EventType `json:"events"`
	Enabled bool                  `json:"enabled"`
}

// PrivacyServing is the model that does one kind of work.
type PrivacyServing struct {
	Role   appliance.ModelRole `json:"role" enum:"facilitator,analyst,companion,transcriber,embedder"`
	Model  string              `json:"model" doc:"Empty: none"`
	Digest string              `json:"digest"`
}

// PrivacyPeriod is a period that some projects or sessions set for themselves.
type PrivacyPeriod struct {
	Level string `json:"level" enum:"project,session"`
	Periods
	Count int `json:"count" doc:"How many set it"`
}

// PrivacyHold is a legal hold in force, without its reason.
type PrivacyHold struct {
	ID     appliance.HoldID   `json:"id"`
	Kind   appliance.HoldKind `json:"kind" enum:"box,project,session,conversation"`
	Object string             `json:"object" doc:"Id of what it is on; empty for the box"`
	By     string             `json:"by"`
	Since  Time               `json:"since"`
	Until  *Time              `json:"until" nullable:"true" doc:"Null: until it is lifted"`
}

// PrivacyDeleted is what was deleted for good.
type PrivacyDeleted struct {
	Total        int               `json:"total" doc:"Receipts in all"`
	Last         []PrivacyDeletion `json:"last" doc:"The last hundred, the newest first"`
	BackupsUntil *Time             `json:"backups_until" nullable:"true" doc:"Until when, at most, encrypted backups by the plan hold what was deleted last"`
	Replaced     *Time             `json:"replaced" nullable:"true" doc:"When a restore replaced a state that is still on the box"`
	Waiting      int               `json:"waiting" doc:"Conversations that were taken back and that a hold keeps, hidden"`
}

// PrivacyDeletion is one receipt, without what was named.
type PrivacyDeletion struct {
	ID     appliance.ReceiptID   `json:"id"`
	Kind   appliance.ErasureKind `json:"kind" enum:"conversation,withdrawal,sound,session,sessions,project,person,own,everything,age,restore"`
	Rule   string                `json:"rule" enum:"none,box,project,session,meeting,transcript" doc:"By which rule the sound of a meeting went: whose period was over, or that it was written down; none: by somebody, or something else went"`
	By     string                `json:"by" doc:"Address of an account, or one of: participant, retention, restore, command line"`
	Counts ErasedCounts          `json:"counts"`
	Began  Time                  `json:"began_at" doc:"From then on nobody saw it any more"`
	Wiped  *Time                 `json:"wiped_at" nullable:"true" doc:"When no file of the box held it any more"`
}

// setKept sets who gets at what is kept, how long it is kept, and what was deleted.
func (p *Privacy) setKept(f privacy.Facts) {
	p.Periods = Periods(f.Keeping.Retention)
	p.Hooks, p.Serving, p.Own, p.Holds = []PrivacyHook{}, []PrivacyServing{}, []PrivacyPeriod{}, []PrivacyHold{}
	for _, h := range f.Hooks {
		p.Hooks = append(p.Hooks, PrivacyHook(h))
	}
	for _, s := range f.Serving {
		p.Serving = append(p.Serving, PrivacyServing(s))
	}
	for _, o := range f.Keeping.Own {
		p.Own = append(p.Own, PrivacyPeriod{o.Level, Periods(o.Retention), o.Count})
	}
	for _, h := range f.Holds {
		hold := PrivacyHold{ID: h.ID, Kind: h.Kind, Object: h.Object, By: h.By, Since: Time{h.Since}}
		if h.Until != nil {
			hold.Until = &Time{*h.Until}
		}
		p.Holds = append(p.Holds, hold)
	}
	d := f.Deleted
	p.Deleted = PrivacyDeleted{Total: d.Total, Last: []PrivacyDeletion{}, Waiting: d.Waiting}
	if d.BackupsUntil != nil {
		p.Deleted.BackupsUntil = &Time{*d.BackupsUntil}
	}
	if d.Replaced != nil {
		p.Deleted.Replaced = &Time{*d.Replaced}
	}
	for _, r := range d.Last {
		told := PrivacyDeletion{ID: r.ID, Kind: r.Kind, Rule: ruleOut(r.Rule), By: r.By, Counts: countsOut(r.Counts), Began: Time{r.Began}}
		if r.Wiped != nil {
			told.Wiped = &Time{*r.Wiped}
		}
		p.Deleted.Last = append(p.Deleted.Last, told)
	}
}
