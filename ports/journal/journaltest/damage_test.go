package journaltest_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// broken is one way to be wrong and the case that has to notice it, whatever the others do.
type broken struct {
	name   string
	notice []string
	damage func(t *twin, s sched.Scheduler)
}

// forgivingAppend reports success where the journal refuses with a kind.
func forgivingAppend(k fault.Kind) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			stored, err := t.Journal.Append(ctx, a)
			return stored, forgive(k)(err)
		}
	}
}

// lookWrong changes what the index says of every stream.
func lookWrong(f func(st *journal.State)) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index {
			for i := range ix.Streams {
				f(&ix.Streams[i])
			}
			return ix
		}
	}
}

// misread changes what Read yields of each entry; false leaves it out.
func misread(f func(e *journal.Entry) bool) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return seen(t.Journal.Read(ctx, s, after), f)
		}
	}
}

// mishead changes what Heads yields of each head; false leaves it out.
func mishead(f func(h *journal.Head) bool) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.heads = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
			return seen(t.Journal.Heads(ctx, s, after), f)
		}
	}
}

// seen is what f makes of what is yielded; false leaves it out.
func seen[E any](seq iter.Seq2[E, error], f func(*E) bool) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for e, err := range seq {
			if (err != nil || f(&e)) && !yield(e, err) {
				return
			}
		}
	}
}

// misstamp changes what appends say of the stamp.
func misstamp(f func(telemetry.Stamp) telemetry.Stamp) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			a.Stamp = f(a.Stamp)
			return t.Journal.Append(ctx, a)
		}
	}
}

// stampsLast says of a block the stamp that was said last.
func stampsLast(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	said := map[telemetry.Position]telemetry.Stamp{}
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		mu.Lock()
		said[a.At] = a.Stamp
		mu.Unlock()
		return t.Journal.Append(ctx, a)
	}
	t.heads = func(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
		return seen(t.Journal.Heads(ctx, of, after), func(h *journal.Head) bool {
			mu.Lock()
			defer mu.Unlock()
			if stamp, ok := said[telemetry.Position{Stream: of, Number: h.Number}]; ok {
				h.Stamp = stamp
			}
			return true
		})
	}
}

// stampsCompared takes a block with another stamp for another block.
func stampsCompared(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	said := map[telemetry.Position]telemetry.Stamp{}
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		mu.Lock()
		first, again := said[a.At]
		said[a.At] = a.Stamp
		mu.Unlock()
		if again && first != a.Stamp {
			return journal.Stored{}, fault.New(fault.Conflict, "twin", "another stamp")
		}
		return t.Journal.Append(ctx, a)
	}
}

// misreport lets a twin report another kind, or success, where a write failed with one.
func misreport(from, to fault.Kind) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		lie := func(err error) error {
			if fault.Is(err, from) && to == 0 {
				return nil
			}
			if fault.Is(err, from) {
				return fault.New(to, "twin", "misreported")
			}
			return err
		}
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			stored, err := t.Journal.Append(ctx, a)
			return stored, lie(err)
		}
		t.seal, t.fill, t.register, t.init = lie, lie, lie, lie
	}
}

func aliasRead(t *twin, _ sched.Scheduler) {
	var mu sync.Mutex
	kept := map[telemetry.Position][]byte{}
	t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
		return func(yield func(journal.Entry, error) bool) {
			for e, err := range t.Journal.Read(ctx, s, after) {
				at := telemetry.Position{Stream: s, Number: e.Number}
				mu.Lock()
				if held, ok := kept[at]; ok {
					e.Block = held
				}
				kept[at] = e.Block
				mu.Unlock()
				if !yield(e, err) {
					return
				}
			}
		}
	}
}

func aliasAppend(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	kept := map[string][]byte{}
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		mu.Lock()
		kept[string(a.Block)] = a.Block
		mu.Unlock()
		return t.Journal.Append(ctx, a)
	}
	misread(func(e *journal.Entry) bool {
		mu.Lock()
		defer mu.Unlock()
		if held, ok := kept[string(e.Block)]; ok {
			e.Block = bytes.Clone(held)
		}
		return true
	})(t, s)
}

// sweepFirst hides the blocks before the mark moves.
func sweepFirst(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	gone := map[telemetry.Stream]telemetry.Number{}
	t.drop = func(ctx context.Context, of telemetry.Stream, through telemetry.Number) error {
		mu.Lock()
		gone[of] = max(gone[of], through)
		mu.Unlock()
		for range 3 {
			_ = s.Sleep(ctx, 0)
		}
		return t.Journal.Drop(ctx, of, through)
	}
	t.read = func(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
		mu.Lock()
		defer mu.Unlock()
		return t.Journal.Read(ctx, of, max(after, gone[of]))
	}
}

// markFalls says the number of the last drop, whatever the mark is.
func markFalls(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	last := map[telemetry.Stream]telemetry.Number{}
	t.drop = func(ctx context.Context, of telemetry.Stream, through telemetry.Number) error {
		err := t.Journal.Drop(ctx, of, through)
		mu.Lock()
		defer mu.Unlock()
		last[of] = through
		return err
	}
	lookWrong(func(st *journal.State) {
		mu.Lock()
		defer mu.Unlock()
		if through, ok := last[st.Stream]; ok {
			st.Mark = through
		}
	})(t, s)
}

// sweepsNothing forgets late arrivals.
func sweepsNothing(t *twin, _ sched.Scheduler) {
	var mu sync.Mutex
	marks := map[telemetry.Stream]telemetry.Number{}
	t.drop = func(ctx context.Context, of telemetry.Stream, through telemetry.Number) error {
		mu.Lock()
		again := through <= marks[of]
		marks[of] = max(marks[of], through)
		mu.Unlock()
		if again {
			return nil
		}
		return t.Journal.Drop(ctx, of, through)
	}
}

// known says whether a stream was born or ended.
func known(ctx context.Context, j *memory.Journal, s telemetry.Stream) bool {
	ix, _ := j.Index(ctx, s.Shard, s.Day)
	return slices.ContainsFunc(ix.Streams, func(st journal.State) bool { return st.Stream == s })
}

func endForgetsUnborn(t *twin, _ sched.Scheduler) {
	t.end = func(ctx context.Context, s telemetry.Stream) (journal.State, error) {
		if !known(ctx, t.Journal, s) {
			return journal.State{Stream: s, State: stream.Of(true, false, 0, 0, time.Time{})}, nil
		}
		return t.Journal.End(ctx, s)
	}
}

// staleEnd lets an append that looked before the end believe that it succeeded.
func staleEnd(t *twin, s sched.Scheduler) {
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		ix, _ := t.Journal.Index(ctx, a.At.Stream.Shard, a.At.Stream.Day)
		open := !slices.ContainsFunc(ix.Streams, func(st journal.State) bool {
			return st.Stream == a.At.Stream &&
				st.HasEnded()
		})
		stored, err := t.Journal.Append(ctx, a)
		if open {
			err = forgive(fault.Conflict)(err)
		}
		return stored, err
	}
}

// showFinished goes on listing streams that are finished.
func showFinished(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	var ended []journal.State
	t.end = func(ctx context.Context, s telemetry.Stream) (journal.State, error) {
		st, err := t.Journal.End(ctx, s)
		mu.Lock()
		defer mu.Unlock()
		ended = append(ended, st)
		return st, err
	}
	t.index = func(ix journal.Index) journal.Index {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range ended {
			if !slices.ContainsFunc(ix.Streams, func(st journal.State) bool { return st.Stream == e.Stream }) {
				ix.Streams = append(ix.Streams, e)
			}
		}
		return ix
	}
}

// secondBirth refuses a birth that somebody else already made, like an insert whose conflict is not looked at.
func secondBirth(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	born := map[telemetry.Stream]bool{}
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		mu.Lock()
		again := born[a.At.Stream] && a.At.Number == 1
		born[a.At.Stream] = true
		mu.Unlock()
		if again {
			return journal.Stored{}, fault.New(fault.Conflict, "twin", "born already")
		}
		return t.Journal.Append(ctx, a)
	}
}

// strictBirth gives birth with number 1 only.
func strictBirth(t *twin, _ sched.Scheduler) {
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		if a.At.Number > 1 && !known(ctx, t.Journal, a.At.Stream) {
			return journal.Stored{}, fault.New(fault.Conflict, "twin", "not born")
		}
		return t.Journal.Append(ctx, a)
	}
}

// lateContinues believes the last append's Continues.
func lateContinues(t *twin, s sched.Scheduler) {
	var mu sync.Mutex
	said := map[telemetry.Stream]telemetry.Stream{}
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		mu.Lock()
		said[a.At.Stream] = a.Continues
		mu.Unlock()
		return t.Journal.Append(ctx, a)
	}
	lookWrong(func(st *journal.State) {
		mu.Lock()
		defer mu.Unlock()
		st.Continues = said[st.Stream]
	})(t, s)
}

// twoErrors goes on after an error.
func twoErrors(t *twin, _ sched.Scheduler) {
	t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
		return func(yield func(journal.Entry, error) bool) {
			for e, err := range t.Journal.Read(ctx, s, after) {
				if !yield(e, err) || err != nil && !yield(e, err) {
					return
				}
			}
		}
	}
}

// meet lets tenants meet whose names a codec makes equal.
func meet(fold func(string) string) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			a.At.Stream.Shard.Tenant = telemetry.Tenant(fold(string(a.At.Stream.Shard.Tenant)))
			return t.Journal.Append(ctx, a)
		}
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			s.Shard.Tenant = telemetry.Tenant(fold(string(s.Shard.Tenant)))
			return t.Journal.Read(ctx, s, after)
		}
		t.shard = func(s telemetry.Shard) telemetry.Shard {
			s.Tenant = telemetry.Tenant(fold(string(s.Tenant)))
			return s
		}
	}
}

// redate changes what appends say of the time.
func redate(change func(*journal.Stored)) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			stored, err := t.Journal.Append(ctx, a)
			change(&stored)
			return stored, err
		}
	}
}

// atMark answers appends at or below the mark by itself.
func atMark(answer error) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		var mu sync.Mutex
		marks := map[telemetry.Stream]telemetry.Number{}
		t.drop = func(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
			err := t.Journal.Drop(ctx, s, n)
			mu.Lock()
			defer mu.Unlock()
			marks[s] = max(marks[s], n)
			return err
		}
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			mu.Lock()
			below := a.At.Number <= marks[a.At.Stream]
			mu.Unlock()
			if below {
				return journal.Stored{}, answer
			}
			return t.Journal.Append(ctx, a)
		}
	}
}

// reversion changes the versions of streams, wherever they are said.
func reversion(f func(ctx context.Context, t *twin, st *journal.State)) func(*twin, sched.Scheduler) {
	return func(t *twin, s sched.Scheduler) {
		lookWrong(func(st *journal.State) { f(context.Background(), t, st) })(t, s)
		t.state = func(st journal.State) journal.State { f(context.Background(), t, &st); return st }
		t.end = func(ctx context.Context, s telemetry.Stream) (journal.State, error) {
			st, err := t.Journal.End(ctx, s)
			f(ctx, t, &st)
			return st, err
		}
	}
}

// lastNumber makes a version of the life and the highest number.
func lastNumber(ctx context.Context, t *twin, st *journal.State) {
	last := telemetry.Number(0)
	for h := range t.Journal.Heads(ctx, st.Stream, st.Mark) {
		last = h.Number
	}
	st.Version = fmt.Sprint(st.Life, last)
}

// staleSeal looks at the version before it seals, instead of when.
func staleSeal(t *twin, s sched.Scheduler) {
	t.sealing = func(ctx context.Context, of telemetry.Stream, last telemetry.Number, unchanged string) error {
		st, err := t.Journal.End(ctx, of)
		if err == nil && unchanged != "" && st.Version != unchanged && st.Life == stream.Ended {
			err = fault.New(fault.Conflict, "twin", "changed")
		}
		for range 2 {
			_ = s.Sleep(ctx, 0)
		}
		if err != nil {
			return err
		}
		return t.Journal.Seal(ctx, of, last, "")
	}
}

// misstate changes what the journal says of one stream.
func misstate(f func(st *journal.State)) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.state = func(st journal.State) journal.State { f(&st); return st }
	}
}

// lastChange takes every change as one of what there is.
func lastChange(t *twin, _ sched.Scheduler) {
	t.change = func(ctx context.Context, _, to journal.Place) error {
		p, err := t.Journal.Identity(ctx)
		if err != nil {
			return err
		}
		return t.Journal.Change(ctx, p, to)
	}
}

// mistell changes what the journal says of its identity.
func mistell(f func(p *journal.Place)) func(*twin, sched.Scheduler) {
	return func(t *twin, _ sched.Scheduler) {
		t.told = func(p journal.Place) journal.Place { f(&p); return p }
	}
}

// sharedList gives away the list that it keeps.
func sharedList(t *twin, _ sched.Scheduler) {
	var kept journal.Place
	t.told = func(p journal.Place) journal.Place {
		if len(kept.Retired) != len(p.Retired) {
			kept = p
		}
		p.Retired = kept.Retired
		return p
	}
}
