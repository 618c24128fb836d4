package gateway

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tidemark/simulator/georep"
)

// heldPayload is a write whose repetition takes until the test lets it go.
type heldPayload struct{ release <-chan struct{} }

func (p heldPayload) apply(ctx context.Context, _ *Account, _ georep.Region, _ georep.Entry) error {
	select {
	case <-p.release:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p heldPayload) keys() []string { return nil }

// logWrites commits a write to each of so many partitions of a table.
func logWrites(t *testing.T, a *Account, partitions int, p payload) {
	t.Helper()
	for i := range partitions {
		ticket, err := a.arrive("east", georep.Table)
		if err != nil {
			t.Fatal(err)
		}
		a.stamp(ticket)
		a.commit(ticket, &write{partition: georep.Partition{Service: georep.Table, Container: "orders",
			Key: fmt.Sprint(i)}, rows: 1}, p)
	}
}

// TestDriverRestsWhileAllWorkersAreBusy: with more partitions ready than there are workers, and a store that does not
// answer, the driver looks now and then, not all the time; and everything arrives when the store answers again.
func TestDriverRestsWhileAllWorkersAreBusy(t *testing.T) {
	a := undriven(t, http.NotFoundHandler(), http.NotFoundHandler(), georep.Options{})
	release := make(chan struct{})
	const partitions = 3 * applyWorkers
	logWrites(t, a, partitions, heldPayload{release})
	turns := 0
	for slept := time.Duration(0); slept < time.Second && turns < 10_000; turns++ {
		_, sleep := a.turn()
		slept += sleep
	}
	if turns > 100 {
		t.Errorf("%d turns in a second", turns)
	}
	a.mu.Lock()
	running := a.running
	a.mu.Unlock()
	if running != applyWorkers {
		t.Errorf("%d workers are busy, want %d", running, applyWorkers)
	}
	close(release)
	for end := time.Now().Add(guard); a.Status().Backlog > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) { // no turn is needed for it: who has ended takes the next
			t.Fatalf("%d of %d entries are left", a.Status().Backlog, partitions)
		}
	}
}

// TestDriverThatRestsCarriesAFailoverOn: the end of a failover's first phase is seen although all workers are busy.
func TestDriverThatRestsCarriesAFailoverOn(t *testing.T) {
	a := undriven(t, http.NotFoundHandler(), http.NotFoundHandler(),
		georep.Options{Windows: georep.Windows{Announce: 20 * time.Millisecond}})
	logWrites(t, a, 2*applyWorkers, heldPayload{make(chan struct{})})
	a.g.work.Go(a.drive)
	if err := a.Failover(georep.Planned); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(guard); a.Status().Phase != georep.Down; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the failover does not go on: %+v", a.Status())
		}
	}
}
