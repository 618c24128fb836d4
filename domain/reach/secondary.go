package reach

import (
	"context"
	"iter"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount"
)

// SeenLive is for how long a secondary endpoint may be read after it has said that it is live. A failover takes longer,
// with the bound of a call (T3): so it is the endpoint still that said so, and not one that is only being filled.
const SeenLive = 30 * time.Second

// Secondary reads rows at the secondary endpoint of an account (chunks.Reader), behind a guard. It asks for none, and
// gives none, unless the endpoint was seen live within SeenLive, by the process's clock: anything else is
// fault.Unavailable. One that is being filled, after a failover, lacks rows without a word.
type Secondary struct {
	rows  chunks.Reader
	guard *Guard
	sched sched.Scheduler

	mu   sync.Mutex
	live time.Time // when it was asked, and said that it is live; zero: it has not, or not the last time
}

var _ chunks.Reader = (*Secondary)(nil)

// NewSecondary makes one that nobody has seen live.
func NewSecondary(rows chunks.Reader, g *Guard, s sched.Scheduler) *Secondary {
	return &Secondary{rows: rows, guard: g, sched: s}
}

// Account hears from what tells the tidemark, which the secondary endpoint does, whether that is live.
func (s *Secondary) Account(a storageaccount.Account) storageaccount.Account { return heard{a, s} }

type heard struct {
	a storageaccount.Account
	s *Secondary
}

// Tidemark implements storageaccount.Account.
func (h heard) Tidemark(ctx context.Context) (region.Tidemark, error) {
	asked := h.s.sched.Now()
	tide, err := h.a.Tidemark(ctx)
	if err == nil {
		h.s.hear(tide.State, asked)
	}
	return tide, err
}

func (s *Secondary) hear(state region.State, asked time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state == region.Live:
		s.live = asked
	case !planted.On(planted.SecondaryOnOldLive):
		s.live = time.Time{}
	}
}

// May reports whether it may be read now.
func (s *Secondary) May() bool { return s.holds(s.seen()) }

func (s *Secondary) seen() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live
}

// holds reports whether what was seen at a time is still so.
func (s *Secondary) holds(seen time.Time) bool {
	return !seen.IsZero() && (s.sched.Now().Sub(seen) < SeenLive || planted.On(planted.SecondaryOnOldLive))
}

// refusedSecondary is the error of a call of an endpoint that may not be read.
func refusedSecondary(op string) error {
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: time.Second,
		Message: "the account's copy in the other region is not known to be whole: try again later"}
}

// readSecondary makes a call. What is read counts if the lease of what was seen before it lasts still: a process may be
// frozen on the way, and an answer that says that nothing is there may come from another endpoint than was seen.
func readSecondary[T any](ctx context.Context, s *Secondary, op string, f func(context.Context) (T, error)) (T, error) {
	var none T
	seen := s.seen()
	if !s.holds(seen) {
		return none, refusedSecondary(op)
	}
	v, err := do(ctx, s.guard, op, read, f)
	if (err == nil || fault.Is(err, fault.NotFound)) && !s.holds(seen) {
		return none, refusedSecondary(op)
	}
	return v, err
}

// Get implements chunks.Reader.
func (s *Secondary) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return readSecondary(ctx, s, "secondary.get", func(ctx context.Context) (chunks.Row, error) {
		return s.rows.Get(ctx, k)
	})
}

// Expired implements chunks.Reader.
func (s *Secondary) Expired(ctx context.Context) (int32, error) {
	return readSecondary(ctx, s, "secondary.expired", s.rows.Expired)
}

// Scan implements chunks.Reader. Each row, and that there is no other, has to come within the lease of what was seen
// when it was waited for.
func (s *Secondary) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "secondary.scan"
	return func(yield func(chunks.Row, error) bool) {
		seen := s.seen()
		if !s.holds(seen) {
			yield(chunks.Row{}, refusedSecondary(op))
			return
		}
		rows := func() iter.Seq2[chunks.Row, error] { return s.rows.Scan(ctx, of) }
		for row, err := range each(ctx, s.guard, op, rows) {
			if err == nil && !s.holds(seen) {
				yield(chunks.Row{}, refusedSecondary(op))
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
			seen = s.seen()
		}
		if !s.holds(seen) {
			yield(chunks.Row{}, refusedSecondary(op))
		}
	}
}
