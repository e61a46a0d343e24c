package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance/store"
)

func TestTimesAreKeptToTheMillisecondInUTC(t *testing.T) {
	s := newNotes(t)
	zone := time.FixedZone("far", 5*3600+1800)
	for _, at := range []time.Time{
		time.Date(2031, 5, 6, 7, 8, 9, 123_456_789, zone), time.UnixMilli(-1), time.UnixMilli(0), {},
	} {
		var stored, nullable time.Time
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT ?, ?", store.MS(at), store.MSOrNull(at)).
				Scan(store.ToTime(&stored), store.ToTime(&nullable))
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := at.UTC().Truncate(time.Millisecond); !stored.Equal(want) || stored.Location() != time.UTC {
			t.Errorf("%v came back as %v", at, stored)
		}
		if nullable.IsZero() != at.IsZero() {
			t.Errorf("%v came back from a column with NULL as %v", at, nullable)
		}
		if got := store.FromMS(store.MS(at)); !got.Equal(at.Truncate(time.Millisecond)) {
			t.Errorf("%v became %v", at, got)
		}
	}
}

func TestValuesAreKeptAsJSON(t *testing.T) {
	type value struct {
		Words []string `json:"words"`
		N     int      `json:"n"`
	}
	s := newNotes(t)
	want := value{Words: []string{"„ja“", "<b>", "\x00"}, N: 3}
	var got value
	untouched := value{N: 7}
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT ?, NULL", store.AsJSON(want)).Scan(store.ToJSON(&got), store.ToJSON(&untouched))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if untouched.N != 7 {
		t.Error("NULL changed the value")
	}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT ?", `{"words": "what was said"}`).Scan(store.ToJSON(&got))
	})
	if err == nil {
		t.Fatal("no error for JSON of another shape")
	}
	if strings.Contains(err.Error(), "what was said") {
		t.Error("the error tells what the column holds")
	}
}
