package store_test

import (
	"testing"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// alone is what can be deleted by itself, without an order of erasure and without a receipt.
type alone struct {
	name   string
	held   string // by which hold it is kept: "" by none
	delete func() error
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// thingsAlone makes one of each.
func (d *desk) thingsAlone() (session appliance.SessionID, list []alone) {
	d.t.Helper()
	ctx := d.t.Context()
	session = d.create(d.owner, draftSession("T")).ID
	project, err := d.CreateProject(ctx, d.owner, store.Once{}, appliance.Project{Title: "P", Status: appliance.ProjectActive})
	d.must(err)
	group, err := d.CreateGroup(ctx, d.owner, store.Once{}, "G", nil)
	d.must(err)
	hook, err := d.CreateWebhook(ctx, d.owner, store.Once{}, appliance.Webhook{URL: "http://192.168.1.2:80/", Secret: "s",
		Events: []appliance.EventType{appliance.EventSessionClosed}})
	d.must(err)
	d.must(d.SetHandbook(ctx, d.owner, []string{"How we work"}))
	d.exec(`INSERT INTO templates (id, title, public, content, created_by, created_at, updated_at) VALUES ('tpl_1', 'T', 0, '{}', 'acc_owner', 0, 0)`)
	d.exec(`INSERT INTO background (id, session_id, kind, position, name, format, characters, bytes, whole, created_at)
		VALUES ('bgd_1', ?, 'file', 0, 'F', 'txt', 1, 1, 1, 0)`, session)
	d.exec(`INSERT INTO insight_definitions (id, session_id, name, version, position, created_at) VALUES ('ins_1', ?, 'I', 1, 0, 0)`, session)
	d.exec(`INSERT INTO insight_versions (definition_id, version, ask, made_by, model_digest, prompt_version, created_at)
		VALUES ('ins_1', 1, '{}', 'rules', '', '', 0)`)
	d.exec(`INSERT INTO companion_threads (id, account_id, created_at, updated_at) VALUES ('thr_1', 'acc_owner', 0, 0)`)
	d.exec(`DELETE FROM jobs`)
	return session, []alone{
		{"background", "session", func() error { return d.DeleteBackground(ctx, d.owner, session, "bgd_1") }},
		{"insight", "session", func() error { return d.DeleteInsight(ctx, d.owner, session, "ins_1") }},
		{"project", "box", func() error { _, err := d.DeleteProject(ctx, d.owner, project.ID); return err }},
		{"template", "box", func() error { _, err := d.DeleteTemplate(ctx, d.owner, "tpl_1"); return err }},
		{"thread", "box", func() error { return d.DeleteCompanionThread(ctx, d.owner, "thr_1") }},
		{"handbook", "box", func() error { return d.SetHandbook(ctx, d.owner, nil) }},
		{"account", "box", func() error { _, err := d.DeleteAccount(ctx, d.owner, "acc_other", "acc_editor"); return err }},
		{"group", "", func() error { return d.DeleteGroup(ctx, d.owner, group.ID) }},
		{"webhook", "", func() error { return d.DeleteWebhook(ctx, d.owner, hook.ID) }},
	}
}

func TestWhatIsDeletedAloneIsKeptByAHold(t *testing.T) {
	for _, kind := range []appliance.HoldKind{appliance.HoldSession, appliance.HoldBox} {
		t.Run(string(kind), func(t *testing.T) {
			d := newDesk(t)
			session, list := d.thingsAlone()
			object := string(session)
			if kind == appliance.HoldBox {
				object = ""
			}
			hold, err := d.PlaceHold(t.Context(), d.owner, store.Once{}, appliance.Hold{Kind: kind, Object: object, Reason: "Inquiry"})
			d.must(err)
			for _, a := range list {
				if a.held == "session" || a.held == string(kind) {
					if got := appliance.CodeOf(a.delete()); got != appliance.CodeConflict {
						t.Errorf("the %s was deleted in spite of the hold: %q", a.name, got)
					}
				}
			}
			d.must(d.LiftHold(t.Context(), d.owner, hold.ID))
			for _, a := range list {
				if err := a.delete(); err != nil {
					t.Errorf("without a hold the %s is not deleted: %v", a.name, err)
				}
			}
		})
	}
}

func TestWhatIsDeletedAloneIsWipedFromTheFiles(t *testing.T) {
	d := newDesk(t)
	_, list := d.thingsAlone()
	for _, a := range list {
		d.must(a.delete())
		if d.count(`SELECT count(*) FROM jobs WHERE kind = 'scrub' AND state = 'queued'`) != 1 {
			t.Errorf("after the %s was deleted nothing wipes its words from the files", a.name)
		}
		d.exec(`DELETE FROM jobs`)
	}
}
