package georep

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
)

// subject is an Account, or one with a fault planted in it.
type subject interface {
	Arrive(now time.Time, s Service) (Ticket, error)
	Stamp(now time.Time, t Ticket) time.Time
	Commit(now time.Time, t Ticket, p Partition, rows, bytes int) Entry
	Abandon(now time.Time, t Ticket)
	Next(now time.Time) (Entry, bool)
	Wake(now time.Time) (time.Time, bool)
	Applied(now time.Time, seq uint64)
	Failed(now time.Time, seq uint64, again time.Duration)
	Stats(now time.Time, s Service) Stats
	Status(now time.Time) Status
	Missing() []Entry
	SetLag(now time.Time, s Scope, l Lag)
	Pause(now time.Time, s Scope)
	Resume(now time.Time, s Scope)
	SetUnavailable(now time.Time, yes bool)
	SetReachable(now time.Time, s Service, r Reach)
	Failover(now time.Time, k Kind) error
	Step(now time.Time) []Effect
	BeginBootstrap(now time.Time, secondary Region) error
	Resync(now time.Time) error
	List(now time.Time, parts []Partition)
	Uncovered(p Partition) bool
	Covered(now time.Time, p Partition, through uint64)
	Emptied(now time.Time, s Service, container string, seq uint64)
	LastSeq() uint64
}

var _ subject = (*Account)(nil)

// schedule is one random history of an account, checked against the model at every step.
type schedule struct {
	*rand.Rand
	a          subject
	m          *model
	now        time.Time
	maxBacklog int
	underWay   []uint64
	recalled   map[uint64]bool // of underWay: a resync called them back
	reach      map[Service]Reach
	giveUp     time.Duration
	seen       map[string]int // events by kind

	transcript hash.Hash
}

var partitions = []Partition{{Service: Table, Container: "readings", Key: "a"},
	{Service: Table, Container: "readings", Key: "b"}, {Service: Table, Container: "readings", Key: "c"},
	{Service: Table, Container: "roles", Key: "a"}, {Service: Table, Container: "roles"},
	{Service: Queue, Container: "work"}, {Service: Queue, Container: "readings"}}

var lags = []string{"none", "constant 3s", "uniform 1s 9s", "log-normal median 1s sigma 1",
	"pareto min 500ms alpha 1.2 max 1m",
	"bursts every 10s for 4s lag 8s else 0s", "trace 0s:0s 5s:6s 9s:1s", "trace linear every 20s 0s:0s 10s:10s"}

// run goes through the schedule of a seed and returns the digest of its transcript, and how it ended. A panic is a
// violation: the schedule keeps to the contract.
func run(seed uint64, plant func(*Account) subject) (string, error) {
	digest, _, err := runSeen(seed, plant)
	return digest, err
}

// runSeen also counts the events by kind.
func runSeen(seed uint64, plant func(*Account) subject) (digest string, seen map[string]int, err error) {
	s := &schedule{Rand: rand.New(rand.NewPCG(seed, 0x67656f)), now: at(0),
		reach:      map[Service]Reach{Table: reached, Queue: reached},
		transcript: sha256.New(), seen: map[string]int{}, recalled: map[uint64]bool{}}
	s.m = &model{linked: map[Service]bool{Table: true, Queue: true}, geo: s.IntN(8) > 0, listed: true,
		settings: map[Scope]string{},
		deleting: map[uint64]bool{}, frozen: map[Service]time.Time{}, lastSync: map[Service]time.Time{},
		primary: "east", clocks: s.clocks(), shown: map[Region]time.Time{}, stamps: map[Region]time.Time{},
		given: map[int64]bool{}}
	for _, p := range partitions {
		s.m.views = append(s.m.views, &view{p: p})
	}
	o := Options{Primary: "east", Secondary: "west", Lag: s.lag(), Seed: seed,
		MaxBacklog: []int{0, 0, 5, 12}[s.IntN(4)],
		Windows:    Windows{Announce: s.span(), Down: s.span(), Complete: s.span()}, Observe: s.note,
		Clock: func(r Region, now time.Time) time.Time { return s.m.clocks[r].show(now) }}
	if s.IntN(2) == 0 {
		o.Windows.GiveUp = time.Duration(1+s.IntN(20)) * time.Second
	}
	s.maxBacklog, s.giveUp = o.MaxBacklog, o.Windows.GiveUp
	if !s.m.geo {
		o.Secondary = ""
	} else if s.IntN(8) == 0 {
		o.Bootstrap, s.m.boot, s.m.listed = true, true, false
	}
	a, err := New(o)
	if err != nil {
		return "", nil, err
	}
	s.a = a
	if plant != nil {
		s.a = plant(a)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("at %v: panic: %v", s.now.Sub(begin), p)
		}
	}()
	for range 80 + s.IntN(120) {
		if err := s.step(); err != nil {
			return "", nil, fmt.Errorf("at %v: %w", s.now.Sub(begin), err)
		}
	}
	if err := s.finish(); err != nil {
		return "", nil, fmt.Errorf("at %v, at the end: %w", s.now.Sub(begin), err)
	}
	return fmt.Sprintf("%x", s.transcript.Sum(nil)), s.seen, nil
}

// note writes an event into the transcript, all of it.
func (s *schedule) note(e Event) {
	s.seen[e.Kind]++
	s.write(e.Kind, e.Text, e.At, e.Entry)
}

func (s *schedule) write(kind, text string, at time.Time, e Entry) {
	p := e.Partition
	line := fmt.Appendf(nil, "%s|%s|%d|%d|%s|%s|%s|%t|%d|%d|%d|%d\n", kind, text, at.UnixNano(), e.Seq, p.Service,
		p.Container, p.Key, p.Whole,
		e.At.UnixNano(), e.Due.UnixNano(), e.Rows, e.Bytes)
	s.transcript.Write(line)
}

func (s *schedule) lag() Lag {
	l, err := ParseLag(lags[s.IntN(len(lags))])
	if err != nil {
		panic(err)
	}
	return l
}

func (s *schedule) span() time.Duration {
	return []time.Duration{0, 0, Resolution, 300 * time.Millisecond, time.Second, 4 * time.Second}[s.IntN(6)]
}

// pass lets time go on.
func (s *schedule) pass(d time.Duration) {
	s.now = s.now.Add(d)
	s.m.see(s.now)
}

// step does one thing and looks at everything.
func (s *schedule) step() error {
	s.pass(s.span())
	for n, pick := 0, s.IntN(100); ; n++ {
		if pick -= acts[n].weight; pick < 0 {
			if err := acts[n].do(s); err != nil {
				return err
			}
			break
		}
	}
	if err := s.pump(); err != nil {
		return err
	}
	return s.look()
}

// acts are what a step may do; the weights add up to 100.
var acts = []struct {
	weight int
	do     func(*schedule) error
}{
	{25, (*schedule).arrive}, {14, (*schedule).stamp}, {22, (*schedule).settle}, {12, (*schedule).answer},
	{2, (*schedule).setLag},
	{4, (*schedule).pause}, {6, (*schedule).resume}, {4, (*schedule).setReachable}, {1, (*schedule).setUnavailable},
	{3, (*schedule).failover},
	{2, (*schedule).reenable}, {4, (*schedule).copy}, {1, (*schedule).resync},
}

func (s *schedule) partition() Partition {
	p := partitions[s.IntN(len(partitions))]
	if s.IntN(7) == 0 {
		p.Key, p.Whole = "", true
	}
	return p
}

func (s *schedule) arrive() error {
	p := s.partition()
	t, err := s.a.Arrive(s.now, p.Service)
	down := s.a.Status(s.now).Phase == Down
	full := s.m.geo && s.maxBacklog > 0 && len(s.m.missing())+len(s.m.tickets) >= s.maxBacklog
	if errors.Is(err, ErrDown) != down || errors.Is(err, ErrBacklog) != (full && !down) {
		return fmt.Errorf("Arrive answers %w (down %t, full %t)", err, down, full)
	}
	if err == nil {
		s.m.tickets = append(s.m.tickets, &ticket{t: t, p: p, at: s.m.clock(), deletes: p.Whole && s.IntN(2) == 0})
	}
	return nil
}

// pick takes a write under way whose partition it may hold now.
func (s *schedule) pick() *ticket {
	if len(s.m.tickets) == 0 {
		return nil
	}
	t := s.m.tickets[s.IntN(len(s.m.tickets))]
	if t.stamp.IsZero() && s.m.held(t.p) {
		return nil
	}
	return t
}

func (s *schedule) stamp() error {
	if t := s.pick(); t != nil && t.stamp.IsZero() {
		t.stamp = s.a.Stamp(s.now, t.t)
		return s.checkStamp(t.stamp)
	}
	return nil
}

func (s *schedule) checkStamp(stamp time.Time) error {
	last, clock := s.m.stamps[s.m.primary], s.m.clock()
	switch {
	case !stamp.After(last) || !stamp.Equal(stamp.Truncate(Resolution)) || stamp.Before(clock.Truncate(2*Resolution)):
		return fmt.Errorf("stamp %v at %v after stamp %v", stamp, clock, last)
	case s.m.given[stamp.UnixNano()]:
		return fmt.Errorf("stamp %v is given twice", stamp)
	}
	s.m.stamps[s.m.primary], s.m.given[stamp.UnixNano()] = stamp, true
	return nil
}

// settle commits or abandons.
func (s *schedule) settle() error {
	t := s.pick()
	if t == nil {
		return nil
	}
	s.m.tickets = slices.DeleteFunc(s.m.tickets, func(u *ticket) bool { return u == t })
	if s.IntN(6) == 0 {
		s.a.Abandon(s.now, t.t)
		return nil
	}
	before := s.a.LastSeq()
	e := s.a.Commit(s.now, t.t, t.p, 1, 10)
	want := Entry{Seq: before + 1, Partition: t.p, At: t.stamp, Due: e.Due, Rows: 1, Bytes: 10}
	if t.stamp.IsZero() {
		if err := s.checkStamp(e.At); err != nil {
			return err
		}
		want.At = e.At
	}
	if want != e {
		return fmt.Errorf("committed (-want +got): %s", cmp.Diff(want, e))
	}
	if s.m.geo == e.Due.Before(s.now) {
		return fmt.Errorf("entry %d is due %v, committed %v, secondary %t", e.Seq, e.Due, s.now, s.m.geo)
	}
	s.m.commit(e, t.deletes)
	if t.deletes && s.m.boot {
		s.a.Emptied(s.now, t.p.Service, t.p.Container, e.Seq)
		s.m.emptied(e)
		s.live()
	}
	return nil
}

// answer ends applications that are under way.
func (s *schedule) answer() error {
	for range 1 + s.IntN(4) {
		if len(s.underWay) == 0 {
			return nil
		}
		i := s.IntN(len(s.underWay))
		seq := s.underWay[i]
		s.underWay = slices.Delete(s.underWay, i, i+1)
		if s.recalled[seq] {
			delete(s.recalled, seq)
			if s.IntN(2) == 0 {
				s.a.Failed(s.now, seq, s.span())
			} else {
				s.a.Applied(s.now, seq)
			}
			continue
		}
		if s.IntN(5) == 0 {
			again := s.span()
			s.a.Failed(s.now, seq, again)
			w := s.m.writes[slices.IndexFunc(s.m.writes, func(w *logged) bool { return w.Seq == seq })]
			w.given, w.again = false, s.now.Add(again)
			continue
		}
		s.a.Applied(s.now, seq)
		if err := s.m.apply(seq); err != nil {
			return err
		}
		s.live()
	}
	return nil
}

func (s *schedule) scope() Scope {
	p := partitions[s.IntN(len(partitions))]
	return []Scope{{}, {Service: p.Service}, {Service: p.Service, Container: p.Container}, p.scope()}[s.IntN(4)]
}

func (s *schedule) setLag() error {
	scope, l := s.scope(), s.lag()
	if s.IntN(4) == 0 {
		l = nil
	}
	s.a.SetLag(s.now, scope, l)
	s.m.relagged++
	due := map[uint64]time.Time{}
	for _, e := range s.a.Missing() {
		due[e.Seq] = e.Due
	}
	for _, w := range s.m.missing() {
		if due[w.Seq].After(w.Due) {
			return fmt.Errorf("entry %d was due %v and is now %v", w.Seq, w.Due, due[w.Seq])
		}
		w.Due, w.lagSeen = due[w.Seq], s.m.relagged
	}
	return nil
}

func (s *schedule) pause() error {
	scope := s.scope()
	s.a.Pause(s.now, scope)
	s.m.pause(scope)
	s.m.refreeze()
	return nil
}

func (s *schedule) resume() error {
	scope := s.scope()
	s.a.Resume(s.now, scope)
	s.m.resume(scope)
	s.m.refreeze()
	return nil
}

func (s *schedule) setReachable() error {
	r := Reach{s.IntN(3) > 0, s.IntN(3) > 0, s.IntN(3) > 0}
	if s.IntN(2) == 0 {
		r = reached
	}
	of := []Service{"", Table, Queue}[s.IntN(3)]
	s.a.SetReachable(s.now, of, r)
	for name := range s.reach {
		if of == "" || of == name {
			s.reach[name] = r
		}
	}
	s.relink()
	return nil
}

// reached is a service that nothing has happened to.
var reached = Reach{true, true, true}

func (s *schedule) relink() {
	for name, r := range s.reach {
		s.m.linked[name] = r == reached
	}
	s.m.refreeze()
}

func (s *schedule) setUnavailable() error {
	s.a.SetUnavailable(s.now, s.IntN(3) == 0)
	return nil
}
