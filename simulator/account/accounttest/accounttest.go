// Package accounttest is the proof of account.Account over an account.Store: what the driver of a geo-redundant
// account does, seen from the storage of its two regions. It passes on Azurite in real time and on memory in virtual
// time, and finds what breaks either (see the broken twins).
package accounttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Case is one claim, and how it is tried.
type Case struct {
	Name string
	Run  func(h Harness) error // within Harness.Run
}

// Cases are all claims.
func Cases() []Case {
	return []Case{
		{"a write is in both regions, with its stamp", replicates},
		{"an order of a partition is kept, whatever fails", keepsOrder},
		{"an unplanned failover loses what it lists", losesWhatItLists},
		{"a planned failover loses nothing", losesNothing},
		{"a planned failover may let reads through", letsReadsThrough},
		{"an answer that was lost is looked up before a failover lists its write", looksUp},
		{"a failover waits until it is known whether a write is there", waitsForTheLook},
		{"a write to the primary without an answer is found", resolves},
		{"nothing was done in a table that is not there", deniesWithoutTable},
		{"the primary's silence ends with an unplanned failover", dropsTheSilent},
		{"a failover that comes to no end is called off", callsOff},
		{"a primary that is silent over a failover that was called off is left by the next", leavesTheSilent},
		{"a primary that lost what it had stays doubted, however often it comes back", doubtsTheLost},
		{"who waits for the secondary is told when the last write is given up", tellsTheWaiting},
		{"services fail by themselves", servicesApart},
		{"a region stamps by its own clock", stampsByTheClock},
		{"a secondary made anew is whole", copiesAll},
		{"a table that is deleted while it is copied stays so", copiesNoDeleted},
		{"what a failover left behind is deleted", wipes},
		{"a storage that lost what it had is made anew", renews},
		{"an account that begins with what its primary has", beginsInBootstrap},
	}
}

// Run tries every claim.
func Run(t *testing.T, harness func(t *testing.T) Harness) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			if err := Try(c, harness(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Try tries one claim.
func Try(c Case, h Harness) error {
	var failed error
	if err := h.Run(func() { failed = c.Run(h) }); err != nil {
		return fmt.Errorf("%w; the case itself: %w", err, failed)
	}
	return failed
}

// with runs a case on an account that is closed afterwards.
func with(h Harness, o account.Options, body func(f *fixture) error) error {
	f, err := newFixture(h, o)
	if err != nil {
		return err
	}
	defer f.a.Close()
	defer f.faults.Release()
	return body(f)
}

func replicates(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		if _, err := f.write(part("a"), Op{Upsert, "1", "one"}, Op{Upsert, "2", "two"}); err != nil {
			return err
		}
		if err := errors.Join(f.put("a", "1", "uno"), f.drain(), f.same("a"),
			f.has(west, "a", "1", "uno", "2", "two")); err != nil {
			return err
		}
		if _, err := f.write(part("a"), Op{Delete, "2", ""}); err != nil {
			return err
		}
		return errors.Join(f.drain(), f.has(west, "a", "1", "uno"), f.same("a"))
	})
}

func keepsOrder(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		f.faults.Next("apply", west, NotSent, LostCall, LostDone, NotSent, LostDone, LostCall)
		f.faults.Next("holds", west, NotSent, LostCall)
		for i := range 8 {
			if _, err := f.write(part("a"), Op{Upsert, "last", fmt.Sprint(i)},
				Op{Upsert, fmt.Sprint(i), ""}); err != nil {
				return err
			}
		}
		return errors.Join(f.drain(), f.has(west, "a", "last", "7", "0", "", "1", "", "2", "", "3", "", "4", "", "5",
			"",
			"6", "", "7", ""), f.same("a"),
			eq("unfinished faults", len(f.faults.next[call{"apply", west}]), 0))
	})
}

func losesWhatItLists(h Harness) error {
	o := account.Options{Geo: georep.Options{Windows: georep.Windows{Down: 100 * time.Millisecond}}}
	return with(h, o, func(f *fixture) error {
		if err := errors.Join(f.put("a", "1", "kept"), f.drain()); err != nil {
			return err
		}
		f.a.Pause(georep.Scope{})
		if err := errors.Join(f.put("a", "2", "lost"), f.put("b", "3", "lost")); err != nil {
			return err
		}
		want := f.a.Missing()
		if err := f.failover(georep.Unplanned); err != nil {
			return err
		}
		if err := f.put("a", "1", "kept"); err != nil {
			return err
		}
		_ = f.s.Sleep(f.ctx, 2*time.Second) // what gives up the old primary's writes gives up no others
		return errors.Join(f.lost(want...), eq("missing writes", len(want), 2), f.has(west, "a", "1", "kept"),
			f.has(west, "b"), f.put("a", "4", "after"),
			f.has(west, "a", "1", "kept", "4", "after"), eq("state", f.a.Status().State, georep.None))
	})
}

func losesNothing(h Harness) error {
	lag, err := georep.ParseLag("constant 200ms")
	if err != nil {
		return err
	}
	return with(h, account.Options{Geo: georep.Options{Lag: lag}}, func(f *fixture) error {
		if err := errors.Join(f.put("a", "1", "one"), f.put("b", "1", "one"), f.failover(georep.Planned)); err != nil {
			return err
		}
		if err := errors.Join(f.has(west, "a", "1", "one"), f.has(west, "b", "1", "one"),
			f.put("a", "1", "two")); err != nil {
			return err
		}
		return errors.Join(f.drain(), f.same("a", "b"), f.has(east, "a", "1", "two"), eq("losses",
			len(f.a.Discarded()), 0), eq("state", f.a.Status().State, georep.Live))
	})
}

// letsReadsThrough: who reads is not cut off before the roles change, who writes is refused meanwhile.
func letsReadsThrough(h Harness) error {
	for _, reads := range []bool{false, true} {
		o := account.Options{PlannedReads: reads}
		o.Geo.Windows.Down = 300 * time.Millisecond
		if err := with(h, o, func(f *fixture) error { return f.readsThrough(reads) }); err != nil {
			return fmt.Errorf("planned reads %t: %w", reads, err)
		}
	}
	return nil
}

func (f *fixture) readsThrough(reads bool) error {
	reading := f.a.Serving()
	if err := errors.Join(f.put("a", "1", "one"), f.a.Failover(georep.Planned), f.until("it is down", func() bool {
		return f.a.Endpoints().Primary.Availability != account.Serving
	})); err != nil {
		return err
	}
	want := account.Endpoint{Region: east, Availability: account.Down}
	if reads {
		want.Availability = account.Reads
	}
	err := errors.Join(eq("the primary", f.a.Endpoints().Primary, want), eq("it serves reads",
		f.a.Endpoints().Serves(east), reads), eq("readers are cut off", reading.Err() != nil, !reads))
	if _, refused := f.a.Arrive(east, georep.Table); !errors.Is(refused, georep.ErrDown) {
		err = errors.Join(err, fmt.Errorf("a write was answered with %w", refused))
	}
	return errors.Join(err, f.until("it is over", func() bool { return f.a.Status().Phase == georep.Steady }),
		eq("readers are cut off when the roles have changed", reading.Err() != nil, true),
		eq("the primary", f.a.Endpoints().Primary, account.Endpoint{Region: west, Availability: account.Serving}),
		f.put("a", "2", "two"), f.drain(), f.same("a"))
}

// deniesWithoutTable: a deletion whose rows are gone with their table was not done.
func deniesWithoutTable(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		p := georep.Partition{Service: georep.Table, Container: "nowhere", Key: "a"}
		stamp := f.s.Now().Round(0)
		done, err := f.of.Holds(f.ctx, east, georep.Entry{Partition: p, At: stamp},
			f.of.Write(p, stamp, Op{Delete, "1", ""}))
		return errors.Join(err, eq("a deletion in a table that is not there was done", done, false))
	})
}

// stampsByTheClock: the clock of the new primary is behind, so a later write of a row has the earlier stamp.
func stampsByTheClock(h Harness) error {
	const behind = 5 * time.Minute
	clock := func(r georep.Region) time.Time {
		if r == west {
			return h.Sched.Now().Add(-behind)
		}
		return h.Sched.Now()
	}
	return with(h, account.Options{Clock: clock}, func(f *fixture) error {
		old, err := f.write(part("a"), Op{Upsert, "1", "old"})
		if err := errors.Join(err, f.drain(), f.failover(georep.Planned)); err != nil {
			return err
		}
		before := f.s.Now()
		later, err := f.write(part("a"), Op{Upsert, "1", "new"})
		if err != nil {
			return err
		}
		took := f.s.Now().Sub(before)
		if ahead := before.Sub(later.At); ahead > behind || ahead < behind-took-time.Millisecond {
			return fmt.Errorf("west stamps %v, %v before the write: its clock is %v behind", later.At, ahead, behind)
		}
		if last := f.a.Stats(georep.Table).LastSync; last.After(later.At) && f.a.Status().Backlog > 0 {
			return fmt.Errorf("the Last Sync Time is %v, and east lacks a write stamped %v", last, later.At)
		}
		return errors.Join(eq("the later stamp is earlier", later.At.Before(old.At), true), f.drain(),
			f.has(east, "a", "1", "new"), f.same("a"), f.failover(georep.Planned), f.put("a", "1", "newest"), f.drain(),
			f.has(west, "a", "1", "newest"), f.same("a"))
	})
}

// looksUp: the secondary stored a row, its answer was lost, and an unplanned failover comes.
func looksUp(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		f.faults.Next("apply", west, LostDone)
		f.faults.Next("apply", west, slices.Repeat([]Fault{NotSent}, 1000)...) // it cannot be repeated either
		err := errors.Join(f.put("a", "1", "there"), f.until("its answer is lost", func() bool {
			return f.told("apply-failed") > 0
		}), f.failover(georep.Unplanned))
		if err != nil {
			return err
		}
		return errors.Join(f.has(west, "a", "1", "there"), f.lost())
	})
}

// waitsForTheLook: nobody knows yet what became of the write when the failover is ordered.
func waitsForTheLook(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		f.faults.Next("apply", west, LostCall)
		f.faults.Next("holds", west, Hangs)
		err := errors.Join(f.put("a", "1", "not there"), f.until("the look hangs", func() bool {
			return f.faults.Hanging() == 1
		}), f.a.Failover(georep.Unplanned), f.until("it is down", func() bool {
			return f.a.Status().Phase == georep.Down
		}))
		if err != nil {
			return err
		}
		missing := f.a.Missing()
		f.faults.Release()
		return errors.Join(f.until("it is over", func() bool { return f.a.Status().Primary == west }), f.has(west, "a"),
			f.lost(missing...), eq("writes that are missing", len(missing), 1))
	})
}

// resolves: each way in which a write to the primary may end without an answer.
func resolves(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		for i, fault := range []Fault{LostDone, LostCall} {
			f.faults.Next("send", east, fault)
			f.faults.Next("holds", east, NotSent)
			row := fmt.Sprint(i)
			if err := f.put("a", row, "value"); err == nil {
				return errors.New("a write without an answer was acknowledged")
			}
		}
		if err := errors.Join(f.put("a", "2", "value"), f.drain()); err != nil { // it waits for those before it
			return err
		}
		return errors.Join(f.has(east, "a", "0", "value", "2", "value"), f.same("a"))
	})
}

// dropsTheSilent: a primary that does not answer holds an unplanned failover up for a moment only.
func dropsTheSilent(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		f.faults.Next("send", east, Hangs)
		ended := f.s.NewEvent()
		var err error
		f.s.Go("write", func() { defer ended.Set(); err = f.put("a", "1", "silent") })
		if e := f.until("the write hangs", func() bool { return f.faults.Hanging() == 1 }); e != nil {
			return e
		}
		began := f.s.Now()
		if e := f.failover(georep.Unplanned); e != nil {
			return e
		}
		took := f.s.Now().Sub(began)
		_ = ended.Wait(f.ctx)
		if err == nil {
			return errors.New("a write that the primary never answered was acknowledged")
		}
		if took > 10*time.Second {
			return fmt.Errorf("the failover took %v", took)
		}
		return f.has(west, "a")
	})
}

// callsOff: the secondary's storage hangs in the middle of a repeated write.
func callsOff(h Harness) error {
	o := account.Options{Geo: georep.Options{Windows: georep.Windows{GiveUp: 500 * time.Millisecond}}}
	return with(h, o, func(f *fixture) error {
		f.faults.Next("apply", west, Hangs)
		if err := f.put("a", "1", "one"); err != nil {
			return err
		}
		if err := f.until("the repetition hangs", func() bool { return f.faults.Hanging() == 1 }); err != nil {
			return err
		}
		for i, k := range []georep.Kind{georep.Planned, georep.Unplanned} {
			if err := f.a.Failover(k); err != nil {
				return err
			}
			err := f.until("it is called off", func() bool {
				return f.told("called-off") == i+1 && f.a.Endpoints().
					Primary == account.Endpoint{Region: east, Availability: account.Serving}
			})
			if err != nil {
				return err
			}
			if err := f.put("b", "1", "goes on"); err != nil {
				return err
			}
		}
		f.faults.Release()
		return errors.Join(f.drain(), f.same("a", "b"), f.has(west, "a", "1", "one"), f.failover(georep.Planned))
	})
}

// leavesTheSilent: a write hangs at the primary through a planned failover that is called off.
func leavesTheSilent(h Harness) error {
	o := account.Options{Geo: georep.Options{Windows: georep.Windows{GiveUp: 500 * time.Millisecond}}}
	return with(h, o, func(f *fixture) error {
		f.faults.Next("send", east, Hangs)
		ended := f.s.NewEvent()
		f.s.Go("write", func() { defer ended.Set(); _ = f.put("a", "1", "silent") })
		err := errors.Join(f.until("the write hangs", func() bool { return f.faults.Hanging() == 1 }),
			f.a.Failover(georep.Planned), f.until("it is called off", func() bool { return f.told("called-off") == 1 }))
		if err != nil {
			return err
		}
		// GiveUp is shorter than the second for which a silent primary is waited for: so often it may be called off
		for range 10 {
			live := f.until("it is live", func() bool { return f.a.Status().State == georep.Live })
			if err := errors.Join(live, f.a.Failover(georep.Unplanned)); err != nil {
				return err
			}
			if err := f.until("it is over", func() bool { return f.a.Status().Phase == georep.Steady }); err != nil {
				return err
			}
			if f.a.Status().Primary == west {
				break
			}
		}
		err = eq("primary", f.a.Status().Primary, west)
		_ = ended.Wait(f.ctx)
		return err
	})
}

// doubtsTheLost: the primary comes back without what it had, and is restarted once more, while it is left.
func doubtsTheLost(h Harness) error {
	o := account.Options{Geo: georep.Options{Windows: georep.Windows{Announce: 300 * time.Millisecond}}}
	return with(h, o, func(f *fixture) error {
		err := errors.Join(f.put("a", "1", "one"), f.drain(), f.a.Failover(georep.Planned))
		if err != nil {
			return err
		}
		for _, lost := range []bool{true, false} {
			f.a.Doubt(east)
			f.a.Back(east, lost)
			f.a.Renew()
		}
		if _, err := f.of.Wipe(f.ctx, east); err != nil {
			return err
		}
		return errors.Join(eq("the primary", f.a.Endpoints().Primary.Availability, account.Lost),
			f.until("it is over", func() bool { return f.a.Status().Primary == west }), f.drain(), f.same("a"),
			f.has(east, "a", "1", "one"), eq("copies made anew", f.told("resync"), 1))
	})
}

// tellsTheWaiting: a write that has arrived is all that Drained waits for.
func tellsTheWaiting(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		ticket, err := f.a.Arrive(east, georep.Table)
		if err != nil {
			return err
		}
		told := f.s.NewEvent()
		f.s.Go("wait", func() { err = f.drain(); told.Set() })
		_ = f.s.Sleep(f.ctx, 50*time.Millisecond)
		f.a.Abandon(ticket)
		ctx, cancel := f.s.WithTimeout(f.ctx, 10*time.Second)
		defer cancel()
		return errors.Join(told.Wait(ctx), err)
	})
}

// servicesApart: east's queues are out.
func servicesApart(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		f.cut(georep.Queue, georep.Reach{Primary: false, Secondary: true, Link: true})
		before := f.a.Stats(georep.Table).LastSync
		if err := errors.Join(f.put("a", "1", "one"), f.drain(), f.has(west, "a", "1", "one")); err != nil {
			return err
		}
		err := f.until("the Last Sync Time of the tables goes on", func() bool {
			return f.a.Stats(georep.Table).LastSync.After(before)
		})
		return errors.Join(err, f.failover(georep.Planned), eq("primary", f.a.Status().Primary, west))
	})
}

func copiesAll(h Harness) error {
	return with(h, account.Options{CopyRate: 200}, func(f *fixture) error {
		for i := range 20 {
			if err := f.put(fmt.Sprint(i%3), fmt.Sprint(i), "old"); err != nil {
				return err
			}
		}
		for i := range 3 {
			if err := f.put(fmt.Sprint(i), "still", "there"); err != nil {
				return err
			}
		}
		if err := errors.Join(f.drain(), f.failover(georep.Unplanned), f.until("east is empty", func() bool {
			return f.told("wiped") > 0
		})); err != nil {
			return err
		}
		f.faults.Next("copy", east, NotSent, LostDone)
		if err := f.a.Reenable(east); err != nil {
			return err
		}
		for i := range 20 { // what is written meanwhile arrives too, in its order
			if err := f.put(fmt.Sprint(i%3), fmt.Sprint(i), "new"); err != nil {
				return err
			}
			if i%5 == 0 {
				if _, err := f.write(part(fmt.Sprint(i%3)), Op{Delete, fmt.Sprint(i), ""}); err != nil {
					return err
				}
			}
		}
		return errors.Join(f.drain(), f.same("0", "1", "2"), f.has(east, "0", "3", "new", "6", "new", "9", "new",
			"12", "new", "18", "new", "still", "there"), eq("state", f.a.Status().State, georep.Live))
	})
}

func copiesNoDeleted(h Harness) error {
	return with(h, account.Options{CopyRate: 20}, func(f *fixture) error {
		for i := range 10 {
			if err := f.put("a", fmt.Sprint(i), "old"); err != nil {
				return err
			}
		}
		if err := errors.Join(f.drain(), f.failover(georep.Unplanned), f.a.Reenable(east)); err != nil {
			return err
		}
		if err := f.until("the copy has begun", func() bool { return f.told("listed") > 0 }); err != nil {
			return err
		}
		for _, kind := range []Kind{Drop, Make} {
			if _, err := f.write(table("readings"), Op{Kind: kind}); err != nil {
				return err
			}
		}
		return errors.Join(f.put("a", "1", "new"), f.drain(), f.same("a"), f.has(east, "a", "1", "new"))
	})
}

func wipes(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		if err := errors.Join(f.put("a", "1", "one"), f.put("b", "1", "one"), f.drain()); err != nil {
			return err
		}
		f.faults.Next("wipe", east, NotSent, LostDone)
		if err := errors.Join(f.failover(georep.Unplanned), f.until("east is wiped", func() bool {
			return f.told("wiped") == 1
		})); err != nil {
			return err
		}
		return errors.Join(f.has(east, "a"), f.has(east, "b"), f.has(west, "a", "1", "one"))
	})
}

// renews: the secondary's storage is killed and comes back, perhaps with something else than it had.
func renews(h Harness) error {
	return with(h, account.Options{}, func(f *fixture) error {
		if err := errors.Join(f.put("a", "1", "one"), f.drain()); err != nil {
			return err
		}
		f.a.Doubt(west)
		if err := errors.Join(eq("state", f.a.Status().State, georep.Bootstrap), eq("secondary",
			f.a.Endpoints().Secondary.Availability, account.Absent)); err != nil {
			return err
		}
		if _, err := f.of.Wipe(f.ctx, west); err != nil {
			return err
		}
		if err := f.put("a", "2", "meanwhile"); err != nil {
			return err
		}
		f.a.Back(west, true)
		f.a.Renew()
		return errors.Join(f.drain(), f.same("a"), f.has(west, "a", "1", "one", "2", "meanwhile"), eq("state",
			f.a.Status().State, georep.Live))
	})
}

// beginsInBootstrap: the folder of the primary's storage was kept.
func beginsInBootstrap(h Harness) error {
	for _, p := range []struct {
		at  georep.Partition
		ops []Op
	}{{table("readings"), []Op{{Kind: Make}}}, {part("a"), []Op{{Upsert, "1", "kept"}}}} {
		stamp := h.Sched.Now().Truncate(georep.Resolution)
		e := georep.Entry{Partition: p.at, At: stamp}
		if err := h.Storage.Apply(context.Background(), east, e, h.Storage.Write(p.at, stamp, p.ops...)); err != nil {
			return err
		}
	}
	return with(h, account.Options{Geo: georep.Options{Bootstrap: true}}, func(f *fixture) error {
		return errors.Join(f.put("a", "2", "new"), f.drain(), f.same("a"), f.has(west, "a", "1", "kept", "2", "new"))
	})
}
