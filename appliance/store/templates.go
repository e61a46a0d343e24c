package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"harmonium/appliance"
)

// TemplateListing is a template as one account sees it.
type TemplateListing struct {
	appliance.Template
	Role appliance.Role // of the account on it
}

// TemplateFilter says which templates of those that an account sees are wanted.
type TemplateFilter struct {
	Project appliance.ProjectID // of this project; "": any or none
	Purpose appliance.Purpose   // for this; "": any
	Text    string              // title, description or the words on its use hold this; "": any
	Page    Page
}

const templateColumns = ` t.id, coalesce(t.project_id, ''), t.public, t.content, coalesce(t.created_by, ''), t.created_at, t.updated_at `

func templateDest(t *appliance.Template) []any {
	return []any{&t.ID, &t.ProjectID, &t.Public, toJSON(&t.TemplateContent), &t.CreatedBy, toTime(&t.CreatedAt), toTime(&t.UpdatedAt)}
}

// The role of an account on a template is the highest of its role on the template's project, owner where it made it, and
// its role on the organisation; the last counts only for admins and owners, and for everybody where the template or its
// project is public. visibleTemplates is to it what visibleSessions is to sessions.
const (
	templateJoins = `
	LEFT JOIN projects p ON p.id = t.project_id
	LEFT JOIN project_members pm ON pm.project_id = t.project_id AND pm.account_id = me.id`

	// templateRank is that on the template's project.
	templateRank = ` max(CASE pm.role` + ranks + `, coalesce((SELECT max(CASE g.role` + ranks + `) FROM project_groups g
		CROSS JOIN group_members gm ON gm.group_id = g.group_id AND gm.account_id = me.id WHERE g.project_id = t.project_id), 0)) `

	visibleTemplates = ` templates t JOIN accounts me ON me.id = ?1 AND me.disabled = 0` + templateJoins + `
	WHERE (me.role IN ('owner', 'admin') OR t.public OR p.public OR t.created_by = me.id OR ` + templateRank + ` > 0) `

	templateRoleColumns = ` me.role, t.public OR coalesce(p.public, 0), iif(t.created_by = me.id, 4, 0),` + templateRank
)

// RoleOnTemplate gives the role of an account on a template, RoleNone when it may not see it. It fails with CodeNotFound
// when there is no such template.
func (s *Store) RoleOnTemplate(ctx context.Context, account appliance.AccountID, id appliance.TemplateID,
) (appliance.Role, error) {
	return s.roleOn(ctx, "template", `SELECT`+templateRoleColumns+`FROM templates t
		LEFT JOIN accounts me ON me.id = ?1 AND me.disabled = 0`+templateJoins+` WHERE t.id = ?2`, account, string(id))
}

// Template gives a template as an account sees it; CodeNotFound when the account may not see it.
func (s *Store) Template(ctx context.Context, account appliance.AccountID, id appliance.TemplateID) (l TemplateListing, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		var a access
		err := tx.QueryRow(`SELECT`+templateColumns+`,`+templateRoleColumns+`FROM`+visibleTemplates+`AND t.id = ?2`, account, id).
			Scan(append(templateDest(&l.Template), a.dest()...)...)
		l.Role = a.role()
		return notFound(err, "template")
	})
	return l, err
}

// Templates gives the templates that an account sees, the last edited first: one page of them, and how many there are
// in all.
func (s *Store) Templates(ctx context.Context, account appliance.AccountID, f TemplateFilter,
) (list []TemplateListing, total int, err error) {
	where, args := f.where(account)
	err = s.read(ctx, func(tx *Tx) error {
		list = list[:0]
		if err := tx.QueryRow(`SELECT count(*) FROM`+visibleTemplates+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`SELECT`+templateColumns+`,`+templateRoleColumns+`FROM`+visibleTemplates+where+
			`ORDER BY t.updated_at DESC, t.id DESC LIMIT ? OFFSET ?`, append(args, f.Page.Limit, f.Page.Offset)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l TemplateListing
			var a access
			if err := rows.Scan(append(templateDest(&l.Template), a.dest()...)...); err != nil {
				return err
			}
			l.Role = a.role()
			list = append(list, l)
		}
		return rows.Err()
	})
	return list, total, err
}

func (f TemplateFilter) where(account appliance.AccountID) (string, []any) {
	text, args := "", []any{account}
	if f.Project != "" {
		text += `AND t.project_id = ? `
		args = append(args, f.Project)
	}
	if f.Purpose != "" {
		text += `AND t.content ->> '$.purpose' = ? `
		args = append(args, f.Purpose)
	}
	if q := strings.Join(strings.Fields(f.Text), " "); q != "" {
		var any []string
		for _, form := range letterCases(q) {
			for _, column := range []string{`t.title`, `t.content ->> '$.description'`, `t.content ->> '$.use_when'`} {
				any = append(any, column+` LIKE ? ESCAPE '\'`)
				args = append(args, containing(form))
			}
		}
		text += `AND (` + strings.Join(any, ` OR `) + `) `
	}
	return text, args
}

// CreateTemplate stores a new template of by.Account. Id and times are set here. When t says which published method it
// was made from, and the same project or author has one of that method already, that is a CodeConflict unless again.
func (s *Store) CreateTemplate(ctx context.Context, by By, o Once, t appliance.Template, again bool) (appliance.Template, error) {
	now := s.clock()
	t.ID, t.CreatedBy, t.CreatedAt, t.UpdatedAt = appliance.NewTemplateID(), by.Account, now, now
	if err := t.Validate(); err != nil {
		return appliance.Template{}, err
	}
	err := s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(t.ID))
		if err != nil {
			return err
		}
		if repeated {
			t, err = template(tx, appliance.TemplateID(id))
			return err
		}
		if !again {
			if err := newSpec(tx, t); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`INSERT INTO templates (id, project_id, title, public, spec_id, content, created_by, created_at, updated_at)
			VALUES (?, nullif(?, ''), ?, ?, ?, ?, nullif(?, ''), ?, ?)`, t.ID, t.ProjectID, t.Title, t.Public, specOf(t),
			asJSON(t.TemplateContent), t.CreatedBy, ms(now), ms(now))
		if err != nil {
			return projectGone(err)
		}
		return audit(ctx, tx, by.did(now, "template.create", id))
	})
	if err != nil {
		return appliance.Template{}, err
	}
	return t, nil
}

// copyTemplates makes templates of by.Account in a project of those of another.
func copyTemplates(tx *Tx, by By, from, to appliance.ProjectID, now time.Time) error {
	var list []appliance.TemplateID
	err := eachRow(tx, func(rows *Rows) error {
		var id appliance.TemplateID
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	}, `SELECT id FROM templates WHERE project_id = ? ORDER BY updated_at, id`, from)
	for _, id := range list {
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO templates (id, project_id, title, public, spec_id, content, created_by, created_at, updated_at)
			SELECT ?1, ?2, title, 0, spec_id, content, nullif(?3, ''), ?4, ?4 FROM templates WHERE id = ?5`, appliance.NewTemplateID(), to, by.Account, ms(now), id)
	}
	return err
}

func specOf(t appliance.Template) string {
	if t.Provenance == nil {
		return ""
	}
	return t.Provenance.SpecID
}

// newSpec refuses a second template of one published method in one place.
func newSpec(tx *Tx, t appliance.Template) error {
	spec := specOf(t)
	if spec == "" {
		return nil
	}
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM templates WHERE spec_id = ?1 AND coalesce(project_id, '') = ?2
		AND (?2 <> '' OR created_by = ?3)`, spec, t.ProjectID, t.CreatedBy).Scan(&n)
	if err == nil && n > 0 {
		return appliance.Errorf(appliance.CodeConflict, "There is a template of this method here already. Nothing was saved. "+
			"Change that one, or bring this one in beside it (force).")
	}
	return err
}

func template(tx *Tx, id appliance.TemplateID) (t appliance.Template, err error) {
	err = tx.QueryRow(`SELECT`+templateColumns+`FROM templates t WHERE t.id = ?`, id).Scan(templateDest(&t)...)
	return t, notFound(err, "template")
}

// UpdateTemplate changes what a template says, its project and whether everybody sees it; what else change alters is
// not kept.
func (s *Store) UpdateTemplate(ctx context.Context, by By, id appliance.TemplateID, change func(*appliance.Template) error,
) (t appliance.Template, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		before, err := template(tx, id)
		if err != nil {
			return err
		}
		t = before
		if err := change(&t); err != nil {
			return err
		}
		t.ID, t.CreatedBy, t.CreatedAt, t.UpdatedAt = before.ID, before.CreatedBy, before.CreatedAt, now
		if err := t.Validate(); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE templates SET project_id = nullif(?, ''), title = ?, public = ?, spec_id = ?, content = ?,
			updated_at = ? WHERE id = ?`, t.ProjectID, t.Title, t.Public, specOf(t), asJSON(t.TemplateContent), ms(now), id)
		if err != nil {
			return projectGone(err)
		}
		return audit(ctx, tx, by.did(now, "template.update", string(id)))
	})
	if err != nil {
		return appliance.Template{}, err
	}
	return t, nil
}

// DeleteTemplate deletes a template and gives what it was. Sessions that were started from it keep what they have.
func (s *Store) DeleteTemplate(ctx context.Context, by By, id appliance.TemplateID) (t appliance.Template, err error) {
	now := s.clock()
	err = s.erase(ctx, func(tx *Tx) error {
		if t, err = template(tx, id); err != nil {
			return err
		}
		if err := s.refuseHeld(tx, by, `SELECT `+heldNow+` OR h.object = t.project_id)) FROM templates AS t WHERE t.id = ?2`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM templates WHERE id = ?`, id); err != nil {
			return err
		}
		return errors.Join(s.scrubLater(tx), audit(ctx, tx, by.did(now, "template.delete", string(id))))
	})
	return t, err
}
