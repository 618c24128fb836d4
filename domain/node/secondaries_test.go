package node_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// copied is a node over one journal and an account that has a secondary.
type copied struct {
	*house
	primary memory.FaultFunc // what befalls its calls; nil: nothing
	asked   int              // calls of the primary
	arrived time.Time        // what was committed before is at the secondary; zero: everything is
	second  *memory.Secondary
}

func inCopied(t *testing.T, body func(ctx context.Context, c *copied)) {
	t.Helper()
	s := memory.NewSched(5)
	c := &copied{house: &house{T: t, sched: s, journal: memory.NewJournal(s),
		old:  &place{rows: memory.NewRows(s), tide: memory.NewAccount(s), sched: s},
		want: map[string]map[int64]float64{}}}
	c.old.rows.KeepHistory(time.Hour)
	c.old.tide.SetState(region.Live, 2*time.Second)
	c.old.rows.SetFault(func(op string) memory.Fault {
		c.asked++
		if c.primary == nil {
			return memory.FaultNone
		}
		return c.primary(op)
	})
	c.second = c.old.rows.Secondary(func(chunks.Partition) time.Time {
		if c.arrived.IsZero() {
			return s.Now().Add(time.Hour)
		}
		return c.arrived
	})
	err := s.Run(func() {
		ctx, cancel := s.WithCancel(context.Background())
		c.must(c.old.rows.Prepare(ctx))
		c.serve()
		c.sched.Go("watch", func() { c.n.Watch(ctx) })
		body(ctx, c)
		cancel()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *copied) serve() {
	c.startOver(bounds.Home(bounds.Account{Name: "a", Rows: c.old.rows, Secondary: c.second, Tide: c.old.tide}))
}

// hangs is a primary that says nothing: the adapter gives up after a second.
func (c *copied) hangs(string) memory.Fault {
	_ = c.sched.Sleep(context.Background(), time.Second)
	return memory.FaultFail
}

// answers fails the test unless a question has everything, from the endpoint that is wanted and within a time.
func (c *copied) answers(ctx context.Context, when string, secondary bool, within time.Duration) {
	c.Helper()
	began := c.sched.Now()
	page, err := c.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of("m"), From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1000})
	if err != nil {
		c.Fatalf("%s: %v", when, err)
	}
	if len(page.Times) != len(c.want["m"]) || page.Claim.Secondary != secondary {
		c.Errorf("%s: %d readings of %d, from the secondary %v", when, len(page.Times), len(c.want["m"]),
			page.Claim.Secondary)
	}
	if took := c.sched.Now().Sub(began); took > within {
		c.Errorf("%s: it took %v, want %v at most", when, took, within)
	}
}

// TestANodeAnswersFromTheSecondary while the primary of its account is away: the first question costs a second at most,
// and those that come when it is known nothing, nor do they ask the primary. Writes go on, and so do deletions. When it
// is back it is read again.
func TestANodeAnswersFromTheSecondary(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		inCopied(t, func(ctx context.Context, c *copied) {
			c.put(ctx, "m", at(50, 1), at(50, 2))
			c.settle(ctx)
			c.sleep(ctx, 5*time.Second)
			c.arrived = c.sched.Now()
			c.put(ctx, "m", at(50, 3))
			c.compact(ctx) // has not arrived, and stays in the journal
			c.answers(ctx, "at first", false, 0)
			c.primary = refuses
			first := time.Duration(0)
			if hangs {
				c.primary, first = c.hangs, time.Second
			}
			c.answers(ctx, "when it has just gone", true, first)
			c.put(ctx, "m", at(50, 4))
			c.sleep(ctx, 3*time.Second)
			asked := c.asked
			for range 20 {
				c.answers(ctx, "when it is known", true, 0)
				c.sleep(ctx, 3*time.Second)
			}
			if n := c.asked - asked; n > 100 { // the watch asks every five seconds, or oftener
				t.Errorf("hangs %v: the primary was asked %d times", hangs, n)
			}
			c.erase(ctx, "m", at(50, 1), at(50, 2))
			c.answers(ctx, "after a deletion", true, 0)
			c.primary, c.arrived = nil, time.Time{}
			c.sleep(ctx, 30*time.Second)
			c.settle(ctx)
			c.answers(ctx, "when it is back", false, 0)
		})
	}
}

// TestASecondaryThatIsBeingFilledIsNotRead: after an unplanned failover it has holes, and the primary, which is away
// again, was read there when it was the secondary. There is no answer then.
func TestASecondaryThatIsBeingFilledIsNotRead(t *testing.T) {
	for _, state := range []region.State{region.Bootstrap, region.Unavailable} {
		for _, told := range []bool{true, false} {
			inCopied(t, func(ctx context.Context, c *copied) {
				c.put(ctx, "m", at(50, 1))
				c.settle(ctx)
				c.sleep(ctx, 10*time.Second)
				c.primary = refuses
				c.sleep(ctx, 2*time.Second)
				c.answers(ctx, "live", true, 0)
				c.old.tide.SetState(state, 0)
				c.arrived = time.Unix(0, 1) // it has nothing
				if !told {                  // nobody says so: the lease ends
					c.old.tide.SetFault(refuses)
				}
				c.sleep(ctx, 31*time.Second)
				_, err := c.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of("m"), From: telemetry.MinTime,
					To: telemetry.MaxTime, Limit: 10})
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("%v, told %v: it is read: %v", state, told, err)
				}
			})
		}
	}
}

// TestEachAccountIsReadWhereItAnswers: of two accounts the one is at its secondary, and the other is not.
func TestEachAccountIsReadWhereItAnswers(t *testing.T) {
	in(t, 1, func(ctx context.Context, h *house) {
		var away *place
		for _, p := range []*place{h.old, h.new} {
			p.tide.SetState(region.Live, 2*time.Second)
			p.tide.SetFault(nil)
			p.rows.SetFault(func(string) memory.Fault {
				if p == away {
					return memory.FaultFail
				}
				return memory.FaultNone
			})
		}
		account := func(name string, p *place) bounds.Account {
			return bounds.Account{Name: name, Rows: p.rows, Tide: p.tide, Secondary: p.rows.Secondary(
				func(chunks.Partition) time.Time { return h.sched.Now().Add(time.Hour) })}
		}
		rows, err := bounds.NewAccounts(account("old", h.old), bounds.Generation{Account: account("new", h.new),
			From: border})
		h.must(err)
		h.startOver(rows)
		watching, cancel := h.sched.WithCancel(ctx)
		defer cancel()
		h.sched.Go("watch", func() { h.n.Watch(watching) })
		h.put(ctx, "m", at(border-1, 1), at(border, 1))
		h.settle(ctx)
		for _, gone := range []*place{h.old, h.new, nil} {
			away = gone
			h.sleep(ctx, 20*time.Second)
			h.right(ctx, "with what answers")
		}
	})
}

// TestANodeThatOnlyWorksReadsNoSecondary: background work is at the primary.
func TestANodeThatOnlyWorksReadsNoSecondary(t *testing.T) {
	s := memory.NewSched(1)
	rows := memory.NewRows(s)
	j := memory.NewJournal(s)
	stores := node.Stores{Journal: j, Directory: j, Queue: memory.NewQueue(s), Poison: memory.NewQueue(s),
		Rows: bounds.Home(bounds.Account{Rows: rows, Tide: memory.NewAccount(s),
			Secondary: rows.Secondary(func(chunks.Partition) time.Time { return time.Time{} })})}
	for _, worker := range []bool{false, true} {
		n := node.New(node.Config{Worker: worker}, node.Ports{Region: "east", Requests: stores, Background: stores,
			Sched: s}, node.Observers{})
		if n.Watches() == worker || (n.Accounts != nil) == worker {
			t.Errorf("worker %v: it watches: %v", worker, n.Watches())
		}
	}
}
