package check

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/history"
)

// worldlike is a history like those of simulator/world: a few series of 40 readings that are written again and again,
// and as many answers as acknowledgements, each a whole series.
func worldlike(acks int) *history.History {
	rng := rand.New(rand.NewPCG(1, 2))
	h := &history.History{}
	now := zero
	type at struct {
		source string
		time   int64
	}
	kept := map[at]float64{}
	for n := range acks {
		now = now.Add(time.Duration(rng.IntN(1000)) * time.Millisecond)
		source := fmt.Sprintf("s%d", rng.IntN(5))
		col := history.Column{Source: source, Metric: "m"}
		for range 1 + rng.IntN(3) {
			t := int64(rng.IntN(40))
			col.Times, col.Values = append(col.Times, t), append(col.Values, float64(3*n+len(col.Times)))
			kept[at{source, t}] = col.Values[len(col.Values)-1]
		}
		w := h.Begin(now, history.Op{Call: history.Call{Kind: history.Write, Tenant: "t",
			Readings: []history.Column{col}}})
		h.End(now, w, history.Done, history.Answer{Origin: history.Origin{Stamp: history.Stamp(n + 1)}}, "")
		r := h.Begin(now, history.Op{Call: history.Call{Kind: history.Read, Tenant: "t", Source: source, Metric: "m",
			To: 100}})
		got := history.Column{Source: source, Metric: "m"}
		for t := range int64(40) {
			if v, ok := kept[at{source, t}]; ok {
				got.Times, got.Values = append(got.Times, t), append(got.Values, v)
			}
		}
		h.End(now, r, history.Done, history.Answer{Readings: []history.Column{got},
			Claim: history.Claim{Complete: true}}, "")
	}
	return h
}

// BenchmarkReadings prints acknowledgements a second of one core: of short schedules, and of long ones. It counts the
// time of the process and not that of the wall, so that it says the same on a machine that does other things too.
func BenchmarkReadings(b *testing.B) {
	for _, acks := range []int{60, 1000, 20_000} {
		b.Run(fmt.Sprint(acks), func(b *testing.B) {
			h := worldlike(acks)
			began := used(b)
			for b.Loop() {
				if v := All(h, Usual); len(v) > 0 {
					b.Fatal(v)
				}
			}
			b.ReportMetric(float64(acks)*float64(b.N)/(used(b)-began).Seconds(), "acks/core-s")
		})
	}
}

// used is the processor time of this process.
func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLoad prints how fast histories are read from their files.
func BenchmarkLoad(b *testing.B) {
	text := []byte(text(b, worldlike(1000)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		h, err := history.Load("x", bytes.NewReader(text))
		if err != nil || !slices.ContainsFunc(h.Ops, func(op *history.Op) bool { return op.End > 0 }) {
			b.Fatal(err)
		}
	}
}
