package chunkstest

import (
	"fmt"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

func applyFaults(t T, f Fixture) {
	ctx, s := prepared(t, f)
	for _, struck := range proof.AllFaults {
		name := func(row string) chunks.Key { return at(fmt.Sprintf("%s %v", row, struck)) }
		put(ctx, t, s, name("u"), "1")
		put(ctx, t, s, name("d"), "1")
		u, d := want(ctx, t, s, name("u"), "1"), want(ctx, t, s, name("d"), "1")
		for _, c := range []struct {
			what    string
			changes []chunks.Change
		}{
			{"insert", []chunks.Change{{Key: name("i"), Value: []byte("2")}}},
			{"update", []chunks.Change{{Key: u.Key, If: u.Version, Value: []byte("2")}}},
			{"delete", []chunks.Change{{Key: d.Key, If: d.Version, Delete: true}}},
			{"batch", []chunks.Change{{Key: name("x"), Value: []byte("2")}, {Key: name("y"), Value: []byte("2")}}},
		} {
			f.Arm(struck)
			proof.Kind(t, s.Apply(ctx, c.changes...), fmt.Sprintf("%s, %v", c.what, struck), struck.Kind())
			for _, change := range c.changes {
				f.settled(t, change, struck == Applied)
			}
			// the fault is over: the same change happens now, or is refused because it did
			again := s.Apply(ctx, c.changes...)
			if struck == Applied {
				proof.Kind(t, again, c.what+" again", fault.Conflict)
			} else {
				proof.OK(t, again, "%s again", c.what)
			}
			for _, change := range c.changes {
				f.settled(t, change, true)
			}
		}
	}
}

// settled fails the case unless a change is there, or is not.
func (f Fixture) settled(t T, c chunks.Change, happened bool) {
	t.Helper()
	ctx := proof.Context(t)
	switch {
	case happened && c.Delete, !happened && c.If == "":
		wantNone(ctx, t, f.Store, c.Key)
	case happened:
		want(ctx, t, f.Store, c.Key, string(c.Value))
	default:
		if row := want(ctx, t, f.Store, c.Key, "1"); row.Version != c.If {
			t.Errorf("row %q has another version although nothing happened", c.Key.Row)
		}
	}
}

func readFaults(t T, f Fixture) {
	ctx, s := prepared(t, f)
	fill(ctx, t, s, []string{"a", "b", "c"})
	for _, struck := range proof.AllFaults {
		f.Arm(struck)
		_, err := s.Get(ctx, at("a"))
		proof.Kind(t, err, fmt.Sprintf("get, %v", struck), fault.Unavailable, fault.Indeterminate)
		want(ctx, t, s, at("a"), "a")
		f.Arm(struck)
		_, err = s.Get(ctx, at("absent"))
		proof.Kind(t, err, fmt.Sprintf("get of nothing, %v", struck), fault.Unavailable, fault.Indeterminate)
		f.Arm(struck)
		_, err = s.Expired(ctx)
		proof.Kind(t, err, fmt.Sprintf("expired, %v", struck), fault.Unavailable, fault.Indeterminate)
		f.Arm(struck)
		after, failed := 0, error(nil)
		for _, err := range s.Scan(ctx, chunks.Range{Partition: at("").Partition}) {
			if failed != nil {
				after++
			}
			if err != nil {
				failed = err
			}
		}
		proof.Kind(t, failed, fmt.Sprintf("scan, %v", struck), fault.Unavailable, fault.Indeterminate)
		if after != 0 {
			t.Errorf("scan yielded %d more after an error", after)
		}
		if names := scanned(ctx, t, s, chunks.Range{Partition: at("").Partition}); len(names) != 3 {
			t.Errorf("scan after the fault gave %q", names)
		}
	}
}

func tableFaults(t T, f Fixture) {
	ctx, s := prepared(t, f)
	for i, struck := range proof.AllFaults {
		y := year + 1 + int32(i)
		f.Arm(struck)
		proof.Kind(t, s.Prepare(ctx, y), fmt.Sprintf("prepare, %v", struck), struck.Kind())
		proof.OK(t, s.Prepare(ctx, y), "prepare again")
		put(ctx, t, s, in(y), "1")
	}
	for i, struck := range proof.AllFaults {
		y := year + 1 + int32(i)
		f.Arm(struck)
		proof.Kind(t, s.Expire(ctx, y+1), fmt.Sprintf("expire, %v", struck), struck.Kind())
		if struck != Applied {
			want(ctx, t, s, in(y), "1")
		}
		proof.OK(t, s.Expire(ctx, y+1), "expire again")
		expiredOnly(t, f, y)
	}
}

// expiredOnly is expired without its look at later years.
func expiredOnly(t T, f Fixture, y int32) {
	t.Helper()
	ctx := proof.Context(t)
	proof.Kind(t, f.Store.Prepare(ctx, y), "prepare an expired year", fault.Conflict)
	wantNone(ctx, t, f.Store, in(y))
}
