package auth_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"harmonium/appliance/auth"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The marks between which the table stands in the README.
const (
	tableStart = "<!-- permissions: made by go test ./appliance/auth -update -->\n"
	tableEnd   = "<!-- /permissions -->\n"
)

// readable gives the permission table for people: one row for all operations that ask for the same.
func readable() string {
	var order []string
	operations := map[string][]string{}
	for _, p := range auth.All() {
		who := string(p.Who)
		switch {
		case p.On == auth.Self:
			who = "the account itself"
		case p.Role != "":
			who = fmt.Sprintf("%s of the %s", p.Role, p.On)
		}
		if p.OrgRole != "" {
			who += fmt.Sprintf(", %s of the organisation", p.OrgRole)
		}
		key := "any key"
		switch {
		case p.Who != auth.Account:
			key = "–"
		case p.CookieOnly:
			key = "no key"
		case p.Scope != "":
			key = "`" + string(p.Scope) + "`"
		}
		row := who + " | " + key
		if operations[row] == nil {
			order = append(order, row)
		}
		operations[row] = append(operations[row], p.Operation)
	}
	var b strings.Builder
	b.WriteString("| Who, at least | By key | Operations |\n|---|---|---|\n")
	for _, row := range order {
		slices.Sort(operations[row])
		fmt.Fprintf(&b, "| %s | %s |\n", row, strings.Join(operations[row], ", "))
	}
	return b.String()
}

func TestTheReadmeShowsTheTable(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableStart)
	shown, after, whole := strings.Cut(rest, tableEnd)
	if !ok || !whole {
		t.Fatal("the README has no place for the table")
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+tableStart+readable()+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != readable() {
		t.Error("the README shows another table than there is (go test ./appliance/auth -update writes it)")
	}
}
