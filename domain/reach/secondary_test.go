package reach_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/chunks/chunkstest"
)

// TestAGuardedSecondaryPassesTheProof while it is seen live.
func TestAGuardedSecondaryPassesTheProof(t *testing.T) {
	chunkstest.RunSecondary(t, func(p chunkstest.T) chunkstest.Replicated {
		s := goruntime.New()
		rows, account := memory.NewRows(s), memory.NewAccount(s)
		rows.KeepHistory(time.Hour)
		account.SetState(region.Live, 0)
		var arrived time.Time
		inner := rows.Secondary(func(chunks.Partition) time.Time { return arrived })
		second := reach.NewSecondary(inner, guarded(region.SecondaryOf(""), s), s)
		if _, err := second.Account(account).Tidemark(t.Context()); err != nil {
			p.Fatalf("%v", err)
		}
		return chunkstest.Replicated{Store: rows, Secondary: second, Arrive: func() { arrived = s.Now().Add(1) }}
	})
}

// TestASecondaryIsReadWhileItWasSeenLive, and neither longer nor after it has said something else; and what was read
// counts only if that holds still when the answer is there.
func TestASecondaryIsReadWhileItWasSeenLive(t *testing.T) {
	s := memory.NewSched(1)
	rows, account := memory.NewRows(s), memory.NewAccount(s)
	slow := time.Duration(0)
	inner := rows.Secondary(func(chunks.Partition) time.Time {
		_ = s.Sleep(context.Background(), slow)
		return s.Now().Add(time.Hour)
	})
	second := reach.NewSecondary(inner, guarded(region.SecondaryOf(""), s), s)
	tide := second.Account(account)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key := chunks.HorizonKey("t")
	err := s.Run(func() {
		ctx := context.Background()
		must(rows.Prepare(ctx))
		must(rows.Apply(ctx, chunks.Change{Key: key, Value: []byte("v")}))
		reads := func(when string, want bool) {
			t.Helper()
			row, err := second.Get(ctx, key)
			_, absent := second.Get(ctx, chunks.DeletionsKey("t"))
			_, expired := second.Expired(ctx)
			scanned := 0
			var failed error
			for _, err := range second.Scan(ctx, chunks.Range{Partition: key.Partition}) {
				if failed = err; err == nil {
					scanned++
				}
			}
			switch {
			case want && (string(row.Value) != "v" || scanned != 1 || !fault.Is(absent, fault.NotFound)),
				want && (err != nil || expired != nil || failed != nil):
				t.Errorf("%s: %v, %v, %v, %d scanned, %v", when, err, absent, expired, scanned, failed)
			case !want && !(fault.Is(err, fault.Unavailable) && fault.Is(absent, fault.Unavailable) &&
				fault.Is(expired, fault.Unavailable) && fault.Is(failed, fault.Unavailable) && scanned == 0):
				t.Errorf("%s it is read: %v, %v, %v, %d scanned, %v", when, err, absent, expired, scanned, failed)
			}
		}
		ask := func(state region.State) {
			account.SetState(state, 0)
			_, err := tide.Tidemark(ctx)
			must(err)
		}
		reads("before it was asked", false)
		ask(region.Live)
		reads("seen live", true)
		_ = s.Sleep(ctx, reach.SeenLive-time.Second)
		reads("soon after", true)
		_ = s.Sleep(ctx, time.Second)
		reads("too long after", false)
		ask(region.Live)
		reads("seen live again", true)
		ask(region.Bootstrap)
		reads("being filled", false)
		if second.May() {
			t.Error("it may be read while it is being filled")
		}
		for _, call := range []func() error{
			func() error { _, err := second.Get(ctx, key); return err },
			func() error { _, err := second.Get(ctx, chunks.DeletionsKey("t")); return err },
			func() error { _, err := second.Expired(ctx); return err },
			func() (failed error) {
				for _, err := range second.Scan(ctx, chunks.Range{Partition: key.Partition}) {
					failed = err
				}
				return failed
			},
			func() (failed error) { // there is none
				for _, err := range second.Scan(ctx, chunks.Range{Partition: key.Partition, From: "x"}) {
					failed = err
				}
				return failed
			},
		} {
			slow = 0
			ask(region.Live)
			slow = reach.SeenLive
			if err := call(); !fault.Is(err, fault.Unavailable) {
				t.Errorf("an answer that comes after the lease counts: %v", err)
			}
		}
	})
	must(err)
}
