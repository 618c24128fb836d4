package readpath

import (
	"context"
	"hash/fnv"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// rows reads rows of the account through a cache, with one load of a row at a time. It is safe for concurrent use.
type rows struct {
	cache cache.Cache   // nil: none
	keep  time.Duration // how long a row is cached at most
	sched sched.Scheduler

	mu    sync.Mutex
	loads map[cache.Key]*load
}

// load is a row on its way from the account, shared by those who know no more than who asked for it.
type load struct {
	known known
	done  sched.Event
	value []byte
	err   error
}

// value reads a row for a question that asks what is in it: a marker, and that nothing is there, a question reads at
// the account itself. now is what the question knows. From the cache, if what is there was fetched under the marks that
// stand now (T9) and after the deletions that are forgotten now had been carried out; else from the account, at the
// endpoint that the question reads. It does not matter at which a cached row was fetched: what has left the journal by
// the marks had settled, and so was at both, and so were chunks made without what was forgotten.
func (r *rows) value(ctx context.Context, account chunks.Reader, k chunks.Key, now known) ([]byte, error) {
	if r.cache == nil {
		row, err := account.Get(ctx, k)
		return row.Value, err
	}
	ck := cacheKey(k)
	if value, ok := r.cached(ctx, ck, now); ok {
		return value, nil
	}
	r.mu.Lock()
	if l := r.loads[ck]; l != nil && (l.known.goodFor(now) || planted.On(planted.LoadBeforePurge)) {
		r.mu.Unlock()
		if err := l.done.Wait(ctx); err != nil {
			return nil, fault.Wrap(fault.Canceled, "readpath.row", err)
		}
		if l.err == nil {
			return l.value, nil
		}
		row, err := account.Get(ctx, k) // that nothing is there holds for the question alone that asked
		return row.Value, err
	}
	l := &load{known: now, done: r.sched.NewEvent()}
	r.loads[ck] = l
	r.mu.Unlock()
	row, err := account.Get(ctx, k)
	l.value, l.err = row.Value, err
	r.mu.Lock()
	if r.loads[ck] == l {
		delete(r.loads, ck)
	}
	r.mu.Unlock()
	l.done.Set()
	if err == nil {
		_ = r.cache.Set(ctx, ck, wrap(l.known, row.Value), r.lifetime(ck))
	}
	return row.Value, err
}

// cached gives a cached value that is still good. An error of the cache is a miss.
func (r *rows) cached(ctx context.Context, ck cache.Key, now known) ([]byte, bool) {
	got, err := r.cache.Get(ctx, ck)
	if err != nil || len(got) != 1 || got[0] == nil {
		return nil, false
	}
	then, value, ok := unwrap(got[0])
	return value, ok && (then.goodFor(now) || planted.On(planted.CachedUnderAnyMarks))
}

// lifetime is jittered by the key, so that rows cached together do not expire together.
func (r *rows) lifetime(k cache.Key) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.Name))
	jitter := time.Duration(h.Sum32()%1000) * r.keep / 5000
	return r.keep - jitter
}
