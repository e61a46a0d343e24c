package webhook

import (
	"context"
	"time"
)

// Next tells what is due and gives 0, or how long there is nothing to tell.
func (s *Sender) Next(ctx context.Context) (time.Duration, error) { return s.next(ctx) }
