package membership

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal"
	"tidemark/ports/storageaccount"
)

// twin is an account in memory, with its contents.
type twin struct {
	rows *memory.Rows
	tide *memory.Account
	lag  time.Duration
}

// series is what tests have readings of.
var series = telemetry.Series{Source: "roof", Metric: "w_temp"}

func (w *twin) LastYear(ctx context.Context) (last int32, any bool, err error) {
	for year := int32(40); year < 70; year++ {
		of := chunks.PartitionOf("default", series, telemetry.YearWindow(year))
		for _, err := range w.rows.Scan(ctx, chunks.Range{Partition: of}) {
			if err != nil {
				return 0, false, err
			}
			last, any = year, true
		}
	}
	return last, any, nil
}

func (w *twin) Bare(ctx context.Context) (bool, error) {
	for _, err := range w.rows.Scan(ctx, chunks.Range{Partition: chunks.Partition{Table: chunks.State}}) {
		return false, err
	}
	_, any, err := w.LastYear(ctx)
	return !any, err
}

// site is accounts that storages can be made of, on virtual time.
type site struct {
	*testing.T
	sched    *memory.Sched
	accounts map[string]*twin
	said     []string
}

func onSite(t *testing.T, seed uint64, body func(ctx context.Context, x *site)) {
	t.Helper()
	x := &site{T: t, sched: memory.NewSched(seed), accounts: map[string]*twin{}}
	if err := x.sched.Run(func() { body(context.Background(), x) }); err != nil {
		t.Fatal(err)
	}
}

// account is an account by its name, which replicates at once until its lag is set.
func (x *site) account(name string) *twin {
	if x.accounts[name] == nil {
		w := &twin{rows: memory.NewRows(x.sched), tide: memory.NewAccount(x.sched)}
		w.rows.KeepHistory(24 * time.Hour)
		w.tide.SetState(region.Live, 0)
		x.accounts[name] = w
	}
	return x.accounts[name]
}

func (x *site) behind(name string, by time.Duration) {
	w := x.account(name)
	w.lag = by
	w.tide.SetState(region.Live, by)
}

// failover brings an account back as it was at a moment that its tidemark has not passed, another in each partition.
func (x *site) failover(rnd *rand.Rand, name string) {
	w := x.account(name)
	w.rows.Rollback(func(chunks.Partition) time.Time {
		return x.sched.Now().Add(-time.Duration(rnd.Int64N(int64(w.lag) + 1)))
	})
}

// plan is a configuration of a storage: the generation of its journal, and its accounts.
type plan struct {
	journal string
	members []Member
}

// at is a plan whose accounts are named as --account names them, all of them ra-grs.
func at(journal string, accounts ...string) plan {
	p := plan{journal: journal}
	for _, text := range accounts {
		name, date, later := strings.Cut(text, "@")
		m := Member{Name: name, Since: date, Replication: "ra-grs"}
		if later {
			day, err := time.Parse(time.DateOnly, date)
			if err != nil {
				panic(err)
			}
			m.From = telemetry.YearOf(day.UnixNano())
		}
		p.members = append(p.members, m)
	}
	return p
}

func (p plan) place() journal.Place { return journal.Place{Region: "east", Generation: p.journal} }

func (x *site) open(p plan) Storage {
	x.Helper()
	st := Storage{Members: slices.Clone(p.members)}
	var all []bounds.Generation
	for i, m := range p.members {
		w := x.account(m.Name)
		st.Members[i].Contents = w
		all = append(all, bounds.Generation{From: m.From,
			Account: bounds.Account{Name: m.Name, Rows: w.rows, Tide: w.tide}})
	}
	var err error
	st.Accounts, err = bounds.NewAccounts(all[0].Account, all[1:]...)
	x.must(err)
	return st
}

// init is what tidemark init does, as far as it is of accounts.
func (x *site) init(ctx context.Context, p plan, set ...func(*Taking)) error {
	st := x.open(p)
	if err := st.NotOfAnother(ctx); err != nil {
		return err
	}
	if err := st.Accounts.Prepare(ctx); err != nil {
		return err
	}
	how := Taking{Journal: p.place(), Wait: time.Hour,
		Say: func(format string, args ...any) { x.said = append(x.said, fmt.Sprintf(format, args...)) }}
	for _, f := range set {
		f(&how)
	}
	if err := st.Take(ctx, x.sched, how); err != nil {
		return err
	}
	return st.Seen(ctx, x.sched, p.place())
}

// starts is a node that starts.
func (x *site) starts(ctx context.Context, p plan) error {
	return x.open(p).Seen(ctx, x.sched, p.place())
}

// has has an account hold a reading of a year.
func (x *site) has(ctx context.Context, name string, year int32) {
	x.Helper()
	rows := x.account(name).rows
	x.must(rows.Prepare(ctx, year))
	key := chunks.ChunkKey("default", series, telemetry.YearWindow(year))
	if err := rows.Apply(ctx, chunks.Change{Key: key, Value: []byte("v")}); !fault.Is(err, fault.Conflict) {
		x.must(err) // or it is there
	}
}

func (x *site) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// refused is an error that says something.
func (x *site) refused(what string, err error, says string) {
	x.Helper()
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fmt.Sprint(err), says) {
		x.Fatalf("%s: %v, and not %q", what, err, says)
	}
}

const border = int32(55) // 2027-10-29

func since(name string, year int32) string { return name + "@" + dateOf(year) }

// TestInitWaitsForReplication: until every account has replicated what init wrote, no node starts and none folds; then
// no failover of any takes the second account back.
func TestInitWaitsForReplication(t *testing.T) {
	for _, slow := range []string{"old", "new"} {
		onSite(t, 1, func(ctx context.Context, x *site) {
			one, both := at("j", "old"), at("j", "old", since("new", border))
			x.must(x.init(ctx, one))
			x.must(x.starts(ctx, one))
			_ = x.sched.Sleep(ctx, time.Minute)
			x.behind(slow, 10*time.Minute)
			_ = x.sched.Sleep(ctx, 20*time.Minute)
			began, ended := x.sched.Now(), x.sched.NewEvent()
			x.sched.Go("init", func() {
				x.must(x.init(ctx, both))
				ended.Set()
			})
			_ = x.sched.Sleep(ctx, 9*time.Minute)
			unfinished := "init` has not come to its end: run it again with --account old --account new@2027-10-29"
			x.refused("both, meanwhile", x.starts(ctx, both), unfinished)
			x.refused("one, meanwhile", x.starts(ctx, one), unfinished)
			x.refused("a pass, meanwhile", x.open(one).AgreeAtHome(ctx), unfinished)
			x.must(ended.Wait(ctx))
			if took := x.sched.Now().Sub(began); took < 10*time.Minute || took > 11*time.Minute {
				t.Errorf("it took %v", took)
			}
			if len(x.said) < 30 || !strings.Contains(x.said[0], slow+" has replicated up to ") {
				t.Errorf("it said %q", x.said)
			}
			x.must(x.starts(ctx, both))
			rnd := rand.New(rand.NewPCG(1, 0))
			for range 20 {
				x.failover(rnd, slow)
				switch err := x.starts(ctx, both); {
				case err != nil: // what init wrote last was taken back, and nothing else
					x.refused("after a failover", err, unfinished)
				}
				x.refused("one, after a failover", x.starts(ctx, one), "start every node with")
				x.must(x.init(ctx, both))
				x.must(x.starts(ctx, both))
			}
		})
	}
}

// TestInitCutShort has init end at any moment, accounts fail over at any moment, and nodes start and write where they
// may: whatever became of it, what init advises can be done, and no node starts without an account that one wrote to.
func TestInitCutShort(t *testing.T) {
	cut, late, moved := 0, 0, 0
	for seed := uint64(1); seed <= 300; seed++ {
		onSite(t, seed, func(ctx context.Context, x *site) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			fails := func(err error) {
				if err != nil {
					x.Fatalf("seed %d: %v", seed, err)
				}
			}
			fails(x.init(ctx, at("j", "old")))
			for _, name := range []string{"old", "new"} {
				x.behind(name, time.Duration(rnd.IntN(2)*(1+rnd.IntN(300)))*time.Second)
			}
			_ = x.sched.Sleep(ctx, 10*time.Minute)
			from, used := border, false
			both := func() plan { return at("j", "old", since("new", from)) }
			for range 12 {
				switch rnd.IntN(4) {
				case 0:
					bounded, cancel := x.sched.WithTimeout(ctx, time.Duration(rnd.IntN(200_000))*time.Millisecond)
					if x.init(bounded, both()) != nil {
						cut++
					}
					cancel()
				case 1:
					x.failover(rnd, []string{"old", "new"}[rnd.IntN(2)])
				case 2:
					_ = x.sched.Sleep(ctx, time.Duration(rnd.IntN(300))*time.Second)
				default:
					if x.starts(ctx, at("j", "old")) == nil {
						if used {
							x.Fatalf("seed %d: a node starts without the second account, which another wrote to", seed)
						}
						x.has(ctx, "old", from)
						late++
					} else if x.starts(ctx, both()) == nil {
						x.has(ctx, "new", from)
						used = true
					}
				}
			}
			for range 5 { // failovers are over; init says what to do
				err := x.init(ctx, both())
				if err == nil {
					fails(x.starts(ctx, both()))
					if x.starts(ctx, at("j", "old")) == nil {
						x.Fatalf("seed %d: a node starts without the second account", seed)
					}
					return
				}
				_, advice, ok := strings.Cut(err.Error(), "new account begin with later ones, as --account new@")
				if !ok || used || !strings.HasPrefix(advice, dateOf(from+1)) {
					x.Fatalf("seed %d: %v", seed, err)
				}
				from++
				moved++
			}
			x.Fatalf("seed %d: init does not come to an end", seed)
		})
	}
	t.Logf("init was cut short %d times, %d times a node wrote without the second account, which moved %d times", cut,
		late, moved)
	if cut < 100 || late < 50 || moved < 20 {
		t.Error("the test proves little")
	}
}

// TestInitIsGivenUp: who waits has bounds, and may think better of it.
func TestInitIsGivenUp(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		one, both := at("j", "old"), at("j", "old", since("new", border))
		x.must(x.init(ctx, one))
		_ = x.sched.Sleep(ctx, time.Minute)
		x.account("new").tide.SetState(region.Bootstrap, 0)
		began := x.sched.Now()
		err := x.init(ctx, both, func(h *Taking) { h.Wait = 7 * time.Minute })
		if took := x.sched.Now().Sub(began); !fault.Is(err, fault.Unavailable) || took < 7*time.Minute ||
			took > 8*time.Minute || !strings.Contains(err.Error(), "new does not tell how far it has replicated") {
			t.Errorf("after %v: %v", took, err)
		}
		stopped, stop := x.sched.WithTimeout(ctx, time.Minute)
		defer stop()
		if err := x.init(stopped, both); !fault.Is(err, fault.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		x.refused("afterwards", x.starts(ctx, one), "init` has not come to its end")
		x.must(x.init(ctx, one))
		x.must(x.starts(ctx, one))
		x.refused("both, when it was given up", x.starts(ctx, both), "is not yet taken into use")
		x.account("new").tide.SetState(region.Live, 0)
		later := at("j", "old", since("new", border+2))
		x.must(x.init(ctx, later)) // another date, for nothing lies there
		x.must(x.starts(ctx, later))
		x.refused("the date before", x.init(ctx, both), "start every node with --account old --account new@"+
			dateOf(border+2))
	})
}

// TestAStorageBegunAnew under the name that another had is not that one's: its other accounts are refused.
func TestAStorageBegunAnew(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		both := at("j", "old", since("new", border))
		x.must(x.init(ctx, both))
		x.must(x.starts(ctx, both))
		x.has(ctx, "new", border)
		kept := x.accounts["old"]
		delete(x.accounts, "old")
		x.refused("init with an account of the storage before", x.init(ctx, at("other", "old", since("new", border))),
			"keeps the chunks of another storage, whose first account is called old as well")
		if _, err := readDeclaration(ctx, x.account("old").rows); !fault.Is(err, fault.NotFound) {
			t.Errorf("home was told of it: %v", err)
		}
		x.must(x.init(ctx, at("other", "old", since("third", border))))
		home := x.account("old").rows
		d, err := readDeclaration(ctx, home)
		x.must(err)
		d.later = []string{since("new", border)}
		x.must(d.write(ctx, home))
		x.refused("a node", x.starts(ctx, at("other", "old", since("new", border))),
			"keeps the chunks of another storage, whose first account is called old as well")
		x.accounts["old"] = kept
		x.must(x.starts(ctx, both))

		delete(x.accounts, "new")
		x.account("new")
		for what, err := range map[string]error{"a node": x.starts(ctx, both), "init": x.init(ctx, both),
			"init with a third": x.init(ctx, at("j", "old", since("new", border), since("fourth", border+3)))} {
			x.refused(what+", an account that was emptied", err, "nothing is written down of the storage")
		}
	})
}

// TestAnAccountThatIsNotSeenYet is away, whatever it would answer, until it has said whose it is; one of another
// storage is away for good.
func TestAnAccountThatIsNotSeenYet(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		both := at("j", "old", since("new", border))
		x.must(x.init(ctx, both))
		x.has(ctx, "new", border)
		right := x.account("new")
		wrong := &twin{rows: memory.NewRows(x.sched), tide: memory.NewAccount(x.sched)}
		x.must(wrong.rows.Prepare(ctx))
		for what, answers := range map[string]*twin{"right": right, "wrong": wrong} {
			gate, told := &Gate{}, []error{}
			reached := &reached{Store: gate.Rows(answers.rows), tide: gate.Tide(answers.tide, answers.rows, nil)}
			x.must(reached.all(ctx))
			lost := func(string) memory.Fault { return memory.FaultFail }
			right.rows.SetFault(lost)
			unseen, err := x.open(both).Agree(ctx, x.sched, both.place())
			if err != nil || len(unseen) != 1 || unseen[1] == nil {
				t.Fatalf("%v, %v", unseen, err)
			}
			gate.Close(unseen[1], func(err error) { told = append(told, err) })
			answers.rows.SetFault(lost)
			if err := reached.all(ctx); !fault.Is(err, fault.Unavailable) || len(told) > 0 {
				t.Errorf("while it does not answer: %v, %v", err, told)
			}
			right.rows.SetFault(nil)
			answers.rows.SetFault(nil)
			for range 2 {
				err := reached.all(ctx)
				if what == "right" && (err != nil || len(told) > 0) ||
					what == "wrong" && (!fault.Is(err, fault.Forbidden) || len(told) != 1) {
					t.Errorf("the %s one: %v, %v", what, err, told)
				}
			}
		}
		x.account("new").rows.SetFault(func(string) memory.Fault { return memory.FaultFail })
		if err := x.init(ctx, both); !fault.Is(err, fault.Unavailable) {
			t.Errorf("init says %v", err)
		}
	})
}

// TestACopySaysWhoseAnAccountIs: while the primary of home does not answer, a process that starts hears from the copy
// that the account is the storage's, and has its tidemark; its rows stay behind the gate. A copy that lacks the row, or
// has another storage's, opens nothing, and shuts nothing for good.
func TestACopySaysWhoseAnAccountIs(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		one := at("j", "old")
		x.must(x.init(ctx, one))
		home := x.account("old")
		empty, other := memory.NewRows(x.sched), home.copied(ctx, x)
		x.must(empty.Prepare(ctx))
		was, err := other.Get(ctx, storageRow)
		x.must(err)
		x.must(other.Apply(ctx, chunks.Change{Key: storageRow, If: was.Version,
			Value: identity{storage: "another", generation: "another", region: "east"}.value()}))
		for what, copied := range map[string]*memory.Rows{"none": nil, "ours": home.copied(ctx, x), "empty": empty,
			"another's": other} {
			gate := &Gate{}
			gate.Close(x.open(one).check(0, one.place()), func(err error) { t.Errorf("%s: %v", what, err) })
			var reader chunks.Reader
			if copied != nil {
				reader = copied
			}
			rows, tide := gate.Rows(home.rows), gate.Tide(home.tide, home.rows, reader)
			home.rows.SetFault(func(string) memory.Fault { return memory.FaultFail })
			_, err := tide.Tidemark(ctx)
			if _, got := rows.Get(ctx, storageRow); (err == nil) != (what == "ours") ||
				!fault.Is(got, fault.Unavailable) {
				t.Errorf("%s, while the primary is away: tidemark %v, rows %v", what, err, got)
			}
			home.rows.SetFault(nil)
			_, err = tide.Tidemark(ctx)
			if _, got := rows.Get(ctx, storageRow); err != nil || got != nil {
				t.Errorf("%s, when the primary is back: tidemark %v, rows %v", what, err, got)
			}
		}
	})
}

// copied are the rows of the account's state as another endpoint has them.
func (w *twin) copied(ctx context.Context, x *site) *memory.Rows {
	out := memory.NewRows(x.sched)
	x.must(out.Prepare(ctx))
	for row, err := range w.rows.Scan(ctx, chunks.Range{Partition: storageRow.Partition}) {
		x.must(err)
		x.must(out.Apply(ctx, chunks.Change{Key: row.Key, Value: row.Value}))
	}
	return out
}

// reached is the rows of an account and its tidemark.
type reached struct {
	chunks.Store
	tide storageaccount.Account
}

// all makes a call of each kind: all are answered, or none, with the error.
func (r *reached) all(ctx context.Context) error {
	key := chunks.Key{Partition: accountRow.Partition, Row: "another"}
	_, got := r.Get(ctx, key)
	if fault.Is(got, fault.NotFound) {
		got = nil
	}
	errs := []error{got}
	var scanned error
	for _, err := range r.Scan(ctx, chunks.Range{Partition: key.Partition}) {
		scanned = err
	}
	applied := r.Apply(ctx, chunks.Change{Key: key, If: "none", Value: []byte("v")})
	if fault.Is(applied, fault.Conflict) {
		applied = nil
	}
	_, expired := r.Expired(ctx)
	_, tide := r.tide.Tidemark(ctx)
	for _, err := range append(errs, scanned, applied, r.Prepare(ctx), r.Expire(ctx, 1), expired, tide) {
		if fault.KindOf(err) != fault.KindOf(got) {
			return fmt.Errorf("one call is answered with %w, and another with %w", got, err)
		}
	}
	return got
}

// TestAGateIsRows: behind an open gate rows are what they were.
func TestAGateIsRows(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{New: func(chunkstest.T) chunkstest.Fixture {
		s, gate := goruntime.New(), &Gate{}
		gate.Close(func(context.Context, chunks.Store) error { return nil }, nil)
		return chunkstest.Fixture{Store: gate.Rows(memory.NewRows(s)), Now: s.Now}
	}})
}

// TestAnAccountThatHoldsSomething of which nobody has written down whose it is, is not taken for unused.
func TestAnAccountThatHoldsSomething(t *testing.T) {
	for what, fill := range map[string]func(ctx context.Context, x *site){
		"readings": func(ctx context.Context, x *site) { x.has(ctx, "new", border+3) },
		"a row": func(ctx context.Context, x *site) {
			rows := x.account("new").rows
			x.must(rows.Prepare(ctx))
			key := chunks.Key{Partition: accountRow.Partition, Row: "cursor key"}
			x.must(rows.Apply(ctx, chunks.Change{Key: key, Value: []byte("v")}))
		},
	} {
		onSite(t, 1, func(ctx context.Context, x *site) {
			one, both := at("j", "old"), at("j", "old", since("new", border))
			x.must(x.init(ctx, one))
			fill(ctx, x)
			x.refused(what, x.init(ctx, both), "the account new holds rows of a storage already")
			x.must(x.init(ctx, one))
			x.must(x.starts(ctx, one))
		})
	}
}

// TestReadingsAreSeenInTheAccount whichever journal they came by: an account does not begin before them.
func TestReadingsAreSeenInTheAccount(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		x.must(x.init(ctx, at("j", "old")))
		x.has(ctx, "old", border+1)
		for range 2 {
			x.refused("readings of later", x.init(ctx, at("j", "old", since("new", border))),
				"let the new account begin with later ones, as --account new@"+dateOf(border+2))
		}
		x.must(x.starts(ctx, at("j", "old")))
		two := at("j", "old", since("new", border+2))
		x.must(x.init(ctx, two))
		x.must(x.starts(ctx, two))
		x.has(ctx, "new", border+4)
		x.refused("readings of later in the second", x.init(ctx, at("j", "old", since("new", border+2),
			since("third", border+3))), "as --account third@"+dateOf(border+5))
	})
}

// TestTheJournalOfAStorage: one that is not the storage's is refused, by init and by nodes, until somebody says that
// it is the storage's from now on.
func TestTheJournalOfAStorage(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		right, wrong := at("j", "old"), at("wrong", "old")
		x.must(x.init(ctx, right))
		const says = "the storage has another journal: generation j of region east, and this one is generation wrong"
		x.refused("init", x.init(ctx, wrong), says)
		x.refused("a node", x.starts(ctx, wrong), says)
		x.refused("beside a second account", x.init(ctx, at("wrong", "old", since("new", border))), says)
		x.must(x.starts(ctx, right))
		x.must(x.init(ctx, wrong, func(h *Taking) { h.NewJournal = true }))
		x.must(x.init(ctx, wrong))
		x.must(x.starts(ctx, wrong))
		x.refused("the one of before", x.starts(ctx, right), "init --new-journal")
	})
}

// TestStoragesOfBefore have no ids: nodes go on with them, and init gives them some.
func TestStoragesOfBefore(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		both := at("g", "old", since("new", border))
		st := x.open(both)
		for place, value := range []string{"\x02ra-grs\n\nnew@2027-10-29", "\x02ra-grs\nold since 2027-10-29"} {
			rows := st.Accounts.At(place).Rows
			x.must(rows.Prepare(ctx))
			x.must(rows.Apply(ctx, chunks.Change{Key: accountRow, Value: []byte(value)}))
		}
		x.must(x.starts(ctx, both))
		x.has(ctx, "new", border)
		x.has(ctx, "old", border-1)
		x.must(x.init(ctx, both))
		x.must(x.starts(ctx, both))
		is, err := readIdentity(ctx, st.Accounts.At(0).Rows)
		x.must(err)
		there, err := readDeclaration(ctx, st.Accounts.At(1).Rows)
		if err != nil || is.storage == "" || there.storage != is.storage || there.form != severalVersion ||
			is.generation != "g" {
			t.Errorf("%+v, %+v, %v", is, there, err)
		}
	})
}

// TestConvertedLooksWhoseItIs: accounts of another storage stay what they were.
func TestConvertedLooksWhoseItIs(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		x.must(x.init(ctx, at("j", "old", since("new", border))))
		x.must(x.init(ctx, at("other", "mine")))
		for says, accounts := range map[string][]string{
			"name that first, as --account old":              {"new"},
			"keeps the chunks of the storage of account old": {"mine", since("new", border)},
			"is in use as a storage of its own":              {"old", since("mine", border)},
			"start every node with --account old":            {"old", since("new", border+1)},
		} {
			p := at("j", accounts...)
			for i := range p.members {
				p.members[i].Replication = "none"
			}
			st := x.open(p)
			err := st.NotOfAnother(ctx)
			if err == nil {
				err = st.Convert(ctx)
			}
			x.refused(strings.Join(accounts, ", "), err, says)
			for name := range x.accounts {
				d, err := readDeclaration(ctx, x.account(name).rows)
				if err != nil || d.replication != "ra-grs" {
					t.Errorf("%s says %+v, %v", name, d, err)
				}
			}
		}
	})
}

// TestWhatIsWrittenDown holds the bytes of rows, and that those of before and those of a newer program are told apart.
func TestWhatIsWrittenDown(t *testing.T) {
	onSite(t, 1, func(ctx context.Context, x *site) {
		rows := x.account("old").rows
		x.must(rows.Prepare(ctx))
		later := []string{"new@2027-10-29"}
		for text, d := range map[string]declaration{
			"\x01none":                         {replication: "none", form: 1},
			"\x02none\n\nnew@2027-10-29":       {replication: "none", later: later, ready: 1, form: 2},
			"\x02ra-grs\nold since 2027-10-29": {replication: "ra-grs", of: "old since 2027-10-29", form: 2},
			"\x03none\n\n\n0\nnew@2027-10-29":  {replication: "none", later: later, form: 3},
			"\x03none\nold since 2027-10-29\nID\n0": {replication: "none", of: "old since 2027-10-29", storage: "ID",
				form: 3},
		} {
			was, err := rows.Get(ctx, accountRow)
			if err != nil && !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			x.must(rows.Apply(ctx, chunks.Change{Key: accountRow, Value: []byte(text), If: was.Version}))
			got, err := readDeclaration(ctx, rows)
			x.must(err)
			d.version = got.version
			if !slices.Equal(got.later, d.later) || string(got.value()) != text {
				t.Errorf("%q is read as %+v, and written as %q", text, got, got.value())
			}
			if got.later = d.later; fmt.Sprint(got) != fmt.Sprint(d) {
				t.Errorf("%q is read as %+v, want %+v", text, got, d)
			}
		}
		for _, text := range []string{"", "\x01a\nb", "\x02none", "\x03none\n\n\n", "\x03none\n\n\n2\nnew",
			"\x03none\n\n\n-1\nnew", "\x04none\n\n\n0"} {
			was, err := rows.Get(ctx, accountRow)
			x.must(err)
			x.must(rows.Apply(ctx, chunks.Change{Key: accountRow, Value: []byte(text), If: was.Version}))
			if d, err := readDeclaration(ctx, rows); !fault.Is(err, fault.Corrupt) {
				t.Errorf("%q is read as %+v, %v", text, d, err)
			}
		}
		is := identity{storage: "ID", generation: "G", region: "east"}
		if text := string(is.value()); text != "\x01ID\nG\neast" {
			t.Errorf("the storage's row is %q", text)
		}
		for _, text := range []string{"", "\x02ID\nG\neast", "\x01ID\nG"} {
			was, _ := rows.Get(ctx, storageRow)
			x.must(rows.Apply(ctx, chunks.Change{Key: storageRow, Value: []byte(text), If: was.Version}))
			if is, err := readIdentity(ctx, rows); !fault.Is(err, fault.Corrupt) {
				t.Errorf("%q is read as %+v, %v", text, is, err)
			}
		}
	})
}
