package store_test

import (
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// property is a session and a project that an editor alone owns, the project with a session of somebody else in it.
func (d *desk) property() (own appliance.Session, p appliance.Project, guest appliance.Session) {
	d.t.Helper()
	editor, other := store.By{Account: "acc_editor", Actor: "acc_editor"}, store.By{Account: "acc_other", Actor: "acc_other"}
	p, err := d.CreateProject(d.t.Context(), editor, store.Once{}, appliance.Project{Title: "Night shift"})
	if err != nil {
		d.t.Fatal(err)
	}
	own = d.create(editor, draftSession("Handover"))
	err = d.SetMember(d.t.Context(), editor, appliance.Shared{Project: p.ID}, appliance.Membership{Account: other.Account, Role: appliance.RoleEditor})
	if err != nil {
		d.t.Fatal(err)
	}
	guest = draftSession("Breaks")
	guest.ProjectID = p.ID
	return own, p, d.create(other, guest)
}

// owners gives who owns a place and can log in.
func (d *desk) owners(at appliance.Shared) (list []appliance.AccountID) {
	d.t.Helper()
	all, err := d.Members(d.t.Context(), at)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, m := range all {
		if m.Role == appliance.RoleOwner && !m.OfProject {
			list = append(list, m.Account)
		}
	}
	return list
}

func (d *desk) ownedBy(at appliance.Shared, want ...appliance.AccountID) {
	d.t.Helper()
	got := d.owners(at)
	if len(got) != len(want) {
		d.t.Errorf("%v is owned by %v, want %v", at, got, want)
		return
	}
	for i, id := range want {
		if got[i] != id {
			d.t.Errorf("%v is owned by %v, want %v", at, got, want)
		}
	}
}

func TestWhoAloneOwnsSomethingIsNotDeactivatedBeforeSomebodyTakesOver(t *testing.T) {
	d := newDesk(t)
	s, p, _ := d.property()
	session, project := appliance.Shared{Session: s.ID}, appliance.Shared{Project: p.ID}
	_, err := d.Deactivate(t.Context(), d.owner, "acc_editor", "")
	hasCode(t, err, appliance.CodeConflict)
	if !strings.Contains(err.Error(), "1 session and 1 project") {
		t.Errorf("it does not say what of: %v", err)
	}
	d.exec(`UPDATE accounts SET email = id || '@example.org'`)
	_, err = d.UpdateAccount(t.Context(), byTest, "acc_editor", func(a *appliance.Account) error { a.Disabled = true; return nil })
	hasCode(t, err, appliance.CodeConflict)
	for _, nobody := range []appliance.AccountID{"acc_none", "acc_editor"} {
		_, err = d.Deactivate(t.Context(), d.owner, "acc_editor", nobody)
		hasCode(t, err, appliance.CodeValidation)
	}
	d.ownedBy(session, "acc_editor")
	if _, err := d.Deactivate(t.Context(), d.owner, "acc_editor", "acc_other"); err != nil {
		t.Fatal(err)
	}
	d.ownedBy(session, "acc_other")
	d.ownedBy(project, "acc_other")
	// The stand-in is the only one now; with whom it was, it is two again.
	_, err = d.Deactivate(t.Context(), d.owner, "acc_other", "")
	hasCode(t, err, appliance.CodeConflict)
	if _, err := d.Reactivate(t.Context(), d.owner, "acc_editor"); err != nil {
		t.Fatal(err)
	}
	d.ownedBy(session, "acc_editor", "acc_other")
	if _, err := d.Deactivate(t.Context(), d.owner, "acc_other", "acc_owner"); err != nil {
		t.Fatal(err)
	}
	d.ownedBy(session, "acc_editor") // nothing was without an owner but the guest's session
}

func TestAnAdministratorTakesOverNothingByDeactivatingItsOwner(t *testing.T) {
	d := newDesk(t)
	d.property()
	d.exec(`UPDATE accounts SET role = 'admin' WHERE id = 'acc_other'`)
	_, err := d.Deactivate(t.Context(), store.By{Account: "acc_other"}, "acc_editor", "acc_other")
	hasCode(t, err, appliance.CodeForbidden)
}

func TestAProjectWithSessionsOfOthersNeedsAnHeir(t *testing.T) {
	d := newDesk(t)
	own, p, guest := d.property()
	_, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", "")
	hasCode(t, err, appliance.CodeConflict)
	d.ownedBy(appliance.Shared{Session: own.ID}, "acc_editor")
	if n := d.count(`SELECT count(*) FROM accounts WHERE id = 'acc_editor' AND disabled = 0`); n != 1 {
		t.Error("the account was changed")
	}
	if _, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", "acc_other"); err != nil {
		t.Fatal(err)
	}
	d.ownedBy(appliance.Shared{Session: own.ID}, "acc_other")
	d.ownedBy(appliance.Shared{Project: p.ID}, "acc_other")
	d.ownedBy(appliance.Shared{Session: guest.ID}, "acc_other")
}

func TestALegalHoldIsSeenBeforeAnAccountIsHalfDeleted(t *testing.T) {
	d := newDesk(t)
	editor := store.By{Account: "acc_editor", Actor: "acc_editor"}
	first, second := d.create(editor, draftSession("Handover")), d.create(editor, draftSession("Breaks"))
	if _, err := d.PlaceHold(t.Context(), d.owner, store.Once{}, appliance.Hold{Kind: appliance.HoldSession, Object: string(second.ID), Reason: "Asked for by a court"}); err != nil {
		t.Fatal(err)
	}
	_, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", "")
	hasCode(t, err, appliance.CodeConflict)
	d.ownedBy(appliance.Shared{Session: first.ID}, "acc_editor")
	d.ownedBy(appliance.Shared{Session: second.ID}, "acc_editor")
}

func TestADeletionOfAnAccountThatStopsHalfWayIsInTheTrailAndGoesOn(t *testing.T) {
	d := newDesk(t)
	editor := store.By{Account: "acc_editor", Actor: "acc_editor"}
	d.create(editor, draftSession("Handover"))
	d.create(editor, draftSession("Breaks"))
	d.exec(`CREATE TRIGGER stop BEFORE UPDATE OF erasing ON sessions WHEN old.erasing = 0 AND (SELECT count(*) FROM tombstones WHERE kind = 'session') > 0 -- before the second
		BEGIN SELECT raise(ABORT, 'stopped half-way'); END`)
	if _, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", ""); err == nil {
		t.Fatal("it was not stopped")
	}
	trail := func(action string) int {
		return d.count(`SELECT count(*) FROM audit WHERE action = ? AND object = 'acc_editor' AND actor = 'acc_owner'`, action)
	}
	if trail("account.disable") != 1 || trail("account.delete") != 0 {
		t.Errorf("the trail tells of %d deactivations and %d deletions, want 1 and 0", trail("account.disable"), trail("account.delete"))
	}
	if n := d.count(`SELECT count(*) FROM accounts WHERE id = 'acc_editor' AND disabled = 1`); n != 1 {
		t.Error("the account can be used while it is half deleted")
	}
	d.exec(`DROP TRIGGER stop`)
	gone, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", "")
	if err != nil || gone.Sessions != 1 {
		t.Errorf("%d sessions, %v", gone.Sessions, err)
	}
	if trail("account.disable") != 1 || trail("account.delete") != 1 {
		t.Errorf("the trail tells of %d deactivations and %d deletions, want 1 and 1", trail("account.disable"), trail("account.delete"))
	}
	if n := d.count(`SELECT count(*) FROM sessions`); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestWhatIsHandedOverHasItsNewOwnerEvenWhenTheDeletionStops(t *testing.T) {
	d := newDesk(t)
	own, p, _ := d.property()
	d.exec(`CREATE TRIGGER stop BEFORE DELETE ON accounts BEGIN SELECT raise(ABORT, 'stopped half-way'); END`)
	if _, err := d.DeleteAccount(t.Context(), d.owner, "acc_editor", "acc_other"); err == nil {
		t.Fatal("it was not stopped")
	}
	d.ownedBy(appliance.Shared{Session: own.ID}, "acc_other")
	d.ownedBy(appliance.Shared{Project: p.ID}, "acc_other")
}

func TestAGroupOwnsNothing(t *testing.T) {
	d := newDesk(t)
	own, _, _ := d.property()
	g, err := d.CreateGroup(t.Context(), d.owner, store.Once{}, "Ward", []appliance.AccountID{"acc_other"})
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []store.By{d.owner, byTest, {Account: "acc_editor"}} {
		err := d.SetMember(t.Context(), by, appliance.Shared{Session: own.ID}, appliance.Membership{Group: g.ID, Role: appliance.RoleOwner})
		hasCode(t, err, appliance.CodeForbidden)
	}
	err = d.SetMember(t.Context(), d.owner, appliance.Shared{Session: own.ID}, appliance.Membership{Group: g.ID, Role: appliance.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Deactivate(t.Context(), d.owner, "acc_editor", "") // an administrator by a group is no owner
	hasCode(t, err, appliance.CodeConflict)
}

// restoredWith is a desk on which an older state comes back, and then what later has decided.
func (d *desk) restoredWith(later []store.Tombstone, older ...string) {
	d.t.Helper()
	for _, query := range older {
		d.exec(query)
	}
	d.exec(`DELETE FROM tombstones`)
	if _, err := d.SettleRestored(d.t.Context(), later); err != nil {
		d.t.Fatal(err)
	}
}

func TestABackupLetsNobodyInAgainWhoWasKeptOut(t *testing.T) {
	d := newDesk(t)
	own, _, _ := d.property()
	step := func(_ appliance.Account, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(time.Minute)
	}
	step(d.Deactivate(t.Context(), d.owner, "acc_editor", "acc_other"))
	step(d.Deactivate(t.Context(), d.owner, "acc_other", "acc_owner"))
	step(d.Reactivate(t.Context(), d.owner, "acc_other"))
	later, err := d.Tombstones(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	d.restoredWith(later, `UPDATE accounts SET disabled = 0`, `DELETE FROM session_members WHERE account_id IN ('acc_other', 'acc_owner')`)
	off := func(id string) bool {
		return d.count(`SELECT disabled FROM accounts WHERE id = ?`, id) == 1
	}
	if !off("acc_editor") || off("acc_other") || off("acc_owner") {
		t.Errorf("deactivated: editor %v, other %v, owner %v; want the editor alone", off("acc_editor"), off("acc_other"), off("acc_owner"))
	}
	d.ownedBy(appliance.Shared{Session: own.ID}, "acc_owner")
	if n := d.count(`SELECT count(*) FROM audit WHERE actor = 'restore' AND action = 'account.disable' AND object = 'acc_editor'`); n != 1 {
		t.Errorf("the trail has it %d times", n)
	}
	// A state that knows of it, in which somebody has decided otherwise since, is left as it is.
	if _, err := d.Reactivate(t.Context(), d.owner, "acc_editor"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SettleRestored(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if off("acc_editor") {
		t.Error("who was let in again since is kept out")
	}
}

func TestARestoreNeverKeepsTheLastOwnerOut(t *testing.T) {
	d := newDesk(t)
	d.exec(`UPDATE accounts SET role = 'owner' WHERE id = 'acc_other'`)
	if _, err := d.Deactivate(t.Context(), store.By{Account: "acc_other"}, "acc_owner", ""); err != nil {
		t.Fatal(err)
	}
	later, err := d.Tombstones(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	d.restoredWith(later, `UPDATE accounts SET disabled = 0`, `UPDATE accounts SET role = 'editor' WHERE id = 'acc_other'`)
	if n := d.count(`SELECT count(*) FROM accounts WHERE role = 'owner' AND disabled = 0`); n != 1 {
		t.Errorf("%d owners are left", n)
	}
}

func TestABackupMakesNoRecoveryCodeGoodAgain(t *testing.T) {
	d := newDesk(t)
	id := appliance.AccountID("acc_editor")
	if err := d.StartFactor(t.Context(), id, "SECRET"); err != nil {
		t.Fatal(err)
	}
	used, left := appliance.Secret("used").Hash(), appliance.Secret("left").Hash()
	if err := d.ConfirmFactor(t.Context(), store.By{Account: id}, id, "SECRET", 100, [][]byte{used, left}, ""); err != nil {
		t.Fatal(err)
	}
	if was, err := d.UseRecoveryCode(t.Context(), store.By{Account: id}, id, used); !was || err != nil {
		t.Fatal(was, err)
	}
	later, err := d.Tombstones(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	d.exec(`INSERT INTO recovery_codes (account_id, hash) VALUES ('acc_editor', ?)`, used)
	d.restoredWith(later)
	for _, c := range []struct {
		hash []byte
		want bool
	}{{used, false}, {left, true}} {
		if was, err := d.UseRecoveryCode(t.Context(), store.By{Account: id}, id, c.hash); was != c.want || err != nil {
			t.Errorf("taken: %v, want %v; %v", was, c.want, err)
		}
	}
}
