package storageaccounttest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/region"
	"tidemark/ports/internal/proof"
	"tidemark/ports/storageaccount"
)

// broken is an account with one bug: wrong rewrites what the memory twin answers.
type broken struct {
	*memory.Account
	wrong func(ctx context.Context, mark region.Tidemark, err error) (region.Tidemark, error)
}

func (b *broken) Tidemark(ctx context.Context) (region.Tidemark, error) {
	mark, err := b.Account.Tidemark(ctx)
	return b.wrong(ctx, mark, err)
}

// moved is a bug of the clock.
func moved(
	by func(at time.Time) time.Time,
) func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
	return func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if err == nil && mark.Known() {
				mark.At = by(mark.At)
			}
			return mark, err
		}
	}
}

// bugs is every broken twin and the cases that have to notice it, among others perhaps.
var bugs = map[string]struct {
	plant  func() func(context.Context, region.Tidemark, error) (region.Tidemark, error)
	caught []string
}{
	"the clock is the caller's, and ahead": {moved(func(at time.Time) time.Time { return at.Add(time.Minute) }),
		[]string{"a single account tells its own clock", "rows committed afterwards are not older", "many ask at once",
			"a live account"}},
	"the clock is the caller's, and behind": {moved(func(at time.Time) time.Time { return at.Add(-time.Minute) }),
		[]string{"a single account tells its own clock", "a single account's tidemark moves on"}},
	"the time is rounded up": {moved(func(at time.Time) time.Time { return at.Add(3 * time.Second) }),
		[]string{"a single account tells its own clock", "rows committed afterwards are not older"}},
	"the tidemark stands still": {func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
		var once sync.Once
		var first region.Tidemark
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			once.Do(func() { first = mark })
			return first, err
		}
	}, []string{"a single account's tidemark moves on"}},
	"the tidemark falls": {func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
		var mu sync.Mutex
		asked := 0
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if asked%7 == 0 {
				mark.At = mark.At.Add(-2 * time.Second)
			}
			return mark, err
		}
	}, []string{"a single account's tidemark never falls", "many ask at once"}},
	"a state without a tidemark has one": {func() func(context.Context, region.Tidemark, error) (region.Tidemark,
		error) {
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if err == nil && !mark.Known() {
				mark.At = time.Unix(1, 0)
			}
			return mark, err
		}
	}, []string{"states without a tidemark"}},
	"bootstrap counts as live": {func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if mark.State == region.Bootstrap {
				mark.State = region.Live
			}
			return mark, err
		}
	}, []string{"states without a tidemark"}},
	"live counts as single": {func() func(context.Context, region.Tidemark, error) (region.Tidemark, error) {
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if mark.State == region.Live {
				mark.State = region.Single
			}
			return mark, err
		}
	}, []string{"a live account"}},
	"an account that cannot be asked is unavailable and no error": {func() func(context.Context, region.Tidemark,
		error) (region.Tidemark, error) {
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if err != nil {
				return region.Tidemark{}, nil
			}
			return mark, nil
		}
	}, []string{"an account that cannot be asked", "a context that ended"}},
	"the last tidemark is told instead of an error": {func() func(context.Context, region.Tidemark,
		error) (region.Tidemark, error) {
		last := region.Tidemark{State: region.Single, At: time.Unix(1, 0)}
		return func(_ context.Context, mark region.Tidemark, err error) (region.Tidemark, error) {
			if err != nil {
				return last, nil
			}
			return mark, nil
		}
	}, []string{"an account that cannot be asked", "a context that ended"}},
}

func twin(wrong func() func(context.Context, region.Tidemark, error) (region.Tidemark, error)) func(T) Fixture {
	return func(T) Fixture {
		s := goruntime.New()
		rows, account := memory.NewRows(s), memory.NewAccount(s)
		var asked storageaccount.Account = account
		if wrong != nil {
			asked = &broken{Account: account, wrong: wrong()}
		}
		var mu sync.Mutex
		armed := memory.FaultNone
		account.SetFault(func(string) memory.Fault {
			mu.Lock()
			defer mu.Unlock()
			f := armed
			armed = memory.FaultNone
			return f
		})
		var skew time.Duration
		return Fixture{
			Account: asked, Rows: rows,
			Set:  func(state region.State) { account.SetState(state, 3*time.Second) },
			Pass: func(d time.Duration) { skew += d; rows.SetSkew(skew); account.SetSkew(skew) },
			Now:  func() time.Time { return s.Now().Add(skew) },
			Arm: func(f Fault) {
				mu.Lock()
				defer mu.Unlock()
				armed = map[Fault]memory.Fault{Failed: memory.FaultFail, Applied: memory.FaultApplied,
					Lost: memory.FaultLost}[f]
			},
		}
	}
}

func TestTheProofCatchesBrokenTwins(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(bugs)) {
		t.Run(name, func(t *testing.T) {
			h := Harness{Faults: true, States: true, New: twin(bugs[name].plant)}
			for _, by := range bugs[name].caught {
				if !proof.Caught(t, cases(), by, h.traits(), h.New) {
					t.Errorf("not noticed by %q", by)
				}
			}
		})
	}
}

func TestTheProofIsQuietOnASoundTwin(t *testing.T) {
	h := Harness{Faults: true, States: true, New: twin(nil)}
	if alarms := proof.Alarms(cases(), h.traits(), h.New); len(alarms) != 0 {
		t.Errorf("false alarms: %q", alarms)
	}
}
