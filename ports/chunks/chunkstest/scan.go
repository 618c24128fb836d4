package chunkstest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// fill inserts rows, a batch at a time.
func fill(ctx context.Context, t T, s chunks.Store, names []string) {
	t.Helper()
	for batch := range slices.Chunk(names, chunks.MaxChanges) {
		changes := make([]chunks.Change, len(batch))
		for i, name := range batch {
			changes[i] = chunks.Change{Key: at(name), Value: []byte(name)}
		}
		proof.OK(t, s.Apply(ctx, changes...), "insert %d rows", len(changes))
	}
}

func scanOrder(t T, f Fixture, ordered int) {
	ctx, s := prepared(t, f)
	names := proof.Names()
	fill(ctx, t, s, names)
	got := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition})
	cut := func(s string) string {
		if ordered > 0 && len(s) > ordered {
			return s[:ordered]
		}
		return s
	}
	for i := 1; i < len(got); i++ {
		if cut(got[i-1]) > cut(got[i]) {
			t.Errorf("scan gave %q before %q", brief([]byte(got[i-1])), brief([]byte(got[i])))
		}
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Errorf("scan gave %d rows of %d, or others:\n%q\nwant\n%q", len(got), len(names), got, names)
	}
	// Every name as a bound: the rows below it and the rows from it on are all the rows.
	for _, bound := range names {
		if len(bound) > 100 {
			continue
		}
		n, _ := slices.BinarySearch(names, bound)
		below := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition, To: bound})
		from := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition, From: bound})
		if len(below) != n || len(from) != len(names)-n {
			t.Errorf("bound %q: %d rows below and %d from it on, want %d and %d", bound, len(below), len(from), n,
				len(names)-n)
		}
	}
}

func ranges(t T, f Fixture) {
	ctx, s := prepared(t, f)
	fill(ctx, t, s, []string{"b", "b1", "d", "d0", "f"})
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"", "", []string{"b", "b1", "d", "d0", "f"}},
		{"b", "", []string{"b", "b1", "d", "d0", "f"}},
		{"b0", "", []string{"b1", "d", "d0", "f"}},
		{"b", "d", []string{"b", "b1"}},
		{"b", "d0", []string{"b", "b1", "d"}},
		{"", "b", nil},
		{"", "a", nil},
		{"c", "c", nil},
		{"d", "d", nil},
		{"d", "d\x00", []string{"d"}},
		{"f", "b", nil},
		{"f", "", []string{"f"}},
		{"g", "", nil},
		{"a", "z", []string{"b", "b1", "d", "d0", "f"}},
	} {
		got := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition, From: c.from, To: c.to})
		if !slices.Equal(got, c.want) {
			t.Errorf("scan [%q, %q): got %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func stoppedScan(t T, f Fixture) {
	ctx, s := prepared(t, f)
	fill(ctx, t, s, []string{"a", "b", "c"})
	all := s.Scan(ctx, chunks.Range{Partition: at("").Partition})
	for range 2 { // a sequence can be ranged over again
		n := 0
		for row, err := range all {
			proof.OK(t, err, "scan")
			if n++; row.Key.Row == "b" {
				break
			}
		}
		if n != 2 {
			t.Errorf("stopped after %d rows, want 2", n)
		}
	}
	for row, err := range all { // what the scan looks at may change under it
		proof.OK(t, err, "scan")
		proof.OK(t, s.Apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Delete: true}), "delete while scanning")
	}
	if left := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition}); len(left) != 0 {
		t.Errorf("left over: %q", left)
	}
	within, stop := context.WithCancel(ctx)
	defer stop()
	fill(ctx, t, s, []string{"a", "b", "c"})
	var err error
	for _, err = range s.Scan(within, chunks.Range{Partition: at("").Partition}) {
		stop() // what was read already may still come; anything else is the context's error
	}
	if err != nil {
		proof.Kind(t, err, "scan under a context that ended", fault.Canceled)
	}
}

func longScan(t T, f Fixture) {
	ctx, s := prepared(t, f)
	names := make([]string, 2100)
	for i := range names {
		names[i] = fmt.Sprintf("row %05d", i)
	}
	fill(ctx, t, s, names)
	whole := chunks.Range{Partition: at("").Partition}
	if got := scanned(ctx, t, s, whole); !slices.Equal(got, names) {
		t.Errorf("scan gave %d rows of %d, or in another order", len(got), len(names))
	}
	whole.From, whole.To = names[7], names[1999]
	if got := scanned(ctx, t, s, whole); !slices.Equal(got, names[7:1999]) {
		t.Errorf("scan of a part gave %d rows of %d, or in another order", len(got), 1999-7)
	}
}

func scanWhileWriting(t T, f Fixture) {
	ctx, s := prepared(t, f)
	const stable = 150
	names := make([]string, stable)
	for i := range names {
		names[i] = fmt.Sprintf("s %03d", i)
	}
	fill(ctx, t, s, names)
	var over atomic.Bool
	proof.Each(t, 3, func(actor int) error {
		if actor == 0 {
			defer over.Store(true)
			return scanRepeatedly(ctx, s, names)
		}
		return comeAndGo(ctx, s, actor, &over)
	})
}

// scanRepeatedly expects the names, in order, whatever else comes and goes between them.
func scanRepeatedly(ctx context.Context, s chunks.Store, names []string) error {
	for range 10 {
		rows, err := scan(ctx, s, chunks.Range{Partition: at("").Partition})
		if err != nil {
			return err
		}
		next := 0
		for i, row := range rows {
			if i > 0 && rows[i-1].Key.Row >= row.Key.Row {
				return fmt.Errorf("scan gave %q, then %q", rows[i-1].Key.Row, row.Key.Row)
			}
			if next < len(names) && row.Key.Row == names[next] {
				next++
			}
		}
		if next != len(names) {
			return fmt.Errorf("scan left out %q, which was there all the time", names[next])
		}
	}
	return nil
}

// comeAndGo inserts and deletes rows between the stable ones until it is over.
func comeAndGo(ctx context.Context, s chunks.Store, actor int, over *atomic.Bool) error {
	for i := 0; !over.Load(); i++ {
		k := at(fmt.Sprintf("s %03d by %d", i*37%150, actor))
		if err := s.Apply(ctx, chunks.Change{Key: k, Value: []byte("x")}); err != nil {
			return err
		}
		row, err := s.Get(ctx, k)
		if err != nil {
			return err
		}
		if err := s.Apply(ctx, chunks.Change{Key: k, If: row.Version, Delete: true}); err != nil {
			return err
		}
	}
	return nil
}
