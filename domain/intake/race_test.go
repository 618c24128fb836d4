package intake_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

// clientOf counts how often it was cut off.
type clientOf struct{ cut atomic.Int64 }

func (c *clientOf) Cut() { c.cut.Add(1) }

// TestManyAtOnce uses one budget from many goroutines in real time: bodies of drawn kinds that come, pause, are cut
// off, are decoded or go. Never is more held than there is, nobody is cut off who was not told so, and in the end
// nothing is held.
func TestManyAtOnce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("TIDEMARK_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	var refused [2]atomic.Int64
	budget := intake.New(intake.Config{Bytes: intake.LeastBytes, Turns: 2, Grace: time.Millisecond,
		Fill:     10 * time.Millisecond,
		Patience: 20 * time.Millisecond, Refused: func(r intake.Reason) { refused[r].Add(1) }}, goruntime.New())
	var all sync.WaitGroup
	var done atomic.Int64
	for i := range 40 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			var b intake.Body // one after another is the same, as in a server
			for range 100 {
				if held := budget.Held(); held > intake.LeastBytes {
					t.Errorf("%d bytes are held", held)
				}
				if oneBody(t, random, budget, &b) {
					done.Add(1)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d of 4,000 were taken in; %d found no memory, %d were slow", done.Load(), refused[intake.Full].Load(),
		refused[intake.Slow].Load())
	if n := budget.Held(); n != 0 {
		t.Errorf("%d bytes are held in the end", n)
	}
	for range 2 {
		if !budget.Long.Try() {
			t.Error("a turn was not given back")
		}
	}
	if done.Load() < 400 {
		t.Errorf("only %d bodies were taken in", done.Load())
	}
}

// oneBody is a body from its begin to its end; it reports whether it was decoded.
func oneBody(t *testing.T, random *rand.Rand, budget *intake.Budget, b *intake.Body) bool {
	ctx := context.Background()
	bytes := int64(1) << random.IntN(22)
	w := intake.Want{Bytes: bytes, Known: random.IntN(2) == 0}
	if random.IntN(3) == 0 {
		w.Unpack = 6 << 20
	}
	c := new(clientOf)
	b.Open(budget, w, c)
	defer b.Close()
	for room := int64(0); room < bytes; {
		var err error
		if room, err = b.Grow(ctx); err != nil {
			return checkRefusal(t, err, c)
		}
		if random.IntN(10) == 0 {
			time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
		}
		if random.IntN(50) == 0 {
			return false // the client has gone
		}
		b.Came(int(min(room, bytes)))
	}
	room, err := b.Arrived(ctx, 0)
	for w.Unpack > 0 && err == nil && room < bytes*int64(random.IntN(3)) {
		room, err = b.Unpack(ctx)
	}
	if err != nil {
		return checkRefusal(t, err, c)
	}
	time.Sleep(time.Duration(random.IntN(300)) * time.Microsecond)
	return true
}

func checkRefusal(t *testing.T, err error, c *clientOf) bool {
	switch {
	case errors.Is(err, intake.ErrSlow), fault.Is(err, fault.Throttled):
	default:
		t.Errorf("refused with %v", err)
	}
	if c.cut.Load() > 1 {
		t.Errorf("it was cut off %d times", c.cut.Load())
	}
	return false
}
