package intake_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

const mib = 1 << 20

// desk takes bodies in on virtual time.
type desk struct {
	*testing.T
	sched   *memory.Sched
	budget  *intake.Budget
	refused map[intake.Reason]int
	most    int64 // that was held

	attackers int
}

func onDesk(t *testing.T, cfg intake.Config, body func(ctx context.Context, d *desk)) {
	t.Helper()
	d := &desk{T: t, sched: memory.NewSched(5), refused: map[intake.Reason]int{}}
	cfg.Refused = func(r intake.Reason) { d.refused[r]++ }
	d.budget = intake.New(cfg, d.sched)
	err := d.sched.Run(func() {
		ctx, cancel := d.sched.WithCancel(context.Background())
		body(ctx, d)
		cancel()
		_ = d.sched.Sleep(context.Background(), time.Minute)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.budget.Held(); n != 0 {
		t.Errorf("everybody has gone, and %d bytes are held", n)
	}
}

// client sends a body: at a pace, in pieces, and it may stop before the end.
type client struct {
	bytes  int64
	known  bool
	stops  int64         // after so many bytes; 0: it sends all
	pace   int64         // bytes a second
	unpack int64         // what it is decompressed to; 0: it is not compressed
	guess  int64         // what it says of that
	decode time.Duration // how long it takes a processor
	sent   int64
}

var errGone = errors.New("the client has gone")

// cutter ends the client's sending.
type cutter struct{ cancel context.CancelFunc }

func (c cutter) Cut() { c.cancel() }

// send is what a server does for a client. It gives how long that took.
func (d *desk) send(ctx context.Context, c *client) (took time.Duration, err error) {
	began := d.sched.Now()
	defer func() { took = d.sched.Now().Sub(began) }()
	reading, cancel := d.sched.WithCancel(ctx)
	defer cancel()
	var b intake.Body
	w := intake.Want{Bytes: c.bytes, Known: c.known}
	if !c.known {
		w.Bytes = 32*mib + 1
	}
	if c.unpack > 0 {
		w.Unpack = 64*mib + 1
	}
	b.Open(d.budget, w, cutter{cancel})
	defer b.Close()
	if err := d.receive(ctx, reading, &b, c); err != nil {
		return 0, err
	}
	room, err := b.Arrived(ctx, c.guess)
	if err != nil {
		return 0, err
	}
	d.note()
	for had := int64(0); c.unpack > room; had = room {
		if room, err = b.Unpack(ctx); err != nil {
			return 0, err
		}
		d.note()
		if err := d.sched.Sleep(ctx, time.Duration(room-had)*time.Second/(300*mib)); err != nil {
			return 0, err
		}
	}
	return 0, d.sched.Sleep(ctx, c.decode)
}

func (d *desk) receive(ctx, reading context.Context, b *intake.Body, c *client) error {
	const piece = 16 << 10
	room := int64(0)
	for c.sent < c.bytes {
		if c.sent == room {
			var err error
			if room, err = b.Grow(ctx); err != nil {
				return err
			}
			d.note()
		}
		if c.stops > 0 && c.sent >= c.stops {
			_ = d.sched.Sleep(reading, time.Hour)
		}
		n := min(piece, room-c.sent, c.bytes-c.sent)
		if d.sched.Sleep(reading, time.Duration(n)*time.Second/time.Duration(c.pace)) != nil {
			if ctx.Err() != nil {
				return errGone
			}
			return intake.ErrSlow
		}
		c.sent += n
		b.Came(int(n))
	}
	return nil
}

func (d *desk) note() { d.most = max(d.most, d.budget.Held()) }

// attack opens many bodies and leaves them to themselves.
func (d *desk) attack(ctx context.Context, n int, c client) {
	d.attackers = n
	for range n {
		d.sched.Go("attacker", func() {
			c := c
			_, _ = d.send(ctx, &c)
		})
	}
}

// sending is what became of good bodies.
type sending struct {
	n, failed int
	slowest   time.Duration
}

func (s sending) String() string {
	return fmt.Sprintf("%d in up to %v, %d refused", s.n, s.slowest, s.failed)
}

// good sends bodies without a pause.
func (d *desk) good(ctx context.Context, c client, until time.Time) (s sending) {
	for d.sched.Now().Before(until) {
		one := c
		took, err := d.send(ctx, &one)
		if err != nil {
			s.failed++
			continue
		}
		s.n, s.slowest = s.n+1, max(s.slowest, took)
		_ = d.sched.Sleep(ctx, 50*time.Millisecond)
	}
	return s
}

// TestStalledBodiesKeepNobodyWaiting has bodies of all kinds that stop, or trickle, just before their end, as many as
// there are. Small bodies are taken in all the while, and large ones as soon as those that hold memory are late. A
// thousand clients may keep large ones out, and no small one.
func TestStalledBodiesKeepNobodyWaiting(t *testing.T) {
	const fast = 100 * mib
	for name, attacker := range map[string]client{
		"31 of 33 MB":             {bytes: 33_000_000, known: true, stops: 31_000_000, pace: fast},
		"nothing but a header":    {bytes: 33_000_000, known: true, stops: 1, pace: fast},
		"chunks, nearly as many":  {bytes: 32 * mib, stops: 31 * mib, pace: fast},
		"chunks, few":             {bytes: 32 * mib, stops: 200 << 10, pace: fast},
		"small ones":              {bytes: mib, known: true, stops: mib - 1, pace: fast},
		"tiny ones":               {bytes: 3000, known: true, stops: 2999, pace: fast},
		"large ones that trickle": {bytes: 33_000_000, known: true, pace: 200 << 10},
		"small ones that trickle": {bytes: mib, known: true, pace: 10 << 10},
		"compressed, large inside": {bytes: 10 << 10, known: true, pace: fast, unpack: 60 * mib,
			decode: 100 * time.Millisecond},
	} {
		for _, n := range []int{60, 1000} {
			t.Run(fmt.Sprint(n, " bodies, ", name), func(t *testing.T) {
				onDesk(t, intake.Config{Turns: 2}, func(ctx context.Context, d *desk) {
					d.attack(ctx, n, attacker)
					d.siege(ctx, attacker)
				})
			})
		}
	}
}

// siege sends good bodies while the others are attacked with.
func (d *desk) siege(ctx context.Context, attacker client) {
	const fast = 100 * mib
	_ = d.sched.Sleep(ctx, 100*time.Millisecond)
	until := d.sched.Now().Add(10 * time.Second)
	var large, packed sending
	others := d.sched.NewEvent()
	d.sched.Go("large", func() {
		defer others.Set()
		large = d.good(ctx, client{bytes: 8 * mib, known: true, pace: fast, decode: 50 * time.Millisecond}, until)
		until := until.Add(5 * time.Second)
		packed = d.good(ctx, client{bytes: 300 << 10, known: true, pace: fast, unpack: 2 * mib}, until)
	})
	small := d.good(ctx, client{bytes: 20 << 10, known: true, pace: fast, decode: time.Millisecond}, until)
	_ = others.Wait(ctx)
	d.Logf("small %v; large %v; compressed %v; at most %d bytes were held; refused %v",
		small, large, packed, d.most, d.refused)
	most := 2500 * time.Millisecond // the grace, and what it takes to give memory back
	if d.attackers > 60 {
		most = intake.DefaultPatience
	}
	if small.n == 0 || small.failed > 0 || small.slowest > most {
		d.Errorf("small bodies: %v", small)
	}
	processors := attacker.unpack > 0 // what is short are processors: large bodies wait behind the others
	if d.attackers == 60 && !processors && (large.n < 3 || large.failed+packed.failed > 0 || packed.n < 3) {
		d.Errorf("large bodies: %v; compressed ones: %v", large, packed)
	}
	if d.most > intake.DefaultBytes {
		d.Errorf("%d bytes were held", d.most)
	}
}

// TestNobodyIsHurriedWhoKeepsNobodyWaiting sends a body at a walk, with pauses, while there is room for all.
func TestNobodyIsHurriedWhoKeepsNobodyWaiting(t *testing.T) {
	onDesk(t, intake.Config{}, func(ctx context.Context, d *desk) {
		d.attack(ctx, 5, client{bytes: 400 << 10, known: true, stops: 100 << 10, pace: mib})
		took, err := d.send(ctx, &client{bytes: 8 * mib, known: true, pace: 100 << 10})
		if err != nil || took < 80*time.Second || len(d.refused) > 0 {
			t.Errorf("after %v: %v, refused %v", took, err, d.refused)
		}
	})
}

// TestACrowdIsTakenInOneAfterAnother sends more large bodies at once than there is memory for, all of them fast:
// nobody is cut off, they are taken in one after another, and whoever was not is told to come again.
func TestACrowdIsTakenInOneAfterAnother(t *testing.T) {
	onDesk(t, intake.Config{Turns: 2}, func(ctx context.Context, d *desk) {
		const n = 40
		done, taken := []error{}, 0
		for range n {
			d.sched.Go("client", func() {
				c := client{bytes: 31 * mib, known: true, pace: 20 * mib, decode: 200 * time.Millisecond}
				_, err := d.send(ctx, &c)
				done = append(done, err)
			})
		}
		_ = d.sched.Sleep(ctx, time.Minute)
		for _, err := range done {
			var f *fault.Error
			switch {
			case err == nil:
				taken++
			case !fault.Is(err, fault.Throttled) || !errors.As(err, &f) || f.RetryAfter != intake.RetryAfter:
				t.Errorf("refused with %v", err)
			}
		}
		t.Logf("%d of %d taken in, refused %v, %d bytes held", taken, n, d.refused, d.most)
		if len(done) != n || taken < 6 || d.refused[intake.Slow] > 0 || d.most > intake.DefaultBytes {
			t.Errorf("%d of %d came to an end, %d were taken in, refused %v", len(done), n, taken, d.refused)
		}
	})
}

// TestEachKindOfBodyGrowsAsItArrives looks at the steps.
func TestEachKindOfBodyGrowsAsItArrives(t *testing.T) {
	for _, c := range []struct {
		want intake.Want
		room []int64
	}{
		{intake.Want{Bytes: 100, Known: true}, []int64{4 << 10}},
		{intake.Want{Bytes: 5000, Known: true}, []int64{4 << 10, 16 << 10}},
		{intake.Want{Bytes: mib, Known: true}, []int64{4 << 10, 16 << 10, 64 << 10, 256 << 10, mib}},
		{intake.Want{Bytes: 3*mib + 5, Known: true},
			[]int64{4 << 10, 16 << 10, 64 << 10, 2 * mib, 4 * mib}},
		{intake.Want{Bytes: 2*mib + 1}, []int64{4 << 10, 16 << 10, 64 << 10, 256 << 10, 2 * mib, 4 * mib}},
		{intake.Want{Bytes: 64<<10 + 1}, []int64{4 << 10, 16 << 10, 64 << 10, 256 << 10}},
	} {
		onDesk(t, intake.Config{}, func(ctx context.Context, d *desk) {
			var b intake.Body
			b.Open(d.budget, c.want, cutter{})
			var got []int64
			for len(got) < len(c.room) {
				room, err := b.Grow(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, room); d.budget.Held() != room {
					t.Errorf("%+v: there is room for %d, and %d are held", c.want, room, d.budget.Held())
				}
			}
			if !slices.Equal(got, c.room) {
				t.Errorf("%+v grows by %v, not %v", c.want, got, c.room)
			}
			b.Close()
			b.Close()
		})
	}
}

// TestWhatNeverFitsIsTooLarge has a budget in which a large body has no room.
func TestWhatNeverFitsIsTooLarge(t *testing.T) {
	onDesk(t, intake.Config{Bytes: intake.LeastBytes}, func(ctx context.Context, d *desk) {
		for _, c := range []client{
			{bytes: 20 * mib, known: true, pace: 100 * mib},
			{bytes: mib, known: true, pace: 100 * mib, unpack: 20 * mib},
		} {
			if _, err := d.send(ctx, &c); !fault.Is(err, fault.TooLarge) {
				t.Errorf("%d bytes, decompressed %d: %v", c.bytes, c.unpack, err)
			}
		}
		if _, err := d.send(ctx, &client{bytes: 4 * mib, known: true, pace: 100 * mib}); err != nil {
			t.Errorf("4 MiB: %v", err)
		}
	})
}

// TestTurnsAreInOrder takes more turns than there are.
func TestTurnsAreInOrder(t *testing.T) {
	onDesk(t, intake.Config{Turns: 2}, func(ctx context.Context, d *desk) {
		turns, had := d.budget.Long, []int{}
		at := 0
		for i := range 6 {
			_ = d.sched.Sleep(ctx, time.Millisecond)
			d.sched.Go("worker", func() {
				if err := turns.Take(ctx); err != nil {
					t.Error(err)
					return
				}
				if at++; at > 2 {
					t.Errorf("%d have a turn", at)
				}
				had = append(had, i)
				_ = d.sched.Sleep(ctx, time.Second)
				at--
				turns.Give()
			})
		}
		_ = d.sched.Sleep(ctx, 10*time.Second)
		if !slices.IsSorted(had) || len(had) != 6 {
			t.Errorf("they had their turns in the order %v", had)
		}
		_, _ = turns.Take(ctx), turns.Take(ctx)
		began := d.sched.Now()
		err := turns.Take(ctx)
		if after := d.sched.Now().Sub(began); !fault.Is(err, fault.Throttled) || after != intake.DefaultPatience {
			t.Errorf("after %v: %v", after, err)
		}
		turns.Give()
		turns.Give()
		if err := turns.Take(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestWhoDecompressesIsNotLate has two bodies that become as large as one may, on a machine that takes four seconds
// for each step: the second waits for the first, which is not cut off, because no client keeps it waiting.
func TestWhoDecompressesIsNotLate(t *testing.T) {
	onDesk(t, intake.Config{Turns: 2, Patience: time.Minute}, func(ctx context.Context, d *desk) {
		others := d.sched.NewEvent()
		left := 2
		for range 2 {
			d.sched.Go("packed", func() {
				if left--; left == 0 {
					defer others.Set()
				}
				var b intake.Body
				b.Open(d.budget, intake.Want{Bytes: 10 << 10, Known: true, Unpack: 48 * mib}, cutter{func() {}})
				defer b.Close()
				_, err := b.Grow(ctx)
				room := int64(0)
				if err == nil {
					room, err = b.Arrived(ctx, 48*mib)
				}
				for err == nil && room < 48*mib {
					if room, err = b.Unpack(ctx); err == nil {
						err = d.sched.Sleep(ctx, 4*time.Second)
					}
				}
				if err != nil {
					t.Errorf("with room for %d bytes: %v", room, err)
				}
			})
		}
		_ = others.Wait(ctx)
		_ = d.sched.Sleep(ctx, 2*time.Minute)
		if len(d.refused) > 0 {
			t.Errorf("refused %v", d.refused)
		}
	})
}
