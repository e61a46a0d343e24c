package web

import (
	"cmp"
	"context"
	"encoding/json"
	"mime"
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/privacy"
	"harmonium/appliance/retention"
	"harmonium/appliance/store"
)

// Retention is how long the box keeps things, what goes when, what is held, and what has gone.
type Retention struct {
	Days        int              `json:"days" doc:"After which sessions of the box are deleted by themselves; 0: never, unless a project or a session says so"`
	Recordings  int              `json:"recording_days" doc:"After which the sound of recordings is deleted, apart from its text; 0: it stays as long as the conversation"`
	Upcoming    []Due            `json:"upcoming" doc:"What goes within 30 days, the next first"`
	Waiting     int              `json:"waiting" doc:"Conversations that are too old and wait for an administrator, since the box was off for long and they are more than a fifth"`
	Of          int              `json:"of" doc:"Of how many"`
	Holds       []Hold           `json:"holds" doc:"Legal holds, those in force first"`
	Withdrawals []Withdrawal     `json:"withdrawals" doc:"What participants have taken back while a legal hold keeps it"`
	Receipts    []ErasureReceipt `json:"receipts" doc:"The last 100, the newest first"`
	Total       int              `json:"total" doc:"Receipts in all"`
	BackupDays  int              `json:"backup_days" doc:"For how many days, at most, backups by the plan hold what was deleted; 0: there is no plan"`
	Replaced    *Time            `json:"replaced" nullable:"true" doc:"When a restore replaced a state that is still kept, with what was deleted since"`
}

// Due is what retention deletes.
type Due struct {
	SessionID     appliance.SessionID `json:"session_id"`
	Topic         string              `json:"topic"`
	Conversations int                 `json:"conversations" doc:"That go by the end of the 30 days"`
	Recordings    int                 `json:"recordings" doc:"Whose sound alone goes; what was written down of them stays"`
	Whole         bool                `json:"whole" doc:"The session goes too; else it stays, since it is not closed"`
	At            Time                `json:"at" doc:"When the session goes, or the first of the conversations"`
	Held          bool                `json:"held" doc:"A legal hold keeps it, or something in it"`
}

// Hold is a legal hold.
type Hold struct {
	ID       appliance.HoldID   `json:"id"`
	Kind     appliance.HoldKind `json:"kind" enum:"box,project,session,conversation"`
	Object   string             `json:"object" doc:"Id of what it is on; empty for the box"`
	Name     string             `json:"name" doc:"Title of the project, topic of the session"`
	Reason   string             `json:"reason"`
	By       string             `json:"by" doc:"Who has placed it"`
	At       Time               `json:"at"`
	Until    *Time              `json:"until" nullable:"true" doc:"Null: until it is lifted"`
	Lifted   *Time              `json:"lifted" nullable:"true"`
	LiftedBy string             `json:"lifted_by"`
	InForce  bool               `json:"in_force"`
}

// Withdrawal is a conversation that its participant has taken back and that a legal hold keeps.
type Withdrawal struct {
	ConversationID appliance.ConversationID `json:"conversation_id"`
	SessionID      appliance.SessionID      `json:"session_id"`
	Topic          string                   `json:"topic" doc:"Of the session"`
	Number         int                      `json:"number" doc:"Of the participant"`
	AskedAt        Time                     `json:"asked_at"`
}

// ErasureReceipt says what was erased, without content.
type ErasureReceipt struct {
	ID        appliance.ReceiptID   `json:"id"`
	Kind      appliance.ErasureKind `json:"kind" enum:"conversation,withdrawal,sound,session,sessions,project,person,own,everything,age,restore"`
	Rule      string                `json:"rule" enum:"none,box,project,session,meeting,transcript" doc:"By which rule the sound of a meeting went: whose period was over, or that it was written down; none: by somebody, or something else went"`
	By        string                `json:"by" doc:"Name of an account, or one of: participant, retention, restore, command line"`
	Counts    ErasedCounts          `json:"counts"`
	SHA256    string                `json:"sha256" doc:"Over the ids of everything that went, in hexadecimal digits"`
	BeganAt   Time                  `json:"began_at" doc:"From then on nobody saw it any more"`
	DeletedAt *Time                 `json:"deleted_at" nullable:"true" doc:"When it was gone from the database"`
	WipedAt   *Time                 `json:"wiped_at" nullable:"true" doc:"When no file of the box held it any more"`
}

// ErasedCounts counts what an erasure takes.
type ErasedCounts struct {
	Projects      int `json:"projects"`
	Sessions      int `json:"sessions"`
	Conversations int `json:"conversations"`
	Participants  int `json:"participants"`
	Turns         int `json:"turns"`
	Sounds        int `json:"sounds" doc:"Meetings whose sound went and whose text stays"`
	Claims        int `json:"claims"`
	Threads       int `json:"threads"`
	Templates     int `json:"templates"`
	Background    int `json:"background"`
}

func (a *API) getRetention(ctx context.Context, _ *None) (*Output[Retention], error) {
	set, err := a.Store.BoxRetention(ctx)
	if err != nil {
		return nil, err
	}
	out := Retention{Days: set.Days, Recordings: set.RecordingDays, Upcoming: []Due{}, Holds: []Hold{}, Withdrawals: []Withdrawal{}, Receipts: []ErasureReceipt{}}
	state, err := a.Retention.State(ctx)
	if err != nil {
		return nil, err
	}
	out.Waiting, out.Of = state.Waiting, state.Of
	if out.Upcoming, err = a.dueOut(ctx, set, retention.Ahead); err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.heldOut(ctx, &out, names); err != nil {
		return nil, err
	}
	list, total, err := a.Store.Receipts(ctx, store.Page{Limit: 100})
	if err != nil {
		return nil, err
	}
	out.Total = total
	for _, r := range list {
		out.Receipts = append(out.Receipts, receiptOut(r, names))
	}
	plan, _, err := a.backupPlan(ctx)
	if err != nil {
		return nil, err
	}
	if plan.On {
		out.BackupDays = plan.Keep.Window()
	}
	kept, err := store.ReplacedStates(a.Store.Dir())
	if len(kept) > 0 {
		out.Replaced = &Time{kept[len(kept)-1].At}
	}
	return &Output[Retention]{out}, err
}

func (a *API) dueOut(ctx context.Context, box appliance.Retention, ahead time.Duration) ([]Due, error) {
	until := a.Clock().Add(ahead)
	due, err := a.Store.Upcoming(ctx, box, until)
	if err != nil {
		return nil, err
	}
	sound, err := a.Store.UpcomingSound(ctx, box, until)
	due = append(due, sound...)
	slices.SortStableFunc(due, func(a, b store.Due) int { return a.At.Compare(b.At) })
	out := []Due{}
	for _, d := range due {
		out = append(out, Due{d.SessionID, d.Topic, d.Conversations, d.Recordings, d.Whole, Time{d.At}, d.Held})
	}
	return out, err
}

type tryRetentionInput struct {
	Days       int `query:"days" minimum:"0" maximum:"36500" doc:"That the box would set"`
	Recordings int `query:"recording_days" minimum:"0" maximum:"36500" doc:"That the box would set for the sound of recordings alone"`
}

// tryRetention says what would go at once if the box kept things for so many days.
func (a *API) tryRetention(ctx context.Context, in *tryRetentionInput) (*Output[Data[Due]], error) {
	list, err := a.dueOut(ctx, appliance.Retention{Days: in.Days, RecordingDays: in.Recordings}, 0)
	return &Output[Data[Due]]{Data[Due]{list}}, err
}

func (a *API) heldOut(ctx context.Context, out *Retention, names map[string]string) error {
	holds, err := a.Store.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		out.Holds = append(out.Holds, Hold{ID: h.ID, Kind: h.Kind, Object: h.Object, Name: h.Name, Reason: h.Reason, By: nameOf(names, h.PlacedBy),
			At: Time{h.PlacedAt}, Until: timeOrNull(h.Until), Lifted: timeOrNull(h.LiftedAt), LiftedBy: nameOf(names, h.LiftedBy),
			InForce: h.InForce(a.Clock())})
	}
	wishes, err := a.Store.Withdrawals(ctx)
	for _, w := range wishes {
		out.Withdrawals = append(out.Withdrawals, Withdrawal{w.ConversationID, w.SessionID, w.Topic, w.Number, Time{w.AskedAt}})
	}
	return err
}

// actorNames gives the names of the actors of the audit trail that are accounts or their keys.
func (a *API) actorNames(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	accounts, err := a.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range accounts {
		names[string(c.ID)] = c.Name
	}
	keys, err := a.Store.Keys(ctx, "")
	for _, k := range keys {
		names[string(k.ID)] = names[string(k.AccountID)] + " (API)"
	}
	return names, err
}

func nameOf(names map[string]string, actor string) string {
	if name, known := names[actor]; known {
		return name
	}
	return actor
}

func receiptOut(r appliance.Receipt, names map[string]string) ErasureReceipt {
	return ErasureReceipt{ID: r.ID, Kind: r.Kind, Rule: ruleOut(r.Rule), By: nameOf(names, r.Actor), Counts: countsOut(r.Counts), SHA256: hexOf(r.SHA256), BeganAt: Time{r.BeganAt},
		DeletedAt: timeOrNull(r.DeletedAt), WipedAt: timeOrNull(r.WipedAt)}
}

func ruleOut(r appliance.ErasureRule) string { return cmp.Or(string(r), "none") }

func countsOut(c appliance.ErasedCounts) ErasedCounts { return ErasedCounts(c) }

// RetentionRequest sets how long things are kept.
type RetentionRequest struct {
	Days       int `json:"days" minimum:"0" maximum:"36500" doc:"0: nothing is set here"`
	Recordings int `json:"recording_days,omitempty" minimum:"0" maximum:"36500" doc:"Of the sound of recordings alone; 0: nothing is set here"`
}

func (r RetentionRequest) periods() appliance.Retention {
	return appliance.Retention{Days: r.Days, RecordingDays: r.Recordings}
}

// setRetention sets it for the box. What is too old by it goes at once: whoever sets it has seen what that is.
func (a *API) setRetention(ctx context.Context, in *Input[RetentionRequest]) (*Output[Retention], error) {
	by := callerOf(ctx).By()
	if err := a.Store.SetRetention(ctx, by, in.Body.periods()); err != nil {
		return nil, err
	}
	if err := a.Retention.Approve(ctx, by); err != nil {
		return nil, err
	}
	return a.getRetention(ctx, nil)
}

// approveRetention has what is too old be deleted, however much it is.
func (a *API) approveRetention(ctx context.Context, _ *None) (*Output[Retention], error) {
	if err := a.Retention.Approve(ctx, callerOf(ctx).By()); err != nil {
		return nil, err
	}
	return a.getRetention(ctx, nil)
}

// Periods are after how many days things of one level go by themselves.
type Periods struct {
	Days          int `json:"days" doc:"0: nothing is set"`
	RecordingDays int `json:"recording_days" doc:"Of the sound of recordings alone; 0: nothing is set"`
}

// Keeping is how long a session or a project is kept.
type Keeping struct {
	Box      Periods `json:"box" doc:"What the box sets"`
	Project  Periods `json:"project" doc:"What the project sets"`
	Session  Periods `json:"session" doc:"What the session sets"`
	Shortest Periods `json:"shortest" doc:"The shortest of them, which hold; 0: it is kept until somebody deletes it"`
	GoesAt   *Time   `json:"goes_at" nullable:"true" doc:"When the session goes, or the first of its conversations while it is not closed"`
	Held     bool    `json:"held" doc:"A legal hold keeps it, or something in it, whatever the time"`
}

func keepingOut(k appliance.KeptFor) *Output[Keeping] {
	return &Output[Keeping]{Keeping{Periods(k.Box), Periods(k.Project), Periods(k.Session), Periods(k.Shortest()), timeOrNull(k.GoesAt), k.Held}}
}

func (a *API) getSessionRetention(ctx context.Context, in *SessionPath) (*Output[Keeping], error) {
	k, err := a.Store.KeptFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return keepingOut(k), nil
}

type keepSessionInput struct {
	SessionPath
	Body RetentionRequest
}

func (a *API) setSessionRetention(ctx context.Context, in *keepSessionInput) (*Output[Keeping], error) {
	if err := a.Store.KeepSession(ctx, callerOf(ctx).By(), in.ID, in.Body.periods()); err != nil {
		return nil, err
	}
	return a.getSessionRetention(ctx, &in.SessionPath)
}

func (a *API) getProjectRetention(ctx context.Context, in *ProjectPath) (*Output[Keeping], error) {
	k, err := a.Store.ProjectKeptFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return keepingOut(k), nil
}

type keepProjectInput struct {
	ProjectPath
	Body RetentionRequest
}

func (a *API) setProjectRetention(ctx context.Context, in *keepProjectInput) (*Output[Keeping], error) {
	if err := a.Store.KeepProject(ctx, callerOf(ctx).By(), in.ID, in.Body.periods()); err != nil {
		return nil, err
	}
	return a.getProjectRetention(ctx, &in.ProjectPath)
}

// HoldRequest places a legal hold.
type HoldRequest struct {
	Kind   appliance.HoldKind `json:"kind" enum:"box,project,session,conversation"`
	Object string             `json:"object,omitempty" maxLength:"100" doc:"Id of what it is on; none for the box"`
	Reason string             `json:"reason" maxLength:"500"`
	Until  *time.Time         `json:"until,omitempty" doc:"None: until it is lifted"`
}

type placeHoldInput struct {
	Idempotent
	Body HoldRequest
}

func (a *API) placeHold(ctx context.Context, in *placeHoldInput) (*Output[Retention], error) {
	h := appliance.Hold{Kind: in.Body.Kind, Object: in.Body.Object, Reason: in.Body.Reason}
	if in.Body.Until != nil {
		h.Until = *in.Body.Until
	}
	if _, err := a.Store.PlaceHold(ctx, callerOf(ctx).By(), in.once(ctx, "placeHold", in.Body), h); err != nil {
		return nil, err
	}
	return a.getRetention(ctx, nil)
}

type holdPath struct {
	ID appliance.HoldID `path:"id" maxLength:"64"`
}

// liftHold ends a hold; what participants have taken back meanwhile is erased.
func (a *API) liftHold(ctx context.Context, in *holdPath) (*Output[Retention], error) {
	if err := a.Store.LiftHold(ctx, callerOf(ctx).By(), in.ID); err != nil {
		return nil, err
	}
	if err := a.Retention.Sweep(ctx); err != nil {
		return nil, err
	}
	return a.getRetention(ctx, nil)
}

// eraseWithdrawn decides that what a participant has taken back is erased although a legal hold is on it.
func (a *API) eraseWithdrawn(ctx context.Context, in *ConversationPath) (*Output[Retention], error) {
	if _, err := a.Store.EraseWithdrawn(ctx, callerOf(ctx).By(), in.ID); err != nil {
		return nil, err
	}
	return a.getRetention(ctx, nil)
}

type receiptPath struct {
	ID appliance.ReceiptID `path:"id" maxLength:"64"`
}

// getReceipt gives a receipt as a file that the box has signed.
func (a *API) getReceipt(ctx context.Context, in *receiptPath) (*FileOutput, error) {
	s, err := a.Receipt(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(s, "", "  ")
	name := mime.FormatMediaType("attachment", map[string]string{"filename": "receipt-" + string(in.ID) + ".json"})
	return &FileOutput{"application/json", name, append(raw, '\n')}, err
}

// ReceiptFunc gives a receipt with the signature of the box.
type ReceiptFunc func(context.Context, appliance.ReceiptID) (privacy.SignedReceipt, error)
