package web

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"harmonium/appliance"
)

// maxInvitedTable is how many bytes a table of people to invite may have: 200 for each line.
const maxInvitedTable = appliance.MaxAccountInvitations * 200

// maxNamedLines is how many lines of a table are named when they are wrong.
const maxNamedLines = 100

// invitedHeads are the names of columns that a table may have in its first line, in small letters.
var invitedHeads = map[string]int{
	"name": 0, "nom": 0, "nombre": 0, "ім’я": 0, "ім'я": 0, "الاسم": 0,
	"e-mail": 1, "email": 1, "mail": 1, "correo": 1, "courriel": 1, "пошта": 1, "електронна пошта": 1, "البريد": 1, "البريد الإلكتروني": 1,
	"role": 2, "rolle": 2, "rôle": 2, "rol": 2, "роль": 2, "الدور": 2,
}

// invitedTable is whom a table names.
type invitedTable struct {
	list    []appliance.AccountInvitation
	ignored []string // heads of columns that say nothing to the box
	columns [3]int   // where name, e-mail and role stand; -1: nowhere
}

// readInvited reads whom a table names, line by line. It gives nobody when any line is wrong, and says what is wrong with
// the first hundred that are.
func readInvited(r io.Reader, otherwise appliance.Role, taken takenAddresses) (t invitedTable, err error) {
	t.columns = [3]int{0, 1, 2}
	var p appliance.Problems
	wrong, first := 0, true
	err = eachLine(r, func(line int, cells []string) error {
		if first {
			if first = false; t.heads(cells) {
				return nil
			}
		}
		before := len(p)
		i := t.read(&p, line, cells, otherwise)
		if problem := taken.add(i.Email, fmt.Sprintf("line %d", line)); problem != "" && len(p) == before {
			p.Add(field(line, "email"), "%s", problem)
		}
		if len(p) > before {
			if wrong++; wrong > maxNamedLines {
				p = p[:before]
			}
		}
		if t.list = append(t.list, i); len(t.list) > appliance.MaxAccountInvitations {
			return appliance.Invalid(field(line, ""), "The table names more than %d people. Nobody was invited; please cut it in two.", appliance.MaxAccountInvitations)
		}
		return nil
	})
	switch {
	case err != nil:
		return t, err
	case len(p) > 0:
		e := &appliance.Error{Code: appliance.CodeValidation, Fields: p,
			Message: fmt.Sprintf("%d lines need a change. Nobody was invited; please mend the table and send it again.", wrong)}
		if wrong == 1 {
			e.Message = "One line needs a change. Nobody was invited; please mend the table and send it again."
		}
		return t, e
	case len(t.list) == 0:
		return t, appliance.Invalid("table", "This table names nobody. Nobody was invited.")
	}
	return t, nil
}

func field(line int, name string) string {
	return strings.TrimSuffix(fmt.Sprintf("line[%d].%s", line, name), ".")
}

// eachLine gives every line of a table that has anything in it, with its number.
func eachLine(r io.Reader, do func(line int, cells []string) error) error {
	separator, whole, err := separatorOf(r)
	if err != nil {
		return err
	}
	rows := csv.NewReader(whole)
	rows.Comma, rows.FieldsPerRecord, rows.TrimLeadingSpace = separator, -1, true
	for {
		cells, err := rows.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &broken):
			return appliance.Invalid(field(broken.Line, ""), "Line %d is not CSV: a quotation mark stands where none can be. Nobody was invited.", broken.Line)
		case err != nil:
			return fmt.Errorf("read a table: %w", err)
		}
		line, _ := rows.FieldPos(0)
		for k := range cells {
			cells[k] = strings.TrimSpace(cells[k])
		}
		if strings.Join(cells, "") == "" {
			continue
		}
		if err := do(line, cells); err != nil {
			return err
		}
	}
}

// separatorOf finds out what stands between the cells of a table: what is there most often in its first line. A byte order
// mark is left out.
func separatorOf(r io.Reader) (separator rune, whole io.Reader, err error) {
	head := make([]byte, 4096)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, nil, err
	}
	text := strings.TrimPrefix(string(head[:n]), "\ufeff")
	line, _, _ := strings.Cut(text, "\n")
	separator = ','
	for _, other := range ";\t" {
		if strings.Count(line, string(other)) > strings.Count(line, string(separator)) {
			separator = other
		}
	}
	return separator, io.MultiReader(strings.NewReader(text), r), nil
}

// heads reads the first line of a table as names of columns; false when it is none.
func (t *invitedTable) heads(cells []string) bool {
	columns, known := [3]int{-1, -1, -1}, false
	var ignored []string
	for k, cell := range cells {
		if strings.Contains(cell, "@") {
			return false
		}
		if at, ok := invitedHeads[strings.ToLower(cell)]; ok && columns[at] < 0 {
			columns[at], known = k, true
		} else if cell != "" {
			ignored = append(ignored, cell[:min(len(cell), 100)])
		}
	}
	if !known {
		return false
	}
	t.columns, t.ignored = columns, ignored
	return true
}

// read reads one line of a table.
func (t *invitedTable) read(p *appliance.Problems, line int, cells []string, otherwise appliance.Role) appliance.AccountInvitation {
	at := func(column int) string {
		if k := t.columns[column]; k >= 0 && k < len(cells) {
			return cells[k]
		}
		return ""
	}
	i := appliance.AccountInvitation{Name: at(0), Email: at(1), Role: otherwise}
	if role := at(2); role != "" {
		i.Role = appliance.Role(strings.ToLower(role))
	}
	if i.Name == "" && i.Email == "" {
		p.Add(field(line, "name"), "This line names nobody: it has neither a name nor an address.")
	}
	i.Check(p, field(line, "")+".")
	return i
}

// takenAddresses knows the addresses that nobody else can be invited with, by how they look, with whose they are.
type takenAddresses map[string]string

// takenAddresses gives those of all accounts and of all invitations that are good.
func (a *API) takenAddresses(ctx context.Context) (takenAddresses, error) {
	accounts, err := a.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	taken := make(takenAddresses, len(accounts))
	for _, one := range accounts {
		taken[appliance.Looks(one.Email)] = "an account"
	}
	invited, err := a.Store.InvitedAddresses(ctx)
	for _, one := range invited {
		taken[appliance.Looks(one)] = "an invitation that is good"
	}
	return taken, err
}

// add takes an address and says what is wrong with that; "" is nobody's.
func (t takenAddresses) add(email, whose string) string {
	if email == "" {
		return ""
	}
	looks := appliance.Looks(email)
	if of, is := t[looks]; is {
		return "This address, or one that looks the same, is that of " + of + " already."
	}
	t[looks] = whose
	return ""
}
