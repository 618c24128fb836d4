package query

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

func sourceKey(t telemetry.Tenant, s telemetry.Source) chunks.Key { return chunks.SourceKey(t, s) }

// load is a row on its way from the account, shared by those who asked under the same marks.
type load struct {
	marks tail.Marks
	done  sched.Event
	value []byte
	err   error
}

// fetch reads a row's value: from the cache, if what is there was fetched under the marks that stand now (T9), else from the account. A
// chunk or rollup that was cached with a floor below minFloor is read again: deletions were purged since that it may not know of.
func (s *Service) fetch(ctx context.Context, v *view, sv shardView, k chunks.Key, minFloor telemetry.Stamp) ([]byte, error) {
	if s.cache == nil {
		row, err := v.account.Rows.Get(ctx, k)
		return row.Value, err
	}
	ck := cacheKey(k)
	if value, ok := s.cached(ctx, ck, sv.snap.Marks, minFloor); ok {
		return value, nil
	}
	s.mu.Lock()
	if l := s.loads[ck]; l != nil && l.marks.Same(sv.snap.Marks) {
		s.mu.Unlock()
		if err := l.done.Wait(ctx); err != nil {
			return nil, fault.Wrap(fault.Canceled, "query.fetch", err)
		}
		if l.err == nil || fault.Is(l.err, fault.NotFound) {
			return l.value, l.err
		}
		row, err := v.account.Rows.Get(ctx, k)
		return row.Value, err
	}
	l := &load{marks: sv.snap.Marks, done: s.sched.NewEvent()}
	s.loads[ck] = l
	s.mu.Unlock()
	row, err := v.account.Rows.Get(ctx, k)
	l.value, l.err = row.Value, err
	s.mu.Lock()
	if s.loads[ck] == l {
		delete(s.loads, ck)
	}
	s.mu.Unlock()
	l.done.Set()
	if err == nil {
		_ = s.cache.Set(ctx, ck, wrap(l.marks, row.Value), s.lifetime(ck))
	}
	return row.Value, err
}

// cached gives a cached value that is still good. An error of the cache is a miss.
func (s *Service) cached(ctx context.Context, ck cache.Key, now tail.Marks, minFloor telemetry.Stamp) ([]byte, bool) {
	got, err := s.cache.Get(ctx, ck)
	if err != nil || len(got) != 1 || got[0] == nil {
		return nil, false
	}
	marks, value, ok := unwrap(got[0])
	if !ok || !marks.Same(now) {
		return nil, false
	}
	if minFloor > 0 {
		c, err := telemetry.DecodeChunk(value)
		if err != nil || c.Floor < minFloor {
			return nil, false
		}
	}
	return value, true
}

// lifetime is jittered by the key, so that rows cached together do not expire together.
func (s *Service) lifetime(k cache.Key) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.Name))
	jitter := time.Duration(h.Sum32()%1000) * s.cfg.CacheFor / 5000
	return s.cfg.CacheFor - jitter
}

func cacheKey(k chunks.Key) cache.Key {
	return cache.Key{Tenant: string(k.Tenant), Kind: fmt.Sprintf("row%d", k.Table),
		Name: fmt.Sprintf("%d %q %q %q", k.Year, k.Of.Source, k.Of.Metric, k.Row)}
}

// cacheVersion is the version of a cached entry's form: version, length of marks, marks, value.
const cacheVersion = 1

func wrap(m tail.Marks, value []byte) []byte {
	marks, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	out := binary.AppendUvarint([]byte{cacheVersion}, uint64(len(marks)))
	return append(append(out, marks...), value...)
}

func unwrap(p []byte) (m tail.Marks, value []byte, ok bool) {
	if len(p) == 0 || p[0] != cacheVersion {
		return m, nil, false
	}
	n, used := binary.Uvarint(p[1:])
	if used <= 0 || n > uint64(len(p)-1-used) {
		return m, nil, false
	}
	p = p[1+used:]
	if json.Unmarshal(p[:n], &m) != nil {
		return m, nil, false
	}
	return m, p[n:], true
}
