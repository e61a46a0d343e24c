package store

import (
	"context"
	"errors"

	"harmonium/appliance"
)

// ProjectListing is a project as one account sees it.
type ProjectListing struct {
	appliance.Project
	Role appliance.Role // of the account on it
}

const projectColumns = ` p.id, p.title, p.description, p.status, p.public, p.models, p.summary_prompt, p.jargon, coalesce(p.created_by, ''),
	p.created_at, p.updated_at `

func projectDest(p *appliance.Project) []any {
	return []any{&p.ID, &p.Title, &p.Description, &p.Status, &p.Public, toJSON(&p.Models), &p.SummaryPrompt, &p.Jargon, &p.CreatedBy,
		toTime(&p.CreatedAt), toTime(&p.UpdatedAt)}
}

// CreateProject stores a new project, active, with by.Account as its owner, and with new sessions in it, which are all there
// or none. Ids, status and times are set here.
func (s *Store) CreateProject(ctx context.Context, by By, o Once, p appliance.Project, with ...Design) (appliance.Project, error) {
	return s.createProject(ctx, by, o, p, "", with)
}

// CopyProject is CreateProject with a copy of each template of another project too, made by by.Account and seen by members.
func (s *Store) CopyProject(ctx context.Context, by By, o Once, p appliance.Project, from appliance.ProjectID, with []Design) (appliance.Project, error) {
	return s.createProject(ctx, by, o, p, from, with)
}

func (s *Store) createProject(ctx context.Context, by By, o Once, p appliance.Project, from appliance.ProjectID, with []Design,
) (appliance.Project, error) {
	now := s.clock()
	p.ID, p.Status, p.CreatedBy, p.CreatedAt, p.UpdatedAt =
		appliance.NewProjectID(), appliance.ProjectActive, by.Account, now, now
	if err := p.Validate(); err != nil {
		return appliance.Project{}, err
	}
	for i := range with {
		with[i].Session.ProjectID = p.ID
		if err := with[i].begin(by, now); err != nil {
			return appliance.Project{}, err
		}
	}
	err := s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(p.ID))
		if err != nil {
			return err
		}
		if repeated {
			p, err = project(tx, appliance.ProjectID(id))
			return err
		}
		_, err = tx.Exec(`INSERT INTO projects (id, title, description, status, public, models, summary_prompt, jargon, created_by,
				created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)`, p.ID, p.Title, p.Description, p.Status, p.Public,
			asJSON(p.Models.Clean()), p.SummaryPrompt, p.Jargon, p.CreatedBy, ms(now), ms(now))
		if err != nil {
			return err
		}
		if by.Account != "" {
			if err := addProjectMember(tx, p.ID, by.Account, appliance.RoleOwner); err != nil {
				return err
			}
		}
		for _, d := range with {
			if _, err := s.insertDesign(ctx, tx, by, d, now); err != nil {
				return err
			}
		}
		if err := copyTemplates(tx, by, from, p.ID, now); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "project.create", id))
	})
	if err != nil {
		return appliance.Project{}, err
	}
	return p, nil
}

func project(tx *Tx, id appliance.ProjectID) (p appliance.Project, err error) {
	err = tx.QueryRow(`SELECT`+projectColumns+`FROM projects p WHERE p.id = ?`, id).Scan(projectDest(&p)...)
	return p, notFound(err, "project")
}

// Project gives a project as an account sees it, with those of its sessions that the account sees, the last edited
// first. It fails with CodeNotFound when the account may not see the project.
func (s *Store) Project(ctx context.Context, account appliance.AccountID, id appliance.ProjectID,
) (p ProjectListing, sessions []appliance.SessionID, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		var a access
		err := tx.QueryRow(`SELECT`+projectColumns+`,`+projectRoleColumns+`FROM`+visibleProjects+`AND p.id = ?2`,
			account, id).Scan(append(projectDest(&p.Project), a.dest()...)...)
		if err != nil {
			return notFound(err, "project")
		}
		p.Role = a.role()
		rows, err := tx.Query(`SELECT s.id FROM`+visibleSessions+`AND s.project_id = ?2 ORDER BY s.updated_at DESC, s.id`,
			account, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var sid appliance.SessionID
			if err := rows.Scan(&sid); err != nil {
				return err
			}
			sessions = append(sessions, sid)
		}
		return rows.Err()
	})
	return p, sessions, err
}

// Projects gives the projects that an account sees, the last edited first: limit of them after offset, and how many
// there are in all.
func (s *Store) Projects(ctx context.Context, account appliance.AccountID, limit, offset int,
) (list []ProjectListing, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if err := tx.QueryRow(`SELECT count(*) FROM`+visibleProjects, account).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.Query(`WITH page AS (SELECT p.id FROM`+visibleProjects+`ORDER BY p.updated_at DESC, p.id LIMIT ?2 OFFSET ?3)
			SELECT`+projectColumns+`,`+projectRoleColumns+`FROM page CROSS JOIN projects p ON p.id = page.id
			JOIN accounts me ON me.id = ?1`+projectJoins+` ORDER BY p.updated_at DESC, p.id`, account, limit, offset)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p ProjectListing
			var a access
			if err := rows.Scan(append(projectDest(&p.Project), a.dest()...)...); err != nil {
				return err
			}
			p.Role = a.role()
			list = append(list, p)
		}
		return rows.Err()
	})
	return list, total, err
}

// UpdateProject changes title, description, status, public, models, summary prompt or jargon; what else change alters is not kept.
func (s *Store) UpdateProject(ctx context.Context, by By, id appliance.ProjectID, change func(*appliance.Project) error,
) (p appliance.Project, err error) {
	now := s.clock()
	err = s.write(ctx, func(tx *Tx) error {
		before, err := project(tx, id)
		if err != nil {
			return err
		}
		p = before
		if err := change(&p); err != nil {
			return err
		}
		p.ID, p.CreatedBy, p.CreatedAt, p.UpdatedAt = before.ID, before.CreatedBy, before.CreatedAt, now
		if err := p.Validate(); err != nil {
			return err
		}
		if p.Public != before.Public {
			tx.changesRights()
		}
		_, err = tx.Exec(`UPDATE projects SET title = ?, description = ?, status = ?, public = ?, models = ?,
			summary_prompt = ?, jargon = ?, updated_at = ? WHERE id = ?`, p.Title, p.Description, p.Status, p.Public,
			asJSON(p.Models.Clean()), p.SummaryPrompt, p.Jargon, ms(now), id)
		if err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "project.update", string(id)))
	})
	if err != nil {
		return appliance.Project{}, err
	}
	return p, nil
}

// DeleteProject deletes a project and gives what it was. Its sessions stay, in no project.
func (s *Store) DeleteProject(ctx context.Context, by By, id appliance.ProjectID) (p appliance.Project, err error) {
	now := s.clock()
	err = s.erase(ctx, func(tx *Tx) error {
		if p, err = project(tx, id); err != nil {
			return err
		}
		if err := s.refuseHeldProject(tx, by, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM projects WHERE id = ?`, id); err != nil {
			return err
		}
		tx.changesRights()
		return errors.Join(s.scrubLater(tx), audit(ctx, tx, by.did(now, "project.delete", string(id))))
	})
	return p, err
}
