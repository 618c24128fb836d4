package storageaccounttest

import (
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/internal/proof"
)

func ownClock(t T, f Fixture) {
	ctx := proof.Context(t)
	var before, after time.Time
	if f.Now != nil {
		before = f.Now()
	}
	mark := ask(ctx, t, f)
	if f.Now != nil {
		after = f.Now()
	}
	if mark.State != region.Single || mark.At.IsZero() {
		t.Fatalf("tidemark %+v, want the clock of a single account", mark)
	}
	if f.Now != nil && (mark.At.Before(before.Add(-Resolution)) || mark.At.After(after)) {
		t.Errorf("tidemark %v, asked between %v and %v of the storage's clock", mark.At, before, after)
	}
}

func neverFalls(t T, f Fixture) {
	ctx := proof.Context(t)
	last := ask(ctx, t, f)
	for i := range 30 {
		if i%10 == 9 {
			f.Pass(Resolution / 2)
		}
		mark := ask(ctx, t, f)
		if mark.At.Before(last.At) {
			t.Fatalf("the tidemark fell from %v to %v", last.At, mark.At)
		}
		last = mark
	}
}

func movesOn(t T, f Fixture) {
	ctx := proof.Context(t)
	proof.OK(t, f.Rows.Prepare(ctx), "prepare")
	committed, err := commit(ctx, f.Rows, "row")
	proof.OK(t, err, "commit a row")
	if first := ask(ctx, t, f); first.Covers(committed, Resolution) {
		t.Errorf("a row committed at %v is covered at once by %v", committed, first.At)
	}
	f.Pass(4 * Resolution)
	if mark := ask(ctx, t, f); !mark.Covers(committed, Resolution) {
		t.Errorf("a row committed at %v is not covered by %v, %v later", committed, mark.At, 4*Resolution)
	}
}

func notOlder(t T, f Fixture) {
	ctx := proof.Context(t)
	proof.OK(t, f.Rows.Prepare(ctx), "prepare")
	for i := range 20 {
		mark := ask(ctx, t, f)
		committed, err := commit(ctx, f.Rows, fmt.Sprint(i))
		proof.OK(t, err, "commit a row")
		proof.OK(t, older(mark, committed), "round %d", i)
		if i%5 == 4 {
			f.Pass(Resolution / 3)
		}
	}
}

func crowd(t T, f Fixture) {
	ctx := proof.Context(t)
	proof.OK(t, f.Rows.Prepare(ctx), "prepare")
	proof.Each(t, 16, func(i int) error {
		var last region.Tidemark
		for n := range 8 {
			mark, err := f.Account.Tidemark(ctx)
			if err != nil {
				return err
			}
			if mark.At.Before(last.At) {
				return fmt.Errorf("the tidemark fell from %v to %v", last.At, mark.At)
			}
			last = mark
			committed, err := commit(ctx, f.Rows, fmt.Sprintf("%d/%d", i, n))
			if err != nil {
				return err
			}
			if err := older(mark, committed); err != nil {
				return err
			}
		}
		return nil
	})
}

func canceled(t T, f Fixture) {
	_, err := f.Account.Tidemark(proof.Ended())
	proof.Kind(t, err, "tidemark", fault.Canceled)
}

func faults(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, struck := range proof.AllFaults {
		f.Arm(struck)
		mark, err := f.Account.Tidemark(ctx)
		proof.Kind(t, err, fmt.Sprintf("tidemark, %v", struck), fault.Unavailable)
		if mark.Known() || !mark.At.IsZero() {
			t.Errorf("tidemark, %v: %+v beside the error", struck, mark)
		}
		if mark := ask(ctx, t, f); !mark.Known() { // the fault is over
			t.Errorf("tidemark after a fault: %+v", mark)
		}
	}
}

func unknown(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, state := range []region.State{region.Bootstrap, region.Unavailable, region.Bootstrap} {
		f.Set(state)
		mark := ask(ctx, t, f)
		if mark.State != state || !mark.At.IsZero() || mark.Known() {
			t.Errorf("tidemark %+v of an account that is %v", mark, state)
		}
	}
	f.Set(region.Single)
	if mark := ask(ctx, t, f); mark.State != region.Single || mark.At.IsZero() {
		t.Errorf("tidemark %+v of an account that is single again", mark)
	}
}

func live(t T, f Fixture) {
	ctx := proof.Context(t)
	proof.OK(t, f.Rows.Prepare(ctx), "prepare")
	f.Set(region.Live)
	first := ask(ctx, t, f)
	if first.State != region.Live || first.At.IsZero() {
		t.Fatalf("tidemark %+v of an account that is live", first)
	}
	committed, err := commit(ctx, f.Rows, "row")
	proof.OK(t, err, "commit a row")
	proof.OK(t, older(first, committed), "live")
	for range 30 { // it keeps up within a few seconds
		f.Pass(Resolution)
		if ask(ctx, t, f).Covers(committed, Resolution) {
			return
		}
	}
	t.Errorf("a row committed at %v is not covered half a minute later", committed)
}
