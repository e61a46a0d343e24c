package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"harmonium/appliance"
)

// What is put together from the rows of sessions, such as results, is kept in memory as long as none of those rows changes.
// Which sessions a write touches is found out by SQLite: temporary triggers of the write connection note, for every row of
// every table that is written or goes, also by a cascade, the session that it leads to by foreign keys (see watch). Before
// anybody is told that a write is done, everything that was put together from what it touched is let go of (forget).
//
// So nothing that is kept is older than the last write that was acknowledged, and nobody who writes SQL has to think of it: a
// table that leads to no session lets go of everything, unless it is one of aside.

// aside are the tables that lead to no session and hold nothing that anything kept is put together from. They are written all
// the time.
var aside = []string{"api_keys", "audit", "deliveries", "logins", "requests", "tombstones"}

// maxKept is how many things are kept at once. The results of a session of a thousand conversations take a few MB.
const maxKept = 24

// kept holds what was put together, the most recently used last.
type kept struct {
	mu   sync.Mutex
	list []*keptValue
}

// keptValue is one of them; or one that is being put together, as long as done is open.
type keptValue struct {
	what     any
	sessions []appliance.SessionID // that it was put together from
	done     chan struct{}
	value    any
	err      error
}

// Keep gives what read puts together from the rows of sessions and from those of no session: from memory, where it was put
// together before and no such row has been written since. what names it among all, with everything that read depends on
// besides (not with the account that asks: who may see what is the caller's matter, each time). Several who ask at once wait
// for one of them. What it gives belongs to all who ask, and must not be changed.
func Keep[V any](ctx context.Context, s *Store, what any, sessions []appliance.SessionID, read func() (V, error)) (V, error) {
	for {
		v, first := s.kept.enter(what, sessions)
		if first {
			return fill(&s.kept, v, read)
		}
		select {
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		case <-v.done:
		}
		if v.err == nil {
			return v.value.(V), nil
		}
	}
}

var errNotMade = errors.New("store: putting it together has panicked")

// fill puts together what v is to hold. A failure is nobody else's: who waits tries again.
func fill[V any](k *kept, v *keptValue, read func() (V, error)) (value V, err error) {
	v.err = errNotMade
	defer func() {
		if v.err != nil {
			k.drop(func(one *keptValue) bool { return one == v })
		}
		close(v.done)
	}()
	value, err = read()
	v.value, v.err = value, err
	return value, err
}

// enter gives what is kept or being put together; first says that the caller is to do so.
func (k *kept) enter(what any, sessions []appliance.SessionID) (v *keptValue, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, v := range k.list {
		if v.what == what && slices.Equal(v.sessions, sessions) {
			k.list = append(slices.Delete(k.list, i, i+1), v)
			return v, false
		}
	}
	if len(k.list) == maxKept {
		k.list = slices.Delete(k.list, 0, 1)
	}
	v = &keptValue{what: what, sessions: sessions, done: make(chan struct{})}
	k.list = append(k.list, v)
	return v, true
}

func (k *kept) drop(gone func(*keptValue) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = slices.DeleteFunc(k.list, gone)
}

// forget lets go of what was put together from the rows of sessions; "" stands for all.
func (k *kept) forget(touched []appliance.SessionID) {
	if len(touched) == 0 {
		return
	}
	k.drop(func(v *keptValue) bool {
		return slices.ContainsFunc(touched, func(id appliance.SessionID) bool { return id == "" || slices.Contains(v.sessions, id) })
	})
}

// watch has a connection that writes note which sessions are touched, in a table of its own.
func watch(c *conn) error {
	tx := &Tx{ctx: context.Background(), conn: c}
	defer tx.end()
	tables, err := watched(tx)
	if err != nil {
		return err
	}
	ways, err := waysToSessions(tx)
	if err != nil {
		return err
	}
	script := []string{`CREATE TEMP TABLE touched (session_id TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID`}
	for _, table := range tables {
		note := func(row string) string { // no OR IGNORE: what the statement that fires it does on a conflict would hold here too
			return `INSERT INTO touched SELECT session FROM (SELECT ` + ways.session(table, row) + ` AS session)
				WHERE session IS NOT NULL AND session NOT IN (SELECT session_id FROM touched); `
		}
		after := `CREATE TEMP TRIGGER touched_` + table + `_%[1]s AFTER %[1]s ON main.` + table + ` BEGIN %[2]sEND`
		script = append(script, fmt.Sprintf(after, "INSERT", note("NEW")), fmt.Sprintf(after, "DELETE", note("OLD")),
			fmt.Sprintf(after, "UPDATE", note("OLD")+note("NEW")))
	}
	_, err = c.sql.ExecContext(tx.ctx, strings.Join(script, ";\n"))
	return err
}

// watched gives the tables that hold what things are put together from.
func watched(tx *Tx) (list []string, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var name string
		err := rows.Scan(&name)
		if !slices.Contains(aside, name) {
			list = append(list, name)
		}
		return err
	}, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name`)
	return list, err
}

// touched gives the sessions that were touched since it was asked the last time; "" where something was that leads to none.
func touched(tx *Tx) (list []appliance.SessionID, err error) {
	err = eachRow(tx, func(rows *Rows) error {
		var id appliance.SessionID
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	}, `SELECT session_id FROM temp.touched`)
	if err == nil && len(list) > 0 {
		_, err = tx.Exec(`DELETE FROM temp.touched`)
	}
	return list, err
}

// foreignKey is a column of a table, and the column of another one to which it leads.
type foreignKey struct {
	of, column string
	table, to  string
	optional   bool // there are rows without
}

// ways are the foreign keys by which the rows of a table lead to their session, one step on: one that no row is without, or
// else all that there are.
type ways map[string][]foreignKey

// session is an expression for the session of a row of a table (NEW, OLD, or the name of the table); NULL where the row has
// none, or its way there has just gone, with a row that noted the session itself.
func (w ways) session(table, row string) string {
	if table == "sessions" {
		return row + ".id"
	}
	var steps []string
	for _, k := range w[table] {
		step := row + "." + k.column
		if k.table != "sessions" {
			step = `(SELECT ` + w.session(k.table, k.table) + ` FROM main.` + k.table + ` WHERE ` + k.table + `.` + k.to + ` = ` + step + `)`
		}
		steps = append(steps, step)
	}
	switch len(steps) {
	case 0:
		return "''"
	case 1:
		return steps[0]
	}
	return `coalesce(` + strings.Join(steps, ", ") + `)`
}

// waysToSessions reads the schema. The shortest ways are taken.
func waysToSessions(tx *Tx) (ways, error) {
	var keys []foreignKey
	err := eachRow(tx, func(rows *Rows) error {
		var k foreignKey
		err := rows.Scan(&k.of, &k.column, &k.table, &k.to, &k.optional)
		keys = append(keys, k)
		return err
	}, `SELECT t.name, k."from", k."table", k."to", NOT c."notnull" FROM pragma_table_list AS t
		JOIN pragma_foreign_key_list(t.name) AS k JOIN pragma_table_info(t.name) AS c ON c.name = k."from"
		WHERE t.schema = 'main' AND t.name <> 'sessions'
			AND NOT EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) AS two WHERE two.id = k.id AND two.seq > 0)
		ORDER BY t.name, k.id`)
	if err != nil {
		return nil, err
	}
	found := ways{}
	for _, optional := range []bool{false, true} {
		for more := true; more; {
			reached := maps.Clone(found) // so that each round is one step longer
			for _, k := range keys {
				leads := k.table == "sessions" || len(reached[k.table]) > 0
				if leads && k.optional == optional && len(reached[k.of]) == 0 && (optional || len(found[k.of]) == 0) {
					found[k.of] = append(found[k.of], k)
				}
			}
			more = len(found) > len(reached)
		}
	}
	return found, nil
}
