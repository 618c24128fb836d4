package journaltest_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// twin is a memory journal of which some operations are replaced by broken ones. Those that are nil are sound.
type twin struct {
	*memory.Journal
	append   func(ctx context.Context, a journal.Append) (journal.Stored, error)
	read     func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error]
	index    func(ix journal.Index) journal.Index
	drop     func(ctx context.Context, s telemetry.Stream, through telemetry.Number) error
	end      func(ctx context.Context, s telemetry.Stream) (journal.State, error)
	seal     func(err error) error
	fill     func(err error) error
	init     func(err error) error
	register func(err error) error
	prepare  func(err error) error
	shard    func(s telemetry.Shard) telemetry.Shard
	expire   func(ctx context.Context, before telemetry.Day) error
	advance  func(ctx context.Context, s telemetry.Shard, to telemetry.Day) error
}

func (t *twin) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if t.append != nil {
		return t.append(ctx, a)
	}
	return t.Journal.Append(ctx, a)
}

func (t *twin) Read(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	if t.read != nil {
		return t.read(ctx, s, after)
	}
	return t.Journal.Read(ctx, s, after)
}

func (t *twin) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	ix, err := t.Journal.Index(ctx, of, day)
	if t.index != nil && err == nil {
		ix = t.index(ix)
	}
	return ix, err
}

func (t *twin) Drop(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
	if t.drop != nil {
		return t.drop(ctx, s, through)
	}
	return t.Journal.Drop(ctx, s, through)
}

func (t *twin) End(ctx context.Context, s telemetry.Stream) (journal.State, error) {
	if t.end != nil {
		return t.end(ctx, s)
	}
	return t.Journal.End(ctx, s)
}

func (t *twin) Seal(ctx context.Context, s telemetry.Stream, last telemetry.Number) error {
	return through(t.seal, t.Journal.Seal(ctx, s, last))
}

func (t *twin) Fill(ctx context.Context, s telemetry.Stream, e journal.Entry) error {
	return through(t.fill, t.Journal.Fill(ctx, s, e))
}

func (t *twin) Init(ctx context.Context, p journal.Place) error {
	return through(t.init, t.Journal.Init(ctx, p))
}

func (t *twin) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	if t.shard != nil {
		s = t.shard(s)
	}
	return through(t.register, t.Journal.Register(ctx, s, day))
}

func (t *twin) Advance(ctx context.Context, s telemetry.Shard, to telemetry.Day) error {
	if t.advance != nil {
		return t.advance(ctx, s, to)
	}
	return t.Journal.Advance(ctx, s, to)
}

func (t *twin) Prepare(ctx context.Context, day telemetry.Day) error {
	return through(t.prepare, t.Journal.Prepare(ctx, day))
}

func (t *twin) Expire(ctx context.Context, before telemetry.Day) error {
	if t.expire != nil {
		return t.expire(ctx, before)
	}
	return t.Journal.Expire(ctx, before)
}

// through lets f change an outcome.
func through(f func(error) error, err error) error {
	if f == nil {
		return err
	}
	return f(err)
}

// forgive makes a success of one kind of error.
func forgive(k fault.Kind) func(error) error {
	return func(err error) error {
		if fault.Is(err, k) {
			return nil
		}
		return err
	}
}

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
			return func(yield func(journal.Entry, error) bool) {
				for e, err := range t.Journal.Read(ctx, s, after) {
					if (err != nil || f(&e)) && !yield(e, err) {
						return
					}
				}
			}
		}
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
			return journal.State{Stream: s, Ended: true}, nil
		}
		return t.Journal.End(ctx, s)
	}
}

// staleEnd lets an append that looked before the end believe that it succeeded.
func staleEnd(t *twin, s sched.Scheduler) {
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		ix, _ := t.Journal.Index(ctx, a.At.Stream.Shard, a.At.Stream.Day)
		open := !slices.ContainsFunc(ix.Streams, func(st journal.State) bool { return st.Stream == a.At.Stream && st.Ended })
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

// aheadOfTime says that blocks were stored before they were.
func aheadOfTime(t *twin, _ sched.Scheduler) {
	t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
		stored, err := t.Journal.Append(ctx, a)
		stored.By = stored.By.Add(-time.Minute)
		return stored, err
	}
}

var twins = []broken{
	{"acknowledges other bytes under a taken number", []string{"repetition", "one number, many writers", "model"}, forgivingAppend(fault.Conflict)},
	{"takes appends after the end", []string{"end", "end unborn", "void", "index hides finished streams"}, forgivingAppend(fault.Conflict)},
	{"looks for the end before it appends", []string{"end against append"}, staleEnd},
	{"forgets the mark", []string{"drop", "index hides finished streams", "marks never fall", "model"}, lookWrong(func(st *journal.State) { st.Mark = 0 })},
	{"moves the mark down", []string{"drop", "drop sweeps", "marks never fall", "model"}, markFalls},
	{"keeps the caller's buffer", []string{"aliasing"}, aliasAppend},
	{"gives away its own buffer", []string{"aliasing"}, aliasRead},
	{"has one version for ever", []string{"index version", "marks never fall", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index { ix.Version = ""; return ix }
	}},
	{"changes the version with every answer", []string{"index version", "model"}, func(t *twin, _ sched.Scheduler) {
		n := 0
		t.index = func(ix journal.Index) journal.Index { n++; ix.Version = fmt.Sprint(n); return ix }
	}},
	{"deletes blocks before the mark moves", []string{"drop moves the mark first"}, sweepFirst},
	{"does not sweep late arrivals", []string{"drop sweeps"}, sweepsNothing},
	{"drops beyond the last number", []string{"drop of a sealed stream", "model"}, func(t *twin, _ sched.Scheduler) {
		t.drop = func(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
			return forgive(fault.Invalid)(t.Journal.Drop(ctx, s, n))
		}
	}},
	{"does not know that a stream is unknown", []string{"absence"}, func(t *twin, _ sched.Scheduler) {
		t.drop = func(ctx context.Context, s telemetry.Stream, n telemetry.Number) error {
			return forgive(fault.NotFound)(t.Journal.Drop(ctx, s, n))
		}
	}},
	{"ends only what was born", []string{"end unborn", "model"}, endForgetsUnborn},
	{"fills over a block", []string{"fill refused", "model"}, func(t *twin, _ sched.Scheduler) { t.fill = forgive(fault.Conflict) }},
	{"fills open and sealed streams", []string{"absence", "fill refused", "model"}, func(t *twin, _ sched.Scheduler) { t.fill = forgive(fault.Invalid) }},
	{"seals twice", []string{"seal", "model"}, func(t *twin, _ sched.Scheduler) { t.seal = forgive(fault.Conflict) }},
	{"seals open streams", []string{"seal", "model"}, func(t *twin, _ sched.Scheduler) { t.seal = forgive(fault.Invalid) }},
	{"lists finished streams", []string{"index hides finished streams", "model"}, showFinished},
	{"lists in any order", []string{"index", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index { slices.Reverse(ix.Streams); return ix }
	}},
	{"hides ended streams", []string{"index hides finished streams", "end", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index {
			ix.Streams = slices.DeleteFunc(ix.Streams, func(st journal.State) bool { return st.Ended })
			return ix
		}
	}},
	{"says that an ended stream was touched", []string{"end", "model"}, lookWrong(func(st *journal.State) { st.Touched = time.Unix(1, 0) })},
	{"refuses a birth that was made", []string{"birth twice", "repetition"}, secondBirth},
	{"gives birth with number 1 only", []string{"birth overtaken", "model"}, strictBirth},
	{"believes every Continues", []string{"continues", "model"}, lateContinues},
	{"stops at a hole", []string{"holes", "fill"}, func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return func(yield func(journal.Entry, error) bool) {
				for e, err := range t.Journal.Read(ctx, s, after) {
					if after++; err == nil && e.Number != after || !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{"sorts numbers as text", []string{"append and read", "many blocks"}, func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return func(yield func(journal.Entry, error) bool) {
				var all []journal.Entry
				for e, err := range t.Journal.Read(ctx, s, after) {
					if err != nil {
						yield(e, err)
						return
					}
					all = append(all, e)
				}
				slices.SortFunc(all, func(a, b journal.Entry) int { return strings.Compare(fmt.Sprint(a.Number), fmt.Sprint(b.Number)) })
				for _, e := range all {
					if !yield(e, nil) {
						return
					}
				}
			}
		}
	}},
	{"reads from a number, not above it", []string{"append and read"}, func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return t.Journal.Read(ctx, s, max(after, 1)-1)
		}
	}},
	{"reads one page", []string{"many blocks"}, func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return func(yield func(journal.Entry, error) bool) {
				n := 0
				for e, err := range t.Journal.Read(ctx, s, after) {
					if n++; n > 1000 || !yield(e, err) {
						return
					}
				}
			}
		}
	}},
	{"cuts numbers to 32 bits", []string{"append and read"}, misread(func(e *journal.Entry) bool { e.Number &= math.MaxUint32; return true })},
	{"forgets the second row", []string{"bounds"}, misread(func(e *journal.Entry) bool { e.Block = e.Block[:min(len(e.Block), 960<<10)]; return true })},
	{"leaves voids out", []string{"void", "fill refused"}, misread(func(e *journal.Entry) bool { return !e.Void })},
	{"takes too much", []string{"bounds"}, forgivingAppend(fault.TooLarge)},
	{"takes too little", []string{"bounds"}, func(t *twin, _ sched.Scheduler) {
		t.append = func(ctx context.Context, a journal.Append) (journal.Stored, error) {
			if len(a.Block) >= telemetry.MaxBlockBytes {
				return journal.Stored{}, fault.New(fault.TooLarge, "twin", "too large")
			}
			return t.Journal.Append(ctx, a)
		}
	}},
	{"mistakes done for not done", []string{"faults"}, misreport(fault.Indeterminate, fault.Unavailable)},
	{"acknowledges what it does not know", []string{"faults"}, misreport(fault.Indeterminate, 0)},
	{"heeds no context", []string{"canceled"}, misreport(fault.Canceled, fault.Internal)},
	{"goes on after an error", []string{"faults of reads", "canceled"}, twoErrors},
	{"has one case", []string{"names"}, meet(strings.ToLower)},
	{"cuts names", []string{"names"}, meet(func(s string) string { return s[:min(len(s), 255)] })},
	{"makes separators of names equal", []string{"names"}, meet(func(s string) string { return strings.ReplaceAll(s, "|", ",") })},
	{"dates blocks back", []string{"clock"}, aheadOfTime},
	{"moves to another place", []string{"identity", "directory races"}, func(t *twin, _ sched.Scheduler) { t.init = forgive(fault.Conflict) }},
	{"registers days that have passed", []string{"register"}, func(t *twin, _ sched.Scheduler) { t.register = forgive(fault.Conflict) }},
	{"prepares expired days again", []string{"expire"}, func(t *twin, _ sched.Scheduler) { t.prepare = forgive(fault.Conflict) }},
	{"expires nothing", []string{"expire", "faults"}, func(t *twin, _ sched.Scheduler) {
		t.expire = func(context.Context, telemetry.Day) error { return nil }
	}},
	{"expires the present", []string{"expire"}, func(t *twin, _ sched.Scheduler) {
		t.expire = func(ctx context.Context, before telemetry.Day) error { return t.Journal.Expire(ctx, before+1) }
	}},
	{"does not advance", []string{"register", "directory races"}, func(t *twin, _ sched.Scheduler) {
		t.advance = func(context.Context, telemetry.Shard, telemetry.Day) error { return nil }
	}},
}
