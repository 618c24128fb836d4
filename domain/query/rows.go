package query

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// known is what a reader knew before it fetched a row: where the dropped marks stood, and up to where the series'
// deletions had been purged. A row fetched by somebody who knew it is good for everybody who knows no more: no block
// left the journal since, and no deletion was forgotten.
type known struct {
	Marks  tail.Marks      `json:"m"`
	Purged telemetry.Stamp `json:"p,omitempty"`
}

func (k known) goodFor(now known) bool { return k.Purged >= now.Purged && k.Marks.Same(now.Marks) }

// load is a row on its way from the account, shared by those who know no more than who asked for it.
type load struct {
	known known
	done  sched.Event
	value []byte
	err   error
}

// fetch reads a row's value for a question that asks what is in it: a marker, and that nothing is there, a question
// reads itself. From the cache, if what is there was fetched under the marks that stand now (T9) and after the
// deletions up to purged had been carried out, else from the account.
func (s *Service) fetch(ctx context.Context, v *view, sv shardView, k chunks.Key,
	purged telemetry.Stamp) ([]byte, error) {
	if s.cache == nil {
		row, err := v.account.Rows.Get(ctx, k)
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
		row, err := v.account.Rows.Get(ctx, k) // that nothing is there holds for the question alone that asked
		return row.Value, err
	}
	l := &load{known: now, done: s.sched.NewEvent()}
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

func cacheKey(k chunks.Key) cache.Key {
	return cache.Key{Tenant: string(k.Tenant), Kind: fmt.Sprintf("row%d", k.Table),
		Name: fmt.Sprintf("%d %q %q %q", k.Year, k.Of.Source, k.Of.Metric, k.Row)}
}

// cacheVersion is the version of a cached entry's form: version, length of what was known, what was known, value.
const cacheVersion = 2

func wrap(k known, value []byte) []byte {
	head, err := json.Marshal(k)
	if err != nil {
		return nil
	}
	out := binary.AppendUvarint([]byte{cacheVersion}, uint64(len(head)))
	return append(append(out, head...), value...)
}

func unwrap(p []byte) (k known, value []byte, ok bool) {
	if len(p) == 0 || p[0] != cacheVersion {
		return k, nil, false
	}
	n, used := binary.Uvarint(p[1:])
	if used <= 0 || n > uint64(len(p)-1-used) {
		return k, nil, false
	}
	p = p[1+used:]
	if json.Unmarshal(p[:n], &k) != nil {
		return k, nil, false
	}
	return k, p[n:], true
}
