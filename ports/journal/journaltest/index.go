package journaltest

import (
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

func index(e *env) {
	for _, i := range []int{3, 1, 10, 2, 100} {
		e.append(numbered(i), 1)
	}
	elsewhere := []telemetry.Stream{
		{Shard: shard, Day: day + 1, Writer: writer(5)},
		{Shard: telemetry.Shard{Tenant: shard.Tenant, Index: 1}, Day: day, Writer: writer(6)},
		{Shard: telemetry.Shard{Tenant: "tenant2"}, Day: day, Writer: writer(7)},
	}
	for _, s := range elsewhere {
		e.append(s, 1)
		if ix := e.index(s.Shard, s.Day); len(ix.Streams) != 1 || ix.Streams[0].Stream != s {
			e.Errorf("the index of %v lists %v", s, ix.Streams)
		}
	}
	var got []telemetry.Writer
	for _, st := range e.index(shard, day).Streams {
		got = append(got, st.Stream.Writer)
		if st.Stream.Shard != shard || st.Stream.Day != day || st.Touched.IsZero() {
			e.Errorf("listed: %+v", st)
		}
	}
	want := []telemetry.Writer{writer(1), writer(2), writer(3), writer(10), writer(100)}
	if !slices.Equal(got, want) {
		e.Errorf("the index lists %v, want %v", got, want)
	}
}

func indexFinished(e *env) {
	dropFirst, sealFirst, unborn, empty, open := numbered(1), numbered(2), numbered(3), numbered(4), numbered(5)
	for _, s := range []telemetry.Stream{dropFirst, sealFirst, open} {
		e.append(s, 1, 2)
	}
	for _, s := range []telemetry.Stream{dropFirst, sealFirst, unborn, empty} {
		e.end(s)
	}
	e.drop(dropFirst, 2)
	e.is(ended(dropFirst, 2))
	e.seal(dropFirst, 2)
	e.seal(sealFirst, 2)
	e.is(sealed(sealFirst, 2, 0))
	e.drop(sealFirst, 1)
	e.is(sealed(sealFirst, 2, 1))
	e.drop(sealFirst, 2)
	e.is(ended(unborn, 0))
	e.seal(unborn, 0)
	ix := e.index(shard, day)
	if len(ix.Streams) != 2 || ix.Streams[0].Stream != empty || ix.Streams[1].Stream != open {
		e.Errorf("the index lists %+v", ix.Streams)
	}
	for i, s := range []telemetry.Stream{dropFirst, sealFirst, unborn} {
		e.kind(e.try(s, 3, blockOf(s, 3)), "append to a finished stream", fault.Conflict)
		e.kind(e.try(s, 1, blockOf(s, 1)), "late append to a finished stream", fault.Conflict)
		st := e.end(s)
		if !st.HasFinished() || i < 2 && (st.Last != 2 || st.Mark != 2) {
			e.Errorf("ending a finished stream again gives %+v", st)
		}
		e.ok(e.Journal.Seal(e.ctx, s, st.Last, ""), "sealing a finished stream again")
		e.ok(e.Journal.Drop(e.ctx, s, st.Last), "sweeping a finished stream")
		e.holds(s, 0)
	}
	if again := e.index(shard, day); len(again.Streams) != 2 {
		e.Errorf("finished streams came back: %+v", again.Streams)
	}
}

// stateOfOne tells a stream that has finished from one that was never here.
func stateOfOne(e *env) {
	unborn := func(s telemetry.Stream) {
		e.Helper()
		if st := e.alone(s); st.Born() {
			e.Errorf("%v was never here, and its state is %+v", s, st)
		}
	}
	old := telemetry.Stream{Shard: shard, Day: day - 1200, Writer: writer(1)}
	finished, stranger := numbered(1), numbered(2)
	for _, s := range []telemetry.Stream{finished, stranger, old} {
		unborn(s)
	}
	e.ok(e.Directory.Prepare(e.ctx, old.Day), "prepare")
	for _, s := range []telemetry.Stream{finished, old} {
		a := blocked(s, 1, blockOf(s, 1))
		a.Continues = stranger
		_, err := e.Journal.Append(e.ctx, a)
		e.ok(err, "append")
		e.append(s, 2, 3)
		e.end(s)
		e.seal(s, 3)
		e.drop(s, 3)
		want := sealed(s, 3, 3)
		want.Continues = stranger
		e.same(e.alone(s), want)
		for _, other := range []telemetry.Stream{stranger, {Shard: shard, Day: s.Day + 1, Writer: s.Writer},
			{Shard: telemetry.Shard{Tenant: shard.Tenant, Index: 1}, Day: s.Day, Writer: s.Writer}} {
			unborn(other)
		}
	}
	e.ok(e.Directory.Expire(e.ctx, day), "expire")
	unborn(old)
	want := sealed(finished, 3, 3)
	want.Continues = stranger
	e.same(e.alone(finished), want)
}

// versions watches an index's version.
type versions struct {
	e    *env
	last string
	seen map[string]bool
}

func (v *versions) after(what string, changed bool) {
	v.e.Helper()
	now := v.e.index(shard, day).Version
	switch {
	case !changed && now != v.last:
		v.e.Errorf("%s changed the version from %q to %q", what, v.last, now)
	case changed && (v.seen[now] || now == ""):
		v.e.Errorf("%s did not give a new version: %q after %q", what, now, v.last)
	}
	v.last = now
	v.seen[now] = true
}

func indexVersion(e *env) {
	v := versions{e: e, seen: map[string]bool{"": true}}
	s, other := numbered(1), numbered(2)
	e.append(s, 1)
	v.after("a birth", false)
	e.append(s, 2, 3, 4)
	e.append(other, 1)
	v.after("appends", false)
	e.drop(s, 0)
	v.after("a drop of nothing", false)
	for n := telemetry.Number(1); n <= 3; n++ {
		e.drop(s, n)
		v.after("a mark's move", true)
	}
	e.drop(s, 3)
	e.drop(s, 1)
	e.append(s, 2, 5)
	e.drop(s, 3)
	v.after("sweeping and appending", false)
	e.end(s)
	v.after("an end", true)
	e.end(s)
	e.kind(e.try(s, 9, []byte("late")), "append", fault.Conflict)
	e.ok(e.fillVoid(s, 6), "fill")
	e.ok(e.fillBlock(s, 7, blockOf(s, 7)), "fill")
	v.after("ending again, a refused append and fills", false)
	e.end(numbered(3))
	v.after("the end of an unborn stream", true)
	e.drop(s, 7)
	v.after("the mark's move of an ended stream", true)
	e.append(telemetry.Stream{Shard: shard, Day: day + 1, Writer: writer(1)}, 1)
	e.end(telemetry.Stream{Shard: shard, Day: day + 1, Writer: writer(1)})
	v.after("an end elsewhere", false)
}

func clock(e *env) {
	now := func() time.Time {
		t, err := e.Directory.Now(e.ctx)
		e.ok(err, "now")
		return t
	}
	s, cut := numbered(1), e.Harness.Resolution
	before := now()
	stored, err := e.Journal.Append(e.ctx, journal.Append{At: telemetry.Position{Stream: s, Number: 1},
		Block: blockOf(s, 1)})
	e.ok(err, "append")
	st, _ := e.state(s)
	ix := e.index(shard, day)
	e.Pass(2*cut + time.Millisecond)
	later := now()
	again, err := e.Journal.Append(e.ctx, journal.Append{At: telemetry.Position{Stream: s, Number: 1},
		Block: blockOf(s, 1)})
	e.ok(err, "append again")
	after := now()
	for name, at := range map[string]time.Time{"stored by": stored.By, "answered at": stored.Now, "touched": st.Touched,
		"index at": ix.At, "stored by, again": again.By} {
		if at.Before(before.Add(-cut)) || at.After(later.Add(cut)) {
			e.Errorf("%s %v is not between %v and %v", name, at, before, later)
		}
	}
	if again.By.After(stored.Now.Add(cut)) {
		e.Errorf("the repetition says %v, and the block was stored before %v", again.By, stored.Now)
	}
	if !again.Now.IsZero() && (again.Now.Before(later.Add(-cut)) || again.Now.After(after.Add(cut))) {
		e.Errorf("the repetition was answered at %v, which is not between %v and %v", again.Now, later, after)
	}
	if again.By.Before(st.Touched.Add(-cut)) {
		e.Errorf("the repetition says %v, before the block was stored: %v", again.By, st.Touched)
	}
	for range 20 {
		next := now()
		if next.Before(after) {
			e.Errorf("the clock went from %v back to %v", after, next)
		}
		after = next
	}
}
