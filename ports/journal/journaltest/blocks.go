package journaltest

import (
	"bytes"
	"math/rand/v2"
	"slices"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

func absence(e *env) {
	s := numbered(1)
	e.holds(s, 0)
	e.holds(s, 100)
	for _, of := range []telemetry.Shard{shard, {Tenant: "nobody", Index: 7}} {
		for _, d := range []telemetry.Day{day, day + 1000, -1} {
			ix := e.index(of, d)
			if ix.Version != "" || len(ix.Streams) != 0 || ix.At.IsZero() {
				e.Errorf("index of what was never heard of: %+v", ix)
			}
		}
	}
	e.kind(e.Journal.Drop(e.ctx, s, 1), "drop", fault.NotFound)
	e.kind(e.Journal.Drop(e.ctx, s, 0), "drop of nothing", fault.NotFound)
	e.kind(e.Journal.Seal(e.ctx, s, 0, ""), "seal", fault.Invalid)
	e.kind(e.fillBlock(s, 1, []byte("x")), "fill", fault.Invalid)
	e.kind(e.fillVoid(s, 1), "fill with a void", fault.Invalid)
	if ix := e.index(shard, day); len(ix.Streams) != 0 || ix.Version != "" {
		e.Errorf("refusals left something: %+v", ix)
	}
	e.append(s, 1)
	e.holds(numbered(2), 0)
	e.kind(e.Journal.Drop(e.ctx, numbered(2), 1), "drop of an unknown stream beside a known one", fault.NotFound)
}

func appendAndRead(e *env) {
	s := numbered(1)
	for n := telemetry.Number(1); n <= 25; n++ {
		e.append(s, n)
		e.holds(s, n-1, n)
	}
	for _, after := range []telemetry.Number{0, 1, 9, 24, 25, 26, 1 << 40} {
		e.holds(s, after, numbers(after+1, 25)...)
	}
	got := telemetry.Number(0)
	for entry, err := range e.Journal.Read(e.ctx, s, 3) {
		e.ok(err, "read")
		got = entry.Number
		break // a reader may stop
	}
	for head, err := range e.Journal.Heads(e.ctx, s, 3) {
		e.ok(err, "heads")
		got += head.Number
		break
	}
	if got != 4+4 {
		e.Errorf("the first number above 3 is %d, of the heads and of the blocks together", got)
	}
	large := numbered(2)
	e.append(large, 1, 2, 9, 10, 11, 99, 100, 1_000_000, 1<<32+1, 1<<53+1)
	e.holds(large, 0, 1, 2, 9, 10, 11, 99, 100, 1_000_000, 1<<32+1, 1<<53+1)
	e.holds(large, 1<<32, 1<<32+1, 1<<53+1)
}

func holes(e *env) {
	s := numbered(1)
	e.append(s, 1, 3, 6)
	e.holds(s, 0, 1, 3, 6)
	e.append(s, 5)
	e.holds(s, 1, 3, 5, 6)
	e.append(s, 2)
	e.append(s, 4)
	e.holds(s, 0, numbers(1, 6)...)
}

func repetition(e *env) {
	s := numbered(1)
	e.append(s, 1, 1, 2, 3)
	e.append(s, 1, 2, 3, 3)
	for n := telemetry.Number(1); n <= 3; n++ {
		block := blockOf(s, n)
		e.kind(e.try(s, n, append(block, '!')), "a longer block under a taken number", fault.Conflict)
		e.kind(e.try(s, n, block[:len(block)-1]), "a shorter one", fault.Conflict)
		block[0]++
		e.kind(e.try(s, n, block), "other bytes", fault.Conflict)
	}
	e.holds(s, 0, 1, 2, 3)
	twin := blockOf(s, 1)
	e.ok(e.try(s, 4, twin), "the bytes of another number")
}

// stamps gives blocks other stamps than the usual ones, or none: they are kept as they were first said, beside the
// bytes, and never compared.
func stamps(e *env) {
	s := numbered(1)
	said := []telemetry.Stamp{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	have := func() (got []telemetry.Stamp) {
		e.Helper()
		for _, entry := range e.read(s, 0) {
			got = append(got, entry.Stamp)
		}
		return got
	}
	for again := range telemetry.Stamp(3) {
		for i, stamp := range said {
			a := blocked(s, telemetry.Number(i+1), sized(s, telemetry.Number(i+1), i%2<<20)) // of one row and of two
			a.Stamp = stamp + 7*again
			_, err := e.Journal.Append(e.ctx, a)
			e.ok(err, "append of %d with the stamp %v", a.At.Number, a.Stamp)
		}
		if got := have(); !slices.Equal(got, said) {
			e.Errorf("after tries with other stamps the stamps are %v, want %v", got, said)
		}
	}
	e.end(s)
	said = append(said, 42, 0, 0)
	for again := range telemetry.Stamp(2) {
		for i, fill := range []journal.Entry{{Stamp: 42 + again, Block: []byte("copied")},
			{Stamp: 7 * again, Block: []byte("from a journal of before")}, {Stamp: 99, Void: true}} {
			fill.Number = telemetry.Number(6 + i)
			e.ok(e.Journal.Fill(e.ctx, s, fill), "fill with %v", fill.Head())
		}
		if got := have(); !slices.Equal(got, said) {
			e.Errorf("after fills the stamps are %v, want %v", got, said)
		}
	}
	e.drop(s, 2)
	said = said[2:]
	if got := have(); !slices.Equal(got, said) {
		e.Errorf("after a drop the stamps are %v, want %v", got, said)
	}
}

func birthOvertaken(e *env) {
	s := numbered(1)
	e.append(s, 2)
	e.is(opened(s, 0))
	e.holds(s, 0, 2)
	e.append(s, 1)
	e.append(s, 3)
	e.holds(s, 0, 1, 2, 3)
}

func birthTwice(e *env) {
	e.append(numbered(0), 1, 1)
	e.holds(numbered(0), 0, 1)
	for i := 1; i <= e.Rounds(); i++ {
		s := numbered(i)
		e.Each(4, func(int) error { return e.try(s, 1, blockOf(s, 1)) })
		e.holds(s, 0, 1)
		e.is(opened(s, 0))
	}
}

func continues(e *env) {
	first := telemetry.Stream{Shard: shard, Day: day - 1, Writer: writer(0)}
	birth := journal.Append{At: telemetry.Position{Stream: numbered(1), Number: 1}, Continues: first,
		Block: []byte("1")}
	_, err := e.Journal.Append(e.ctx, birth)
	e.ok(err, "birth")
	later := journal.Append{At: telemetry.Position{Stream: numbered(1), Number: 2}, Continues: numbered(9),
		Block: []byte("2")}
	_, err = e.Journal.Append(e.ctx, later)
	e.ok(err, "append")
	e.append(numbered(1), 3)
	want := opened(numbered(1), 0)
	want.Continues = first
	e.is(want)
	birth.At.Stream, birth.Continues = numbered(2), numbered(1)
	_, err = e.Journal.Append(e.ctx, birth)
	e.ok(err, "birth of the next")
	want = opened(numbered(2), 0)
	want.Continues = numbered(1)
	e.is(want)
	if st := e.end(numbered(2)); st.Continues != numbered(1) {
		e.Errorf("the end forgot what the stream continues: %+v", st)
	}
	e.is(journal.State{Stream: numbered(2), Continues: numbered(1), State: ended(numbered(2), 0).State})
}

func aliasing(e *env) {
	s := numbered(1)
	block := blockOf(s, 1)
	e.ok(e.try(s, 1, block), "append")
	clear(block)
	e.holds(s, 0, 1)
	for range 2 {
		for _, entry := range e.read(s, 0) {
			clear(entry.Block)
		}
		e.holds(s, 0, 1)
	}
	e.end(s)
	block = blockOf(s, 2)
	e.ok(e.fillBlock(s, 2, block), "fill")
	clear(block)
	e.holds(s, 0, 1, 2)
}

func bounds(e *env) {
	s := numbered(1)
	noise := make([]byte, telemetry.MaxBlockBytes+1)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(noise)
	e.kind(e.try(s, 1, noise), "a birth of one byte too many", fault.TooLarge)
	e.kind(e.try(s, 1, nil), "a birth without a byte", fault.Invalid)
	e.kind(e.try(s, 0, noise[:1]), "a birth of number 0", fault.Invalid)
	if _, ok := e.state(s); ok {
		e.Errorf("a refused birth left a stream")
	}
	const row = 960 << 10
	sizes := []int{1, 64 << 10, 64<<10 + 1, row - 1, row, row + 1, telemetry.MaxBlockBytes}
	for i, size := range sizes {
		e.ok(e.try(s, telemetry.Number(i+1), noise[:size]), "a block of %d bytes", size)
	}
	next := telemetry.Number(len(sizes) + 1)
	e.kind(e.try(s, next, noise), "one byte too many", fault.TooLarge)
	e.ok(e.try(s, 6, noise[:row+1]), "a block of two rows again")
	other := bytes.Clone(noise[:row+1])
	other[row]++
	e.kind(e.try(s, 6, other), "another last byte", fault.Conflict)
	e.end(s)
	e.ok(e.fillBlock(s, next, noise[:telemetry.MaxBlockBytes]), "a fill of the largest block")
	entries := e.read(s, 0)
	if len(entries) != len(sizes)+1 {
		e.Fatalf("%d entries, want %d", len(entries), len(sizes)+1)
	}
	for i, size := range append(sizes, telemetry.MaxBlockBytes) {
		if !bytes.Equal(entries[i].Block, noise[:size]) {
			e.Errorf("a block of %d bytes came back as %d, or others", size, len(entries[i].Block))
		}
	}
	e.drop(s, 6)
	if left := e.read(s, 0); len(left) != 2 || left[0].Number != 7 {
		e.Errorf("after the drop %d entries are left", len(left))
	}
}

// manyBlocks passes the bounds of a service's page (1,000 rows) and batch (100).
func manyBlocks(e *env) {
	s := numbered(1)
	const n, actors = 1050, 15
	e.append(s, 1)
	e.Each(actors, func(i int) error {
		for k := 2 + i; k <= n; k += actors {
			if err := e.try(s, telemetry.Number(k), blockOf(s, telemetry.Number(k))); err != nil {
				return err
			}
		}
		return nil
	})
	e.holds(s, 0, numbers(1, n)...)
	e.drop(s, n-7)
	e.holds(s, 0, numbers(n-6, n)...)
	e.is(opened(s, n-7))
}
