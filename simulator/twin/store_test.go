package twin_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/account"
	"tidemark/simulator/account/accounttest"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
)

var seeds = flag.Int("seeds", 20, "seeds of the scheduler for each claim, from 1 on")

// storage is a twin as the proof wants it; what is driven may be a broken one.
type storage struct {
	account.Store
	twin *twin.Store
}

func (s storage) Write(p georep.Partition, _ time.Time, ops ...accounttest.Op) account.Payload {
	c := twin.Change{Partition: p}
	for _, op := range ops {
		c.Ops = append(c.Ops, twin.Op{Kind: twin.Kind(op.Kind), Row: op.Row, Value: []byte(op.Value)})
	}
	return c
}

func (s storage) Rows(_ context.Context, in georep.Region, table, key string) (map[string]accounttest.Row, error) {
	rows := map[string]accounttest.Row{}
	for name, row := range s.twin.Rows(in, table, key) {
		rows[name] = accounttest.Row{Value: string(row.Value), Stamp: row.Stamp}
	}
	return rows, nil
}

// harness is a twin on virtual time.
func harness(seed uint64, broken func(*twin.Store) account.Store) accounttest.Harness {
	s := memory.NewSched(seed)
	of := twin.NewStore(s)
	return accounttest.Harness{Storage: storage{broken(of), of}, Sched: s, Run: s.Run}
}

func whole(s *twin.Store) account.Store { return s }

// TestProof: the driver over the twin, under many interleavings.
func TestProof(t *testing.T) {
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		for _, c := range accounttest.Cases() {
			if err := accounttest.Try(c, harness(seed, whole)); err != nil {
				t.Fatalf("seed %d: %s: %v (-seeds %d comes to it)", seed, c.Name, err, seed)
			}
		}
	}
}

// TestTheProofFindsBrokenStorages: each broken twin fails at least the claim that is named, with some of the seeds.
func TestTheProofFindsBrokenStorages(t *testing.T) {
	for name, b := range map[string]struct {
		broken func(*twin.Store) account.Store
		claim  string
	}{
		"an apply that does nothing": {func(s *twin.Store) account.Store { return &lazy{Store: s} },
			"a write is in both regions, with its stamp"},
		"an apply with another stamp": {func(s *twin.Store) account.Store { return restamped{s} },
			"a write is in both regions, with its stamp"},
		"an apply of the first row alone": {func(s *twin.Store) account.Store { return halved{s} },
			"a write is in both regions, with its stamp"},
		"what is asked for is never there": {func(s *twin.Store) account.Store { return answers{s, false} },
			"an answer that was lost is looked up before a failover lists its write"},
		"what is asked for is always there": {func(s *twin.Store) account.Store { return answers{s, true} },
			"an order of a partition is kept, whatever fails"},
		"a partition is not listed": {func(s *twin.Store) account.Store { return shortList{s} },
			"a secondary made anew is whole"},
		"a copy leaves a row out": {func(s *twin.Store) account.Store { return skips{s} },
			"a secondary made anew is whole"},
		"a copy that asks nobody": {func(s *twin.Store) account.Store { return barges{s} },
			"a table that is deleted while it is copied stays so"},
		"an apply that leaves what has a later stamp": {func(s *twin.Store) account.Store { return newest{s} },
			"a region stamps by its own clock"},
		"a wipe that does nothing": {func(s *twin.Store) account.Store { return keeps{s} },
			"what a failover left behind is deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range accounttest.Cases() {
				if c.Name != b.claim {
					continue
				}
				for seed := uint64(1); seed <= uint64(*seeds); seed++ {
					if accounttest.Try(c, harness(seed, b.broken)) != nil {
						return
					}
				}
				t.Errorf("%q passes with %d seeds", c.Name, *seeds)
				return
			}
			t.Errorf("there is no claim %q", b.claim)
		})
	}
}

// newest takes the later stamp for the later write.
type newest struct{ *twin.Store }

func (s newest) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	c := p.(twin.Change)
	for _, row := range s.Rows(in, c.Partition.Container, c.Partition.Key) {
		if row.Stamp.After(e.At) {
			return nil
		}
	}
	return s.Store.Apply(ctx, in, e, p)
}

type lazy struct {
	*twin.Store
	n int
}

func (s *lazy) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	if s.n++; in == "west" && s.n%3 == 0 {
		return nil
	}
	return s.Store.Apply(ctx, in, e, p)
}

type restamped struct{ *twin.Store }

func (s restamped) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	if in == "west" {
		e.At = e.At.Add(time.Second)
	}
	return s.Store.Apply(ctx, in, e, p)
}

type halved struct{ *twin.Store }

func (s halved) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	c := p.(twin.Change)
	if in == "west" {
		c.Ops = c.Ops[:1]
	}
	return s.Store.Apply(ctx, in, e, c)
}

type answers struct {
	*twin.Store
	always bool
}

func (s answers) Holds(context.Context, georep.Region, georep.Entry, account.Payload) (bool, error) {
	return s.always, nil
}

type shortList struct{ *twin.Store }

func (s shortList) Partitions(ctx context.Context, in georep.Region) ([]georep.Partition, error) {
	parts, err := s.Store.Partitions(ctx, in)
	return parts[:max(len(parts)-1, 0)], err
}

// skips leaves the greatest row of a partition out of a copy.
type skips struct{ *twin.Store }

func (s skips) Copy(ctx context.Context, p georep.Partition, from, to georep.Region, pace account.Pace) (int, error) {
	n, err := s.Store.Copy(ctx, p, from, to, pace)
	last := ""
	for name := range s.Store.Rows(to, p.Container, p.Key) {
		last = max(last, name)
	}
	if err == nil && last != "" && pace.Held() {
		err = s.Store.Do(to, time.Time{}, twin.Change{Partition: p, Ops: []twin.Op{{Kind: twin.Delete, Row: last}}},
			nil)
	}
	return n, err
}

type barges struct{ *twin.Store }

func (s barges) Copy(ctx context.Context, p georep.Partition, from, to georep.Region, pace account.Pace) (int, error) {
	if !pace.Held() {
		pace.Enter = func(context.Context) (func(), error) { return func() {}, nil }
	}
	return s.Store.Copy(ctx, p, from, to, pace)
}

type keeps struct{ *twin.Store }

func (keeps) Wipe(context.Context, georep.Region) (int, error) { return 0, nil }
