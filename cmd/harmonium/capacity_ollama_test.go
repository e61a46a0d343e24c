//go:build ollama

package main_test

import (
	"encoding/json"
	"testing"

	"harmonium/appliance/capacity"
)

// What the box says of itself is what its own Ollama counts, for as many people at once as there are slots.
func TestOllamaIsMeasuredWithOneToAllSlots(t *testing.T) {
	b := openBox(t, "--model-slots", "2")
	got := do(t, "", "capacity", "--json", "--data", b.dir)
	if got.code != 0 {
		t.Fatal(got)
	}
	var r capacity.Result
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Model != "tiny:latest" || r.Slots != 2 || len(r.Levels) != 2 || r.Guided == 0 {
		t.Fatalf("measured: %+v", r)
	}
	for i, l := range r.Levels {
		if l.AtOnce != i+1 || l.Prompt < 1000 || l.Answer == 0 || l.First <= 0 || l.Again <= 0 || l.Turn < l.First || l.Read <= 0 || l.Write < 0 {
			t.Errorf("level %d: %+v", i+1, l)
		}
	}
	if people := capacity.People(r); r.People != people {
		t.Errorf("it says that %d can talk at once; by its own figures it is %d", r.People, people)
	}
	if last := do(t, "", "capacity", "--last", "--json", "--data", b.dir); last.code != 0 || last.out != got.out {
		t.Errorf("the last measurement is another one: %+v", last)
	}
}
