package journaltest_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

var looks int // of one twin

// twins is every way of being wrong that the proof has to notice.
var twins = []broken{
	{"acknowledges other bytes under a taken number", []string{"repetition", "one number, many writers", "model"},
		forgivingAppend(fault.Conflict)},
	{"takes appends after the end", []string{"end", "end unborn", "void", "index hides finished streams"},
		forgivingAppend(fault.Conflict)},
	{"looks for the end before it appends", []string{"end against append"}, staleEnd},
	{"forgets the mark", []string{"drop", "index hides finished streams", "marks never fall", "model"},
		lookWrong(func(st *journal.State) { st.Mark = 0 })},
	{"moves the mark down", []string{"drop", "drop sweeps", "marks never fall", "model"}, markFalls},
	{"keeps the caller's buffer", []string{"aliasing"}, aliasAppend},
	{"gives away its own buffer", []string{"aliasing"}, aliasRead},
	{"has one version for ever", []string{"index version", "marks never fall", "model"},
		func(t *twin, _ sched.Scheduler) {
			t.index = func(ix journal.Index) journal.Index { ix.Version = ""; return ix }
		}},
	{"changes the version with every answer", []string{"index version", "model"}, func(t *twin, _ sched.Scheduler) {
		n := 0
		t.index = func(ix journal.Index) journal.Index { n++; ix.Version = fmt.Sprint(n); return ix }
	}},
	{"gives a version again", []string{"index version", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index {
			if n := len(ix.Version); n > 0 {
				ix.Version = fmt.Sprint(ix.Version[n-1] % 2)
			}
			return ix
		}
	}},
	{"takes a dropped void for a block", []string{"void"}, atMark(nil)},
	{"compares below the mark", []string{"drop sweeps", "model"}, atMark(fault.New(fault.Conflict, "twin", "dropped"))},
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
	{"fills over a block", []string{"fill refused", "model"},
		func(t *twin, _ sched.Scheduler) { t.fill = forgive(fault.Conflict) }},
	{"fills open and sealed streams", []string{"absence", "fill refused", "model"},
		func(t *twin, _ sched.Scheduler) { t.fill = forgive(fault.Invalid) }},
	{"seals twice", []string{"seal", "model"}, func(t *twin, _ sched.Scheduler) { t.seal = forgive(fault.Conflict) }},
	{"seals open streams", []string{"seal", "model"}, func(t *twin,
		_ sched.Scheduler) {
		t.seal = forgive(fault.Invalid)
	}},
	{"forgets what has finished", []string{"state of one stream"}, misstate(func(st *journal.State) {
		if st.HasFinished() {
			*st = journal.State{Stream: st.Stream}
		}
	})},
	{"takes what was never here for finished", []string{"state of one stream"},
		misstate(func(st *journal.State) {
			if !st.Born() {
				st.Life = stream.Finished
			}
		})},
	{"says of one stream no version", []string{"stream version", "end", "model"},
		misstate(func(st *journal.State) { st.Version = "" })},
	{"says of one stream no mark", []string{"state of one stream", "drop"},
		misstate(func(st *journal.State) { st.Mark = 0 })},
	{"says of one stream nothing of the one before", []string{"state of one stream", "continues"},
		misstate(func(st *journal.State) { st.Continues = telemetry.Stream{} })},
	{"has one version of a stream for ever", []string{"stream version", "stream version against appends"},
		reversion(func(_ context.Context, _ *twin, st *journal.State) { st.Version = "1" })},
	{"has no version of a stream", []string{"stream version", "stream version against appends", "end", "model"},
		reversion(func(_ context.Context, _ *twin, st *journal.State) { st.Version = "" })},
	{"has a version for each look", []string{"stream version", "seal of what has not changed"},
		reversion(func(_ context.Context, _ *twin, st *journal.State) { looks++; st.Version = fmt.Sprint(looks) })},
	{"versions a stream by its last number", []string{"stream version", "stream version against appends"},
		reversion(lastNumber)},
	{"versions a stream by its life", []string{"stream version"},
		reversion(func(_ context.Context, _ *twin, st *journal.State) { st.Version = st.Life.String() })},
	{"seals whatever changed", []string{"seal of what has not changed", "seal against fill"}, func(t *twin,
		_ sched.Scheduler) {
		t.sealing = func(ctx context.Context, s telemetry.Stream, last telemetry.Number, _ string) error {
			return t.Journal.Seal(ctx, s, last, "")
		}
	}},
	{"looks for a change before it seals", []string{"seal against fill"}, staleSeal},
	{"asks a sealed stream for its version", []string{"seal of what has not changed", "faults"}, func(t *twin,
		_ sched.Scheduler) {
		t.sealing = func(ctx context.Context, s telemetry.Stream, last telemetry.Number, unchanged string) error {
			if st, err := t.Journal.End(ctx, s); err == nil && unchanged != "" && st.Version != unchanged {
				return fault.New(fault.Conflict, "twin", "changed")
			}
			return t.Journal.Seal(ctx, s, last, unchanged)
		}
	}},
	{"lists finished streams", []string{"index hides finished streams", "model"}, showFinished},
	{"lists in any order", []string{"index", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index { slices.Reverse(ix.Streams); return ix }
	}},
	{"hides ended streams", []string{"index hides finished streams", "end", "model"}, func(t *twin, _ sched.Scheduler) {
		t.index = func(ix journal.Index) journal.Index {
			ix.Streams = slices.DeleteFunc(ix.Streams, func(st journal.State) bool { return st.HasEnded() })
			return ix
		}
	}},
	{"says that an ended stream was touched", []string{"end", "model"},
		lookWrong(func(st *journal.State) { st.Touched = time.Unix(1, 0) })},
	{"refuses a birth that was made", []string{"birth twice", "repetition"}, secondBirth},
	{"gives birth with number 1 only", []string{"birth overtaken", "model"}, strictBirth},
	{"believes every Continues", []string{"continues", "model"}, lateContinues},
	{"goes on with whichever generation is there", []string{"generations"}, func(t *twin, _ sched.Scheduler) {
		t.wipe = func() { t.Journal = t.Another() }
	}},
	{"finds nothing where its generation was", []string{"generations"}, func(t *twin, _ sched.Scheduler) {
		t.read = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
			return t.Another().Read(ctx, s, after)
		}
	}},
	{"drops from whichever generation is there", []string{"generations"}, func(t *twin, _ sched.Scheduler) {
		t.drop = func(ctx context.Context, s telemetry.Stream, through telemetry.Number) error {
			return t.Another().Drop(ctx, s, through)
		}
	}},
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
				slices.SortFunc(all, func(a, b journal.Entry) int {
					return strings.Compare(fmt.Sprint(a.Number),
						fmt.Sprint(b.Number))
				})
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
	{"cuts numbers to 32 bits", []string{"append and read"},
		misread(func(e *journal.Entry) bool { e.Number &= math.MaxUint32; return true })},
	{
		"forgets the second row", []string{"bounds"}, misread(
			func(e *journal.Entry) bool { e.Block = e.Block[:min(len(e.Block), 960<<10)]; return true })},
	{"leaves voids out", []string{"void", "fill refused"}, misread(func(e *journal.Entry) bool { return !e.Void })},
	{"has no stamps", []string{"stamps", "append and read"},
		misstamp(func(telemetry.Stamp) telemetry.Stamp { return 0 })},
	{"cuts stamps to 63 bits", []string{"stamps"},
		misstamp(func(s telemetry.Stamp) telemetry.Stamp { return s & math.MaxInt64 })},
	{"makes a stamp up", []string{"stamps"},
		misstamp(func(s telemetry.Stamp) telemetry.Stamp { return max(s, 1) })},
	{"keeps the last stamp", []string{"stamps"}, stampsLast},
	{"compares stamps", []string{"stamps"}, stampsCompared},
	{"has heads without stamps", []string{"stamps", "append and read"},
		mishead(func(h *journal.Head) bool { h.Stamp = 0; return true })},
	{"has no heads of voids", []string{"void", "fill refused", "model"},
		mishead(func(h *journal.Head) bool { return !h.Void })},
	{"has voids for heads", []string{"append and read"},
		mishead(func(h *journal.Head) bool { h.Void = true; return true })},
	{"has a page of heads", []string{"many blocks"}, func(t *twin, _ sched.Scheduler) {
		t.heads = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
			n := 0
			return seen(t.Journal.Heads(ctx, s, after), func(*journal.Head) bool { n++; return n <= 1000 })
		}
	}},
	{"has heads from a number, not above it", []string{"append and read", "holes"}, func(t *twin, _ sched.Scheduler) {
		t.heads = func(ctx context.Context, s telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Head, error] {
			return t.Journal.Heads(ctx, s, max(after, 1)-1)
		}
	}},
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
	{"makes separators of names equal", []string{"names"},
		meet(func(s string) string { return strings.ReplaceAll(s, "|", ",") })},
	{"dates blocks back", []string{"clock"}, redate(func(s *journal.Stored) { s.By = s.By.Add(-time.Minute) })},
	{"dates answers back", []string{"clock"}, redate(func(s *journal.Stored) { s.Now = s.Now.Add(-time.Minute) })},
	{"dates repetitions as if they stored", []string{"clock"}, redate(func(s *journal.Stored) { s.By = s.Now })},
	{"forgets its bound", []string{"identity", "identity without a bound"}, func(t *twin, _ sched.Scheduler) {
		t.place = func(p journal.Place) journal.Place { p.Bound = 0; return p }
	}},
	{"moves to another place", []string{"identity", "directory races"},
		func(t *twin, _ sched.Scheduler) { t.init = forgive(fault.Conflict) }},
	{"changes whatever there is", []string{"identity of a pair", "identity, many changes"}, lastChange},
	{"changes nothing twice", []string{"identity of a pair", "faults"}, func(t *twin, _ sched.Scheduler) {
		t.change = func(ctx context.Context, from, to journal.Place) error {
			if p, err := t.Journal.Identity(ctx); err == nil && !p.Equal(from) {
				return fault.New(fault.Conflict, "twin", "changed")
			}
			return t.Journal.Change(ctx, from, to)
		}
	}},
	{"changes what stays", []string{"identity that cannot be"}, func(t *twin, _ sched.Scheduler) {
		t.change = func(ctx context.Context, from, to journal.Place) error {
			return forgive(fault.Invalid)(t.Journal.Change(ctx, from, to))
		}
	}},
	{"takes any identity", []string{"identity that cannot be"},
		func(t *twin, _ sched.Scheduler) { t.init = forgive(fault.Invalid) }},
	{"forgets its peer", []string{"identity of a pair", "identity and names"},
		mistell(func(p *journal.Place) { p.Peer = journal.Peer{} })},
	{"forgets the generation of its peer", []string{"identity of a pair", "identity, many changes"},
		mistell(func(p *journal.Place) { p.Peer.Generation = "W1" })},
	{"believes that it is filled", []string{"identity of a pair"},
		mistell(func(p *journal.Place) { p.Unfilled = false })},
	{"forgets the shards", []string{"identity of a pair"}, mistell(func(p *journal.Place) { p.Shards = 0 })},
	{"cuts the key of cursors", []string{"identity of a pair"}, mistell(func(p *journal.Place) {
		p.CursorKey, _, _ = strings.Cut(p.CursorKey, "\x00")
	})},
	{"remembers the last that was retired", []string{"identity of a pair"}, mistell(func(p *journal.Place) {
		p.Retired = p.Retired[max(0, len(p.Retired)-1):]
	})},
	{"dates what was retired in seconds", []string{"identity of a pair"}, mistell(func(p *journal.Place) {
		for i, r := range p.Retired {
			p.Retired[i].At = r.At.Truncate(time.Second)
		}
	})},
	{"gives its list away", []string{"identity and names"}, sharedList},
	{"registers days that have passed", []string{"register"},
		func(t *twin, _ sched.Scheduler) { t.register = forgive(fault.Conflict) }},
	{"prepares expired days again", []string{"expire"},
		func(t *twin, _ sched.Scheduler) { t.prepare = forgive(fault.Conflict) }},
	{"expires nothing", []string{"expire", "faults"}, func(t *twin, _ sched.Scheduler) {
		t.expire = func(context.Context, telemetry.Day) error { return nil }
	}},
	{"expires the present", []string{"expire"}, func(t *twin, _ sched.Scheduler) {
		t.expire = func(ctx context.Context, before telemetry.Day) error { return t.Journal.Expire(ctx, before+1) }
	}},
	{"believes clocks that are ahead", []string{"clocks ahead"}, func(t *twin, s sched.Scheduler) {
		t.first = func(day telemetry.Day) telemetry.Day {
			if today := telemetry.DayOf(s.Now()); day == today-1 { // what the journal made of a month ahead
				return today + 29
			}
			return day
		}
	}},
	{"does not advance", []string{"register", "directory races"}, func(t *twin, _ sched.Scheduler) {
		t.advance = func(context.Context, journal.Registered, telemetry.Day) error { return nil }
	}},
	{"advances whatever was lowered", []string{"lower against advance"}, func(t *twin, _ sched.Scheduler) {
		t.advance = func(ctx context.Context, r journal.Registered, to telemetry.Day) error {
			for now := range t.Shards(ctx) {
				if now.Shard == r.Shard {
					r = now
				}
			}
			return t.Journal.Advance(ctx, r, to)
		}
	}},
	{"advances unless the day is another", []string{"lower against advance"}, func(t *twin, _ sched.Scheduler) {
		t.advance = func(ctx context.Context, r journal.Registered, to telemetry.Day) error {
			for now := range t.Shards(ctx) {
				if now.Shard == r.Shard && now.First == r.First {
					r = now
				}
			}
			return t.Journal.Advance(ctx, r, to)
		}
	}},
	{"keeps the last even time", []string{"even", "even, many changes"}, func(t *twin, _ sched.Scheduler) {
		last := map[journal.Peer]time.Time{}
		t.setEven = func(ctx context.Context, with journal.Peer, to time.Time) error {
			err := t.Journal.SetEven(ctx, with, to)
			if err == nil {
				last[with] = to
			}
			return err
		}
		t.even = func(e journal.Even) journal.Even {
			e.Time = last[journal.Peer{Region: "west", Generation: "W1"}]
			return e
		}
	}},
	{"has one even time of all pairs", []string{"even of several pairs"}, func(t *twin, _ sched.Scheduler) {
		var latest time.Time
		t.setEven = func(ctx context.Context, with journal.Peer, to time.Time) error {
			if err := t.Journal.SetEven(ctx, with, to); err != nil {
				return err
			}
			if to.After(latest) {
				latest = to
			}
			return nil
		}
		t.even = func(e journal.Even) journal.Even { e.Time = latest; return e }
	}},
	{"takes even times that are later than now", []string{"even"}, func(t *twin, _ sched.Scheduler) {
		t.setEven = func(ctx context.Context, with journal.Peer, to time.Time) error {
			return forgive(fault.Conflict)(t.Journal.SetEven(ctx, with, to))
		}
	}},
	{"tells even times without a clock", []string{"even"}, func(t *twin, _ sched.Scheduler) {
		t.even = func(e journal.Even) journal.Even { e.At = time.Time{}; return e }
	}},
	{"cuts even times to seconds", []string{"even"}, func(t *twin, _ sched.Scheduler) {
		t.even = func(e journal.Even) journal.Even { e.Time = e.Time.Truncate(time.Second); return e }
	}},
	{"sets even times of nobody", []string{"even"}, func(t *twin, _ sched.Scheduler) {
		t.setEven = func(ctx context.Context, with journal.Peer, to time.Time) error {
			return forgive(fault.Invalid)(t.Journal.SetEven(ctx, with, to))
		}
	}},
	{"lowers only what is unknown", []string{"lower", "lower against advance"}, func(t *twin, _ sched.Scheduler) {
		t.lower = func(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
			if _, err := t.Journal.First(ctx, s); err == nil {
				return nil
			}
			return t.Journal.Lower(ctx, s, day)
		}
	}},
	{"lowers what is known only", []string{"lower"}, func(t *twin, _ sched.Scheduler) {
		t.lower = func(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
			if _, err := t.Journal.First(ctx, s); err != nil {
				return nil
			}
			return t.Journal.Lower(ctx, s, day)
		}
	}},
	{"lowers to the day before", []string{"lower", "lower against advance"}, func(t *twin, _ sched.Scheduler) {
		t.lower = func(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
			return t.Journal.Lower(ctx, s, day-1)
		}
	}},
	{"lowers to expired days", []string{"lower"}, func(t *twin, _ sched.Scheduler) {
		t.lower = func(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
			return forgive(fault.Conflict)(t.Journal.Lower(ctx, s, day))
		}
	}},
}
