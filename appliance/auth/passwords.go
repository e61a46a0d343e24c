package auth

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"harmonium/appliance"
)

// DefaultCost is bcrypt's cost in the field: about 0.2 s of one core for each password.
const DefaultCost = 12

// MinCost is the lowest cost that bcrypt knows. It is for tests: it protects nothing.
const MinCost = bcrypt.MinCost

// MaxCost is the highest cost that is of use: about 3 s for each password.
const MaxCost = 16

// waitersPerSlot bounds the queue in front of hashing: at DefaultCost the last in the queue waits about 5 s.
const waitersPerSlot = 25

// Passwords hashes and checks passwords, at most half of the cores at a time, so that a flood of log-ins does not stop
// the conversations on the same box. Safe for concurrent use.
//
// A password is stored as bcrypt over base64(SHA-384(password)): bcrypt itself refuses more than 72 bytes and stops at
// a zero byte; the 64 bytes given to it depend on every byte of the password.
type Passwords struct {
	cost    int
	slots   chan struct{} // held while hashing
	queue   chan struct{} // held while hashing or waiting for it
	nobody  []byte        // what the password of an unknown account is compared with
	compare func(hash, password []byte) error
}

// NewPasswords makes Passwords that hash with cost, from MinCost to MaxCost. Hashes made with another cost stay valid.
func NewPasswords(cost int) (*Passwords, error) {
	if cost < MinCost || cost > MaxCost {
		return nil, appliance.Errorf(appliance.CodeValidation,
			"The cost of password hashes is %d; it must be from %d to %d.", cost, MinCost, MaxCost)
	}
	slots := max(1, runtime.GOMAXPROCS(0)/2)
	// A hash that no password has: checking against it costs as much as against a real one, and making it costs
	// nothing at start.
	nobody := fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat(".", 22+31))
	return &Passwords{
		cost:    cost,
		slots:   make(chan struct{}, slots),
		queue:   make(chan struct{}, slots*(1+waitersPerSlot)),
		nobody:  []byte(nobody),
		compare: bcrypt.CompareHashAndPassword,
	}, nil
}

// Hash gives what to store of password. It waits for its turn and gives CodeBusy when too many wait, or the error of
// ctx when that ends first.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := bcrypt.GenerateFromPassword(digest(password), p.cost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return string(hash), nil
}

// Check says whether password belongs to hash. With the hash "" (there is no such account) it does the same work and
// says no, so that the time of an answer does not tell which accounts exist. It waits as Hash does; a hash that cannot
// be read is an error, never a yes.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	leave, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	against := []byte(hash)
	if hash == "" {
		against = p.nobody
	}
	switch err := p.compare(against, digest(password)); {
	case err == nil:
		return hash != "", nil
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	default:
		return false, fmt.Errorf("check a password: %w", err)
	}
}

func (p *Passwords) enter(ctx context.Context) (leave func(), err error) {
	select {
	case p.queue <- struct{}{}:
	default:
		return nil, &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 5,
			Message: "Many people are logging in at this moment. Nothing was changed; please try again in a few seconds."}
	}
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; <-p.queue }, nil
	case <-ctx.Done():
		<-p.queue
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

func digest(password string) []byte {
	sum := sha512.Sum384([]byte(password))
	return base64.StdEncoding.AppendEncode(nil, sum[:])
}
