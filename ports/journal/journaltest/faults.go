package journaltest

import (
	"context"
	"iter"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/places"
)

// write is an operation that changes something. before makes what it needs; done says whether it happened, and is nil
// when that cannot be seen.
type write struct {
	name   string
	before func(e *env, s telemetry.Stream)
	do     func(ctx context.Context, e *env, s telemetry.Stream) error
	done   func(e *env, s telemetry.Stream) bool
}

func born(e *env, s telemetry.Stream) { e.append(s, 1, 2, 3) }

func bornAndEnded(e *env, s telemetry.Stream) {
	e.append(s, 1, 3)
	e.end(s)
}

func nothing(*env, telemetry.Stream) {}

func appends(n telemetry.Number, size int) func(ctx context.Context, e *env, s telemetry.Stream) error {
	return func(ctx context.Context, e *env, s telemetry.Stream) error {
		_, err := e.Journal.Append(ctx, blocked(s, n, sized(s, n, size)))
		return err
	}
}

// sized is a block of at least that many bytes.
func sized(s telemetry.Stream, n telemetry.Number, size int) []byte {
	b := blockOf(s, n)
	return append(b, make([]byte, max(0, size-len(b)))...)
}

// has says whether the stream holds a number.
func has(n telemetry.Number) func(e *env, s telemetry.Stream) bool {
	return func(e *env, s telemetry.Stream) bool {
		for _, entry := range e.read(s, 0) {
			if entry.Number == n {
				return true
			}
		}
		return false
	}
}

// stateIs says whether the index says something of the stream.
func stateIs(f func(st journal.State) bool) func(e *env, s telemetry.Stream) bool {
	return func(e *env, s telemetry.Stream) bool {
		st, ok := e.state(s)
		return ok && f(st)
	}
}

// writes is every operation that changes something.
var writes = []write{
	{"birth", nothing, appends(1, 0), func(e *env, s telemetry.Stream) bool {
		_, listed := e.state(s)
		return listed ||
			has(1)(e, s)
	}},
	{"overtaken birth", nothing, appends(2, 0), has(2)},
	{"append", born, appends(4, 0), has(4)},
	{"append of two rows", born, appends(4, 1<<20), has(4)},
	{"drop", born, func(ctx context.Context, e *env, s telemetry.Stream) error { return e.Journal.Drop(ctx, s, 2) },
		func(e *env, s telemetry.Stream) bool {
			return stateIs(func(st journal.State) bool { return st.Mark >= 2 })(e, s) || !has(2)(e, s)
		}},
	{"end", born, func(ctx context.Context, e *env, s telemetry.Stream) error {
		_, err := e.Journal.End(ctx, s)
		return err
	},
		stateIs(func(st journal.State) bool { return st.HasEnded() })},
	{"end of an unborn stream", nothing, func(ctx context.Context, e *env, s telemetry.Stream) error {
		_, err := e.Journal.End(ctx, s)
		return err
	}, stateIs(func(st journal.State) bool { return st.HasEnded() })},
	{"fill", bornAndEnded, func(ctx context.Context, e *env, s telemetry.Stream) error {
		return e.Journal.Fill(ctx, s, journal.Entry{Number: 2, Stamp: stampOf(2), Block: blockOf(s, 2)})
	}, has(2)},
	{"void", bornAndEnded, func(ctx context.Context, e *env, s telemetry.Stream) error {
		return e.Journal.Fill(ctx, s, journal.Entry{Number: 2, Void: true})
	}, has(2)},
	{"seal", func(e *env, s telemetry.Stream) { born(e, s); e.end(s) },
		func(ctx context.Context, e *env, s telemetry.Stream) error { return e.Journal.Seal(ctx, s, 3, "") },
		stateIs(func(st journal.State) bool { return st.Life == stream.Sealed && st.Last == 3 })},
	{"seal of what has not changed", func(e *env, s telemetry.Stream) { born(e, s); e.noted[s] = e.end(s).Version },
		func(ctx context.Context, e *env, s telemetry.Stream) error {
			return e.Journal.Seal(ctx, s, 3, e.noted[s])
		},
		stateIs(func(st journal.State) bool { return st.Life == stream.Sealed && st.Last == 3 })},
	{"register", nothing, func(ctx context.Context, e *env, s telemetry.Stream) error {
		return e.Directory.Register(ctx, tenantOf(s), day)
	}, func(e *env, s telemetry.Stream) bool {
		_, known := e.shards()[tenantOf(s)]
		return known
	}},
	{"advance", func(e *env, s telemetry.Stream) {
		e.ok(e.Directory.Register(e.ctx, tenantOf(s), day), "register")
		e.once(tenantOf(s))
	},
		func(ctx context.Context, e *env, s telemetry.Stream) error {
			return e.Directory.Advance(ctx, e.once(tenantOf(s)), day+7)
		},
		func(e *env, s telemetry.Stream) bool { return e.first(tenantOf(s)) == day+7 }},
	{"lower", func(e *env, s telemetry.Stream) {
		e.ok(e.Directory.Register(e.ctx, tenantOf(s), day), "register")
		e.advance(tenantOf(s), day+7)
	}, func(ctx context.Context, e *env, s telemetry.Stream) error {
		return e.Directory.Lower(ctx, tenantOf(s), day+3)
	}, func(e *env, s telemetry.Stream) bool { return e.first(tenantOf(s)) == day+3 }},
	{"set even", nothing, func(ctx context.Context, e *env, s telemetry.Stream) error {
		return e.Directory.SetEven(ctx, peerOf(s), time.Unix(1, 0))
	}, func(e *env, s telemetry.Stream) bool {
		_, err := e.Directory.Even(e.ctx, peerOf(s))
		return err == nil
	}},
	{"prepare", nothing, func(ctx context.Context, e *env, _ telemetry.Stream) error {
		return e.Directory.Prepare(ctx, day+500)
	}, nil},
}

// rare is what a journal suffers once: each try needs a journal of its own.
var rare = []write{
	{"init", nothing, func(ctx context.Context, e *env, _ telemetry.Stream) error {
		return e.Directory.Init(ctx, journal.Place{Region: "east", Generation: "1"})
	}, func(e *env, _ telemetry.Stream) bool { _, err := e.Journal.Identity(e.ctx); return err == nil }},
	{"init of one of a pair", nothing, func(ctx context.Context, e *env, _ telemetry.Stream) error {
		return e.Directory.Init(ctx, places.Paired(journal.Place{Region: "east", Generation: "E1"}, "W1"))
	}, func(e *env, _ telemetry.Stream) bool { _, err := e.Journal.Identity(e.ctx); return err == nil }},
	{"change", func(e *env, _ telemetry.Stream) {
		e.ok(e.Directory.Init(e.ctx, journal.Place{Region: "east", Generation: "E1"}), "init")
	},
		func(ctx context.Context, e *env, _ telemetry.Stream) error {
			p := journal.Place{Region: "east", Generation: "E1"}
			return e.Directory.Change(ctx, p, places.Paired(p, "W1"))
		},
		func(e *env, _ telemetry.Stream) bool {
			p, err := e.Journal.Identity(e.ctx)
			return err == nil && p.Peer.Generation == "W1"
		}},
	{"expire", func(e *env, _ telemetry.Stream) { e.ok(e.Directory.Prepare(e.ctx, day-1000), "prepare") },
		func(ctx context.Context, e *env, _ telemetry.Stream) error { return e.Directory.Expire(ctx, day) },
		func(e *env, _ telemetry.Stream) bool {
			return fault.Is(e.Directory.Prepare(e.ctx, day-1000), fault.Conflict)
		}},
}

// once is a shard as it was when it was asked for first.
func (e *env) once(s telemetry.Shard) journal.Registered {
	e.Helper()
	if _, known := e.registered[s]; !known {
		e.registered[s] = e.shards()[s]
	}
	return e.registered[s]
}

// peerOf is a peer that belongs to the stream's writer alone.
func peerOf(s telemetry.Stream) journal.Peer {
	return journal.Peer{Region: "west", Generation: string(s.Writer)}
}

// tenantOf is a shard that belongs to the stream's writer alone.
func tenantOf(s telemetry.Stream) telemetry.Shard {
	return telemetry.Shard{Tenant: telemetry.Tenant(s.Writer)}
}

// faults tries every write under every fault of its first storage calls. What it reports has to be true, and doing it
// again has to help.
func faults(e *env) {
	i := 0
	for _, w := range writes {
		struck := 0
		for skip := range 3 {
			for _, f := range proof.AllFaults {
				i++
				struck += e.suffer(w, numbered(i), f, skip)
			}
		}
		if struck == 0 {
			e.Errorf("%s: none of the faults was felt", w.name)
		}
	}
	for _, w := range rare {
		struck := 0
		for _, f := range proof.AllFaults {
			e.Fresh()
			struck += e.suffer(w, numbered(0), f, 0)
		}
		if struck == 0 {
			e.Errorf("%s: none of the faults was felt", w.name)
		}
	}
}

// suffer tries a write once under a fault and gives 1 if it felt it.
func (e *env) suffer(w write, s telemetry.Stream, f Fault, skip int) int {
	e.Helper()
	w.before(e, s)
	e.Arm(f, skip)
	err := w.do(e.ctx, e, s)
	e.Arm(0, 0)
	switch {
	case err == nil && w.done != nil && !w.done(e, s):
		e.Errorf("%s under %v after %d calls: it succeeded and did not happen", w.name, f, skip)
	case fault.Is(err, fault.Unavailable) && w.done != nil && w.done(e, s):
		e.Errorf("%s under %v after %d calls: it happened and was reported as %v", w.name, f, skip, err)
	case err != nil:
		e.kind(err, w.name, fault.Unavailable, fault.Indeterminate)
	}
	e.ok(w.do(e.ctx, e, s), "%s again, after %v at %d", w.name, f, skip)
	if w.done != nil && !w.done(e, s) {
		e.Errorf("%s again, after %v at %d: it did not happen", w.name, f, skip)
	}
	if err != nil {
		return 1
	}
	return 0
}

// look is an operation that changes nothing.
type look struct {
	name string
	do   func(ctx context.Context, e *env) error
}

var looks = []look{
	{"identity", func(ctx context.Context, e *env) error { _, err := e.Journal.Identity(ctx); return err }},
	{"index", func(ctx context.Context, e *env) error { _, err := e.Journal.Index(ctx, shard, day); return err }},
	{"state", func(ctx context.Context, e *env) error { _, err := e.Journal.State(ctx, numbered(0)); return err }},
	{"first", func(ctx context.Context, e *env) error { _, err := e.Directory.First(ctx, shard); return err }},
	{"now", func(ctx context.Context, e *env) error { _, err := e.Directory.Now(ctx); return err }},
	{"even", func(ctx context.Context, e *env) error {
		_, err := e.Directory.Even(ctx, peerOf(numbered(0)))
		return err
	}},
	{"read", func(ctx context.Context, e *env) error { return errorOf(e, e.Journal.Read(ctx, numbered(0), 0)) }},
	{"heads", func(ctx context.Context, e *env) error { return errorOf(e, e.Journal.Heads(ctx, numbered(0), 0)) }},
	{"shards", func(ctx context.Context, e *env) error { return errorOf(e, e.Directory.Shards(ctx)) }},
}

// errorOf is the error with which an iteration ends.
func errorOf[E any](e *env, seq iter.Seq2[E, error]) (failed error) {
	for one, err := range seq {
		if failed != nil {
			e.Errorf("after an error %T %+v is yielded, %v", one, one, err)
		}
		failed = err
	}
	return failed
}

// furnish makes what the looks look at.
func furnish(e *env) { furnishAs(e, journal.Place{Region: "east", Generation: "1"}) }

func furnishAs(e *env, p journal.Place) {
	e.ok(e.Directory.Init(e.ctx, p), "init")
	e.prepare()
	e.append(numbered(0), numbers(1, 30)...)
	e.ok(e.Directory.Register(e.ctx, shard, day), "register")
	e.ok(e.Directory.SetEven(e.ctx, peerOf(numbered(0)), time.Unix(1, 0)), "set even")
}

func readFaults(e *env) {
	furnish(e)
	for _, l := range looks {
		struck := false
		for _, f := range proof.AllFaults {
			e.Arm(f, 0)
			if err := l.do(e.ctx, e); err != nil {
				struck = true
				e.kind(err, l.name, fault.Unavailable, fault.Indeterminate)
			}
			e.Arm(0, 0)
			e.ok(l.do(e.ctx, e), "%s again", l.name)
		}
		if !struck {
			e.Errorf("%s: none of the faults was felt", l.name)
		}
	}
	e.holds(numbered(0), 0, numbers(1, 30)...)
}

// canceled tries everything under a context that has ended. Of a write that says as much as Indeterminate.
func canceled(e *env) {
	furnish(e)
	dead := e.Ended()
	for _, l := range looks {
		e.kind(l.do(dead, e), l.name, fault.Canceled)
		e.ok(l.do(e.ctx, e), "%s again", l.name)
	}
	for i, w := range append(writes[:len(writes):len(writes)], rare[len(rare)-1]) {
		s := numbered(i + 1)
		w.before(e, s)
		e.kind(w.do(dead, e, s), w.name, fault.Canceled)
		e.ok(w.do(e.ctx, e, s), "%s again", w.name)
		if w.done != nil && !w.done(e, s) {
			e.Errorf("%s again, after it was canceled: it did not happen", w.name)
		}
	}
}

// secondHandle writes by one handle and sees it by the other.
func secondHandle(e *env) {
	other := *e
	other.Journal, other.Directory = e.SecondJournal, e.SecondDirectory
	furnish(e)
	for i, w := range writes {
		s := numbered(i)
		from, to := e, &other
		if i%2 == 1 {
			from, to = to, from
		}
		w.before(to, s)
		e.ok(w.do(e.ctx, from, s), "%s", w.name)
		if w.done != nil && !w.done(to, s) {
			e.Errorf("%s: another handle does not see it", w.name)
		}
	}
	s := numbered(100)
	e.append(s, 1)
	other.append(s, 1, 2)
	e.kind(e.try(s, 2, []byte("other")), "other bytes by another handle", fault.Conflict)
	version := e.index(shard, day).Version
	other.drop(s, 1)
	if now := e.index(shard, day).Version; now == version || now == "" {
		e.Errorf("the mark moved by another handle, and the version is still %q", now)
	}
	other.end(s)
	e.kind(e.try(s, 3, blockOf(s, 3)), "append after an end by another handle", fault.Conflict)
	e.kind(other.Directory.Init(e.ctx, journal.Place{Region: "east", Generation: "2"}), "init by another handle",
		fault.Conflict)
}
