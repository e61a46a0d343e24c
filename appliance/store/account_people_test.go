package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// inviteTo makes invitations of the owner for so many viewers and gives their secrets.
func (d *desk) inviteTo(ctx context.Context, count int, drawn func(n int)) ([]appliance.AccountInvitation, []appliance.Secret, error) {
	var secrets []appliance.Secret
	list := make([]appliance.AccountInvitation, count)
	for i := range list {
		list[i] = appliance.AccountInvitation{Name: fmt.Sprint("Person ", i), Role: appliance.RoleViewer}
	}
	made, err := d.InviteAccounts(ctx, d.owner, store.Once{}, store.NewAccountInvitations{List: list, ExpiresAt: d.now.Add(24 * time.Hour), Secret: func() []byte {
		secrets = append(secrets, appliance.NewAccountInvitation())
		drawn(len(secrets))
		return secrets[len(secrets)-1].Hash()
	}})
	return made, secrets, err
}

func newcomer(name string) appliance.Account {
	return appliance.Account{Name: name, Email: name + "@example.org", Role: appliance.RoleViewer}
}

func TestInvitationsThatStopHalfWayLetNobodyIn(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := d.inviteTo(ctx, 1_000, func(n int) {
		if n == 1_000 {
			cancel() // between the first write and the next
		}
	})
	if err == nil {
		t.Fatal("they were made although who asked for them had gone")
	}
	if n := d.count(`SELECT count(*) FROM account_invitation_batches`); n != 0 {
		t.Errorf("%d batches are left", n)
	}
	// A process that was killed half-way.
	secret := appliance.NewAccountInvitation()
	d.exec(`INSERT INTO account_invitation_batches (id, whole, place_role, invited_by, created_at, expires_at) VALUES ('b', 0, '', 'acc_owner', ?, ?)`,
		d.now.UnixMilli(), d.now.Add(time.Hour).UnixMilli())
	d.exec(`INSERT INTO account_invitations (id, batch, hash, name, email, role) VALUES ('ain_half', 'b', ?, '', '', 'viewer')`, secret.Hash())
	i, err := d.InvitedAccount(t.Context(), secret.Hash())
	if err != nil || i.State != store.InvitationUnknown {
		t.Errorf("state %q, %v", i.State, err)
	}
	if _, total, good, err := d.AccountInvitations(t.Context(), store.Page{Limit: 10}); total != 0 || good != 0 || err != nil {
		t.Errorf("%d listed, %d good, %v", total, good, err)
	}
	d.now = d.now.Add(2 * time.Hour)
	if _, _, err := d.inviteTo(t.Context(), 1, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM account_invitations WHERE id = 'ain_half'`); n != 0 {
		t.Error("what was half made is still there")
	}
}

func TestOfTwoWithOneInvitationOneGetsIn(t *testing.T) {
	d := newDesk(t)
	_, secrets, err := d.inviteTo(t.Context(), 1, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for k := range errs {
		wait.Go(func() {
			_, errs[k] = d.AcceptInvitation(context.Background(), "192.0.2.1", secrets[0].Hash(), newcomer(fmt.Sprint("p", k)), "hash", false)
		})
	}
	wait.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else {
			hasCode(t, err, appliance.CodeForbidden)
		}
	}
	if in != 1 {
		t.Errorf("%d got in", in)
	}
}

func TestABackupDoesNotMakeAnInvitationGoodAgain(t *testing.T) {
	d := newDesk(t)
	made, secrets, err := d.inviteTo(t.Context(), 3, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AcceptInvitation(t.Context(), "", secrets[0].Hash(), newcomer("ana"), "hash", false); err != nil {
		t.Fatal(err)
	}
	if n, err := d.RevokeAccountInvitations(t.Context(), d.owner, []appliance.AccountInvitationID{made[1].ID}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	later, err := d.Tombstones(t.Context(), 0)
	if err != nil || len(later) != 2 {
		t.Fatalf("%d tombstones, %v", len(later), err)
	}
	// The state of before, as a backup has it.
	d.exec(`UPDATE account_invitations SET used_at = NULL, revoked_at = NULL, account_id = NULL`)
	if n, err := d.Replay(t.Context(), later); n != 2 || err != nil {
		t.Errorf("%d replayed, %v", n, err)
	}
	for k, want := range []store.InvitationState{store.InvitationRevoked, store.InvitationRevoked, store.InvitationGood} {
		if i, err := d.InvitedAccount(t.Context(), secrets[k].Hash()); i.State != want || err != nil {
			t.Errorf("invitation %d is %q, %v", k, i.State, err)
		}
	}
}

func TestACodeIsUsedOnceHoweverManySendItAtOnce(t *testing.T) {
	d := newDesk(t)
	id := appliance.AccountID("acc_editor")
	if err := d.StartFactor(t.Context(), id, "SECRET"); err != nil {
		t.Fatal(err)
	}
	hash := appliance.Secret("code").Hash()
	if err := d.ConfirmFactor(t.Context(), store.By{Account: id}, id, "SECRET", 100, [][]byte{hash}, ""); err != nil {
		t.Fatal(err)
	}
	hasCode(t, d.ConfirmFactor(t.Context(), store.By{Account: id}, id, "SECRET", 101, nil, ""), appliance.CodeConflict)
	var wait sync.WaitGroup
	var mu sync.Mutex
	steps, codes := 0, 0
	for range 8 {
		wait.Go(func() {
			fresh, err := d.UseFactor(context.Background(), id, 101)
			was, err2 := d.UseRecoveryCode(context.Background(), store.By{Account: id}, id, hash)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || err2 != nil {
				t.Error(err, err2)
			}
			if fresh {
				steps++
			}
			if was {
				codes++
			}
		})
	}
	wait.Wait()
	if steps != 1 || codes != 1 {
		t.Errorf("the code was taken %d times, the recovery code %d times", steps, codes)
	}
	for step, want := range map[int64]bool{99: false, 100: false} {
		if fresh, err := d.UseFactor(t.Context(), id, step); fresh != want || err != nil {
			t.Errorf("step %d: %v, %v", step, fresh, err)
		}
	}
}

func TestOwnersWhoDeactivateEachOtherAtOnceLeaveOne(t *testing.T) {
	d := newDesk(t)
	d.exec(`UPDATE accounts SET role = 'owner'`)
	ids := []appliance.AccountID{"acc_owner", "acc_editor", "acc_other"}
	var wait sync.WaitGroup
	for _, by := range ids {
		for _, id := range ids {
			wait.Go(func() {
				if by != id {
					d.Deactivate(context.Background(), store.By{Account: by}, id, "")
				}
			})
		}
	}
	wait.Wait()
	if n := d.count(`SELECT count(*) FROM accounts WHERE role = 'owner' AND disabled = 0`); n < 1 {
		t.Errorf("%d owners are left", n)
	}
}

func TestTheTrailKeepsTheIdOfADeletedAccount(t *testing.T) {
	d := newDesk(t)
	if _, err := d.DeleteAccount(t.Context(), d.owner, "acc_other", ""); err != nil {
		t.Fatal(err)
	}
	if n := d.count(`SELECT count(*) FROM audit WHERE action = 'account.delete' AND object = 'acc_other' AND actor = 'acc_owner'`); n != 1 {
		t.Errorf("%d entries", n)
	}
	if n := d.count(`SELECT count(*) FROM accounts WHERE id = 'acc_other'`); n != 0 {
		t.Error("the account is still there")
	}
}
