package store_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// byInvitation makes a session for invited people and invitations with labels, and gives their secrets.
func (r *room) byInvitation(labels ...string) ([]appliance.Invitation, []appliance.Secret) {
	r.t.Helper()
	r.exec(`UPDATE sessions SET who_may_join = 'invitation' WHERE id = ?`, r.session)
	return r.invite(store.Once{}, store.NewInvitations{Labels: labels})
}

func (r *room) invite(o store.Once, n store.NewInvitations) ([]appliance.Invitation, []appliance.Secret) {
	r.t.Helper()
	var secrets []appliance.Secret
	n.Secret = func() []byte {
		secrets = append(secrets, appliance.NewInvitation())
		return secrets[len(secrets)-1].Hash()
	}
	made, err := r.MakeInvitations(r.t.Context(), store.By{Account: r.owner, Actor: string(r.owner)}, o, r.session, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return made, secrets
}

func (r *room) come(a store.Admission) error {
	_, err := r.Join(context.Background(), store.Joining{By: a, TokenHash: appliance.NewSecret("").Hash(),
		Participant: appliance.Participant{SessionID: r.session, Origin: appliance.OriginLink, Name: "Somebody"}})
	return err
}

func (r *room) invitations() store.InvitationListing {
	r.t.Helper()
	l, err := r.Invitations(r.t.Context(), r.session, store.Page{Limit: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	return l
}

func TestAnInvitationLetsOnePersonIn(t *testing.T) {
	r := newRoom(t)
	made, secrets := r.byInvitation("Ana", "", "Ben")
	if made[0].Number != 1 || made[2].Number != 3 || made[2].Label != "Ben" || len(secrets) != 3 {
		t.Fatalf("made %+v", made)
	}
	hasCode(t, r.come(store.Admission{}), appliance.CodeForbidden)
	hasCode(t, r.come(store.Admission{Invitation: appliance.NewInvitation().Hash()}), appliance.CodeForbidden)
	r.now = r.now.Add(time.Hour)
	if err := r.come(store.Admission{Invitation: secrets[1].Hash()}); err != nil {
		t.Fatal(err)
	}
	hasCode(t, r.come(store.Admission{Invitation: secrets[1].Hash()}), appliance.CodeConflict)
	l := r.invitations()
	if l.Total != 3 || l.Used != 1 || l.List[0].Used || !l.List[1].Used || !l.List[1].UsedAt.Equal(r.now) {
		t.Errorf("the list is %+v", l)
	}
	// Whoever was refused takes no number and leaves nothing.
	var joined, people int
	r.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT joined, (SELECT count(*) FROM participants) FROM sessions`).Scan(&joined, &people)
	})
	if joined != 1 || people != 1 {
		t.Errorf("%d joined, %d people are stored; want 1", joined, people)
	}
}

func TestOfManyDevicesWithOneInvitationOneComesIn(t *testing.T) {
	r := newRoom(t)
	_, secrets := r.byInvitation("Ana")
	var all sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		all.Go(func() { errs[i] = r.come(store.Admission{Invitation: secrets[0].Hash()}) })
	}
	all.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		} else if appliance.CodeOf(err) != appliance.CodeConflict {
			t.Errorf("refused with %v", err)
		}
	}
	if in != 1 {
		t.Errorf("%d devices came in by one invitation", in)
	}
}

func TestAnInvitationTakenBackLetsNobodyInAlsoAfterARestore(t *testing.T) {
	r := newRoom(t)
	made, secrets := r.byInvitation("Ana", "Ben")
	by := store.By{Account: r.owner, Actor: string(r.owner)}
	if err := r.RevokeInvitations(t.Context(), by, r.session, []appliance.InvitationID{made[0].ID}); err != nil {
		t.Fatal(err)
	}
	hasCode(t, r.come(store.Admission{Invitation: secrets[0].Hash()}), appliance.CodeConflict)
	list, err := r.Tombstones(t.Context(), 0)
	if err != nil || len(list) != 1 || list[0].Kind != "invitation" || list[0].Object != string(made[0].ID) {
		t.Fatalf("tombstones %+v, %v", list, err)
	}
	r.exec(`UPDATE invitations SET revoked_at = NULL`) // as an older backup has it
	if n, err := r.Replay(t.Context(), list); n != 1 || err != nil {
		t.Fatalf("%d revoked anew, %v", n, err)
	}
	hasCode(t, r.come(store.Admission{Invitation: secrets[0].Hash()}), appliance.CodeConflict)
	if err := r.come(store.Admission{Invitation: secrets[1].Hash()}); err != nil {
		t.Fatal(err)
	}
	hasCode(t, r.RevokeInvitations(t.Context(), by, r.session, []appliance.InvitationID{made[1].ID}), appliance.CodeConflict)
	hasCode(t, r.RevokeInvitations(t.Context(), by, r.session, []appliance.InvitationID{"inv_never"}), appliance.CodeNotFound)
}

func TestAnInvitationIsReplacedUnderItsLabel(t *testing.T) {
	r := newRoom(t)
	made, old := r.byInvitation("Ana", "Ben")
	again, fresh := r.invite(store.Once{}, store.NewInvitations{Replaced: []appliance.InvitationID{made[0].ID}})
	if len(again) != 1 || again[0].Label != "Ana" || again[0].Number != 3 {
		t.Fatalf("made %+v", again)
	}
	hasCode(t, r.come(store.Admission{Invitation: old[0].Hash()}), appliance.CodeConflict)
	if err := r.come(store.Admission{Invitation: fresh[0].Hash()}); err != nil {
		t.Fatal(err)
	}
}

// The answer with the secrets never arrived, so the cards of the first try are worth nothing.
func TestMakingInvitationsAgainGivesTheSameOnesNewSecrets(t *testing.T) {
	r := newRoom(t)
	r.byInvitation("Before")
	once := store.Once{Actor: "acc_owner", Operation: "makeInvitations", Key: "k", BodyHash: []byte("b")}
	n := store.NewInvitations{Labels: []string{"Ana", "Ben"}}
	first, lost := r.invite(once, n)
	second, secrets := r.invite(once, n)
	if !slices.Equal(first, second) || r.invitations().Total != 3 {
		t.Fatalf("made %+v, then %+v", first, second)
	}
	hasCode(t, r.come(store.Admission{Invitation: lost[0].Hash()}), appliance.CodeForbidden)
	if err := r.come(store.Admission{Invitation: secrets[0].Hash()}); err != nil {
		t.Fatal(err)
	}
}

// In an anonymous session nobody can tell whose conversation came of an invitation: neither a host who watches the list,
// nor who reads the database.
func TestInvitationsToAnAnonymousSessionTellNothing(t *testing.T) {
	r := newRoom(t)
	r.exec(`UPDATE sessions SET anonymous = 1`)
	made, secrets := r.byInvitation("Ana", "Ben")
	if err := r.come(store.Admission{Invitation: secrets[1].Hash()}); err != nil {
		t.Fatal(err)
	}
	l := r.invitations()
	if l.Used != 1 || l.List[1].Used || !l.List[1].UsedAt.IsZero() {
		t.Errorf("the list is %+v", l)
	}
	var told bool
	r.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM invitations WHERE used_at IS NOT NULL)`).Scan(&told)
	})
	if told {
		t.Error("when an invitation was used is kept")
	}
	// Taking both back is answered alike, and the count of those who came stays.
	for _, i := range made {
		if err := r.RevokeInvitations(t.Context(), store.By{Actor: "x"}, r.session, []appliance.InvitationID{i.ID}); err != nil {
			t.Errorf("taking one back tells that it was used: %v", err)
		}
	}
	if l := r.invitations(); l.Used != 1 || l.Revoked != 2 {
		t.Errorf("the list is %+v", l)
	}
}

func TestAnAccountJoinsOnce(t *testing.T) {
	r := newRoom(t)
	r.exec(`UPDATE sessions SET who_may_join = 'account'`)
	hasCode(t, r.come(store.Admission{}), appliance.CodeUnauthorized)
	if err := r.come(store.Admission{Account: r.owner}); err != nil {
		t.Fatal(err)
	}
	hasCode(t, r.come(store.Admission{Account: r.owner}), appliance.CodeConflict)
	var conversation string
	r.Read(t.Context(), func(tx *store.Tx) error { return tx.QueryRow(`SELECT id FROM conversations`).Scan(&conversation) })
	if _, err := r.EraseConversation(t.Context(), store.ErasedByParticipant, appliance.ConversationID(conversation)); err != nil {
		t.Fatal(err)
	}
	if err := r.come(store.Admission{Account: r.owner}); err != nil {
		t.Errorf("who has erased everything cannot begin anew: %v", err)
	}
}

func TestAnAnonymousSessionKeepsWhoJoinedAndNotAsWhom(t *testing.T) {
	r := newRoom(t)
	r.exec(`UPDATE sessions SET who_may_join = 'account', anonymous = 1`)
	if err := r.come(store.Admission{Account: r.owner}); err != nil {
		t.Fatal(err)
	}
	var told bool
	r.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM joined_accounts WHERE participant_id IS NOT NULL)`).Scan(&told)
	})
	if told {
		t.Error("the account leads to its participant")
	}
	if joined, err := r.AccountJoined(t.Context(), r.session, r.owner); !joined || err != nil {
		t.Errorf("joined %v, %v", joined, err)
	}
}

func TestWhoIsLetInWithoutTheLinkNeedsNothing(t *testing.T) {
	r := newRoom(t)
	r.exec(`UPDATE sessions SET who_may_join = 'code', join_code = 'ABCDEF'`)
	hasCode(t, r.come(store.Admission{Code: "ABCDEG"}), appliance.CodeValidation)
	if err := r.come(store.Admission{Code: "ABCDEF"}); err != nil {
		t.Error(err)
	}
	if _, err := r.Rehearse(t.Context(), store.By{Actor: "x"}, store.Once{}, r.session, appliance.CharacterHost, "", nil); err != nil {
		t.Errorf("a rehearsal: %v", err)
	}
	_, err := r.Join(t.Context(), store.Joining{Participant: appliance.Participant{SessionID: r.session, ExternalID: "p1", Origin: appliance.OriginAPI}})
	if err != nil {
		t.Errorf("a participant of an API client: %v", err)
	}
	r.exec(`UPDATE sessions SET status = 'closed'`)
	if err := r.come(store.Admission{}); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a closed session says %v", err)
	}
}

func TestASessionHasBoundedInvitations(t *testing.T) {
	r := newRoom(t)
	make := func(n int) error {
		_, err := r.MakeInvitations(t.Context(), store.By{Actor: "x"}, store.Once{}, r.session,
			store.NewInvitations{Labels: make([]string, n), Secret: func() []byte { return appliance.NewInvitation().Hash() }})
		return err
	}
	for range appliance.MaxSessionInvitations / appliance.MaxInvitations {
		if err := make(appliance.MaxInvitations); err != nil {
			t.Fatal(err)
		}
	}
	hasCode(t, make(1), appliance.CodeConflict)
	hasCode(t, make(0), appliance.CodeValidation)
}
