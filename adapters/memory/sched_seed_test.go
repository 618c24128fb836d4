package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/ports/sched"
)

// busy is a program with all that a scheduler does; it returns its history as the program saw it.
func busy(s *memory.Sched) string {
	var log strings.Builder
	note := func(format string, args ...any) {
		fmt.Fprintf(&log, "%v ", s.Now().Nanosecond())
		fmt.Fprintf(&log, format+"\n", args...)
	}
	ctx, cancel := s.WithTimeout(context.Background(), 90*time.Microsecond)
	defer cancel()
	done := s.NewEvent()
	s.AfterFunc(30*time.Microsecond, func() { note("after"); done.Set() })
	err := sched.Each(ctx, s, 12, 5, func(ctx context.Context, i int) error {
		for j := range 4 {
			note("%d.%d", i, j)
			if err := s.Sleep(ctx, time.Duration(i%3)*10*time.Microsecond); err != nil {
				return err
			}
		}
		return done.Wait(ctx)
	})
	note("end %v", err)
	return log.String()
}

func TestSchedSameSeedSameHistory(t *testing.T) {
	seed := testSeed(t)
	histories, hashes := map[string]int{}, map[uint64]int{}
	for range 1000 {
		s := memory.NewSched(seed)
		var h string
		if err := s.Run(func() { h = busy(s) }); err != nil {
			t.Fatal(err)
		}
		histories[h]++
		hashes[s.Hash()]++
	}
	if len(histories) != 1 || len(hashes) != 1 {
		t.Errorf("one seed gave %d histories and %d hashes in 1,000 runs", len(histories), len(hashes))
	}
}

func TestSchedOtherSeedsOtherHistories(t *testing.T) {
	histories, hashes := map[string]bool{}, map[uint64]bool{}
	for seed := range uint64(200) {
		s := memory.NewSched(seed)
		if err := s.Run(func() { histories[busy(s)] = true }); err != nil {
			t.Fatal(err)
		}
		hashes[s.Hash()] = true
	}
	if len(histories) < 190 || len(hashes) < 190 {
		t.Errorf("200 seeds gave only %d histories and %d hashes", len(histories), len(hashes))
	}
}

// TestSchedSeedsExplore counts the outcomes of two programs whose outcome depends on who is first.
func TestSchedSeedsExplore(t *testing.T) {
	lost, slept := map[int]int{}, map[string]int{}
	for seed := range uint64(100) {
		s := memory.NewSched(seed)
		err := s.Run(func() {
			counter := 0
			_ = sched.Each(context.Background(), s, 2, 0, func(ctx context.Context, _ int) error {
				read := counter
				_ = s.Sleep(ctx, 0)
				counter = read + 1
				return nil
			})
			lost[counter]++
			ctx, cancel := s.WithTimeout(context.Background(), time.Second)
			defer cancel()
			slept[fmt.Sprint(s.Sleep(ctx, time.Second))]++ // timer and deadline at one instant
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if lost[1] < 20 || lost[2] < 5 {
		t.Errorf("an update was lost %d times of 100, not lost %d times", lost[1], lost[2])
	}
	if slept["<nil>"] < 25 || slept["context deadline exceeded"] < 25 {
		t.Errorf("timer against deadline: %v", slept)
	}
}

// ExampleSched plays an hour in no time.
func ExampleSched() {
	s := memory.NewSched(42)
	err := s.Run(func() {
		begun, done := s.Now(), s.NewEvent()
		s.Go("baker", func() {
			_ = s.Sleep(context.Background(), time.Hour)
			done.Set()
		})
		_ = done.Wait(context.Background())
		fmt.Println("bread after", s.Now().Sub(begun))
	})
	fmt.Println(err)
	// Output:
	// bread after 1h0m0s
	// <nil>
}

// testSeed is TIDEMARK_SEED or a random seed, printed when the test fails.
func testSeed(t *testing.T) uint64 {
	seed := rand.Uint64()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		v, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
		seed = v
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again with TIDEMARK_SEED=%d", seed)
		}
	})
	return seed
}
