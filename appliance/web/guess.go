package web

import (
	"context"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// guessesPerMinute is how many answers "not there" and "not good" one address gets in a minute. At that pace a key or a token
// of 128 bits, or an id of 80, is not found; a room whose session was deleted, and a program that has lost its key, are not
// near it. One-time links, short codes, passwords and second factors can be guessed, and have narrower limits of their own.
const guessesPerMinute = 600

// newGuessRate makes the limit of guesses; a box that limits nothing, to be measured, does not limit them either.
func newGuessRate(clock appliance.Clock, limited bool) *auth.Rate {
	if !limited {
		return auth.NewRate(clock, 0, time.Minute)
	}
	return auth.NewRate(clock, guessesPerMinute, time.Minute)
}

// guessed counts an answer that a guess would get, and says how long its sender is to wait before the next, which then gets
// this in place of the answer. Whoever sends what is good is not asked: the owner of a key gets in beside whoever guesses.
func (a *API) guessed(ctx context.Context, code appliance.Code) time.Duration {
	if code != appliance.CodeNotFound && code != appliance.CodeUnauthorized {
		return 0
	}
	address, _ := ctx.Value(keyAddress).(string)
	return a.guesses.Take(auth.AddressKey(address))
}
