package personaldata

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

const (
	// resumedAfter is when an erasure that has not ended is taken for interrupted. Two
	// that work at one do no harm.
	resumedAfter = time.Minute
	// forgottenAfter is when the trail is looked through for the last time. By then a
	// replica that had counted events of the person has written them: see package audit.
	forgottenAfter = 5 * time.Minute
	// erasuresAtOnce bounds what is read of them at once.
	erasuresAtOnce = 1000
)

// FinishErasures goes on with erasures that were interrupted, looks a last time for
// those that are done, and then forgets which id had which pseudonym, every interval
// until ctx ends. Any number of replicas may.
func (s *PersonalData) FinishErasures(ctx context.Context, interval time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.FinishDueErasures(ctx); err != nil && ctx.Err() == nil {
				log.Warn("an erasure could not be finished; it is tried again", "error", err)
			}
		}
	}
}

// FinishDueErasures does so once.
func (s *PersonalData) FinishDueErasures(ctx context.Context) error {
	under, err := store.ReadList(ctx, errLookTooLong, func(ctx context.Context) ([]domain.Erasure, error) {
		return s.erasures.Erasures(ctx, erasuresAtOnce)
	})
	if err != nil || len(under) == 0 {
		return err
	}
	may, err := s.erasures.MayErase(ctx)
	if err != nil {
		return err
	}
	var failed error // one that fails keeps no other waiting
	for _, e := range under {
		failed = errors.Join(failed, s.finish(ctx, e, may))
	}
	return failed
}

// finish leaves what is not done to the command line where this role may not change
// the trail.
func (s *PersonalData) finish(ctx context.Context, e domain.Erasure, may bool) error {
	now := s.clock.Now()
	last := !e.DoneAt.IsZero() && now.Sub(e.DoneAt) >= forgottenAfter
	resumed := e.DoneAt.IsZero() && now.Sub(e.BegunAt) >= resumedAfter
	if may && (last || resumed) {
		if err := s.rewrite(ctx, e); err != nil {
			return err
		}
	}
	if last {
		return s.erasures.Forget(ctx, e)
	}
	return nil
}
