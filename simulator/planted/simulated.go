package planted

import (
	"context"
	"errors"
	"sync"
	"time"

	"tidemark/domain/region"
	"tidemark/ports/storageaccount"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
	"tidemark/simulator/world"
)

// simulated are the bugs of the simulator itself. They are broken storages, as in simulator/twin's own tests, so that
// account, path and twin have no bug in them.
func simulated() []Bug {
	const twins = "simulator/twin TestTheProofFindsBrokenStorages"
	store := func(name, breaks string, broken func(account.Store) account.Store) Bug {
		return Bug{Name: name, Breaks: breaks, Guard: twins,
			Broken: func() world.Broken { return world.Broken{Store: broken} }}
	}
	return []Bug{
		store("sim-lost-answer-listed", "a row whose answer was lost is listed as lost, and is there",
			func(s account.Store) account.Store { return answers{s, false} }),
		store("sim-discard-unlisted", "a write that never reached the secondary is not listed by a failover",
			func(s account.Store) account.Store { return answers{s, true} }),
		store("sim-copy-skips-row", "a first copy leaves a row out",
			func(s account.Store) account.Store { return skips{s} }),
		store("sim-order-changed", "two writes of a partition change places on the secondary",
			func(s account.Store) account.Store { return &swaps{Store: s} }),
		store("sim-apply-nothing", "every third write is not repeated on the secondary",
			func(s account.Store) account.Store { return &lazy{Store: s} }),
		store("sim-apply-restamped", "a write has another stamp on the secondary",
			func(s account.Store) account.Store { return restamped{s} }),
		store("sim-apply-half", "a batch is repeated without its last row",
			func(s account.Store) account.Store { return halved{s} }),
		store("sim-wipe-nothing", "what a failover left behind stays under the next copy",
			func(s account.Store) account.Store { return keeps{s} }),
		{Name: "sim-lst-late", Breaks: "the Last Sync Time is a second late", Guard: "simulator/georep TestLastSync",
			Broken: func() world.Broken {
				return world.Broken{Tide: func(t storageaccount.Account) storageaccount.Account { return late{t} }}
			}},
		{Name: "sim-dead-acts", Breaks: "a process that was killed goes on", Guard: "simulator/path TestDead",
			Broken: func() world.Broken { return world.Broken{Kill: func(*world.Node) {}} }},
	}
}

// answers says the same of every write whose answer was lost.
type answers struct {
	account.Store
	always bool
}

func (s answers) Holds(context.Context, georep.Region, georep.Entry, account.Payload) (bool, error) {
	return s.always, nil
}

// skips leaves out of a copy the rows of each partition but the first.
type skips struct{ account.Store }

func (s skips) Copy(ctx context.Context, p georep.Partition, from, to georep.Region, pace account.Pace) (int, error) {
	first := true
	enter := pace.Enter
	pace.Enter = func(ctx context.Context) (func(), error) {
		if !first {
			return nil, account.ErrNotNeeded
		}
		first = false
		if enter == nil {
			return func() {}, nil
		}
		return enter(ctx)
	}
	n, err := s.Store.Copy(ctx, p, from, to, pace)
	if errors.Is(err, account.ErrNotNeeded) {
		err = nil
	}
	return n, err
}

// swaps lets every second write of a partition wait for the one after it.
type swaps struct {
	account.Store
	mu    sync.Mutex
	waits map[georep.Partition]func(context.Context) error
	n     int
}

func (s *swaps) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	do := func(ctx context.Context) error { return s.Store.Apply(ctx, in, e, p) }
	s.mu.Lock()
	if s.waits == nil {
		s.waits = map[georep.Partition]func(context.Context) error{}
	}
	before := s.waits[e.Partition]
	delete(s.waits, e.Partition)
	s.n++
	if before == nil && s.n%5 == 0 && !e.Partition.Whole {
		s.waits[e.Partition] = do
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	if err := do(ctx); err != nil || before == nil {
		return err
	}
	return before(ctx)
}

// lazy does not do every third write.
type lazy struct {
	account.Store
	mu sync.Mutex
	n  int
}

func (s *lazy) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	s.mu.Lock()
	s.n++
	skip := s.n%3 == 0 && !e.Partition.Whole
	s.mu.Unlock()
	if skip {
		return nil
	}
	return s.Store.Apply(ctx, in, e, p)
}

type restamped struct{ account.Store }

func (s restamped) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	e.At = e.At.Add(time.Second)
	return s.Store.Apply(ctx, in, e, p)
}

type halved struct{ account.Store }

func (s halved) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	c := p.(twin.Change)
	if len(c.Ops) > 1 {
		c.Ops = c.Ops[:len(c.Ops)-1]
	}
	return s.Store.Apply(ctx, in, e, c)
}

type keeps struct{ account.Store }

func (keeps) Wipe(context.Context, georep.Region) (int, error) { return 0, nil }

// late tells a Last Sync Time that has not come.
type late struct{ storageaccount.Account }

func (l late) Tidemark(ctx context.Context) (region.Tidemark, error) {
	t, err := l.Account.Tidemark(ctx)
	t.At = t.At.Add(time.Second)
	return t, err
}
