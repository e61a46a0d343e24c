package web

import (
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Time is a moment in an answer: UTC, always with three digits of milliseconds ("2026-03-01T09:05:00.100Z"), so that
// such texts have one length and sort as the moments do.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the moment; the digits beyond are cut off.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"` + timeLayout + `"`)), nil
}

// Schema describes it as the date-time that it is.
func (Time) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// timeOrNull gives null in JSON for the zero time.
func timeOrNull(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	return &Time{t}
}
