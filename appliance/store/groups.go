package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"harmonium/appliance"
)

const groupColumns = ` gr.id, gr.name, (SELECT count(*) FROM group_members m JOIN accounts a ON a.id = m.account_id AND a.disabled = 0
	WHERE m.group_id = gr.id), gr.created_at, gr.updated_at `

func groupDest(g *appliance.Group) []any {
	return []any{&g.ID, &g.Name, &g.Count, toTime(&g.CreatedAt), toTime(&g.UpdatedAt)}
}

// Groups gives the groups of people by name: one page of them, and how many there are in all.
func (s *Store) Groups(ctx context.Context, page Page) (list []appliance.Group, total int, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		list = nil
		if err := tx.QueryRow(`SELECT count(*) FROM groups`).Scan(&total); err != nil {
			return err
		}
		return eachRow(tx, func(rows *Rows) error {
			var g appliance.Group
			if err := rows.Scan(groupDest(&g)...); err != nil {
				return err
			}
			list = append(list, g)
			return nil
		}, `SELECT`+groupColumns+`FROM groups gr ORDER BY gr.name COLLATE NOCASE, gr.id LIMIT ? OFFSET ?`,
			page.Limit, page.Offset)
	})
	return list, total, err
}

// Group gives a group with the people in it by name, also those who cannot log in any more.
func (s *Store) Group(ctx context.Context, id appliance.GroupID) (g appliance.Group, people []appliance.Account, err error) {
	err = s.read(ctx, func(tx *Tx) error {
		if g, err = group(tx, id); err != nil {
			return err
		}
		people = nil
		return eachRow(tx, func(rows *Rows) error {
			var a appliance.Account
			if err := rows.Scan(accountDest(&a)...); err != nil {
				return err
			}
			people = append(people, a)
			return nil
		}, `SELECT`+accountColumns+`FROM group_members m JOIN accounts a ON a.id = m.account_id
			WHERE m.group_id = ? ORDER BY a.name COLLATE NOCASE, a.id`, id)
	})
	return g, people, err
}

func group(tx *Tx, id appliance.GroupID) (g appliance.Group, err error) {
	err = tx.QueryRow(`SELECT`+groupColumns+`FROM groups gr WHERE gr.id = ?`, id).Scan(groupDest(&g)...)
	return g, notFound(err, "group")
}

// CreateGroup stores a new group with the people in it. It fails with CodeConflict when there is one whose name looks the
// same.
func (s *Store) CreateGroup(ctx context.Context, by By, o Once, name string, people []appliance.AccountID,
) (g appliance.Group, err error) {
	now := s.clock()
	g = appliance.Group{ID: appliance.NewGroupID(), Name: strings.TrimSpace(name)}
	if err := g.Validate(); err != nil {
		return appliance.Group{}, err
	}
	err = s.write(ctx, func(tx *Tx) error {
		id, repeated, err := s.once(ctx, tx, o, string(g.ID))
		if err != nil {
			return err
		}
		if repeated {
			g, err = group(tx, appliance.GroupID(id))
			return err
		}
		_, err = tx.Exec(`INSERT INTO groups (id, name, name_key, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
			g.ID, g.Name, appliance.Looks(g.Name), ms(now), ms(now))
		if isUnique(err) {
			return groupNamed()
		}
		if err != nil {
			return err
		}
		if err := intoGroup(tx, g.ID, people); err != nil {
			return err
		}
		if g, err = group(tx, g.ID); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "group.create", id))
	})
	return g, err
}

func groupNamed() error {
	return &appliance.Error{Code: appliance.CodeConflict,
		Message: "There is a group with this name already, or with one that looks the same. Nothing was changed.",
		Fields:  []appliance.FieldError{{Field: "name", Message: "There is a group with this name already."}}}
}

// GroupChange is what to change in a group.
type GroupChange struct {
	Name   *string // nil: stays
	Add    []appliance.AccountID
	Remove []appliance.AccountID
}

// UpdateGroup changes the name of a group and who is in it. Whoever puts people into it gives them every role that it has, and
// whoever takes them out takes those away, and so must be above all of them: that fails with CodeForbidden otherwise. It works on a full disk too (see erase).
func (s *Store) UpdateGroup(ctx context.Context, by By, id appliance.GroupID, c GroupChange) (g appliance.Group, err error) {
	now := s.clock()
	err = s.erase(ctx, func(tx *Tx) error {
		if g, err = group(tx, id); err != nil {
			return err
		}
		if c.Name != nil {
			if err := renameGroup(tx, &g, *c.Name); err != nil {
				return err
			}
		}
		if len(c.Add)+len(c.Remove) > 0 {
			if err := mayFill(tx, by, id); err != nil {
				return err
			}
			if err := intoGroup(tx, id, c.Add); err != nil {
				return err
			}
		}
		for _, a := range c.Remove {
			if _, err := tx.Exec(`DELETE FROM group_members WHERE group_id = ? AND account_id = ?`, id, a); err != nil {
				return err
			}
		}
		tx.changesRights(append(append([]appliance.AccountID{}, c.Add...), c.Remove...)...)
		if _, err := tx.Exec(`UPDATE groups SET updated_at = ? WHERE id = ?`, ms(now), id); err != nil {
			return err
		}
		if g, err = group(tx, id); err != nil {
			return err
		}
		return audit(ctx, tx, by.did(now, "group.update", string(id)))
	})
	return g, err
}

func renameGroup(tx *Tx, g *appliance.Group, name string) error {
	g.Name = strings.TrimSpace(name)
	if err := g.Validate(); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE groups SET name = ?, name_key = ? WHERE id = ?`, g.Name, appliance.Looks(g.Name), g.ID)
	if isUnique(err) {
		return groupNamed()
	}
	return err
}

// mayFill refuses who is not above every role that a group has.
func mayFill(tx *Tx, by By, id appliance.GroupID) error {
	mine, err := roleOnBox(tx, by)
	if err != nil {
		return err
	}
	var highest appliance.Role
	err = tx.QueryRow(`SELECT max(CASE role`+ranks+`) FROM (SELECT role FROM project_groups WHERE group_id = ?1
		UNION ALL SELECT role FROM session_groups WHERE group_id = ?1)`, id).Scan(toRole(&highest))
	if err == nil && highest != appliance.RoleNone && !mine.Gives(highest) {
		return appliance.Errorf(appliance.CodeForbidden, "This group has the role %s somewhere, and yours on this box is %s: only a "+
			"higher one can say who is in it. Nothing was changed.", highest, mine)
	}
	return err
}

// intoGroup puts people into a group. It fails with CodeValidation when one of them has no account.
func intoGroup(tx *Tx, id appliance.GroupID, people []appliance.AccountID) error {
	for i, a := range people {
		_, err := tx.Exec(`INSERT INTO group_members (group_id, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, a)
		if isForeignKey(err) {
			return appliance.Invalid(fmt.Sprintf("add[%d]", i), "Nobody on this box has this id. Nothing was changed.")
		}
		if err != nil {
			return err
		}
	}
	tx.changesRights(people...)
	return nil
}

// DeleteGroup deletes a group with every role that it has; the people in it stay. Who does must be above all of these roles.
func (s *Store) DeleteGroup(ctx context.Context, by By, id appliance.GroupID) error {
	now := s.clock()
	return s.erase(ctx, func(tx *Tx) error {
		if _, err := group(tx, id); err != nil {
			return err
		}
		if err := mayFill(tx, by, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM groups WHERE id = ?`, id); err != nil {
			return err
		}
		tx.changesRights()
		return errors.Join(s.scrubLater(tx), audit(ctx, tx, by.did(now, "group.delete", string(id))))
	})
}
