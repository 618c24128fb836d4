package status

import (
	"sync"
	"time"

	"tidemark/domain/telemetry"
)

// Risk counts the readings that this process has acknowledged as one, of two journals, and of which it does not know
// that both have them. It knows that once a sweep, its own or one that it has been told of, has found both to have
// everything that was stored before a later time. What other processes acknowledged it does not know. It is safe for
// concurrent use.
//
// Blocks are told apart by when they were stored and not by their stamps, which are older: a block may be stored after
// the look that found the journals the same, with a stamp from before.
type Risk struct {
	even func() time.Time

	mu      sync.Mutex
	settled time.Time // what was stored before is not counted any more
	of      map[telemetry.Tenant]*buckets
}

// NewRisk makes it. even is the time before which everything that was stored in either journal is in both; zero where
// that is not known.
func NewRisk(even func() time.Time) *Risk {
	return &Risk{even: even, of: map[telemetry.Tenant]*buckets{}}
}

// Add takes that readings were acknowledged as one, which a journal had stored by a time of its clock.
func (r *Risk) Add(t telemetry.Tenant, readings int, stored time.Time) {
	even := r.even()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(even)
	if readings == 0 || r.settled.After(stored) {
		return
	}
	b := r.of[t]
	if b == nil {
		b = &buckets{width: 1, at: map[int64]bucket{}}
		r.of[t] = b
	}
	b.add(bucket{latest: stored, readings: int64(readings)})
}

// Of is how many of a tenant's readings are at risk.
func (r *Risk) Of(t telemetry.Tenant) int64 {
	even := r.even()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(even)
	return r.of[t].sum()
}

// All is how many readings of all tenants are.
func (r *Risk) All() (n int64) {
	even := r.even()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settle(even)
	for _, b := range r.of {
		n += b.sum()
	}
	return n
}

// settle forgets what both journals have. r.mu is held.
func (r *Risk) settle(even time.Time) {
	if !even.After(r.settled) {
		return
	}
	r.settled = even
	for t, b := range r.of {
		if b.settle(even); len(b.at) == 0 {
			delete(r.of, t)
		}
	}
}

// mostBuckets bounds what is kept of a tenant: with more, each two neighbours become one.
const mostBuckets = 128

// buckets are counts of readings by when they were stored, each of a span of so many seconds. Their spans grow while
// nothing settles, and a bucket settles as a whole: after a long time what is at risk may be said later to be none, and
// never too early.
type buckets struct {
	width int64
	at    map[int64]bucket
}

// bucket is how many readings were stored in a span, and when the latest of them was.
type bucket struct {
	latest   time.Time
	readings int64
}

func (b *buckets) add(one bucket) {
	b.put(one)
	for len(b.at) > mostBuckets {
		old := b.at
		b.width, b.at = 2*b.width, map[int64]bucket{}
		for _, one := range old {
			b.put(one)
		}
	}
}

func (b *buckets) put(one bucket) {
	span := one.latest.Unix() / b.width
	was := b.at[span]
	if was.latest.After(one.latest) {
		one.latest = was.latest
	}
	one.readings += was.readings
	b.at[span] = one
}

func (b *buckets) settle(even time.Time) {
	for span, one := range b.at {
		if even.After(one.latest) {
			delete(b.at, span)
		}
	}
}

// sum is all readings; nil has none.
func (b *buckets) sum() (n int64) {
	if b == nil {
		return 0
	}
	for _, one := range b.at {
		n += one.readings
	}
	return n
}
