package inject

import (
	"sync"
	"time"
)

// Buckets keeps token buckets, one for each account or partition, and says which calls are within the rate. It is
// safe for concurrent use. Nil allows everything.
//
// A bucket begins full, holds at most its burst and is filled evenly. Who finds too little in it takes nothing. A
// call of more rows than the burst, which could never pass, passes when the bucket is full and leaves a debt, so that
// the rate holds over time.
type Buckets struct {
	perSecond, burst float64
	by               By

	mu   sync.Mutex
	of   map[bucketKey]bucket
	full int // how many buckets make it look for full ones to forget
}

// bucketKey is an account's service at one endpoint, or a partition of it.
type bucketKey struct{ to, service, account, container, partition string }

type bucket struct {
	tokens float64
	at     time.Time // when it had them
}

// NewThrottle makes buckets of a burst, in rows, that are filled at a rate, in rows a second. A burst of 0 is one
// second's. A rate of 0 or less is no throttle: nil.
//
// The service's targets are 20,000 rows a second of an account and 2,000 of a partition (Scalability and performance
// targets for Table storage; Scalability targets for Queue Storage), the secondary endpoint's own.
func NewThrottle(perSecond, burst float64, by By) *Buckets {
	if !(perSecond > 0) {
		return nil
	}
	if burst == 0 {
		burst = perSecond
	}
	return &Buckets{perSecond: perSecond, burst: burst, by: by, of: map[bucketKey]bucket{}, full: 1024}
}

// Allow takes the call's rows, at least one, from its bucket, if they are there. A call that has no partition is not
// counted by partition. A clock that goes back fills nothing.
func (t *Buckets) Allow(now time.Time, c Call, rows int) bool {
	if t == nil {
		return true
	}
	key, counted := t.key(&c)
	if !counted {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, ok := t.of[key]
	if !ok {
		t.forget(now)
		b = bucket{tokens: t.burst, at: now}
	}
	b = t.fill(b, now)
	want := float64(max(rows, 1))
	allowed := b.tokens >= min(want, t.burst)
	if allowed {
		b.tokens -= want
	}
	t.of[key] = b
	return allowed
}

func (t *Buckets) key(c *Call) (bucketKey, bool) {
	key := bucketKey{to: c.To, service: c.Service, account: c.Account}
	if t.by != ByPartition {
		return key, true
	}
	key.container, key.partition = c.Container, c.Partition
	if c.Service == queueService {
		key.partition = "" // a queue is one partition
		return key, c.Container != ""
	}
	return key, c.Partition != ""
}

func (t *Buckets) fill(b bucket, now time.Time) bucket {
	passed := now.Sub(b.at)
	if passed <= 0 {
		return b
	}
	return bucket{tokens: min(t.burst, b.tokens+t.perSecond*passed.Seconds()), at: now}
}

// forget drops buckets that are full again, which are as good as new, when there have become twice as many as it left
// the last time.
func (t *Buckets) forget(now time.Time) {
	if len(t.of) < t.full {
		return
	}
	for key, b := range t.of {
		if t.fill(b, now).tokens >= t.burst {
			delete(t.of, key)
		}
	}
	t.full = max(1024, 2*len(t.of))
}
