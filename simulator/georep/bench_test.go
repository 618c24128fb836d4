package georep

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkReplicate is one write from Arrive to Applied, with Wake and both statistics, over a backlog that waits:
// its cost must not grow with the backlog.
func BenchmarkReplicate(b *testing.B) {
	for _, backlog := range []int{0, 1000, 100_000} {
		b.Run(fmt.Sprint(backlog), func(b *testing.B) {
			a := filled(b, backlog)
			a.SetLag(at(0), Scope{Container: "hot"}, none{})
			hot := Partition{Service: Table, Container: "hot", Key: "a"}
			now := at(0)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Microsecond)
				replicate(b, a, now, hot)
			}
			if n := a.Status(now).Backlog; n != backlog {
				b.Fatalf("%d are missing, want %d", n, backlog)
			}
		})
	}
}

// filled is an account with so many entries that are due in hours, in a thousand partitions.
func filled(tb testing.TB, backlog int) *Account {
	a, err := New(Options{Primary: "east", Secondary: "west", Lag: uniform{time.Hour, 9 * time.Hour}})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range backlog {
		ticket, err := a.Arrive(at(0), Table)
		if err != nil {
			tb.Fatal(err)
		}
		a.Commit(at(0), ticket, row(fmt.Sprint(i%1000)), 1, 1000)
	}
	return a
}

func replicate(tb testing.TB, a *Account, now time.Time, p Partition) {
	ticket, err := a.Arrive(now, p.Service)
	if err != nil {
		tb.Fatal(err)
	}
	a.Stamp(now, ticket)
	a.Commit(now, ticket, p, 1, 1000)
	e, ok := a.Next(now)
	if !ok || e.Partition != p {
		tb.Fatalf("given %+v %t, want what has just committed", e, ok)
	}
	a.Wake(now)
	a.Stats(now, Table)
	a.Applied(now, e.Seq)
	a.Stats(now, Queue)
}

// BenchmarkDrain is the draining of a backlog of 100,000, an entry.
func BenchmarkDrain(b *testing.B) {
	const backlog = 100_000
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		a := filled(b, backlog)
		b.StartTimer()
		if got := len(drain(a, at(24*time.Hour))); got != backlog {
			b.Fatalf("%d applied, want %d", got, backlog)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/backlog, "ns/entry")
}
