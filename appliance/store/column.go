package store

import (
	"encoding/json"
	"fmt"
	"time"

	"harmonium/appliance"
)

// ms gives the value of a time column: Unix milliseconds in UTC.
func ms(t time.Time) int64 { return t.UnixMilli() }

// msOrNull is ms for a column that is NULL while a thing has not happened: the zero time gives NULL.
func msOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// fromMS gives the time of a column that was written with ms.
func fromMS(n int64) time.Time { return time.UnixMilli(n).UTC() }

// toTime scans a time column into t; NULL gives the zero time.
func toTime(t *time.Time) *timeColumn { return (*timeColumn)(t) }

type timeColumn time.Time

// Scan implements sql.Scanner.
func (c *timeColumn) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c = timeColumn{}
	case int64:
		*c = timeColumn(fromMS(v))
	default:
		return fmt.Errorf("time column holds %T", src)
	}
	return nil
}

// toRole scans the rank of a role into r; 0 and NULL give none.
func toRole(r *appliance.Role) *roleColumn { return (*roleColumn)(r) }

type roleColumn appliance.Role

// byRank are the roles by the ranks that the statements of members.go give them.
var byRank = [...]roleColumn{roleColumn(appliance.RoleNone), roleColumn(appliance.RoleViewer), roleColumn(appliance.RoleEditor),
	roleColumn(appliance.RoleAdmin), roleColumn(appliance.RoleOwner)}

// Scan implements sql.Scanner.
func (c *roleColumn) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*c = ""
		return nil
	case int64:
		if v >= 0 && v < int64(len(byRank)) {
			*c = byRank[v]
			return nil
		}
	}
	return fmt.Errorf("role column holds %T", src)
}

// asJSON gives the value of a JSON column. v must be of a type that has a JSON form; all of ours have one, so that an
// error is a mistake in the program.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T has no JSON form: %v", v, err))
	}
	return string(b)
}

// toJSON scans a JSON column into v, a pointer; NULL leaves *v as it is.
func toJSON(v any) jsonColumn { return jsonColumn{v} }

type jsonColumn struct{ v any }

// Scan implements sql.Scanner. Its errors do not tell what the column holds.
func (c jsonColumn) Scan(src any) error {
	var b []byte
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		b = []byte(v)
	case []byte:
		b = v
	default:
		return fmt.Errorf("JSON column holds %T", src)
	}
	if err := json.Unmarshal(b, c.v); err != nil {
		return fmt.Errorf("JSON column is not a %T", c.v)
	}
	return nil
}
