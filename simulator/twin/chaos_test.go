package twin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
)

// TestChaos drives accounts through random writes, faults of both storages, cuts, pauses, failovers and copies, and
// holds at the end that both regions have just what was committed and not listed as lost; and all the while that what
// is older than the Last Sync Time is on the secondary. TIDEMARK_SEED runs one seed.
func TestChaos(t *testing.T) {
	first, last := uint64(1), uint64(600)
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		last = 100_000
	}
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, last = seed, seed
	}
	seen := map[string]int{}
	for seed := first; seed <= last; seed++ {
		if err := chaos(seed, nil, seen); err != nil {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, err)
		}
	}
	t.Logf("seeds %d to %d: %v", first, last, seen)
	for _, kind := range []string{"commit", "discarded", "promoted", "called-off", "covered", "resync", "apply-failed",
		"unheard", "looked", "primary lost"} {
		if first != last && seen[kind] == 0 {
			t.Errorf("nothing was %s: the schedules prove too little", kind)
		}
	}
}

// TestChaosFindsBrokenStorages: each of these is found within so many seeds.
func TestChaosFindsBrokenStorages(t *testing.T) {
	for name, broken := range map[string]func(*twin.Store) account.Store{
		"an apply that does nothing":       func(s *twin.Store) account.Store { return &lazy{Store: s} },
		"an apply with another stamp":      func(s *twin.Store) account.Store { return restamped{s} },
		"what is asked for is never there": func(s *twin.Store) account.Store { return answers{s, false} },
		"what is asked for is always there": func(s *twin.Store) account.Store {
			return answers{s, true}
		},
		"a partition is not listed": func(s *twin.Store) account.Store { return shortList{s} },
		"a copy leaves a row out":   func(s *twin.Store) account.Store { return skips{s} },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed <= 300; seed++ {
				if chaos(seed, broken, map[string]int{}) != nil {
					return
				}
			}
			t.Error("300 seeds find nothing")
		})
	}
}

// storm is an account in trouble. One actor runs at a time: no locks.
type storm struct {
	*memory.Sched
	rng   *rand.Rand
	store *twin.Store
	hurt  *stormy
	a     *account.Account
	reach map[georep.Service]georep.Reach // of the regions, east first

	sent map[string][]twin.Op // by the name of the ticket in events
	ops  map[uint64][]twin.Op // of each commit, by number
	at   map[uint64]georep.Entry
	gone map[uint64]bool // discarded

	dead   map[georep.Region]bool // storages that were killed and are not there again
	deaths int
	lacks  bool     // the primary lost what it had, and a failover away from it is under way
	had    []uint64 // what was committed until then

	under    map[uint64]int // of each commit, how often the roles had changed
	promoted int
	ahead    map[georep.Region]time.Duration // the storages' clocks

	perhaps map[place][]string // what a row may be because of writes that were given up
	dropped map[string]bool    // tables whose deletion, or making, was given up

	next   int
	over   bool
	left   int
	failed error
	seen   map[string]int
}

// stormy is the storage of an account in trouble: while it lasts a share of the calls fail, in each way.
type stormy struct {
	account.Store
	s     *storm
	share float64
}

func (h *stormy) strike(ctx context.Context, do func() error) error {
	if h.s.rng.Float64() >= h.share {
		return do()
	}
	switch h.s.rng.IntN(4) {
	case 0:
		return account.ErrNotSent
	case 1:
		return errors.New("the request is lost")
	case 2:
		_ = do()
		return errors.New("the answer is lost")
	}
	if err := h.s.Sleep(ctx, time.Duration(h.s.rng.Int64N(int64(20*time.Second)))); err != nil {
		return err
	}
	return do()
}

// living does something in regions whose storages may die before they answer.
func (h *stormy) living(do func() error, in ...georep.Region) error {
	for _, r := range in {
		if h.s.dead[r] {
			return account.ErrNotSent
		}
	}
	lives := h.s.deaths
	err := do()
	if h.s.deaths != lives && err == nil {
		return errors.New("a storage died")
	}
	return err
}

func (h *stormy) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	return h.strike(ctx, func() error {
		return h.living(func() error { return h.Store.Apply(ctx, in, e, p) }, in)
	})
}

func (h *stormy) Holds(ctx context.Context, in georep.Region, e georep.Entry,
	p account.Payload) (there bool, err error) {
	h.s.seen["looked"]++
	err = h.strike(ctx, func() error {
		return h.living(func() (err error) { there, err = h.Store.Holds(ctx, in, e, p); return err }, in)
	})
	return there && err == nil, err
}

func (h *stormy) Partitions(ctx context.Context, in georep.Region) (parts []georep.Partition, err error) {
	err = h.strike(ctx, func() error {
		return h.living(func() (err error) { parts, err = h.Store.Partitions(ctx, in); return err }, in)
	})
	return parts, err
}

func (h *stormy) Copy(ctx context.Context, p georep.Partition, from, to georep.Region,
	pace account.Pace) (n int, err error) {
	err = h.strike(ctx, func() error {
		return h.living(func() (err error) { n, err = h.Store.Copy(ctx, p, from, to, pace); return err }, from, to)
	})
	return n, err
}

func (h *stormy) Wipe(ctx context.Context, in georep.Region) (n int, err error) {
	err = h.strike(ctx, func() error {
		return h.living(func() (err error) { n, err = h.Store.Wipe(ctx, in); return err }, in)
	})
	return n, err
}

// chaos is one schedule.
func chaos(seed uint64, broken func(*twin.Store) account.Store, seen map[string]int) error {
	s := &storm{Sched: memory.NewSched(seed), rng: rand.New(rand.NewPCG(seed, 0x73746f72)),
		sent: map[string][]twin.Op{},
		ops:  map[uint64][]twin.Op{},
		at:   map[uint64]georep.Entry{}, gone: map[uint64]bool{}, dead: map[georep.Region]bool{},
		under: map[uint64]int{}, ahead: map[georep.Region]time.Duration{}, perhaps: map[place][]string{},
		dropped: map[string]bool{}, seen: seen, reach: map[georep.Service]georep.Reach{}}
	s.store = twin.NewStore(s)
	s.hurt = &stormy{Store: s.store, s: s}
	if broken != nil {
		s.hurt.Store = broken(s.store)
	}
	if err := s.Run(s.main); err != nil {
		return err
	}
	return s.failed
}

func (s *storm) main() {
	span := func(most time.Duration) time.Duration { return time.Duration(s.rng.Int64N(int64(most) + 1)) }
	lags := []string{"none", "constant 1s", "uniform 0s 5s", "log-normal median 500ms sigma 1"}
	lag, _ := georep.ParseLag(lags[s.rng.IntN(len(lags))])
	a, err := account.Open(account.Options{Name: "storm", Sched: s, Store: s.hurt, Reach: s.reaches, Observe: s.observe,
		Clock:    s.clock,
		CopyRate: []float64{0, 5}[s.rng.IntN(2)], PlannedReads: s.rng.IntN(2) == 0,
		Geo: georep.Options{Primary: "east", Secondary: "west", Seed: s.rng.Uint64(), Lag: lag,
			Windows: georep.Windows{Announce: span(time.Second), Down: span(2 * time.Second),
				GiveUp: 2*time.Second + span(8*time.Second)}}})
	if err != nil {
		s.failed = err
		return
	}
	s.a = a
	s.setClocks()
	s.write(context.Background(), table("t"), twin.Op{Kind: twin.Make})
	for _, actor := range []func(context.Context){s.writer, s.writer, s.writer, s.trouble, s.reader} {
		s.left++
		s.Go("storm", func() {
			defer func() { s.left-- }()
			actor(context.Background())
		})
	}
	_ = s.Sleep(context.Background(), 30*time.Second+span(time.Minute))
	s.over = true
	s.settle(context.Background())
}

// reaches is what answers; it is said of the regions, east first.
func (s *storm) reaches(of georep.Service, primary, _ georep.Region) georep.Reach {
	r, said := s.reach[of]
	if !said {
		return georep.Reach{Primary: true, Secondary: true, Link: true}
	}
	if primary == "west" {
		r.Primary, r.Secondary = r.Secondary, r.Primary
	}
	return r
}

func (s *storm) observe(e georep.Event) {
	s.seen[e.Kind]++
	switch e.Kind {
	case "commit":
		s.ops[e.Entry.Seq], s.at[e.Entry.Seq] = s.sent[e.Text], e.Entry
		s.under[e.Entry.Seq] = s.promoted
	case "promoted":
		s.promoted++
		s.lacks = false
	case "called-off":
		if s.lacks { // the secondary is made what the primary is
			s.lose(s.had)
		}
	case "discarded":
		s.gone[e.Entry.Seq] = true
	}
}

// clock is the clock of a region's storage.
func (s *storm) clock(r georep.Region) time.Time { return s.Now().Add(s.ahead[r]) }

// setClocks sets the clocks of both storages, half of the time to what they ought to show.
func (s *storm) setClocks() {
	for _, r := range []georep.Region{"east", "west"} {
		s.ahead[r] = []time.Duration{0, 0, 0, -time.Minute, time.Minute, time.Second}[s.rng.IntN(6)]
	}
}

func table(name string) georep.Partition {
	return georep.Partition{Service: georep.Table, Container: name, Whole: true}
}

// write writes to the account; what was committed is heard of by observe, whoever else hears of it.
func (s *storm) write(ctx context.Context, p georep.Partition, ops ...twin.Op) {
	at := s.a.Endpoints().Primary.Region
	ticket, err := s.a.Arrive(at, p.Service)
	if err != nil {
		return
	}
	s.sent[fmt.Sprintf("ticket %d", ticket)] = ops
	c := twin.Change{Partition: p, Ops: ops}
	var refused bool
	var stamped time.Time
	ctx, cancel := s.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, _ = s.a.Write(ctx, ticket, account.Write{Partition: p, Rows: len(ops),
		Empties: p.Whole && ops[0].Kind == twin.Drop,
		Send: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			stamped = stamp
			err := s.hurt.strike(ctx, func() error {
				return s.hurt.living(func() error {
					refused = s.store.Do(at, stamp, c, nil) != nil
					return nil
				}, at)
			})
			if err != nil || refused {
				return nil, err
			}
			return c, nil
		},
		Resolve: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			there, err := s.hurt.Holds(ctx, at, georep.Entry{Partition: p, At: stamp}, c)
			if err != nil || !there {
				return nil, err
			}
			return c, nil
		},
		Unheard: func(e *georep.Entry, _ string) {
			s.seen["unheard"]++
			if e == nil {
				s.giveUp(p, stamped, ops)
			}
		}})
}

// giveUp notes what may be there of a write of which nobody knows: the primary was about to be lost. If it was not, the
// regions are made to agree, on either.
func (s *storm) giveUp(p georep.Partition, stamp time.Time, ops []twin.Op) {
	s.seen["given up"]++
	for _, op := range ops {
		at := place{p.Container, p.Key, op.Row}
		switch op.Kind {
		case twin.Upsert:
			s.perhaps[at] = append(s.perhaps[at], shown(op.Value, stamp))
		case twin.Delete:
			s.perhaps[at] = append(s.perhaps[at], "")
		default:
			s.dropped[p.Container] = true
		}
	}
}

// may says whether a row may be so, where it was to be otherwise.
func (s *storm) may(at place, got string) bool {
	return slices.Contains(s.perhaps[at], got) || s.dropped[at.table]
}

func (s *storm) writer(ctx context.Context) {
	for !s.over {
		_ = s.Sleep(ctx, time.Duration(s.rng.Int64N(int64(2*time.Second))))
		name := []string{"t", "t", "t", "u"}[s.rng.IntN(4)]
		if s.rng.IntN(12) == 0 {
			s.write(ctx, table(name), twin.Op{Kind: []twin.Kind{twin.Make, twin.Make, twin.Drop}[s.rng.IntN(3)]})
			continue
		}
		p := georep.Partition{Service: georep.Table, Container: name, Key: strconv.Itoa(s.rng.IntN(3))}
		var ops []twin.Op
		for _, row := range s.rng.Perm(4)[:1+s.rng.IntN(3)] {
			s.next++
			op := twin.Op{Kind: twin.Upsert, Row: strconv.Itoa(row), Value: []byte(strconv.Itoa(s.next))}
			if s.rng.IntN(5) == 0 {
				op = twin.Op{Kind: twin.Delete, Row: op.Row}
			}
			ops = append(ops, op)
		}
		s.write(ctx, p, ops...)
	}
}

// trouble does one thing after another to the account.
func (s *storm) trouble(ctx context.Context) {
	for !s.over {
		_ = s.Sleep(ctx, time.Duration(s.rng.Int64N(int64(6*time.Second))))
		is := s.a.Status()
		switch s.rng.IntN(11) {
		case 0:
			s.hurt.share = 0.3 * s.rng.Float64()
		case 1:
			s.hurt.share = 0
		case 2:
			s.reach[[]georep.Service{georep.Table, georep.Queue}[s.rng.IntN(2)]] = georep.Reach{
				Primary: s.rng.IntN(3) > 0, Secondary: s.rng.IntN(3) > 0, Link: s.rng.IntN(3) > 0}
			s.a.Look()
		case 3:
			s.reach = map[georep.Service]georep.Reach{}
			s.a.Look()
		case 4:
			s.a.Pause(georep.Scope{Service: georep.Table, Container: []string{"", "t"}[s.rng.IntN(2)]})
		case 5:
			s.a.Resume(georep.Scope{Service: georep.Table})
			s.a.Resume(georep.Scope{Service: georep.Table, Container: "t"})
		case 6:
			_ = s.a.Failover([]georep.Kind{georep.Planned, georep.Unplanned}[s.rng.IntN(2)]) // or it is refused
		case 7:
			_ = s.a.Reenable(other(is.Primary)) // or it is refused
		case 8:
			s.die(ctx, []georep.Region{is.Primary, is.Secondary, "west"}[s.rng.IntN(3)])
		case 9:
			s.setClocks()
		case 10:
			s.a.SetUnavailable(s.rng.IntN(2) == 0)
		}
	}
}

func other(r georep.Region) georep.Region {
	return map[georep.Region]georep.Region{"east": "west", "west": "east"}[r]
}

// die has a region's storage be killed, and come back: as it was, or with nothing.
func (s *storm) die(ctx context.Context, r georep.Region) {
	if r == "" {
		return
	}
	lost := s.rng.IntN(3) > 0
	s.a.Doubt(r)
	s.dead[r] = true
	s.deaths++
	if lost {
		s.store.Lose(r)
	}
	_ = s.Sleep(ctx, time.Duration(s.rng.Int64N(int64(3*time.Second))))
	if lost {
		s.store.Lose(r) // what reached it in between is gone too
	}
	delete(s.dead, r)
	before := slices.Collect(maps.Keys(s.at))
	_ = s.Sleep(ctx, time.Duration(s.rng.Int64N(int64(100*time.Millisecond)))) // it answers before anybody is told
	s.back(r, lost, before)
	s.a.Renew()
}

// back tells the account that a storage is there again. What a primary has lost is gone, unless a failover to a
// secondary whose copy counts is under way.
func (s *storm) back(r georep.Region, lost bool, before []uint64) {
	is := s.a.Status()
	forget := s.a.Back(r, lost)
	if s.lacks && is.Secondary == r { // both storages were killed: the copy counts no more
		s.lose(s.had)
	}
	if !lost || is.Primary != r {
		return
	}
	s.seen["primary lost"]++
	leaving := (is.Phase == georep.Announced || is.Phase == georep.Down) && !is.Copying
	switch {
	case leaving && forget:
		s.failed = fmt.Errorf("the secondary's copy is given up in a failover: %+v", is)
	case leaving:
		s.lacks, s.had = true, before
	default:
		s.lose(before)
	}
}

// lose notes that commits are gone.
func (s *storm) lose(seqs []uint64) {
	s.lacks = false
	for _, seq := range seqs {
		s.gone[seq] = true
	}
}

// reader holds the secondary against the Last Sync Time.
func (s *storm) reader(ctx context.Context) {
	for !s.over && s.failed == nil {
		_ = s.Sleep(ctx, time.Duration(s.rng.Int64N(int64(3*time.Second))))
		is, stats := s.a.Status(), s.a.Stats(georep.Table)
		if stats.State != georep.Live || is.Phase != georep.Steady || is.Secondary == "" {
			continue
		}
		var until []uint64
		for seq, e := range s.at {
			if (s.under[seq] < s.promoted || e.At.Before(stats.LastSync)) && !s.gone[seq] {
				until = append(until, seq)
			}
		}
		before := s.state(until)
		now := s.state(slices.Collect(maps.Keys(s.at)))
		for row := range before {
			if now[row] != before[row] {
				continue // written since: the secondary may have either
			}
			if got := s.value(is.Secondary, row); got != before[row] && !s.may(row, got) {
				s.failed = fmt.Errorf("row %v is %q on the secondary, and was %q before the Last Sync Time %v", row,
					got,
					before[row], stats.LastSync)
			}
		}
	}
}

// place names a row.
type place struct{ table, key, row string }

// state is what there is, values with their stamps, after these commits, in their order, but for what was lost.
func (s *storm) state(seqs []uint64) map[place]string {
	slices.Sort(seqs)
	rows, tables := map[place]string{}, map[string]bool{}
	for _, seq := range seqs {
		p := s.at[seq].Partition
		for _, op := range s.ops[seq] {
			at := place{p.Container, p.Key, op.Row}
			switch {
			case s.gone[seq]:
			case op.Kind == twin.Make:
				tables[p.Container] = true
			case op.Kind == twin.Drop:
				delete(tables, p.Container)
				maps.DeleteFunc(rows, func(of place, _ string) bool { return of.table == p.Container })
			case op.Kind == twin.Delete:
				delete(rows, at)
			default:
				rows[at] = shown(op.Value, s.at[seq].At)
			}
		}
	}
	return rows
}

func (s *storm) value(in georep.Region, at place) string {
	row, there := s.store.Rows(in, at.table, at.key)[at.row]
	if !there {
		return ""
	}
	return shown(row.Value, row.Stamp)
}

func shown(value []byte, stamp time.Time) string {
	return fmt.Sprintf("%s of %d", value, stamp.UnixNano())
}

// settle heals everything, and holds both regions against what was committed.
func (s *storm) settle(ctx context.Context) {
	for s.left > 0 {
		_ = s.Sleep(ctx, time.Second)
	}
	s.hurt.share = 0
	s.reach = map[georep.Service]georep.Reach{}
	s.a.SetUnavailable(false)
	s.a.Look()
	for _, scope := range s.a.Status().PausedScopes {
		s.a.Resume(scope)
	}
	for range 600 {
		_ = s.Sleep(ctx, time.Second)
		if is := s.a.Status(); is.Phase == georep.Steady && is.Secondary == "" {
			_ = s.a.Reenable(other(is.Primary)) // or it is refused, and asked for again
		} else if is.State == georep.Live && is.Backlog+is.UnderWay == 0 && is.Phase == georep.Steady {
			break
		}
	}
	if is := s.a.Status(); s.failed == nil && (is.State != georep.Live || is.Backlog+is.UnderWay > 0) {
		s.failed = fmt.Errorf("it does not come to rest: %+v", is)
	}
	_ = s.Sleep(ctx, 10*time.Second)
	want, seen := s.state(slices.Collect(maps.Keys(s.at))), map[georep.Region]map[place]string{}
	for _, region := range []georep.Region{"east", "west"} {
		got := map[place]string{}
		for _, name := range []string{"t", "u"} {
			for key := range 3 {
				for row := range s.store.Rows(region, name, strconv.Itoa(key)) {
					at := place{name, strconv.Itoa(key), row}
					got[at] = s.value(region, at)
				}
			}
		}
		seen[region] = got
		all := maps.Clone(want)
		maps.Copy(all, got)
		for at := range all {
			if got[at] != want[at] && !s.may(at, got[at]) && s.failed == nil {
				s.failed = fmt.Errorf("%s has\n%v, and was to have\n%v", region, got, want)
			}
		}
	}
	if s.failed == nil && !maps.Equal(seen["east"], seen["west"]) {
		s.failed = fmt.Errorf("east has\n%v, and west\n%v", seen["east"], seen["west"])
	}
}
