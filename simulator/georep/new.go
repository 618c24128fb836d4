package georep

import (
	"errors"
	"fmt"
)

// New makes an account. It refuses regions that are missing or the same, and bounds and windows below zero.
func New(o Options) (*Account, error) {
	switch {
	case o.Primary == "":
		return nil, errors.New("georep: the account has no primary region: name one")
	case o.Primary == o.Secondary:
		return nil, fmt.Errorf("georep: primary and secondary are both %q: name two regions, or no secondary for an "+
			"account without geo-redundancy", o.Primary)
	case o.MaxBacklog < 0:
		return nil, fmt.Errorf("georep: a backlog of at most %d entries: write a number from 1 on, or 0 for no bound",
			o.MaxBacklog)
	case o.Windows.Announce < 0 || o.Windows.Down < 0 || o.Windows.Complete < 0 || o.Windows.GiveUp < 0:
		return nil, fmt.Errorf("georep: failover windows %v: a phase cannot last below 0s", o.Windows)
	case o.Bootstrap && o.Secondary == "":
		return nil, errors.New("georep: bootstrap without a secondary: name the secondary region")
	}
	a := &Account{primary: o.Primary, secondary: o.Secondary, maxBacklog: o.MaxBacklog, windows: o.Windows,
		seed: o.Seed, observe: o.Observe, clock: o.Clock, clocks: map[Region]*clock{},
		tickets: map[Ticket]*arrival{}, items: map[uint64]*item{}, recalled: map[uint64]bool{},
		boxes: map[boxName]*container{}, lags: map[Scope]Lag{}, pauses: map[Scope]bool{},
		boot: o.Bootstrap, listed: !o.Bootstrap, uncovered: map[Partition]bool{}, emptied: map[boxName]bool{},
		deletions: map[uint64]bool{},
		phase:     Steady}
	a.shown = a.clockOf(a.primary)
	a.ready = heap[*item]{before: earlier, place: func(it *item) *int { return &it.ready }}
	a.service(Table)
	a.service(Queue)
	if o.Lag != nil {
		a.lags[Scope{}] = o.Lag
	}
	return a, nil
}

// earlier is the order in which items are given: the one that has waited longest first.
func earlier(x, y *item) bool {
	if s, t := x.since(), y.since(); !s.Equal(t) {
		return s.Before(t)
	}
	return x.Seq < y.Seq
}
