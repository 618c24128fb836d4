package journaltest

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"time"

	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

var shard = telemetry.Shard{Tenant: "tenant"}

// writer is the name of a writer, rising with i.
func writer(i int) telemetry.Writer { return telemetry.Writer(fmt.Sprintf("01KDVDNJ00%016d", i)) }

// stream is a stream of the shard and day.
func numbered(i int) telemetry.Stream {
	return telemetry.Stream{Shard: shard, Day: day, Writer: writer(i)}
}

// opened, ended and sealed are states of a stream.
func opened(s telemetry.Stream, mark telemetry.Number) journal.State {
	return journal.State{Stream: s, State: stream.Of(false, false, 0, mark, time.Time{})}
}

func ended(s telemetry.Stream, mark telemetry.Number) journal.State {
	return journal.State{Stream: s, State: stream.Of(true, false, 0, mark, time.Time{})}
}

func sealed(s telemetry.Stream, last, mark telemetry.Number) journal.State {
	return journal.State{Stream: s, State: stream.Of(true, true, last, mark, time.Time{})}
}

// blockOf is the bytes that a position has unless a case wants others.
func blockOf(s telemetry.Stream, n telemetry.Number) []byte {
	return fmt.Appendf(nil, "block %q %d", s.String(), n)
}

// stampOf is the stamp that a number has unless a case wants another.
func stampOf(n telemetry.Number) telemetry.Stamp {
	return telemetry.StampAt(day.Start()) + telemetry.Stamp(n)
}

// blocked is the append of a block under a number, with its usual stamp.
func blocked(s telemetry.Stream, n telemetry.Number, block []byte) journal.Append {
	return journal.Append{At: telemetry.Position{Stream: s, Number: n}, Stamp: stampOf(n), Block: block}
}

// try appends a block and gives the error.
func (e *env) try(s telemetry.Stream, n telemetry.Number, block []byte) error {
	_, err := e.Journal.Append(e.ctx, blocked(s, n, block))
	return err
}

// append appends the usual blocks, which has to succeed.
func (e *env) append(s telemetry.Stream, numbers ...telemetry.Number) {
	e.Helper()
	for _, n := range numbers {
		e.ok(e.try(s, n, blockOf(s, n)), "append of %d", n)
	}
}

// collect takes what an iteration yields, up to an error.
func collect[E any](seq iter.Seq2[E, error]) (all []E, err error) {
	for one, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

// read reads the stream above a number, with the blocks and without: both say the same.
func (e *env) read(s telemetry.Stream, after telemetry.Number) []journal.Entry {
	e.Helper()
	all, err := collect(e.Journal.Read(e.ctx, s, after))
	e.ok(err, "read of %v above %d", s, after)
	heads, err := collect(e.Journal.Heads(e.ctx, s, after))
	e.ok(err, "heads of %v above %d", s, after)
	var want []journal.Head
	for _, entry := range all {
		want = append(want, entry.Head())
	}
	if !slices.Equal(heads, want) {
		e.Errorf("%v above %d has the heads\n%.2000v, and Read yields those of\n%.2000v", s, after, heads, want)
	}
	return all
}

// holds checks that above a number the stream holds the usual blocks of exactly these numbers.
func (e *env) holds(s telemetry.Stream, after telemetry.Number, want ...telemetry.Number) {
	e.Helper()
	var got []telemetry.Number
	for _, entry := range e.read(s, after) {
		got = append(got, entry.Number)
		if entry.Void || entry.Stamp != stampOf(entry.Number) || !bytes.Equal(entry.Block, blockOf(s, entry.Number)) {
			e.Errorf("number %d: void %v, stamp %v, block %.60q", entry.Number, entry.Void, entry.Stamp, entry.Block)
		}
	}
	if !slices.Equal(got, want) {
		e.Errorf("%v above %d holds %v, want %v", s, after, brief(got), brief(want))
	}
}

func brief(numbers []telemetry.Number) string {
	if len(numbers) > 20 {
		return fmt.Sprintf("%d numbers from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
	}
	return fmt.Sprint(numbers)
}

func (e *env) index(of telemetry.Shard, d telemetry.Day) journal.Index {
	e.Helper()
	ix, err := e.Journal.Index(e.ctx, of, d)
	e.ok(err, "index of %v %v", of, d)
	return ix
}

// state is what the index says of a stream, false if it does not list it. What the journal says of the one stream is
// the same.
func (e *env) state(s telemetry.Stream) (journal.State, bool) {
	e.Helper()
	alone := e.alone(s)
	for _, st := range e.index(s.Shard, s.Day).Streams {
		if st.Stream != s {
			continue
		}
		if st != alone {
			e.Errorf("the index says\n%+v, and the journal of this one\n%+v", st, alone)
		}
		return st, true
	}
	if alone.Born() && !alone.HasFinished() {
		e.Errorf("the index does not list %+v", alone)
	}
	return journal.State{}, false
}

// alone is what the journal says of one stream.
func (e *env) alone(s telemetry.Stream) journal.State {
	e.Helper()
	st, err := e.Journal.State(e.ctx, s)
	e.ok(err, "state of %v", s)
	if !st.Born() && st != (journal.State{Stream: s}) {
		e.Errorf("%v is unborn, and its state\n%+v", s, st)
	}
	return st
}

// is checks a stream's state but for Touched, which has to be set exactly while the stream is open.
func (e *env) is(want journal.State) {
	e.Helper()
	got, ok := e.state(want.Stream)
	if !ok {
		e.Errorf("the index does not list %v", want.Stream)
		return
	}
	e.same(got, want)
}

func (e *env) same(got, want journal.State) {
	e.Helper()
	if got.Touched.IsZero() == (got.Life == stream.Open) {
		e.Errorf("%v is %v, touched %v", got.Stream, got.Life, got.Touched)
	}
	if (got.Version == "") == got.Born() {
		e.Errorf("%v is %v, version %q", got.Stream, got.Life, got.Version)
	}
	got.Touched, got.Version = want.Touched, want.Version
	if got != want {
		e.Errorf("state is\n%+v, want\n%+v", got, want)
	}
}

func (e *env) drop(s telemetry.Stream, through telemetry.Number) {
	e.Helper()
	e.ok(e.Journal.Drop(e.ctx, s, through), "drop through %d", through)
}

func (e *env) end(s telemetry.Stream) journal.State {
	e.Helper()
	st, err := e.Journal.End(e.ctx, s)
	e.ok(err, "end of %v", s)
	if alone := e.alone(s); alone != st {
		e.Errorf("the end says\n%+v, and the journal\n%+v", st, alone)
	}
	return st
}

func (e *env) seal(s telemetry.Stream, last telemetry.Number) {
	e.Helper()
	e.ok(e.Journal.Seal(e.ctx, s, last, ""), "seal at %d", last)
}

// fillBlock and fillVoid give the error of a fill.
func (e *env) fillBlock(s telemetry.Stream, n telemetry.Number, block []byte) error {
	return e.Journal.Fill(e.ctx, s, journal.Entry{Number: n, Stamp: stampOf(n), Block: block})
}

func (e *env) fillVoid(s telemetry.Stream, n telemetry.Number) error {
	return e.Journal.Fill(e.ctx, s, journal.Entry{Number: n, Void: true})
}

// numbers is from..to.
func numbers(from, to telemetry.Number) []telemetry.Number {
	var out []telemetry.Number
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}
