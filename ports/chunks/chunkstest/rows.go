package chunkstest

import (
	"bytes"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

func absence(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, made := range []bool{false, true} {
		if made {
			proof.OK(t, f.Store.Prepare(ctx, year), "prepare")
		}
		for _, table := range []chunks.Table{chunks.Chunks, chunks.Catalogue, chunks.State, chunks.Tasks} {
			k := chunks.Key{Partition: chunks.Partition{Table: table, Tenant: tenant}, Row: "r"}
			if table == chunks.Chunks {
				k.Year, k.Of = year, meter
			}
			wantNone(ctx, t, f.Store, k)
			if names := scanned(ctx, t, f.Store, chunks.Range{Partition: k.Partition}); len(names) != 0 {
				t.Errorf("scan of an empty table %d gave %q", table, names)
			}
		}
	}
}

func roundTrip(t T, f Fixture) {
	ctx, s := prepared(t, f)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	keys := []chunks.Key{
		at("r"),
		chunks.SourceKey(tenant, meter.Source),
		chunks.HorizonKey(tenant),
		chunks.TaskKey(tenant, "task"),
	}
	values := [][]byte{every, bytes.Repeat(every, 1024), []byte("x"), {0}}
	for i, k := range keys {
		put(ctx, t, s, k, string(values[i]))
	}
	for i, k := range keys {
		row := want(ctx, t, s, k, string(values[i]))
		if row.Version == "" || row.Committed.IsZero() {
			t.Errorf("row %q has version %q, committed %v", k.Row, row.Version, row.Committed)
		}
		rows, err := scan(ctx, s, chunks.Range{Partition: k.Partition})
		proof.OK(t, err, "scan")
		if len(rows) != 1 || rows[0].Key != k || !bytes.Equal(rows[0].Value, values[i]) ||
			rows[0].Version != row.Version ||
			!rows[0].Committed.Equal(row.Committed) {
			t.Errorf("scan gave %d rows that are not the one got", len(rows))
		}
	}
}

func versions(t T, f Fixture) {
	ctx, s := prepared(t, f)
	k := at("r")
	seen := map[chunks.Version]bool{}
	next := func(value string, last chunks.Version) chunks.Version {
		t.Helper()
		proof.OK(t, s.Apply(ctx, chunks.Change{Key: k, If: last, Value: []byte(value)}), "set %q", value)
		v := want(ctx, t, s, k, value).Version
		if seen[v] || v == "" {
			t.Fatalf("version %q is not new", v)
		}
		seen[v] = true
		if again := want(ctx, t, s, k, value).Version; again != v {
			t.Fatalf("version %q became %q although nothing changed", v, again)
		}
		return v
	}
	v1 := next("a", "")
	v2 := next("b", v1)
	v3 := next("b", v2) // the same bytes are a new version
	proof.OK(t, s.Apply(ctx, chunks.Change{Key: k, If: v3, Delete: true}), "delete")
	wantNone(ctx, t, s, k)
	v4 := next("a", "") // made again, it is another row than the first
	for _, old := range []chunks.Version{v1, v2, v3} {
		proof.Kind(t, s.Apply(ctx, chunks.Change{Key: k, If: old, Value: []byte("lost")}), "set over a row made again",
			fault.Conflict)
		proof.Kind(t, s.Apply(ctx, chunks.Change{Key: k, If: old, Delete: true}), "delete a row made again",
			fault.Conflict)
	}
	if got := want(ctx, t, s, k, "a").Version; got != v4 {
		t.Errorf("version moved from %q to %q without a change", v4, got)
	}
}

func conflicts(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("old"), "1")
	stale := want(ctx, t, s, at("old"), "1").Version
	proof.OK(t, s.Apply(ctx, chunks.Change{Key: at("old"), If: stale, Value: []byte("2")}), "update")
	for _, c := range []struct {
		what   string
		change chunks.Change
	}{
		{"insert over a row", chunks.Change{Key: at("old"), Value: []byte("x")}},
		{"insert the same again", chunks.Change{Key: at("old"), Value: []byte("2")}},
		{"update of an old version", chunks.Change{Key: at("old"), If: stale, Value: []byte("x")}},
		{"delete of an old version", chunks.Change{Key: at("old"), If: stale, Delete: true}},
		{"delete of a row that is said not to exist", chunks.Change{Key: at("old"), Delete: true}},
		{"update of no row", chunks.Change{Key: at("none"), If: stale, Value: []byte("x")}},
		{"delete of no row", chunks.Change{Key: at("none"), If: stale, Delete: true}},
	} {
		before := want(ctx, t, s, at("old"), "2")
		proof.Kind(t, s.Apply(ctx, c.change), c.what, fault.Conflict)
		if after := want(ctx, t, s, at("old"), "2"); after.Version != before.Version {
			t.Errorf("%s moved the version", c.what)
		}
		wantNone(ctx, t, s, at("none"))
	}
}

func aliasing(t T, f Fixture) {
	ctx, s := prepared(t, f)
	given := []byte("given")
	proof.OK(t, s.Apply(ctx, chunks.Change{Key: at("r"), Value: given}), "insert")
	given[0] = 'X'
	got := want(ctx, t, s, at("r"), "given")
	got.Value[0] = 'Y'
	want(ctx, t, s, at("r"), "given")
	rows, err := scan(ctx, s, chunks.Range{Partition: at("").Partition})
	proof.OK(t, err, "scan")
	if len(rows) != 1 || string(rows[0].Value) != "given" {
		t.Fatalf("scan saw somebody else's bytes")
	}
	rows[0].Value[0] = 'Z'
	want(ctx, t, s, at("r"), "given")
	proof.OK(t, s.Apply(ctx, chunks.Change{Key: at("r"), If: got.Version, Value: []byte("other")}), "update")
	if string(got.Value) != "Yiven" {
		t.Errorf("a value that was given away changed to %q", got.Value)
	}
}

func allOrNothing(t T, f Fixture) {
	ctx, s := prepared(t, f)
	put(ctx, t, s, at("u"), "1")
	put(ctx, t, s, at("d"), "1")
	u, d := want(ctx, t, s, at("u"), "1"), want(ctx, t, s, at("d"), "1")
	good := []chunks.Change{
		{Key: at("i"), Value: []byte("2")},
		{Key: at("u"), If: u.Version, Value: []byte("2")},
		{Key: at("d"), If: d.Version, Delete: true},
	}
	bad := []chunks.Change{
		{Key: at("u2"), If: u.Version, Value: []byte("3")}, // no such row
		{Key: at("d2"), If: d.Version, Delete: true},
	}
	for _, wrong := range bad {
		for place := range len(good) + 1 {
			batch := append(append(append([]chunks.Change{}, good[:place]...), wrong), good[place:]...)
			proof.Kind(t, s.Apply(ctx, batch...), "batch with one wrong version", fault.Conflict)
			wantNone(ctx, t, s, at("i"))
			if want(ctx, t, s, at("u"), "1").Version != u.Version ||
				want(ctx, t, s, at("d"), "1").Version != d.Version {
				t.Fatalf("a refused batch moved a version")
			}
		}
	}
	proof.OK(t, s.Apply(ctx, good...), "batch")
	want(ctx, t, s, at("i"), "2")
	want(ctx, t, s, at("u"), "2")
	wantNone(ctx, t, s, at("d"))
}
