package gateway

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// TestRegionsHaveClocks: after a failover to a region whose clock is behind, the later version of a row has the earlier
// Timestamp, and both regions the same; the Last Sync Time falls, and claims nothing that is not there.
func TestRegionsHaveClocks(t *testing.T) {
	t.Parallel()
	const behind = 5 * time.Minute
	r := newRig(t, plan{clock: func(of georep.Region) time.Time {
		if of == "west" {
			return time.Now().Add(-behind)
		}
		return time.Now()
	}})
	p, s := r.table("Clocks")
	first := r.upsert(p, "a", "1", 1)
	r.drain()
	before := r.a.Stats(georep.Table).LastSync
	r.failover(georep.Planned)
	if last := r.a.Stats(georep.Table).LastSync; !last.Before(before) {
		t.Errorf("the Last Sync Time is %v after the failover, and was %v", last, before)
	}
	began := time.Now()
	r.a.Pause(georep.Scope{})
	second := r.upsert(p, "a", "1", 2)
	if first == second {
		t.Errorf("two versions of a row have the ETag %s", first)
	}
	if stamp := r.a.Status().Oldest; stamp.IsZero() || began.Sub(stamp) < behind-time.Minute {
		t.Errorf("west stamps %v, its clock is %v behind %v", stamp, behind, began)
	}
	r.a.Resume(georep.Scope{})
	resp, err := http.Get(r.url(network.Outside))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if at, err := http.ParseTime(resp.Header.Get("Date")); err != nil || began.Sub(at) < behind-time.Minute {
		t.Errorf("west dates its answers %v at %v, %v", at, began, err)
	}
	r.drain()
	r.same(p, s)
	if _, err := p.UpdateEntity(t.Context(), entity("a", "1", value(3)), replaceIf(first)); err == nil {
		t.Error("an ETag from before the failover holds for a version from after it")
	}
	if _, err := p.UpdateEntity(t.Context(), entity("a", "1", value(3)), replaceIf(second)); err != nil {
		t.Errorf("the ETag of the version that is there: %v", err)
	}
}

// TestAClockThatIsSetBack stands still for stamps: no version of a row has the ETag of another.
func TestAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	r := newRig(t, plan{clock: func(georep.Region) time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	p, s := r.table("Clocks")
	tags := map[any]bool{}
	last := time.Time{}
	for i := range 20 {
		ahead.Store(int64(time.Duration(i%3-1) * time.Hour))
		tags[r.upsert(p, "a", "1", i)] = true
		r.drain()
		now := r.a.Stats(georep.Table).LastSync
		if now.Before(last) {
			t.Errorf("the Last Sync Time fell from %v to %v", last, now)
		}
		last = now
	}
	if len(tags) != 20 {
		t.Errorf("20 versions have %d ETags", len(tags))
	}
	r.same(p, s)
}
