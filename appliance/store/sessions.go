package store

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"time"

	"harmonium/appliance"
)

const sessionColumns = ` s.id, coalesce(s.project_id, ''), s.topic, s.goal, s.critical, s.context, s.status, s.language,
	s.host, s.welcome_message, s.consent_text, s.anonymous, s.who_may_join, s.public, s.join_code, s.guide_version, s.prompt_override,
	s.summary_prompt, s.prompt_summary, s.prompt_generated_from, s.meta_description, s.platform_guidelines,
	s.template_id, s.default_use, s.cross_pollination, s.cross_pollination_minimum, s.widgets_enabled, s.results_visibility, s.visibility, s.distribution, s.roster, s.models, s.leading,
	coalesce(s.created_by, ''),
	s.created_at, s.updated_at, s.opened_at, s.closed_at `

// sessionDest gives where sessionColumns are scanned to.
func sessionDest(s *appliance.Session) []any {
	return []any{&s.ID, &s.ProjectID, &s.Brief.Topic, &s.Brief.Goal, &s.Brief.Critical, &s.Brief.Context, &s.Status,
		&s.Language, &s.Host, &s.WelcomeMessage, &s.ConsentText, &s.Anonymous, &s.WhoMayJoin, &s.Public, &s.JoinCode, &s.GuideVersion,
		&s.PromptOverride, &s.SummaryPrompt, &s.PromptSummary, &s.PromptGeneratedFrom, &s.MetaDescription,
		&s.PlatformGuidelines, &s.TemplateID, &s.DefaultUse, &s.CrossPollination, &s.PollinationMinimum, &s.WidgetsEnabled, &s.ResultsVisibility,
		toJSON(&s.Visibility), toJSON(&s.Distribution), toJSON(&s.Roster), toJSON(&s.Models), toJSON(&s.Leading), &s.CreatedBy,
		toTime(&s.CreatedAt), toTime(&s.UpdatedAt), toTime(&s.OpenedAt), toTime(&s.ClosedAt)}
}

func session(tx *Tx, id appliance.SessionID) (s appliance.Session, err error) {
	err = tx.QueryRow(`SELECT`+sessionColumns+`FROM sessions s WHERE s.id = ? AND s.erasing = 0`, id).Scan(sessionDest(&s)...)
	return s, notFound(err, "session")
}

// Session gives one session. It fails with CodeNotFound when there is none.
func (s *Store) Session(ctx context.Context, id appliance.SessionID) (found appliance.Session, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		found, err = session(tx, id)
		return err
	})
	return found, err
}

// SessionByCode gives the open session that has a short code, in the form of appliance.CleanJoinCode. It fails with
// CodeNotFound when there is none: a code leads nowhere before its session opens and after it closes.
func (s *Store) SessionByCode(ctx context.Context, code string) (found appliance.Session, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		err := tx.QueryRow(`SELECT`+sessionColumns+`FROM sessions s WHERE s.join_code = ? AND s.status = 'open'`, code).
			Scan(sessionDest(&found)...)
		return notFound(err, "session")
	})
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return found, appliance.Errorf(appliance.CodeNotFound,
			"No session has this code now. Please check it, or ask whoever invited you whether the session is open.")
	}
	return found, err
}

// CreateSession stores a new session with its first guide and its form, all or nothing, and makes by.Account its
// owner. The status must be draft or open. Ids, join code, guide version and times are set here.
func (s *Store) CreateSession(ctx context.Context, by By, o Once, new appliance.Session, g appliance.GuideVersion,
	form appliance.Form,
) (created appliance.Session, err error) {
	d := Design{new, g, form}
	now := s.clock()
	if err := d.begin(by, now); err != nil {
		return appliance.Session{}, err
	}
	err = s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(d.Session.ID))
		if err != nil {
			return err
		}
		if repeated {
			created, err = session(tx, appliance.SessionID(id))
			return err
		}
		created, err = s.insertDesign(ctx, tx, by, d, now)
		return err
	})
	return created, err
}

// Design is what a session is made of.
type Design struct {
	Session appliance.Session
	Guide   appliance.GuideVersion
	Form    appliance.Form
}

// begin makes a session of its own of d, and checks it.
func (d *Design) begin(by By, now time.Time) error {
	s, g := &d.Session, &d.Guide
	s.ID, s.GuideVersion, s.CreatedBy, s.CreatedAt, s.UpdatedAt, s.OpenedAt, s.ClosedAt =
		appliance.NewSessionID(), 1, by.Account, now, now, time.Time{}, time.Time{}
	if s.Status == appliance.SessionOpen {
		s.OpenedAt = now
	}
	g.SessionID, g.Version, g.Brief, g.Author, g.CreatedAt = s.ID, 1, s.Brief, by.Account, now
	return checkNewSession(*s, *g, d.Form)
}

// insertDesign stores a session that has begun, with by.Account as its owner.
func (s *Store) insertDesign(ctx context.Context, tx *Tx, by By, d Design, now time.Time) (appliance.Session, error) {
	created := d.Session
	if err := insertSession(tx, &created); err != nil {
		return created, err
	}
	if err := insertGuide(tx, d.Guide); err != nil {
		return created, err
	}
	if err := insertForm(tx, created.ID, withFieldIDs(nil, d.Form)); err != nil {
		return created, err
	}
	if by.Account != "" {
		if err := addSessionMember(tx, created.ID, by.Account, appliance.RoleOwner); err != nil {
			return created, err
		}
	}
	if created.Status == appliance.SessionOpen {
		if err := s.addEvent(tx, appliance.EventSessionOpened, created.ID, "", now); err != nil {
			return created, err
		}
	}
	return created, audit(ctx, tx, by.did(now, "session.create", string(created.ID)))
}

func checkNewSession(s appliance.Session, g appliance.GuideVersion, form appliance.Form) error {
	if s.Status != appliance.SessionDraft && s.Status != appliance.SessionOpen {
		return fmt.Errorf("create a session: it cannot begin as %q", s.Status)
	}
	if err := s.Validate(); err != nil {
		return err
	}
	if err := g.Guide.Validate(); err != nil {
		return err
	}
	return form.Validate("questions")
}

// maxCodeTries is how often a join code is drawn before giving up. With 30 random bits even a second try is rare.
const maxCodeTries = 10

// insertSession stores s with a join code that no other session has.
func insertSession(tx *Tx, s *appliance.Session) error {
	var err error
	*s = s.Settled(appliance.Session{ResultsVisibility: appliance.ResultsHost})
	s.DefaultUse, s.WhoMayJoin, s.PollinationMinimum = useOr(s.DefaultUse), accessOr(s.WhoMayJoin), minimumOr(s.PollinationMinimum)
	for range maxCodeTries {
		s.JoinCode = appliance.NewJoinCode()
		_, err = tx.Exec(`INSERT INTO sessions (id, project_id, topic, goal, critical, context, status, language, host,
				welcome_message, consent_text, anonymous, who_may_join, public, join_code, guide_version, prompt_override, summary_prompt,
				prompt_summary, prompt_generated_from, meta_description, platform_guidelines, template_id,
				default_use, cross_pollination, cross_pollination_minimum, widgets_enabled, results_visibility, visibility, distribution, roster, models, leading, created_by,
				created_at, updated_at, opened_at)
			VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''),
				?, ?, ?)`,
			s.ID, s.ProjectID, s.Brief.Topic, s.Brief.Goal, s.Brief.Critical, s.Brief.Context, s.Status, s.Language, s.Host,
			s.WelcomeMessage, s.ConsentText, s.Anonymous, s.WhoMayJoin, s.Public, s.JoinCode, s.GuideVersion, s.PromptOverride,
			s.SummaryPrompt, s.PromptSummary, s.PromptGeneratedFrom, s.MetaDescription, s.PlatformGuidelines, s.TemplateID,
			s.DefaultUse, s.CrossPollination, s.PollinationMinimum, s.WidgetsEnabled, s.ResultsVisibility, asJSON(s.Visibility), asJSON(s.Distribution),
			asJSON(s.Roster), asJSON(s.Models.Clean()), asJSON(s.Leading), s.CreatedBy, ms(s.CreatedAt), ms(s.UpdatedAt), msOrNull(s.OpenedAt))
		if !isUnique(err) {
			break
		}
	}
	if err == nil && s.CrossPollination {
		err = shareFrom(tx, s.ID, s.CreatedAt)
	}
	return projectGone(err)
}

// projectGone says in words that the project that a session was to be put in is not there.
func projectGone(err error) error {
	if isForeignKey(err) {
		return appliance.Invalid("project_id", "There is no such project. It may have been deleted.")
	}
	return err
}

// UpdateSession changes what people fill in: brief, settings, texts, project. What else change alters is not kept. When
// nothing differs, nothing is written.
func (s *Store) UpdateSession(ctx context.Context, by By, id appliance.SessionID, change func(*appliance.Session) error,
) (appliance.Session, error) {
	return s.updateSession(ctx, by, id, change, nil)
}

// UpdateSessionAndForm is UpdateSession that also puts a form in the place of the present one, both or neither.
func (s *Store) UpdateSessionAndForm(ctx context.Context, by By, id appliance.SessionID,
	change func(*appliance.Session) error, form appliance.Form,
) (appliance.Session, error) {
	if err := form.Validate("questions"); err != nil {
		return appliance.Session{}, err
	}
	return s.updateSession(ctx, by, id, change, func(tx *Tx) error {
		_, err := replaceForm(tx, id, form)
		return err
	})
}

// staysAnonymous refuses to lift the anonymity that people were promised when they joined.
func staysAnonymous(tx *Tx, before, after appliance.Session) error {
	if !before.Anonymous || after.Anonymous {
		return nil
	}
	var joined int
	if err := tx.QueryRow(`SELECT joined FROM sessions WHERE id = ?`, before.ID).Scan(&joined); err != nil || joined == 0 {
		return err
	}
	return appliance.Errorf(appliance.CodeConflict, "People have joined this session as an anonymous one, so it stays "+
		"anonymous. Nothing was changed. A copy of the session can ask for names.")
}

func (s *Store) updateSession(ctx context.Context, by By, id appliance.SessionID,
	change func(*appliance.Session) error, also func(*Tx) error,
) (after appliance.Session, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		before, err := session(tx, id)
		if err != nil {
			return err
		}
		after = before
		if err := change(&after); err != nil {
			return err
		}
		if err := after.Validate(); err != nil {
			return err
		}
		after.ID, after.Status, after.JoinCode, after.GuideVersion = before.ID, before.Status, before.JoinCode, before.GuideVersion
		after.CreatedBy, after.CreatedAt, after.UpdatedAt = before.CreatedBy, before.CreatedAt, before.UpdatedAt
		after.OpenedAt, after.ClosedAt = before.OpenedAt, before.ClosedAt
		after.DefaultUse, after.WhoMayJoin = useOr(after.DefaultUse), accessOr(after.WhoMayJoin)
		after.PollinationMinimum = minimumOr(after.PollinationMinimum)
		after = after.Settled(before)
		if also == nil && reflect.DeepEqual(after, before) {
			return nil
		}
		if err := staysAnonymous(tx, before, after); err != nil {
			return err
		}
		if after.ProjectID != before.ProjectID && before.ProjectID != "" {
			if err := s.refuseHeldProject(tx, by, before.ProjectID); err != nil {
				return err // elsewhere the hold would not be on it
			}
		}
		if after.Public != before.Public || after.ProjectID != before.ProjectID || !reflect.DeepEqual(after.Visibility, before.Visibility) {
			tx.changesRights()
		}
		after.UpdatedAt = now
		if err := saveSession(tx, after); err != nil {
			return err
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if after.CrossPollination && !before.CrossPollination {
			if err := shareFrom(tx, id, now); err != nil {
				return err
			}
			if _, err := s.enqueue(tx, appliance.JobIdeas, id, "", now); err != nil {
				return err
			}
		}
		return audit(ctx, tx, by.did(now, "session.update", string(id)))
	})
	if err != nil {
		return appliance.Session{}, err
	}
	return after, nil
}

func saveSession(tx *Tx, s appliance.Session) error {
	_, err := tx.Exec(`UPDATE sessions SET project_id = nullif(?, ''), topic = ?, goal = ?, critical = ?, context = ?,
			language = ?, host = ?, welcome_message = ?, consent_text = ?, anonymous = ?, who_may_join = ?, public = ?, prompt_override = ?,
			summary_prompt = ?, prompt_summary = ?, prompt_generated_from = ?, meta_description = ?,
			platform_guidelines = ?, template_id = ?, default_use = ?, cross_pollination = ?,
			cross_pollination_minimum = ?, widgets_enabled = ?, results_visibility = ?, visibility = ?,
			distribution = ?, models = ?, leading = ?, updated_at = ?
		WHERE id = ?`,
		s.ProjectID, s.Brief.Topic, s.Brief.Goal, s.Brief.Critical, s.Brief.Context, s.Language, s.Host,
		s.WelcomeMessage, s.ConsentText, s.Anonymous, s.WhoMayJoin, s.Public, s.PromptOverride, s.SummaryPrompt, s.PromptSummary,
		s.PromptGeneratedFrom, s.MetaDescription, s.PlatformGuidelines, s.TemplateID, useOr(s.DefaultUse), s.CrossPollination,
		minimumOr(s.PollinationMinimum), s.WidgetsEnabled, s.ResultsVisibility, asJSON(s.Visibility), asJSON(s.Distribution), asJSON(s.Models.Clean()), asJSON(s.Leading), ms(s.UpdatedAt), s.ID)
	return projectGone(err)
}

// useOr is a use, and the widest one where none is set.
func useOr(u appliance.Use) appliance.Use { return cmp.Or(u, appliance.UseQuote) }

// accessOr is who may join, and everybody with the link where nothing is set.
func accessOr(a appliance.Access) appliance.Access { return cmp.Or(a, appliance.AccessLink) }

// shareFrom lets what is said by those who join from now on be offered to others. Those before were not told of it.
func shareFrom(tx *Tx, id appliance.SessionID, now time.Time) error {
	_, err := tx.Exec(`UPDATE sessions SET cross_pollination_since = ? WHERE id = ?`, ms(now), id)
	return err
}

// minimumOr is how many other people an idea needs to be offered, and the usual number where none is set.
func minimumOr(n int) int { return cmp.Or(n, appliance.DefaultPollinationMinimum) }

// touch notes that a session was edited.
func touch(tx *Tx, id appliance.SessionID, now time.Time) error {
	_, err := tx.Exec(`UPDATE sessions SET updated_at = ? WHERE id = ?`, ms(now), id)
	return err
}

// MoveSession puts a session in another state. Closing it ends the conversations that still go on, with everything
// that was said kept; opening a closed one lets those go on that had ended only for that. It fails with CodeConflict
// when the present state does not allow it.
func (s *Store) MoveSession(ctx context.Context, by By, id appliance.SessionID, to appliance.SessionStatus,
) (moved appliance.Session, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		if moved, err = session(tx, id); err != nil {
			return err
		}
		from := moved.Status
		if !from.CanBecome(to) {
			return cannotMove(from, to)
		}
		moved.Status, moved.UpdatedAt = to, now
		if err := s.move(tx, &moved, from); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE sessions SET status = ?, updated_at = ?, opened_at = ?, closed_at = ? WHERE id = ?`,
			to, ms(now), msOrNull(moved.OpenedAt), msOrNull(moved.ClosedAt), id)
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, moveAction(from, to), string(id)))
	})
	if err != nil {
		return appliance.Session{}, err
	}
	return moved, nil
}

// move does what a new state means for the times and the conversations of a session.
func (s *Store) move(tx *Tx, moved *appliance.Session, from appliance.SessionStatus) error {
	now := moved.UpdatedAt
	switch moved.Status {
	case appliance.SessionOpen:
		if moved.OpenedAt.IsZero() {
			moved.OpenedAt = now
		}
		moved.ClosedAt = time.Time{}
		if from == appliance.SessionClosed {
			if err := reopenConversations(tx, moved.ID); err != nil {
				return err
			}
		}
		return s.addEvent(tx, appliance.EventSessionOpened, moved.ID, "", now)
	case appliance.SessionClosed:
		if from == appliance.SessionArchived {
			return nil // it was closed before, or never open
		}
		moved.ClosedAt = now
		if err := s.closeConversations(tx, moved.ID); err != nil {
			return err
		}
		return s.addEvent(tx, appliance.EventSessionClosed, moved.ID, "", now)
	}
	return nil
}

func moveAction(from, to appliance.SessionStatus) string {
	switch {
	case to == appliance.SessionArchived:
		return "session.archive"
	case from == appliance.SessionArchived:
		return "session.unarchive"
	case to == appliance.SessionClosed:
		return "session.close"
	case from == appliance.SessionClosed:
		return "session.reopen"
	}
	return "session.open"
}

// cannotMove says in words why a session cannot be put in a state, and what can be done.
func cannotMove(from, to appliance.SessionStatus) error {
	switch {
	case from == to && to == appliance.SessionOpen:
		return appliance.Errorf(appliance.CodeConflict, "This session is open already.")
	case from == to && to == appliance.SessionClosed:
		return appliance.Errorf(appliance.CodeConflict, "This session is closed already.")
	case from == to:
		return appliance.Errorf(appliance.CodeConflict, "This session is archived already.")
	case from == appliance.SessionDraft:
		return appliance.Errorf(appliance.CodeConflict, "This session was never open, so it cannot be closed. Nothing was changed.")
	case from == appliance.SessionOpen:
		return appliance.Errorf(appliance.CodeConflict, "This session is open. Close it first; everything that was said is kept.")
	case from == appliance.SessionArchived:
		return appliance.Errorf(appliance.CodeConflict, "This session is archived. Bring it back to the closed ones first.")
	}
	return appliance.Errorf(appliance.CodeConflict, "A session that is %s cannot become %s. Nothing was changed.", from, to)
}
