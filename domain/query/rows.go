package query

import (
	"context"
	"hash/fnv"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// fetch reads a row's value for a question that asks what is in it: a marker, and that nothing is there, a question
// reads itself. From the cache, if what is there was fetched under the marks that stand now (T9) and after the
// deletions up to purged had been carried out, else from the account.
func (s *Service) fetch(ctx context.Context, v *view, sv shardView, k chunks.Key,
	purged telemetry.Stamp) ([]byte, error) {
	if s.cache == nil {
		row, err := s.rows.Get(ctx, k)
		return row.Value, err
	}
	ck, now := cacheKey(k), known{Marks: sv.snap.Marks, Purged: purged}
	if value, ok := s.cached(ctx, ck, now); ok {
		return value, nil
	}
	s.mu.Lock()
	if l := s.loads[ck]; l != nil && (l.known.goodFor(now) || planted.On(planted.LoadBeforePurge)) {
		s.mu.Unlock()
		if err := l.done.Wait(ctx); err != nil {
			return nil, fault.Wrap(fault.Canceled, "query.fetch", err)
		}
		if l.err == nil {
			return l.value, nil
		}
		row, err := s.rows.Get(ctx, k) // that nothing is there holds for the question alone that asked
		return row.Value, err
	}
	l := &load{known: now, done: s.sched.NewEvent()}
	s.loads[ck] = l
	s.mu.Unlock()
	row, err := s.rows.Get(ctx, k)
	l.value, l.err = row.Value, err
	s.mu.Lock()
	if s.loads[ck] == l {
		delete(s.loads, ck)
	}
	s.mu.Unlock()
	l.done.Set()
	if err == nil {
		_ = s.cache.Set(ctx, ck, wrap(l.known, row.Value), s.lifetime(ck))
	}
	return row.Value, err
}

// cached gives a cached value that is still good. An error of the cache is a miss.
func (s *Service) cached(ctx context.Context, ck cache.Key, now known) ([]byte, bool) {
	got, err := s.cache.Get(ctx, ck)
	if err != nil || len(got) != 1 || got[0] == nil {
		return nil, false
	}
	then, value, ok := unwrap(got[0])
	return value, ok && (then.goodFor(now) || planted.On(planted.CachedUnderAnyMarks))
}

// lifetime is jittered by the key, so that rows cached together do not expire together.
func (s *Service) lifetime(k cache.Key) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.Name))
	jitter := time.Duration(h.Sum32()%1000) * s.cfg.CacheFor / 5000
	return s.cfg.CacheFor - jitter
}
