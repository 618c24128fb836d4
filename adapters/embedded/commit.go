package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"tidemark/domain/fault"
)

// Group commit: one goroutine takes all writes that wait and makes them in one transaction with one fsync; while the
// disk works, the next ones gather. bbolt's own Batch waits 10 ms for company and starts over when one member fails;
// here a member that is refused (a *fault.Error) has changed nothing by contract and just does not take part.

// The bounds of one transaction: its pages stay in memory until they are written.
const (
	maxGroup      = 512
	maxGroupBytes = 16 << 20
)

// write runs a change in some transaction and returns once that is on the disk. What run uses must stay as it is when
// the caller has gone.
func (s *Store) write(ctx context.Context, op string, size int, run func(*txn) error) error {
	if s.disturb != nil {
		return s.disturb(op, func() error { return s.submit(ctx, op, size, run) })
	}
	return s.submit(ctx, op, size, run)
}

// steps runs changes that are too large for one transaction, until step says that no more is left.
func (s *Store) steps(ctx context.Context, op string, step func(*txn) (more bool, err error)) error {
	begun := false
	for more := true; more; begun = true {
		err := s.write(ctx, op, 0, func(t *txn) (err error) {
			more, err = step(t)
			return err
		})
		if begun && fault.Is(err, fault.Unavailable) { // some of it did happen
			return fault.Wrap(fault.Indeterminate, op, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) submit(ctx context.Context, op string, size int, run func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, op, err)
	}
	w := &write{op: op, size: size, run: run, done: make(chan struct{})}
	s.mu.Lock()
	refused := s.refusal
	if refused == "" {
		s.queued = append(s.queued, w)
		s.wake.Signal()
	}
	s.mu.Unlock()
	if refused != "" {
		return fault.New(fault.Unavailable, op, "%s", refused)
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
	}
	if !w.state.CompareAndSwap(waiting, abandoned) {
		select {
		case <-w.done:
			return w.err
		default: // on its way to the disk: the outcome is open, which Canceled says of a write
		}
	}
	return fault.Wrap(fault.Canceled, op, ctx.Err())
}

// commits is the goroutine behind write. It ends when the store is closed and everything that waited is written.
func (s *Store) commits() {
	defer close(s.stopped)
	for group := s.take(); group != nil; group = s.take() {
		s.commit(group)
		for _, w := range group {
			close(w.done)
		}
	}
}

// take waits for writes and takes as many as fit in one transaction; nil when the store closes.
func (s *Store) take() []*write {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		group, size, n := []*write(nil), 0, 0
		for n < len(s.queued) && len(group) < maxGroup && (size == 0 || size+s.queued[n].size <= maxGroupBytes) {
			if w := s.queued[n]; w.state.CompareAndSwap(waiting, taken) {
				group = append(group, w)
				size += w.size
			}
			n++
		}
		clear(s.queued[:n])
		s.queued = s.queued[n:]
		if group != nil {
			return group
		}
		if s.closing && len(s.queued) == 0 {
			return nil
		}
		if len(s.queued) == 0 {
			s.wake.Wait()
		}
	}
}

// commit makes the writes of a group together; if one breaks the transaction, each alone.
func (s *Store) commit(group []*write) {
	if s.transact(group) || len(group) == 1 {
		return
	}
	for i := range group {
		s.transact(group[i : i+1])
	}
}

// transact makes one transaction and sets every member's err. It is false when a member broke it and nothing
// happened.
func (s *Store) transact(group []*write) (ok bool) {
	kept := false
	now := s.clock.begin()
	defer func() { s.clock.end(kept) }()
	tx, err := s.db.Begin(true)
	if err != nil {
		all(group, fault.Unavailable, err)
		return true
	}
	defer func() { _ = tx.Rollback() }() // an error says that it was committed
	t := &txn{Tx: tx, now: now}
	for _, w := range group {
		w.err = guard(func() error { return w.run(t) })
		if w.err != nil && !isFault(w.err) {
			all(group, fault.Unavailable, w.err)
			return false
		}
	}
	if !t.dirty {
		return true
	}
	if err := guard(func() error {
		return t.Bucket(bucketMeta).Put(keyClock, binary.BigEndian.AppendUint64(nil, uint64(now)))
	}); err != nil {
		all(group, fault.Unavailable, err)
		return true
	}
	if err := guard(tx.Commit); err != nil {
		s.commitFailed(group, err)
		return true
	}
	kept = true
	return true
}

// commitFailed tells a full disk, after which nothing has happened, from a broken one, after which nobody knows: the
// kernel may have forgotten pages whose fsync failed, so the store takes no further write until it was opened again.
func (s *Store) commitFailed(group []*write, err error) {
	full := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		full = "the disk is full: make room"
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		full = "the data file is full and may not grow: allow it more bytes, or delete readings"
	}
	if full != "" {
		for _, w := range group {
			w.err = &fault.Error{Kind: fault.Unavailable, Op: w.op, Message: full, Cause: err}
		}
		return
	}
	all(group, fault.Indeterminate, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusal == "" {
		s.refusal = "the data file could not be written: check the disk, then start again"
	}
}

func all(group []*write, k fault.Kind, err error) {
	for _, w := range group {
		w.err = fault.Wrap(k, w.op, err)
	}
}

func isFault(err error) bool {
	var f *fault.Error
	return errors.As(err, &f)
}

// guard turns bbolt's panics over broken pages into errors, and so reads outside the memory map that such pages lead
// to.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("broken page: %v", p)
		}
	}()
	return f()
}

// view runs a read in a short transaction; what f found must be copied.
func (s *Store) view(ctx context.Context, op string, f func(tx *bolt.Tx) error) error {
	if s.disturb != nil {
		return s.disturb(op, func() error { return s.look(ctx, op, f) })
	}
	return s.look(ctx, op, f)
}

func (s *Store) look(ctx context.Context, op string, f func(tx *bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Canceled, op, err)
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	defer func() { _ = tx.Rollback() }()
	err = guard(func() error { return f(tx) })
	if err != nil && !isFault(err) {
		return fault.Wrap(fault.Corrupt, op, err)
	}
	return err
}

// now is the store's clock. Once a second at most somebody who may tell it to anybody waits until the file has learnt
// of it; if it cannot (a full disk) the clock stands.
func (s *Store) now(ctx context.Context, op string, to audience) (nanos int64, err error) {
	if s.disturb != nil {
		err := s.disturb(op, func() error { nanos, err = s.tick(ctx, op, to); return err })
		return nanos, err
	}
	return s.tick(ctx, op, to)
}

func (s *Store) tick(ctx context.Context, op string, to audience) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fault.Wrap(fault.Canceled, op, err)
	}
	if to == ownWork {
		return s.clock.look(), nil
	}
	nanos, due := s.clock.now()
	if !due {
		return nanos, nil
	}
	err := s.submit(ctx, op, 0, func(t *txn) error { t.dirty = true; return nil })
	if fault.Is(err, fault.Canceled) {
		return 0, err
	}
	nanos, _ = s.clock.now()
	return nanos, nil
}
