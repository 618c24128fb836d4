package chunkstest

import (
	"context"
	"math"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// in is the key of a row "r" in a year.
func in(y int32) chunks.Key {
	k := at("r")
	k.Year = y
	return k
}

func prepare(t T, f Fixture) {
	ctx := proof.Context(t)
	s := f.Store
	proof.OK(t, s.Prepare(ctx), "prepare")
	proof.OK(t, s.Prepare(ctx), "prepare again")
	put(ctx, t, s, chunks.SourceKey(tenant, "source"), "1")
	proof.OK(t, s.Prepare(ctx, year, year+1, -1), "prepare years")
	for _, y := range []int32{year, year + 1, -1} {
		put(ctx, t, s, in(y), "1")
	}
	proof.OK(t, s.Prepare(ctx, year, year+2), "prepare some years again")
	put(ctx, t, s, in(year+2), "1")
	for _, y := range []int32{year, year + 1, -1} {
		want(ctx, t, s, in(y), "1")
	}
	want(ctx, t, s, chunks.SourceKey(tenant, "source"), "1")
	proof.Each(t, 8, func(int) error { return s.Prepare(ctx, year+3) })
	put(ctx, t, s, in(year+3), "1")
}

func expire(t T, f Fixture) {
	ctx := proof.Context(t)
	s := f.Store
	first(ctx, t, s, math.MinInt32)
	proof.OK(t, s.Expire(ctx, -5), "expire before anything was made")
	first(ctx, t, s, -5)
	years := []int32{-3, 0, year - 1, year, year + 1}
	proof.OK(t, s.Prepare(ctx, years...), "prepare")
	for _, y := range years {
		put(ctx, t, s, in(y), "1")
	}
	put(ctx, t, s, chunks.SourceKey(tenant, "source"), "1")
	for range 2 {
		proof.OK(t, s.Expire(ctx, year), "expire")
		proof.OK(t, s.Expire(ctx, year-1), "expire fewer")
		first(ctx, t, s, year)
		for _, y := range years[:3] {
			expired(t, f, y)
		}
		expired(t, f, 7) // never made, and never will be
		want(ctx, t, s, in(year), "1")
		want(ctx, t, s, in(year+1), "1")
		want(ctx, t, s, chunks.SourceKey(tenant, "source"), "1")
		proof.OK(t, s.Prepare(ctx, year, year+1), "prepare what was not expired")
	}
	proof.OK(t, s.Expire(ctx, year+1), "expire one more")
	expired(t, f, year)
	want(ctx, t, s, in(year+1), "1")
	first(ctx, t, s, year+1)
}

// first fails the case unless the store says that all years before one were expired.
func first(ctx context.Context, t T, s chunks.Store, year int32) {
	t.Helper()
	got, err := s.Expired(ctx)
	proof.OK(t, err, "ask what was expired")
	if got != year {
		t.Errorf("expired up to the year %d, want %d", got, year)
	}
}

// expired fails the case unless nothing of a year is left and nothing of it can come back.
func expired(t T, f Fixture, y int32) {
	t.Helper()
	ctx := proof.Context(t)
	proof.Kind(t, f.Store.Prepare(ctx, y), "prepare an expired year", fault.Conflict)
	proof.Kind(t, f.Store.Prepare(ctx, y, year+1), "prepare an expired year and another", fault.Conflict)
	err := f.Store.Apply(ctx, chunks.Change{Key: in(y), Value: []byte("back")})
	proof.Kind(t, err, "apply to an expired year", fault.NotFound, fault.Conflict, fault.Invalid)
	wantNone(ctx, t, f.Store, in(y))
	if names := scanned(ctx, t, f.Store, chunks.Range{Partition: in(y).Partition}); len(names) != 0 {
		t.Errorf("expired year %d still gives %q", y, names)
	}
}
