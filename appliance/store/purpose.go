package store

import (
	"context"

	"harmonium/appliance"
)

type purposeKey struct{}

// ForProgram gives a context in which everything that is read is read for a program, which hands it on: of a meeting that must not
// be handed out (appliance.NoExport) no result, no list and no search tells then.
func ForProgram(ctx context.Context) context.Context {
	return context.WithValue(ctx, purposeKey{}, appliance.NoExport)
}

// purposeOf gives what must not be forbidden for what is read in ctx.
func purposeOf(ctx context.Context) appliance.Restrictions {
	p, _ := ctx.Value(purposeKey{}).(appliance.Restrictions)
	return p
}
