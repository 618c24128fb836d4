package georep

import (
	"strings"
	"testing"
	"time"
)

// The plants are accounts with one fault each. A campaign that does not find them checks nothing.

// forgetful leaves the writes under way out of the Last Sync Time.
type forgetful struct{ *Account }

func (f forgetful) Stats(now time.Time, s Service) Stats {
	of := f.service(s)
	arrivals := of.arrivals.items
	of.arrivals.items = nil
	defer func() { of.arrivals.items = arrivals }()
	return f.Account.Stats(now, s)
}

// late says a Last Sync Time that is a second late.
type late struct{ *Account }

func (l late) Stats(now time.Time, s Service) Stats {
	stats := l.Account.Stats(now, s)
	if stats.State == Live {
		stats.LastSync = stats.LastSync.Add(time.Second)
	}
	return stats
}

// thawed lets the Last Sync Time go on while replication is paused or cut.
type thawed struct{ *Account }

func (t thawed) Stats(now time.Time, s Service) Stats {
	of := t.service(s)
	frozen := of.frozen
	of.frozen = false
	defer func() { of.frozen = frozen }()
	return t.Account.Stats(now, s)
}

// crossed lets writes to a container and writes in it overtake one another: it keeps them in two logs.
type crossed struct {
	*Account
	whole map[boxName]*container
}

func (c crossed) Commit(now time.Time, t Ticket, p Partition, rows, bytes int) Entry {
	name := p.box()
	if p.Whole {
		c.swap(name)
		defer c.swap(name)
	}
	return c.Account.Commit(now, t, p, rows, bytes)
}

func (c crossed) swap(name boxName) {
	kept := c.boxes[name]
	delete(c.boxes, name)
	if other := c.whole[name]; other != nil {
		c.boxes[name] = other
	}
	c.whole[name] = kept
}

// unordered gives an entry of a partition although an earlier one of it is missing.
type unordered struct{ *Account }

func (u unordered) Commit(now time.Time, t Ticket, p Partition, rows, bytes int) Entry {
	e := u.Account.Commit(now, t, p, rows, bytes)
	if it := u.items[e.Seq]; it != nil && it.ready == 0 && !it.parked && !u.gated(p) {
		u.ready.push(it)
	}
	return e
}

// hiding leaves the last of what a failover discarded out of its list.
type hiding struct{ *Account }

func (h hiding) Step(now time.Time) []Effect {
	effects := h.Account.Step(now)
	for i := range effects {
		if lost := effects[i].Discarded; len(lost) > 0 {
			effects[i].Discarded = lost[:len(lost)-1]
		}
	}
	return effects
}

// twice gives what failed twice.
type twice struct {
	*Account
	last *[]Entry
}

func (w twice) Next(now time.Time) (Entry, bool) {
	e, ok := w.Account.Next(now)
	if ok {
		*w.last = append(*w.last, e)
	} else if n := len(*w.last); n > 2 {
		e, ok = (*w.last)[n-1], true
		*w.last = nil
	}
	return e, ok
}

// careless takes a failure for a success.
type careless struct{ *Account }

func (c careless) Failed(now time.Time, seq uint64, _ time.Duration) { c.Applied(now, seq) }

// hasty gives what failed at once.
type hasty struct{ *Account }

func (h hasty) Failed(now time.Time, seq uint64, _ time.Duration) { h.Account.Failed(now, seq, 0) }

// restless does not pause partitions.
type restless struct{ *Account }

func (r restless) Pause(now time.Time, s Scope) {
	if s.Key == "" {
		r.Account.Pause(now, s)
	}
}

// deaf does not hear that the link is gone.
type deaf struct{ *Account }

func (d deaf) SetReachable(now time.Time, s Service, r Reach) {
	r.Link = true
	d.Account.SetReachable(now, s, r)
}

// stuck gives a stamp again when the time has not gone on.
type stuck struct{ *Account }

func (s stuck) Stamp(now time.Time, t Ticket) time.Time {
	s.shown.stamp = time.Time{}
	return s.Account.Stamp(now, t)
}

// falling has a clock that is set back.
type falling struct{ *Account }

func (f falling) Stats(now time.Time, s Service) Stats {
	f.shown.at = time.Time{}
	return f.Account.Stats(now, s)
}

// clinging goes by the clock of the primary that was.
type clinging struct{ *Account }

func (c clinging) Step(now time.Time) []Effect {
	shown := c.shown
	defer func() { c.shown = shown }()
	return c.Account.Step(now)
}

// rash changes the roles while writes are under way.
type rash struct{ *Account }

func (r rash) Step(now time.Time) []Effect {
	tickets := r.tickets
	r.tickets = nil
	defer func() { r.tickets = tickets }()
	return r.Account.Step(now)
}

// impatient does not wait for the last entries of a planned failover.
type impatient struct{ *Account }

func (i impatient) Step(now time.Time) []Effect {
	if i.phase == Down && i.kind == Planned && i.given == 0 && len(i.tickets) == 0 {
		i.discard()
	}
	return i.Account.Step(now)
}

// open takes writes while both endpoints are down.
type open struct{ *Account }

func (o open) Arrive(now time.Time, s Service) (Ticket, error) {
	phase := o.phase
	o.phase = Steady
	defer func() { o.phase = phase }()
	return o.Account.Arrive(now, s)
}

// repeating takes nothing out of the log for a copy.
type repeating struct{ *Account }

func (r repeating) Covered(now time.Time, p Partition, _ uint64) { r.Account.Covered(now, p, 0) }

// early does not wait for copies.
type early struct{ *Account }

func (e early) List(now time.Time, _ []Partition) { e.Account.List(now, nil) }

// blind does not hear that a container was deleted in a bootstrap.
type blind struct{ *Account }

func (blind) Emptied(time.Time, Service, string, uint64) {}

// unshaken takes no notice of a store that lost what it had.
type unshaken struct{ *Account }

func (u unshaken) Resync(now time.Time) error {
	boot := u.boot
	defer func() { u.boot = boot }()
	return u.Account.Resync(now)
}

// hurried promotes a secondary that is not whole.
type hurried struct{ *Account }

func (h hurried) Step(now time.Time) []Effect {
	boot := h.boot
	h.boot = false
	defer func() { h.boot = boot }()
	return h.Account.Step(now)
}

// asleep wakes late.
type asleep struct{ *Account }

func (a asleep) Wake(now time.Time) (time.Time, bool) {
	at, ok := a.Account.Wake(now)
	return at.Add(Resolution), ok
}

// generous does not count the writes under way in the backlog.
type generous struct{ *Account }

func (g generous) Arrive(now time.Time, s Service) (Ticket, error) {
	most := g.maxBacklog
	if most > 0 {
		g.maxBacklog += len(g.tickets)
	}
	defer func() { g.maxBacklog = most }()
	return g.Account.Arrive(now, s)
}

// TestCampaignFindsPlants wants each fault found for what it is.
func TestCampaignFindsPlants(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*Account) subject
		want  string
	}{
		{"LST without the writes under way", func(a *Account) subject { return forgetful{a} },
			"is under way, and the Last Sync Time is"},
		{"LST a second late", func(a *Account) subject { return late{a} }, "is missing, and the Last Sync Time is"},
		{"LST goes on while paused", func(a *Account) subject { return thawed{a} }, "the Last Sync Time is"},
		{"no order around a whole write", func(a *Account) subject { return crossed{a, map[boxName]*container{}} },
			"which must wait"},
		{"no order in a partition", func(a *Account) subject { return unordered{a} }, "which must wait"},
		{"one discarded too few", func(a *Account) subject { return hiding{a} }, "effects of unplanned"},
		{"given twice", func(a *Account) subject { return twice{a, new([]Entry)} }, "a second time"},
		{"failed is applied", func(a *Account) subject { return careless{a} }, "missing (-want +got)"},
		{"failed is given at once", func(a *Account) subject { return hasty{a} }, "which must wait"},
		{"no pause of a partition", func(a *Account) subject { return restless{a} }, "which must wait"},
		{"the link is never gone", func(a *Account) subject { return deaf{a} }, "which must wait"},
		{"a stamp twice", func(a *Account) subject { return stuck{a} }, "after stamp"},
		{"a clock falls", func(a *Account) subject { return falling{a} }, "the Last Sync Time fell"},
		{"the clock of the old primary", func(a *Account) subject { return clinging{a} }, "the Last Sync Time is"},
		{"cut with writes under way", func(a *Account) subject { return rash{a} }, "the roles changed with"},
		{"planned without a drain", func(a *Account) subject { return impatient{a} }, "a planned failover lost writes"},
		{"writes while down", func(a *Account) subject { return open{a} }, "(down true"},
		{"a copy and its log", func(a *Account) subject { return repeating{a} }, "missing (-want +got)"},
		{"no wait for copies", func(a *Account) subject { return early{a} }, "which must wait"},
		{"a deletion unheard", func(a *Account) subject { return blind{a} }, "missing (-want +got)"},
		{"live although a copy was lost", func(a *Account) subject { return unshaken{a} },
			"statistics are live (bootstrap true"},
		{"promoted before it is whole", func(a *Account) subject { return hurried{a} },
			"the roles changed in a bootstrap"},
		{"wakes late", func(a *Account) subject { return asleep{a} }, "Wake gives"},
		{"a backlog over its bound", func(a *Account) subject { return generous{a} }, "full true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for seed := uint64(1); seed <= 300; seed++ {
				if _, err := run(seed, tt.plant); err != nil && strings.Contains(err.Error(), tt.want) {
					return
				}
			}
			t.Errorf("300 schedules did not find %q", tt.want)
		})
	}
}
