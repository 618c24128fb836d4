package chunkstest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// Replicated is an account and its secondary endpoint, where nothing arrives by itself.
type Replicated struct {
	Store     chunks.Store
	Secondary chunks.Reader
	// Arrive lets everything that was committed arrive, and waits for it.
	Arrive func()
}

// RunSecondary tries what the contract says of a secondary endpoint.
func RunSecondary(t *testing.T, of func(t T) Replicated) {
	proof.Run(t, []proof.Case[Replicated]{
		{Name: "what has not arrived", Run: notArrived},
		{Name: "what changes together arrives together", Run: arrivesTogether},
		{Name: "a scan shows what has arrived", Run: scanOfArrived},
		{Name: "an expired year is known when that has arrived", Run: expiredArrives},
		{Name: "a reader that gives up", Run: givenUp},
	}, 0, of)
}

// replicated is a context and the account, whose tables have arrived.
func replicated(t T, f Replicated) context.Context {
	t.Helper()
	ctx := proof.Context(t)
	proof.OK(t, f.Store.Prepare(ctx, year), "prepare")
	f.Arrive()
	return ctx
}

func notArrived(t T, f Replicated) {
	ctx := replicated(t, f)
	put(ctx, t, f.Store, at("r"), "1")
	wantNone(ctx, t, f.Secondary, at("r"))
	f.Arrive()
	first := want(ctx, t, f.Secondary, at("r"), "1")
	wantSame(ctx, t, f, at("r"), "1")
	proof.OK(t, f.Store.Apply(ctx, chunks.Change{Key: at("r"), If: first.Version, Value: []byte("2")}), "replace")
	if again := want(ctx, t, f.Secondary, at("r"), "1"); again.Version != first.Version {
		t.Errorf("before the update has arrived the version is %q, it was %q", again.Version, first.Version)
	}
	f.Arrive()
	second := wantSame(ctx, t, f, at("r"), "2")
	proof.OK(t, f.Store.Apply(ctx, chunks.Change{Key: at("r"), If: second.Version, Delete: true}), "delete")
	want(ctx, t, f.Secondary, at("r"), "2")
	f.Arrive()
	wantNone(ctx, t, f.Secondary, at("r"))
}

// wantSame fails the case unless both endpoints give the same of a row.
func wantSame(ctx context.Context, t T, f Replicated, k chunks.Key, value string) chunks.Row {
	t.Helper()
	first, second := want(ctx, t, f.Store, k, value), want(ctx, t, f.Secondary, k, value)
	if first.Version != second.Version || !first.Committed.Equal(second.Committed) {
		t.Errorf("row %q is of version %q, %v, and at the secondary of %q, %v", k.Row, first.Version, first.Committed,
			second.Version, second.Committed)
	}
	return first
}

func arrivesTogether(t T, f Replicated) {
	ctx := replicated(t, f)
	put(ctx, t, f.Store, at("parent"), "whole")
	f.Arrive()
	v := want(ctx, t, f.Store, at("parent"), "whole").Version
	proof.OK(t, f.Store.Apply(ctx, chunks.Change{Key: at("parent"), If: v, Value: []byte("marker")},
		chunks.Change{Key: at("child"), Value: []byte("half")}), "split")
	want(ctx, t, f.Secondary, at("parent"), "whole")
	wantNone(ctx, t, f.Secondary, at("child"))
	f.Arrive()
	wantSame(ctx, t, f, at("parent"), "marker")
	wantSame(ctx, t, f, at("child"), "half")
}

func scanOfArrived(t T, f Replicated) {
	ctx := replicated(t, f)
	var names []string
	for i := range 150 {
		names = append(names, fmt.Sprintf("n%03d", i))
	}
	fill(ctx, t, f.Store, names[:140])
	f.Arrive()
	fill(ctx, t, f.Store, names[140:])
	if got := scanned(ctx, t, f.Secondary, chunks.Range{Partition: at("").Partition}); !slices.Equal(got,
		names[:140]) {
		t.Errorf("a scan shows %d rows, %v, and 140 have arrived", len(got), got)
	}
	f.Arrive()
	within := chunks.Range{Partition: at("").Partition, From: names[10], To: names[145]}
	if got := scanned(ctx, t, f.Secondary, within); !slices.Equal(got, names[10:145]) {
		t.Errorf("a scan shows %d rows, %v, of 135 that have arrived", len(got), got)
	}
	none := chunks.SourceKey("nobody", "x").Partition
	if got := scanned(ctx, t, f.Secondary, chunks.Range{Partition: none}); len(got) != 0 {
		t.Errorf("a partition without rows has %v", got)
	}
}

func expiredArrives(t T, f Replicated) {
	ctx := replicated(t, f)
	put(ctx, t, f.Store, at("r"), "1")
	f.Arrive()
	proof.OK(t, f.Store.Expire(ctx, year+1), "expire")
	f.Arrive()
	before, err := f.Secondary.Expired(ctx)
	proof.OK(t, err, "expired")
	if before != year+1 {
		t.Errorf("what has expired is before year %d, want %d", before, year+1)
	}
	wantNone(ctx, t, f.Secondary, at("r"))
}

func givenUp(t T, f Replicated) {
	_ = replicated(t, f)
	ended := proof.Ended()
	_, err := f.Secondary.Get(ended, at("r"))
	proof.Kind(t, err, "get", fault.Canceled)
	_, err = scan(ended, f.Secondary, chunks.Range{Partition: at("").Partition})
	proof.Kind(t, err, "scan", fault.Canceled)
	_, err = f.Secondary.Expired(ended)
	proof.Kind(t, err, "expired", fault.Canceled)
}
