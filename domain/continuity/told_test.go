package continuity_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/continuity"
	"tidemark/domain/region"
	"tidemark/ports/journal"
)

// paired is two journals of a pair, a process that sweeps, and one that does not.
type paired struct {
	*testing.T
	ctx      context.Context
	sched    *memory.Sched
	journals [2]*memory.Journal // the storages: east, west
	set      int                // calls that wrote a row
	worker   *continuity.Service
	pairing  *continuity.Pairing
	told     *continuity.Told
}

// generations are those of the first pair.
var generations = [2]string{"E1", "W1"}

func inPairOf(t *testing.T, body func(p *paired)) {
	t.Helper()
	p := &paired{T: t, ctx: context.Background(), sched: memory.NewSched(1)}
	for i := range p.journals {
		p.journals[i] = memory.NewJournal(p.sched)
		p.count(i, nil)
	}
	err := p.sched.Run(func() {
		for i, r := range []string{"east", "west"} {
			p.init(i, journal.Place{Region: r, Generation: generations[i], Peer: peerOf(1 - i)})
		}
		p.worker, _ = p.process()
		var none *continuity.Service
		none, p.pairing = p.process()
		p.told = continuity.NewTold(p.pairing, none.Even)
		body(p)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func peerOf(i int) journal.Peer {
	return journal.Peer{Region: []string{"east", "west"}[i], Generation: generations[i]}
}

// count counts what is written, and has a hook hear of each call.
func (p *paired) count(i int, hook func(op string)) {
	p.journals[i].SetFault(func(op string) memory.Fault {
		if op == "journal.seteven" {
			p.set++
		}
		if hook != nil {
			hook(op)
		}
		return memory.FaultNone
	})
}

func (p *paired) init(i int, as journal.Place) {
	p.Helper()
	if err := p.journals[i].Another().Init(p.ctx, as); err != nil {
		p.Fatal(err)
	}
}

// process is what a process that begins now has.
func (p *paired) process() (*continuity.Service, *continuity.Pairing) {
	var sites [2]journal.Site
	for i, r := range []region.Name{"east", "west"} {
		j := p.journals[i].Another()
		sites[i] = journal.Site{Region: r, Journal: j, Directory: j}
	}
	return continuity.New(continuity.Config{}, sites[0], sites[1], p.sched),
		continuity.NewPairing(sites[0], sites[1], 30*time.Second, p.sched)
}

// sweep has the worker make a round, and gives what it has found then.
func (p *paired) sweep() time.Time {
	p.Helper()
	if _, err := p.worker.Sweep(p.ctx); err != nil {
		p.Fatal(err)
	}
	return p.worker.Even()
}

// read has the other process read identities and rows.
func (p *paired) read() {
	p.Helper()
	_ = p.pairing.Read(p.ctx)
	if err := p.told.Read(p.ctx); err != nil {
		p.Fatal(err)
	}
}

func (p *paired) is(when string, want time.Time) {
	p.Helper()
	if got := p.told.Even(); !got.Equal(want) {
		p.Errorf("%s: both are said to be the same up to %v, want %v", when, got, want)
	}
}

func (p *paired) pass(d time.Duration) { _ = p.sched.Sleep(p.ctx, d) }

// TestAProcessThatDoesNotSweepIsTold up to when both journals are the same, once it has read the pair, and again as it
// moves; each sweep that finds a time ten seconds later writes one row a journal.
func TestAProcessThatDoesNotSweepIsTold(t *testing.T) {
	inPairOf(t, func(p *paired) {
		first := p.sweep()
		if first.IsZero() || p.set != 2 {
			t.Fatalf("the sweep found %v, and wrote %d rows", first, p.set)
		}
		if err := p.told.Read(p.ctx); err != nil {
			t.Fatal(err)
		}
		p.is("before the pair was read", time.Time{})
		p.read()
		p.is("once it was read", first)
		for range 9 {
			p.pass(time.Second)
			p.sweep()
		}
		p.read()
		if p.is("within ten seconds", first); p.set != 2 {
			t.Errorf("%d rows were written", p.set)
		}
		p.pass(time.Second)
		later := p.sweep()
		p.read()
		if p.is("after ten seconds", later); p.set != 4 {
			t.Errorf("%d rows were written", p.set)
		}
		p.pass(5 * time.Minute)
		if _, err := p.journals[0].Even(p.ctx, peerOf(1)); err != nil {
			t.Error(err)
		}
		p.is("long after the lease", later)
	})
}

// TestWhatIsToldIsWhatTheSweepBeganWith: what is stored while it runs it may not have seen.
func TestWhatIsToldIsWhatTheSweepBeganWith(t *testing.T) {
	inPairOf(t, func(p *paired) {
		began := p.sched.Now()
		p.count(1, func(op string) {
			if op == "journal.shards" {
				p.pass(5 * time.Second)
			}
		})
		p.sweep()
		if took := p.sched.Now().Sub(began); took < 5*time.Second {
			t.Fatalf("the sweep took %v", took)
		}
		p.read()
		p.is("after a long sweep", began)
	})
}

// TestJournalsThatAreNoPairAreToldNothing, nor are those that were never initialised.
func TestJournalsThatAreNoPairAreToldNothing(t *testing.T) {
	inPairOf(t, func(p *paired) {
		east := journal.Place{Region: "east", Generation: "E1", Peer: peerOf(1)}
		other := east
		other.Peer.Generation = "W2"
		if err := p.journals[0].Another().Change(p.ctx, east, other); err != nil {
			t.Fatal(err)
		}
		if p.sweep(); p.set != 0 {
			t.Errorf("%d rows were written", p.set)
		}
	})
}

// TestAPairThatIsNoneAnyMoreSpeaksForNothing: what was read of it does not count once one of the two was emptied, nor
// when another journal has taken its place; a process that begins then hears nothing of the new pair, as long as nobody
// has made a sweep of that.
func TestAPairThatIsNoneAnyMoreSpeaksForNothing(t *testing.T) {
	inPairOf(t, func(p *paired) {
		first := p.sweep()
		p.read()
		p.is("of the first pair", first)
		p.journals[1].Wipe()
		p.read()
		p.is("once one is emptied", time.Time{})
		east := journal.Place{Region: "east", Generation: "E1", Peer: peerOf(1)}
		next := east
		next.Peer.Generation = "W2"
		if err := p.journals[0].Another().Change(p.ctx, east, next); err != nil {
			t.Fatal(err)
		}
		p.init(1, journal.Place{Region: "west", Generation: "W2", Peer: peerOf(0)})
		p.read()
		p.is("once another has its place", time.Time{})
		p.worker, p.pairing = p.process()
		p.told = continuity.NewTold(p.pairing, func() time.Time { return time.Time{} })
		p.read()
		p.is("of the next pair, before a sweep", time.Time{})
		p.pass(time.Second)
		second := p.sweep()
		p.read()
		p.is("of the next pair", second)
	})
}

// TestASilentJournalTakesNothingBack: what was the same stays the same.
func TestASilentJournalTakesNothingBack(t *testing.T) {
	inPairOf(t, func(p *paired) {
		first := p.sweep()
		p.read()
		p.journals[1].SetFault(func(string) memory.Fault { return memory.FaultFail })
		for range 10 {
			p.pass(10 * time.Second)
			_, _ = p.pairing.Read(p.ctx), p.told.Read(p.ctx)
			p.is("while one is silent", first)
		}
	})
}

// TestRowsAreReadUnderALease: while the identity of one is not to be had, nobody knows of which pair they are.
func TestRowsAreReadUnderALease(t *testing.T) {
	inPairOf(t, func(p *paired) {
		first := p.sweep()
		p.read()
		p.journals[1].SetFault(func(op string) memory.Fault {
			if op == "journal.identity" {
				return memory.FaultFail
			}
			return memory.FaultNone
		})
		p.pass(31 * time.Second)
		for i := range p.journals {
			if err := p.journals[i].SetEven(p.ctx, peerOf(1-i), p.sched.Now()); err != nil {
				t.Fatal(err)
			}
		}
		p.read()
		p.is("after the lease", first)
	})
}

// TestTheEarlierOfBothRowsCounts: one journal may have been set back to an earlier state, or was not reached.
func TestTheEarlierOfBothRowsCounts(t *testing.T) {
	inPairOf(t, func(p *paired) {
		began := p.sched.Now()
		p.pass(time.Minute)
		for i, ago := range []time.Duration{time.Second, 20 * time.Second} {
			if p.read(); i < 2 {
				p.is("with fewer than two rows", time.Time{})
			}
			err := p.journals[i].SetEven(p.ctx, peerOf(1-i), p.sched.Now().Add(-ago))
			if err != nil {
				t.Fatal(err)
			}
		}
		p.read()
		p.is("with two rows", began.Add(40*time.Second))
	})
}

// TestAClockThatGoesBackTakesBackWhatWasTold: what is stored until it has passed that time again counts as earlier, and
// no sweep has seen it. A second more or less is how a storage's front ends differ.
func TestAClockThatGoesBackTakesBackWhatWasTold(t *testing.T) {
	inPairOf(t, func(p *paired) {
		skew := func(d time.Duration) {
			for _, j := range p.journals {
				j.SetSkew(d)
			}
		}
		before := p.sweep()
		p.pass(2 * time.Second)
		p.read()
		p.is("at first", before)
		skew(-time.Hour)
		p.read()
		p.is("once they have gone back", time.Time{})
		p.pass(time.Second)
		right := p.sweep()
		if want := p.sched.Now().Add(-time.Hour); !right.Equal(want) {
			t.Errorf("the sweep has found %v, want %v", right, want)
		}
		p.read()
		p.is("after another sweep", right)
		p.pass(20 * time.Second)
		if latest := p.sweep(); !latest.After(right) {
			t.Fatalf("the sweep has found %v", latest)
		}
		skew(-time.Hour - time.Second)
		p.read()
		p.is("a second back, just after a later one was found", right)
	})
}

// TestTheRowsAreWatched by a process that begins before anybody has swept.
func TestTheRowsAreWatched(t *testing.T) {
	inPairOf(t, func(p *paired) {
		watched, end := p.sched.WithCancel(p.ctx)
		p.sched.Go("pairing", func() { p.pairing.Watch(watched) })
		p.sched.Go("told", func() { p.told.Watch(watched) })
		p.pass(time.Second)
		for range 5 {
			found := p.sweep()
			p.pass(5*time.Second + time.Millisecond)
			p.is("five seconds after a sweep", found)
			p.pass(10 * time.Second)
		}
		last := p.told.Even()
		end()
		p.pass(time.Minute)
		p.sweep()
		p.pass(time.Minute)
		p.is("when nobody watches", last)
	})
}
