package webhook

import (
	"context"
	"time"
)

// Next tells what is due and gives 0, or how long there is nothing to tell.
func (s *Sender) Next(ctx context.Context) (time.Duration, error) {
	d, w, wait, err := s.next(ctx, nil)
	if err != nil || wait > 0 {
		return wait, err
	}
	return 0, s.tell(ctx, d, w)
}
