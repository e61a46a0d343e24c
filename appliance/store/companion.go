package store

import (
	"context"
	"errors"

	"harmonium/appliance"
)

// openThreads is what follows FROM in a statement over the threads (h) of an account (?1) over what it may see now;
// further conditions follow with AND. A thread over what was lost is not there for its account until it is given back.
const openThreads = ` companion_threads h WHERE h.account_id = ?1
	AND (h.project_id IS NULL OR h.project_id IN (SELECT p.id FROM` + visibleProjects + `))
	AND (h.session_id IS NULL OR h.session_id IN (SELECT s.id FROM` + companionSessions + `))
	AND (h.conversation_id IS NULL OR h.conversation_id IN (SELECT c.id FROM conversations c
		WHERE c.session_id IN (SELECT s.id FROM` + companionSessions + `))) `

const threadColumns = ` h.id, h.account_id, coalesce(h.project_id, ''), coalesce(h.session_id, ''), coalesce(h.conversation_id, ''),
	h.created_at, h.updated_at `

func threadDest(h *appliance.CompanionThread) []any {
	return []any{&h.ID, &h.AccountID, &h.Scope.ProjectID, &h.Scope.SessionID, &h.Scope.ConversationID, toTime(&h.CreatedAt), toTime(&h.UpdatedAt)}
}

const answerColumns = ` a.id, a.thread_id, a.question, a.state, a.outcome, a.why, a.refused, a.newest, a.made_by, a.model_digest,
	a.prompt_version, coalesce(a.pinned_in, ''), a.created_at, a.answered_at `

func answerDest(a *appliance.CompanionAnswer) []any {
	return []any{&a.ID, &a.ThreadID, &a.Question, &a.State, &a.Outcome, &a.Why, &a.Refused, &a.Newest, &a.Maker.By,
		&a.Maker.ModelDigest, &a.Maker.PromptVersion, &a.PinnedIn, toTime(&a.CreatedAt), toTime(&a.AnsweredAt)}
}

// maxAnswers bounds the questions of one thread: a page shows all of them.
const maxAnswers = 100

// CreateCompanionThread begins a thread of by.Account with its first question. It fails with CodeNotFound when the account
// may not see what the scope names.
func (s *Store) CreateCompanionThread(ctx context.Context, by By, o Once, scope appliance.CompanionScope, question string,
) (h appliance.CompanionThread, fresh bool, err error) {
	id, now := appliance.NewThreadID(), s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		made, repeated, err := s.once(ctx, tx, o, string(id))
		if err != nil {
			return err
		}
		id, fresh = appliance.ThreadID(made), !repeated
		if repeated {
			h, err = companionThread(tx, by.Account, id)
			return err
		}
		_, err = tx.Exec(`INSERT INTO companion_threads (id, account_id, project_id, session_id, conversation_id, created_at, updated_at)
			VALUES (?, ?, nullif(?, ''), nullif(?, ''), nullif(?, ''), ?, ?)`,
			id, by.Account, scope.ProjectID, scope.SessionID, scope.ConversationID, ms(now), ms(now))
		if isForeignKey(err) {
			return &appliance.Error{Code: appliance.CodeNotFound, Message: noScope}
		} else if err != nil {
			return err
		}
		if h, err = companionThread(tx, by.Account, id); appliance.CodeOf(err) == appliance.CodeNotFound {
			return &appliance.Error{Code: appliance.CodeNotFound, Message: noScope}
		} else if err != nil {
			return err
		}
		return s.ask(tx, &h, question)
	})
	return h, fresh, err
}

const noScope = "What the question is about is not there, or you may not see it. Nothing was asked."

// AskCompanion puts a further question into a thread of an account. It fails with CodeConflict while another one is being
// answered.
func (s *Store) AskCompanion(ctx context.Context, by By, o Once, id appliance.ThreadID, question string,
) (h appliance.CompanionThread, fresh bool, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		if h, err = companionThread(tx, by.Account, id); err != nil {
			return err
		}
		_, repeated, err := s.once(ctx, tx, o, string(id))
		if fresh = !repeated; err != nil || repeated {
			return err
		}
		return s.ask(tx, &h, question)
	})
	return h, fresh, err
}

// ask adds a question to a thread.
func (s *Store) ask(tx *Tx, h *appliance.CompanionThread, question string) error {
	var p appliance.Problems
	appliance.CheckText(&p, "question", question, appliance.MaxAsked, true)
	if err := p.Err(); err != nil {
		return err
	}
	if len(h.Answers) >= maxAnswers {
		return appliance.Errorf(appliance.CodeConflict, "This thread has %d questions, as many as one can have. It is kept; please begin a new one.", maxAnswers)
	}
	a := appliance.CompanionAnswer{ID: appliance.NewAnswerID(), ThreadID: h.ID, Question: question, State: appliance.AnswerAsked,
		Parts: []appliance.AnswerPart{}, CreatedAt: s.clock()}
	_, err := tx.Exec(`INSERT INTO companion_answers (id, thread_id, position, question, state, outcome, why, refused, newest,
			made_by, model_digest, prompt_version, created_at)
		VALUES (?, ?, ?, ?, 'asked', '', '', 0, 0, '', '', '', ?)`, a.ID, h.ID, len(h.Answers), question, ms(a.CreatedAt))
	if isUnique(err) {
		return appliance.Errorf(appliance.CodeConflict,
			"The last question is still being answered. This one was not asked; wait for the answer, or stop it.")
	} else if err != nil {
		return err
	}
	h.Answers, h.UpdatedAt = append(h.Answers, a), a.CreatedAt
	_, err = tx.Exec(`UPDATE companion_threads SET updated_at = ? WHERE id = ?`, ms(h.UpdatedAt), h.ID)
	return err
}

// CompanionThread gives a thread of an account with its answers, as far as the account may see what they rest on now;
// CodeNotFound when the account has no such thread or has lost what it is over.
func (s *Store) CompanionThread(ctx context.Context, account appliance.AccountID, id appliance.ThreadID,
) (h appliance.CompanionThread, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		h, err = companionThread(tx, account, id)
		return err
	})
	return h, err
}

func companionThread(tx *Tx, account appliance.AccountID, id appliance.ThreadID) (h appliance.CompanionThread, err error) {
	err = tx.QueryRow(`SELECT`+threadColumns+`FROM`+openThreads+`AND h.id = ?2`, account, id).Scan(threadDest(&h)...)
	if err != nil {
		return h, notFound(err, "thread")
	}
	h.Answers, err = companionAnswers(tx, account, `a.thread_id = ? ORDER BY a.position`, id)
	return h, err
}

// companionAnswers gives the answers (a) that meet a condition, as an account may see them.
func companionAnswers(tx *Tx, account appliance.AccountID, where string, args ...any) (list []appliance.CompanionAnswer, err error) {
	rows, err := tx.Query(`SELECT`+answerColumns+`FROM companion_answers a WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		a := appliance.CompanionAnswer{Parts: []appliance.AnswerPart{}}
		if err := rows.Scan(answerDest(&a)...); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, fillParts(tx, account, list)
}

// CompanionListing is a thread as lists show it.
type CompanionListing struct {
	appliance.CompanionThread
	Question  string // the first one
	Questions int
}

// CompanionThreads gives the threads of an account over exactly a scope, the last used first, and how many there are in all.
func (s *Store) CompanionThreads(ctx context.Context, account appliance.AccountID, scope appliance.CompanionScope, page Page,
) (list []CompanionListing, total int, err error) {
	const where = `AND coalesce(h.project_id, '') = ?2 AND coalesce(h.session_id, '') = ?3 AND coalesce(h.conversation_id, '') = ?4 `
	args := []any{account, string(scope.ProjectID), string(scope.SessionID), string(scope.ConversationID)}
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.QueryRow(`SELECT count(*) FROM`+openThreads+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT`+threadColumns+`,
				coalesce((SELECT question FROM companion_answers WHERE thread_id = h.id ORDER BY position LIMIT 1), ''),
				(SELECT count(*) FROM companion_answers WHERE thread_id = h.id)
			FROM`+openThreads+where+`ORDER BY h.updated_at DESC, h.id LIMIT ?5 OFFSET ?6`, append(args, page.Limit, page.Offset)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l CompanionListing
			if err := rows.Scan(append(threadDest(&l.CompanionThread), &l.Question, &l.Questions)...); err != nil {
				return err
			}
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, total, err
}

// CompanionModels gives which models were chosen for what a thread is over.
func (s *Store) CompanionModels(ctx context.Context, scope appliance.CompanionScope) (appliance.ModelChoice, error) {
	session := scope.SessionID
	switch {
	case scope.ConversationID != "":
		c, err := s.Conversation(ctx, scope.ConversationID)
		if err != nil {
			return nil, err
		}
		session = c.SessionID
	case scope.ProjectID != "":
		var choice appliance.ModelChoice
		err := s.read(ctx, func(tx *Tx) error {
			p, err := project(tx, scope.ProjectID)
			choice = p.Models
			return err
		})
		return choice, err
	}
	if session == "" {
		return nil, nil
	}
	return s.ModelChoice(ctx, session)
}

// AnswerEnd is how the work on an answer has ended.
type AnswerEnd struct {
	State   appliance.AnswerState
	Outcome appliance.AnswerOutcome
	Why     string
	Refused int
	Newest  bool
	Maker   appliance.Maker
}

// EndCompanionAnswer notes how the work on an answer has ended. One that has ended already, or is gone, stays as it is.
func (s *Store) EndCompanionAnswer(ctx context.Context, id appliance.AnswerID, e AnswerEnd) error {
	now := ms(s.clock())
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE companion_answers SET state = ?, outcome = ?, why = ?, refused = ?, newest = ?, made_by = ?,
				model_digest = ?, prompt_version = ?, answered_at = ? WHERE id = ? AND state = 'asked'`,
			string(e.State), string(e.Outcome), e.Why, e.Refused, e.Newest, e.Maker.By, e.Maker.ModelDigest, e.Maker.PromptVersion, now, id)
		return err
	})
}

// InterruptCompanion notes that the answers that were being worked on will not be: the box has been started again. What
// was shown of them stays.
func (s *Store) InterruptCompanion(ctx context.Context) error {
	return s.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE companion_answers SET state = 'interrupted',
			outcome = iif(EXISTS (SELECT 1 FROM companion_parts WHERE answer_id = id), 'sentences', '') WHERE state = 'asked'`)
		return err
	})
}

// DeleteCompanionThread deletes a thread of by.Account for good, and with it what was pinned of it. It fails with CodeConflict
// where a legal hold is on everything.
func (s *Store) DeleteCompanionThread(ctx context.Context, by By, id appliance.ThreadID) error {
	return s.erase(ctx, func(tx *Tx) error {
		if err := s.refuseHeldBox(tx, by); err != nil {
			return err
		}
		done, err := tx.Exec(`DELETE FROM companion_threads WHERE id = ? AND account_id = ?`, id, by.Account)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, appliance.Errorf(appliance.CodeNotFound, "%s", noSuch("thread")))
		}
		if err := audit(ctx, tx, by.did(s.clock(), "thread.delete", string(id))); err != nil {
			return err
		}
		_, err = s.enqueue(tx, appliance.JobScrub, "", "", s.clock())
		return err
	})
}
