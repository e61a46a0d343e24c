package auth_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

func passwords(t testing.TB) *auth.Passwords {
	t.Helper()
	p, err := auth.NewPasswords(auth.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPasswordIsCheckedExactly(t *testing.T) {
	p := passwords(t)
	long := strings.Repeat("é", 255)
	tests := []struct {
		name, stored, typed string
		want                bool
	}{
		{"the same", "correct horse", "correct horse", true},
		{"another case", "correct horse", "Correct horse", false},
		{"a space more", "correct horse", "correct horse ", false},
		{"256 characters of two bytes", long + "a", long + "a", true},
		{"that differ in the last one", long + "a", long + "b", false},
		{"a zero byte and another end", "abcdefgh\x00one", "abcdefgh\x00two", false},
		{"empty", "correct horse", "", false},
	}
	for _, tt := range tests {
		hash, err := p.Hash(t.Context(), tt.stored)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got, err := p.Check(t.Context(), hash, tt.typed); got != tt.want || err != nil {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
}

func TestTheSamePasswordHasAnotherHashEachTime(t *testing.T) {
	p := passwords(t)
	a, _ := p.Hash(t.Context(), "correct horse")
	b, _ := p.Hash(t.Context(), "correct horse")
	if a == b {
		t.Error("two hashes are equal: there is no salt")
	}
}

// For an account that does not exist the same function runs bcrypt with the same cost, so the time is the same.
func TestAnUnknownAccountCostsAsMuchAsAKnownOne(t *testing.T) {
	p := passwords(t)
	real, err := p.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	var compared [][]byte
	p.OnCompare(func(hash []byte) { compared = append(compared, hash) })
	for _, hash := range []string{real, ""} {
		if ok, err := p.Check(t.Context(), hash, "wrong horse"); ok || err != nil {
			t.Errorf("check against %q: %v, %v", hash, ok, err)
		}
	}
	if len(compared) != 2 {
		t.Fatalf("bcrypt ran %d times, want 2", len(compared))
	}
	known, err1 := bcrypt.Cost(compared[0])
	unknown, err2 := bcrypt.Cost(compared[1])
	if err1 != nil || err2 != nil || known != unknown {
		t.Errorf("cost %d for a known account, %d for an unknown one (%v, %v)", known, unknown, err1, err2)
	}
	if err := bcrypt.CompareHashAndPassword(compared[1], []byte("x")); err != bcrypt.ErrMismatchedHashAndPassword {
		t.Errorf("the stand-in is no hash that bcrypt works through: %v", err)
	}
}

func TestAHashThatCannotBeReadIsAnErrorNotAYes(t *testing.T) {
	ok, err := passwords(t).Check(t.Context(), "not a hash", "correct horse")
	if ok || err == nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestHashesOfAnotherCostStayValid(t *testing.T) {
	dear, err := auth.NewPasswords(auth.MinCost + 1)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := dear.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := passwords(t).Check(t.Context(), hash, "correct horse"); !ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestAnImpossibleCostIsRefused(t *testing.T) {
	for _, cost := range []int{-1, 0, 3, 17, 40} {
		if _, err := auth.NewPasswords(cost); appliance.CodeOf(err) != appliance.CodeValidation {
			t.Errorf("cost %d: %v", cost, err)
		}
	}
}

// A flood of log-ins uses half of the cores, makes the rest wait, and turns away what would wait too long.
func TestAFloodIsBoundedAndTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := passwords(t)
		slots := max(1, runtime.GOMAXPROCS(0)/2)
		places := slots * 26
		var mu sync.Mutex
		working, most := 0, 0
		goOn := make(chan struct{})
		p.OnCompare(func([]byte) {
			mu.Lock()
			working++
			most = max(most, working)
			mu.Unlock()
			<-goOn
			mu.Lock()
			working--
			mu.Unlock()
		})
		results := make(chan error, places+10)
		for range places + 10 {
			go func() {
				_, err := p.Check(context.Background(), "", "guess")
				results <- err
			}()
		}
		synctest.Wait()
		if busy := len(results); busy != 10 {
			t.Errorf("%d were turned away, want 10", busy)
		}
		for range len(results) {
			if err := <-results; appliance.CodeOf(err) != appliance.CodeBusy {
				t.Errorf("turned away with %v", err)
			}
		}
		close(goOn)
		for range places {
			if err := <-results; err != nil {
				t.Errorf("one that waited: %v", err)
			}
		}
		if most > slots {
			t.Errorf("%d hashed at a time, want at most %d", most, slots)
		}
		if _, err := p.Check(context.Background(), "", "guess"); err != nil {
			t.Errorf("after the flood: %v", err)
		}
	})
}

func TestWhoGivesUpWaitingLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := passwords(t)
		slots := max(1, runtime.GOMAXPROCS(0)/2)
		goOn := make(chan struct{})
		p.OnCompare(func([]byte) { <-goOn })
		for range slots {
			go p.Check(context.Background(), "", "guess")
		}
		synctest.Wait()
		for range 100 { // more than there are places
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := p.Check(ctx, "", "guess"); err == nil || appliance.CodeOf(err) == appliance.CodeBusy {
				t.Fatalf("got %v", err)
			}
		}
		close(goOn)
	})
}
