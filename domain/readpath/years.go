package readpath

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// years remembers before which time the account has given up whole years, so that not every question asks. It only
// moves up. Known late it shows what has expired for a little longer: what a retention in force says hides it all the
// same. It is safe for concurrent use.
type years struct {
	sched sched.Scheduler

	mu    sync.Mutex // guards what follows
	asked time.Time  // when it was last read, by the node's clock; zero: never
	known int64      // Unix ns
}

// yearsFor is how long it is remembered, as bounds.Horizons does.
const yearsFor = time.Minute

// before is the time (Unix ns) before which whole years are gone.
func (y *years) before(ctx context.Context, rows chunks.Reader) (int64, error) {
	now := y.sched.Now()
	y.mu.Lock()
	known, fresh := y.known, !y.asked.IsZero() && now.Sub(y.asked) < yearsFor
	y.mu.Unlock()
	if fresh {
		return known, nil
	}
	read, err := bounds.GivenUp(ctx, rows)
	if err != nil {
		return 0, err
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.asked.IsZero() || read > y.known { // an account that has failed over may say less
		y.known = read
	}
	y.asked = now
	return y.known, nil
}
