package account_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// hung is a storage on which nothing that is repeated comes to an end before the event.
type hung struct {
	account.Store
	released sched.Event
	applying int
}

func (h *hung) Apply(ctx context.Context, _ georep.Region, _ georep.Entry, _ account.Payload) error {
	h.applying++
	return h.released.Wait(ctx)
}

// nothing is a payload.
type nothing struct{}

func (nothing) Keys() []string { return nil }

// busy is an account with writes to more partitions than there are workers, over a storage that hangs.
func busy(t *testing.T, s *memory.Sched, w georep.Windows, looks *int) (*account.Account, *hung) {
	t.Helper()
	h := &hung{released: s.NewEvent()}
	a, err := account.Open(account.Options{Name: "busy", Sched: s, Store: h,
		Geo: georep.Options{Primary: "east", Secondary: "west", Windows: w},
		Reach: func(georep.Service, georep.Region, georep.Region) georep.Reach {
			*looks++
			return georep.Reach{Primary: true, Secondary: true, Link: true}
		}})
	if err != nil {
		t.Fatal(err)
	}
	done := func(context.Context, time.Time) (account.Payload, error) { return nothing{}, nil }
	for i := range 48 {
		ticket, err := a.Arrive("east", georep.Table)
		if err != nil {
			t.Fatal(err)
		}
		p := georep.Partition{Service: georep.Table, Container: "orders", Key: fmt.Sprint(i)}
		if _, err := a.Write(context.Background(), ticket,
			account.Write{Partition: p, Rows: 1, Send: done}); err != nil {
			t.Fatal(err)
		}
	}
	return a, h
}

// TestDriverRestsWhileAllWorkersAreBusy: with more partitions ready than there are workers, and a storage that does not
// answer, the driver looks now and then, not all the time; and everything arrives when the storage answers again.
func TestDriverRestsWhileAllWorkersAreBusy(t *testing.T) {
	s := memory.NewSched(1)
	if err := s.Run(func() {
		looks := 0
		a, h := busy(t, s, georep.Windows{}, &looks)
		defer a.Close()
		_ = s.Sleep(context.Background(), time.Millisecond)
		looks = 0
		_ = s.Sleep(context.Background(), time.Second)
		if looks > 2*110 { // it asks about both services
			t.Errorf("the driver looked %d times in a second", looks/2)
		}
		if h.applying != 16 {
			t.Errorf("%d entries are being repeated, want 16", h.applying)
		}
		h.released.Set()
		_ = s.Sleep(context.Background(), 10*time.Millisecond)
		if is := a.Status(); is.Backlog != 0 {
			t.Errorf("%d entries are left", is.Backlog)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// TestDriverThatRestsCarriesAFailoverOn: the end of a failover's first phase is seen although all workers are busy.
func TestDriverThatRestsCarriesAFailoverOn(t *testing.T) {
	s := memory.NewSched(1)
	if err := s.Run(func() {
		looks := 0
		a, _ := busy(t, s, georep.Windows{Announce: 20 * time.Millisecond}, &looks)
		defer a.Close()
		if err := a.Failover(georep.Planned); err != nil {
			t.Fatal(err)
		}
		_ = s.Sleep(context.Background(), 100*time.Millisecond)
		if is := a.Status(); is.Phase != georep.Down {
			t.Errorf("after 100 ms: %+v", is)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// TestWrongStatistics: a Last Sync Time that stands still, or goes back, is earlier than the truth, and right again
// afterwards; the other service's is never touched.
func TestWrongStatistics(t *testing.T) {
	s := memory.NewSched(1)
	if err := s.Run(func() {
		a, err := account.Open(account.Options{Name: "a", Sched: s, Store: &hung{},
			Geo: georep.Options{Primary: "east", Secondary: "west"}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		began := s.Now()
		want := func(what string, table time.Duration) {
			t.Helper()
			now := s.Now().Sub(began).Truncate(time.Second)
			for of, want := range map[georep.Service]time.Duration{georep.Table: table, georep.Queue: now} {
				if got := a.Stats(of).LastSync.Sub(began); got != want {
					t.Errorf("%s: the Last Sync Time of %s is %v, want %v", what, of, got, want)
				}
			}
		}
		pass := func() { _ = s.Sleep(context.Background(), 10*time.Second) }
		pass()
		want("right", 10*time.Second)
		a.SetWrongStats(georep.Table, account.WrongStats{Stuck: true})
		pass()
		want("stuck", 10*time.Second)
		a.SetWrongStats(georep.Table, account.WrongStats{Back: 15 * time.Second})
		want("back", 5*time.Second)
		pass()
		want("back", 15*time.Second)
		a.SetWrongStats(georep.Table, account.WrongStats{})
		want("right again", 30*time.Second)
	}); err != nil {
		t.Fatal(err)
	}
}
