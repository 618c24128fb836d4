package journaltest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/sched"

	"pgregory.net/rapid"
)

// naive is what a journal's streams of one shard and day have to be, as plainly as it can be said. A nil block is a
// void.
type naive struct {
	streams map[telemetry.Writer]*naiveStream
	version string
	seen    map[string]bool
}

type naiveStream struct {
	id, continues telemetry.Stream
	ended, sealed bool
	last, mark    telemetry.Number

	blocks map[telemetry.Number][]byte // above the mark
	voids  map[telemetry.Number]bool   // ever

	noted   string // a version that was read
	changed bool   // since then something was stored, or the stream ended
	dropped bool   // since then the mark moved
}

// model plays random operations against a naive model of the contract.
func model(t T, h Harness) {
	checks := 60
	if h.Slow {
		checks = 4
	}
	proof.Check(t, checks, func(rt *rapid.T) {
		h.Act(rt, func(s sched.Scheduler) {
			m := &machine{e: open(rt, h, s), naive: naive{streams: map[telemetry.Writer]*naiveStream{},
				seen: map[string]bool{"": true}}}
			rt.Repeat(map[string]func(*rapid.T){
				"append":   m.append,
				"append 2": m.append,
				"append 3": m.append,
				"drop":     m.drop,
				"end":      m.end,
				"seal":     m.seal,
				"fill":     m.fill,
				"fill 2":   m.fill,
				"note":     m.note,
				"":         m.check,
			})
		})
	})
}

// machine is the journal and the model of it.
type machine struct {
	e *env
	naive
}

func (m *machine) draw(rt *rapid.T) (telemetry.Stream, *naiveStream) {
	s := numbered(rapid.IntRange(0, 2).Draw(rt, "stream"))
	return s, m.streams[s.Writer]
}

func drawNumber(rt *rapid.T, from telemetry.Number) telemetry.Number {
	return telemetry.Number(rapid.Uint64Range(uint64(from), 5).Draw(rt, "number"))
}

// state is what a journal has to say of it.
func (st *naiveStream) state() journal.State {
	return journal.State{Stream: st.id, Continues: st.continues,
		State: stream.Of(st.ended, st.sealed, st.last, st.mark, time.Time{})}
}

// born is the model of a stream, made if it is new.
func (m *machine) born(s telemetry.Stream, continues telemetry.Stream) *naiveStream {
	st := m.streams[s.Writer]
	if st == nil {
		st = &naiveStream{id: s, continues: continues, blocks: map[telemetry.Number][]byte{},
			voids: map[telemetry.Number]bool{}}
		m.streams[s.Writer] = st
	}
	return st
}

func (m *machine) append(rt *rapid.T) {
	s, st := m.draw(rt)
	n := drawNumber(rt, 1)
	a := journal.Append{At: telemetry.Position{Stream: s, Number: n},
		Block: fmt.Append(nil, rapid.IntRange(0, 1).Draw(rt, "bytes"))}
	if rapid.Bool().Draw(rt, "continues") {
		a.Continues = numbered(7)
	}
	_, err := m.e.Journal.Append(m.e.ctx, a)
	if st == nil {
		st = m.born(s, a.Continues)
	}
	held, taken := st.blocks[n]
	switch {
	case n <= st.mark && !st.ended:
		m.e.ok(err, "append at or below the mark")
	case n <= st.mark && st.voids[n]:
		m.e.kind(err, "append of a dropped void", fault.Conflict)
	case n <= st.mark: // a late arrival may still be held
		if err != nil {
			m.e.kind(err, "append at or below the mark of an ended stream", fault.Conflict)
		}
	case taken && !st.voids[n] && bytes.Equal(held, a.Block):
		m.e.ok(err, "append of the same")
	case taken || st.ended:
		m.e.kind(err, "append of a taken number, or to an ended stream", fault.Conflict)
	default:
		m.e.ok(err, "append")
		st.blocks[n], st.changed = a.Block, true
	}
	m.moved(false)
}

func (m *machine) drop(rt *rapid.T) {
	s, st := m.draw(rt)
	n := drawNumber(rt, 0)
	err := m.e.Journal.Drop(m.e.ctx, s, n)
	switch {
	case st == nil:
		m.e.kind(err, "drop of an unknown stream", fault.NotFound)
		return
	case st.sealed && n > st.last:
		m.e.kind(err, "drop beyond the last number", fault.Invalid)
		return
	}
	m.e.ok(err, "drop")
	m.moved(n > st.mark)
	st.dropped = true
	st.mark = max(st.mark, n)
	maps.DeleteFunc(st.blocks, func(n telemetry.Number, _ []byte) bool { return n <= st.mark })
	for _, entry := range m.e.read(s, 0) {
		if entry.Number <= st.mark {
			m.e.Errorf("Drop left number %d, the mark is %d", entry.Number, st.mark)
		}
	}
}

func (m *machine) end(rt *rapid.T) {
	s, st := m.draw(rt)
	got, err := m.e.Journal.End(m.e.ctx, s)
	m.e.ok(err, "end")
	if st == nil {
		st = m.born(s, telemetry.Stream{})
	}
	m.moved(!st.ended)
	st.changed = st.changed || !st.ended
	st.ended = true
	m.e.same(got, st.state())
}

// seal seals a stream that has no hole, and otherwise only tries what has to be refused.
func (m *machine) seal(rt *rapid.T) {
	s, st := m.draw(rt)
	n := drawNumber(rt, 0)
	switch {
	case st == nil || !st.ended:
		m.e.kind(m.e.Journal.Seal(m.e.ctx, s, n, ""), "seal of an open stream", fault.Invalid)
	case st.sealed && n == st.last:
		m.e.ok(m.e.Journal.Seal(m.e.ctx, s, n, ""), "seal again")
	case st.sealed:
		m.e.kind(m.e.Journal.Seal(m.e.ctx, s, n, ""), "another last number", fault.Conflict)
	default:
		last := st.mark + telemetry.Number(len(st.blocks))
		for n := range st.blocks {
			if n > last {
				return // a hole
			}
		}
		unchanged := ""
		if !st.dropped && rapid.Bool().Draw(rt, "if unchanged") {
			unchanged = st.noted
		}
		err := m.e.Journal.Seal(m.e.ctx, s, last, unchanged)
		if unchanged != "" && st.changed {
			m.e.kind(err, "seal of what has changed", fault.Conflict)
			return
		}
		m.e.ok(err, "seal")
		st.sealed, st.last = true, last
		m.version = m.e.index(shard, day).Version
		m.seen[m.version] = true
	}
}

func (m *machine) fill(rt *rapid.T) {
	s, st := m.draw(rt)
	e := journal.Entry{Number: drawNumber(rt, 1), Void: rapid.Bool().Draw(rt, "void")}
	if !e.Void {
		e.Block = fmt.Append(nil, rapid.IntRange(0, 1).Draw(rt, "bytes"))
	}
	err := m.e.Journal.Fill(m.e.ctx, s, e)
	switch {
	case st == nil || !st.ended:
		m.e.kind(err, "fill of an open stream", fault.Invalid)
	case e.Number <= st.mark && st.sealed:
		// both rules apply: at or below the mark nothing happens, and a sealed stream takes nothing
	case e.Number <= st.mark:
		m.e.ok(err, "fill at or below the mark")
	case st.sealed && e.Number > st.last:
		m.e.kind(err, "fill of a sealed stream", fault.Invalid)
	case st.sealed:
		// it may say that the stream is sealed, or that the number is taken, or that it holds the same
	default:
		held, taken := st.blocks[e.Number]
		switch {
		case !taken:
			m.e.ok(err, "fill")
			st.blocks[e.Number], st.voids[e.Number], st.changed = e.Block, e.Void, true
		case e.Void == st.voids[e.Number] && bytes.Equal(held, e.Block):
			m.e.ok(err, "fill with the same")
		default:
			m.e.kind(err, "fill of a taken number", fault.Conflict)
		}
	}
	m.moved(false)
}

// note reads the version of a stream.
func (m *machine) note(rt *rapid.T) {
	s, st := m.draw(rt)
	if got, listed := m.e.state(s); listed {
		st.noted, st.changed, st.dropped = got.Version, false, false
	}
}

// moved checks that the version changed, or did not.
func (m *machine) moved(changed bool) {
	v := versions{e: m.e, last: m.version, seen: m.seen}
	v.after("the operation", changed)
	m.version = v.last
}

// check compares everything that can be seen.
func (m *machine) check(*rapid.T) {
	var want []journal.State
	for _, w := range slices.Sorted(maps.Keys(m.streams)) {
		st := m.streams[w]
		if !st.sealed || st.mark < st.last {
			want = append(want, st.state())
		}
		got := m.e.read(st.id, st.mark)
		if len(got) != len(st.blocks) {
			m.e.Errorf("%v holds %d entries, want %d", st.id, len(got), len(st.blocks))
		}
		last := st.mark
		for _, entry := range got {
			if entry.Number <= last {
				m.e.Errorf("number %d comes after %d", entry.Number, last)
			}
			last = entry.Number
			if held, ok := st.blocks[last]; !ok || entry.Void != st.voids[last] || !bytes.Equal(held, entry.Block) {
				m.e.Errorf("number %d is %q (void %v), want %q (void %v)", last, entry.Block, entry.Void, held,
					st.voids[last])
			}
		}
	}
	got := m.e.index(shard, day).Streams
	if len(got) != len(want) {
		m.e.Fatalf("the index lists %+v, want %+v", got, want)
	}
	for i := range want {
		m.e.same(got[i], want[i])
	}
}
