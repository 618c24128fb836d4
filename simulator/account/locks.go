package account

import (
	"context"
	"hash/maphash"
	"sync"

	"tidemark/ports/sched"
	"tidemark/simulator/georep"
)

// locks hold what must not change meanwhile: a container, shared by the writes of its partitions or alone for a write
// to itself, and within it each partition alone. Waiters are served in the order in which they came, and may give up.
type locks struct {
	s      sched.Scheduler
	seed   maphash.Seed
	shards [64]lockShard
}

type lockShard struct {
	mu   sync.Mutex
	held map[georep.Partition]*lock
}

// lock is what is held of one name: by some together, or by one alone.
type lock struct {
	sharers int
	alone   bool
	waiting []*waiter
}

type waiter struct {
	alone bool
	ready sched.Event // set when it holds
}

func newLocks(s sched.Scheduler) *locks {
	l := &locks{s: s, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].held = make(map[georep.Partition]*lock)
	}
	return l
}

// holding is what one write holds.
type holding struct {
	l         *locks
	container georep.Partition
	alone     bool
	partition georep.Partition // zero where the container is held alone
}

// hold waits for a partition, or for a whole container, until the context ends.
func (l *locks) hold(ctx context.Context, p georep.Partition) (holding, error) {
	h := holding{l: l, container: georep.Partition{Service: p.Service, Container: p.Container, Whole: true},
		alone: p.Whole}
	if err := l.acquire(ctx, h.container, p.Whole); err != nil || p.Whole {
		return h, err
	}
	h.partition = p
	if err := l.acquire(ctx, p, true); err != nil {
		l.release(h.container, false)
		return h, err
	}
	return h, nil
}

// share waits for a partition's container, as its writers have it, until the context ends: it is not deleted
// meanwhile.
func (l *locks) share(ctx context.Context, p georep.Partition) (holding, error) {
	h := holding{l: l, container: georep.Partition{Service: p.Service, Container: p.Container, Whole: true}}
	return h, l.acquire(ctx, h.container, false)
}

func (h holding) release() {
	if h.partition != (georep.Partition{}) {
		h.l.release(h.partition, true)
	}
	h.l.release(h.container, h.alone)
}

func (l *locks) shard(name georep.Partition) *lockShard {
	return &l.shards[maphash.Comparable(l.seed, name)%uint64(len(l.shards))]
}

func (l *locks) acquire(ctx context.Context, name georep.Partition, alone bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := l.shard(name)
	s.mu.Lock()
	k := s.held[name]
	if k == nil {
		k = &lock{}
		s.held[name] = k
	}
	if k.free(alone) && len(k.waiting) == 0 {
		k.take(alone)
		s.mu.Unlock()
		return nil
	}
	w := &waiter{alone: alone, ready: l.s.NewEvent()}
	k.waiting = append(k.waiting, w)
	s.mu.Unlock()
	err := w.ready.Wait(ctx)
	if err != nil {
		l.giveUp(name, w)
	}
	return err
}

func (k *lock) free(alone bool) bool { return !k.alone && (!alone || k.sharers == 0) }

func (k *lock) take(alone bool) {
	if alone {
		k.alone = true
	} else {
		k.sharers++
	}
}

// giveUp takes a waiter out of the queue, or gives back what it was given at the last moment.
func (l *locks) giveUp(name georep.Partition, w *waiter) {
	s := l.shard(name)
	s.mu.Lock()
	k := s.held[name]
	for i, other := range k.waiting {
		if other == w {
			k.waiting = append(k.waiting[:i], k.waiting[i+1:]...)
			s.next(name, k) // who waited behind it may go now
			s.mu.Unlock()
			return
		}
	}
	s.mu.Unlock()
	l.release(name, w.alone)
}

func (l *locks) release(name georep.Partition, alone bool) {
	s := l.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.held[name]
	if alone {
		k.alone = false
	} else {
		k.sharers--
	}
	s.next(name, k)
}

// next lets the first of those who wait in, and all after it who may hold with it.
func (s *lockShard) next(name georep.Partition, k *lock) {
	for len(k.waiting) > 0 && k.free(k.waiting[0].alone) {
		k.take(k.waiting[0].alone)
		k.waiting[0].ready.Set()
		k.waiting = k.waiting[1:]
	}
	if !k.alone && k.sharers == 0 {
		delete(s.held, name)
	}
}
