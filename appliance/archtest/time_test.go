package archtest_test

import (
	"go/ast"
	"slices"
	"testing"
)

// clockFile is the one place that asks the machine for the time.
const clockFile = "appliance/clock.go"

// Times come from the injected clock, so that tests can move it and a wrong clock of the machine shows in one place.
func TestTimeIsInjected(t *testing.T) {
	keep(t, rule{
		name: "clock",
		check: perFile(func(s *source) (found []string) {
			if s.path == clockFile || s.isTest() {
				return nil
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				if x, ok := n.(ast.Expr); ok {
					if p, name := s.qualified(x); p == "time" && slices.Contains([]string{"Now", "Since", "Until"}, name) {
						found = append(found, s.at(n.Pos(), "time.%s: take the time from the appliance.Clock that was handed in", name))
					}
				}
				return true
			})
			return found
		}),
		bad: []sample{
			{"appliance/web/x.go", `package web; import "time"; var now = time.Now()`},
			{"appliance/web/x.go", `package web; import "time"; func f() { g(time.Now) }`},
			{"appliance/web/x.go", `package web; import "time"; func f(t time.Time) { g(time.Since(t)) }`},
		},
		good: []sample{
			{clockFile, `package appliance; import "time"; func SystemClock() time.Time { return time.Now() }`},
			{"appliance/web/x.go", `package web; import "time"; var d = time.Second`},
			{"appliance/web/x_test.go", `package web_test; import "time"; var now = time.Now()`},
		},
	})
}

// measures is the package whose benchmarks wait for real time to pass.
const measures = "appliance/bench"

// A test that sleeps is slow where the machine is fast and wrong where it is slow. What waits for time to pass belongs
// into testing/synctest, what waits for an event waits for the event.
func TestNothingSleeps(t *testing.T) {
	keep(t, rule{
		name: "sleep",
		check: perFile(func(s *source) (found []string) {
			bubble := usesSynctest(s)
			ast.Inspect(s.file, func(n ast.Node) bool {
				if x, ok := n.(ast.Expr); ok && !bubble && s.pkg() != measures {
					if p, name := s.qualified(x); p == "time" && name == "Sleep" {
						found = append(found, s.at(n.Pos(), "time.Sleep"))
					}
				}
				return true
			})
			return found
		}),
		bad: []sample{
			{"appliance/web/x.go", `package web; import "time"; func f() { time.Sleep(1) }`},
			{"appliance/web/x_test.go", `package web_test; import "time"; func f() { time.Sleep(1) }`},
		},
		good: []sample{
			// In a bubble of synctest sleeping takes no time and is exact.
			{"appliance/web/x_test.go", `package web_test; import ("testing/synctest"; "time"); func f() { time.Sleep(1) }`},
		},
	})
}

func usesSynctest(s *source) bool {
	for _, p := range s.imports() {
		if p == "testing/synctest" {
			return true
		}
	}
	return false
}
