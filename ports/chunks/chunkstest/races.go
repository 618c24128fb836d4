package chunkstest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

const writers = 64

// add raises the number in each of the rows by one, in one change, however often somebody else is first.
func add(ctx context.Context, s chunks.Store, keys ...chunks.Key) error {
	for range 100 * writers { // one of all who collide gets on, so that this is plenty
		changes := make([]chunks.Change, len(keys))
		for i, k := range keys {
			row, err := s.Get(ctx, k)
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(string(row.Value))
			if err != nil {
				return err
			}
			changes[i] = chunks.Change{Key: k, If: row.Version, Value: []byte(strconv.Itoa(n + 1))}
		}
		err := s.Apply(ctx, changes...)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return errors.New("every try met a conflict")
}

func counterRace(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("n"), "0")
	proof.Each(t, writers, func(int) error { return add(ctx, s, at("n")) })
	want(ctx, t, s, at("n"), strconv.Itoa(writers))
}

func insertRace(t T, f Fixture) {
	ctx, s := prepared(t, f)
	var won atomic.Int32
	proof.Each(t, writers, func(i int) error {
		err := s.Apply(ctx, chunks.Change{Key: at("n"), Value: []byte(strconv.Itoa(i))})
		switch {
		case err == nil:
			won.Add(1)
			row, err := s.Get(ctx, at("n"))
			if err == nil && string(row.Value) != strconv.Itoa(i) {
				err = fmt.Errorf("writer %d made the row, and reads %q", i, row.Value)
			}
			return err
		case fault.Is(err, fault.Conflict):
			return nil
		}
		return err
	})
	if won.Load() != 1 {
		t.Errorf("%d writers made the same row, want 1", won.Load())
	}
}

func batchRace(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("a"), "0")
	put(ctx, t, s, at("b"), "0")
	proof.Each(t, writers, func(i int) error {
		if i%4 == 0 { // some change both, some only one: their conflicts are with one row of the two
			return add(ctx, s, at("a"), at("b"))
		}
		return add(ctx, s, at([]string{"a", "b"}[i%2]))
	})
	both := writers / 4
	odd := writers / 2
	want(ctx, t, s, at("a"), strconv.Itoa(writers-odd)) // the even ones: both, and i%4 == 2
	want(ctx, t, s, at("b"), strconv.Itoa(both+odd))
}

func secondHandle(t T, f Fixture) {
	ctx, s := prepared(t, f)
	if f.Second == nil {
		t.Fatalf("the harness declares a second handle and gives none")
	}
	put(ctx, t, s, at("r"), "1")
	row := want(ctx, t, f.Second, at("r"), "1")
	proof.OK(t, f.Second.Apply(ctx, chunks.Change{Key: at("r"), If: row.Version, Value: []byte("2")}),
		"update by the second handle")
	proof.Kind(t, s.Apply(ctx, chunks.Change{Key: at("r"), If: row.Version, Value: []byte("3")}),
		"update of the version before", fault.Conflict)
	want(ctx, t, s, at("r"), "2")
	put(ctx, t, f.Second, at("q"), "1")
	if names := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition}); len(names) != 2 {
		t.Errorf("scan sees %q, want both rows", names)
	}
	put(ctx, t, s, at("n"), "0")
	proof.Each(t, writers/4, func(i int) error {
		return add(ctx, []chunks.Store{f.Store, f.Second}[i%2], at("n"))
	})
	want(ctx, t, s, at("n"), strconv.Itoa(writers/4))
	proof.OK(t, f.Second.Expire(ctx, year+1), "expire by the second handle")
	wantNone(ctx, t, s, at("r"))
	proof.Kind(t, s.Prepare(ctx, year), "prepare a year the other expired", fault.Conflict)
}

func commitTimes(t T, f Fixture) {
	ctx, s := prepared(t, f)
	var last chunks.Row
	for i := range 20 {
		changes := []chunks.Change{{Key: at("r"), If: last.Version, Value: []byte(strconv.Itoa(i))},
			{Key: at(fmt.Sprintf("new %d", i))}}
		before := f.clock()
		proof.OK(t, s.Apply(ctx, changes...), "update")
		row := want(ctx, t, s, at("r"), strconv.Itoa(i))
		f.within(t, row, before)
		if row.Committed.Before(last.Committed) {
			t.Errorf("the commit time of a row fell from %v to %v", last.Committed, row.Committed)
		}
		f.within(t, want(ctx, t, s, changes[1].Key, ""), before)
		if again := want(ctx, t, s, at("r"), strconv.Itoa(i)); !again.Committed.Equal(row.Committed) {
			t.Errorf("the commit time moved from %v to %v without a commit", row.Committed, again.Committed)
		}
		last = row
	}
}

// clock is the storage's own time as Unix nanoseconds, cut as commit times are; 0 when the harness does not tell.
func (f Fixture) clock() int64 {
	if f.Now == nil {
		return 0
	}
	return f.Now().Truncate(f.Resolution).UnixNano()
}

// within fails the case unless a row was committed between a reading of the clock and now.
func (f Fixture) within(t T, row chunks.Row, before int64) {
	t.Helper()
	if f.Now == nil {
		return
	}
	if at := row.Committed; at.UnixNano() < before || at.After(f.Now()) {
		t.Errorf("row %q was committed at %v by its own account, but between %d and %v by the storage's clock",
			row.Key.Row, at, before, f.Now())
	}
}
