package accounttest

import (
	"context"
	"errors"
	"sync"

	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Fault is what a call to a region's storage suffers.
type Fault int

// The faults.
const (
	NotSent  Fault = iota + 1 // it does not reach the storage, and the caller knows
	LostCall                  // it does not reach the storage, and the caller cannot know
	LostDone                  // it is done, and the answer does not come
	Hangs                     // it waits for Release, and is done then
)

var errNoAnswer = errors.New("no answer came")

// Faults is a storage whose next calls can be made to suffer.
type Faults struct {
	account.Store
	s sched.Scheduler

	mu      sync.Mutex
	next    map[call][]Fault
	release sched.Event
	hanging int
}

// call is a kind of call to a region.
type call struct {
	name string // apply, holds, partitions, copy, wipe
	in   georep.Region
}

func newFaults(s sched.Scheduler, of account.Store) *Faults {
	return &Faults{Store: of, s: s, next: make(map[call][]Fault), release: s.NewEvent()}
}

// Next has the next calls of a kind to a region suffer these, one each.
func (f *Faults) Next(name string, in georep.Region, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next[call{name, in}] = append(f.next[call{name, in}], faults...)
}

// Release lets go what hangs, now and later.
func (f *Faults) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release.Set()
}

// Hanging is how many calls hang.
func (f *Faults) Hanging() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hanging
}

// suffer does a call as the next fault has it.
func (f *Faults) suffer(ctx context.Context, name string, in georep.Region, do func() error) error {
	f.mu.Lock()
	var fault Fault
	if queue := f.next[call{name, in}]; len(queue) > 0 {
		fault, f.next[call{name, in}] = queue[0], queue[1:]
	}
	if fault == Hangs {
		f.hanging++
	}
	f.mu.Unlock()
	switch fault {
	case NotSent:
		return account.ErrNotSent
	case LostCall:
		return errNoAnswer
	case LostDone:
		_ = do()
		return errNoAnswer
	case Hangs:
		err := f.release.Wait(ctx)
		f.mu.Lock()
		f.hanging--
		f.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return do()
}

// Apply implements account.Store.
func (f *Faults) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	return f.suffer(ctx, "apply", in, func() error { return f.Store.Apply(ctx, in, e, p) })
}

// Holds implements account.Store.
func (f *Faults) Holds(ctx context.Context, in georep.Region, e georep.Entry,
	p account.Payload) (there bool, err error) {
	err = f.suffer(ctx, "holds", in, func() (err error) { there, err = f.Store.Holds(ctx, in, e, p); return err })
	return there && err == nil, err
}

// Partitions implements account.Store.
func (f *Faults) Partitions(ctx context.Context, in georep.Region) (parts []georep.Partition, err error) {
	err = f.suffer(ctx, "partitions", in, func() (err error) { parts, err = f.Store.Partitions(ctx, in); return err })
	return parts, err
}

// Copy implements account.Store. The region of its faults is the target.
func (f *Faults) Copy(ctx context.Context, p georep.Partition, from, to georep.Region,
	pace account.Pace) (rows int, err error) {
	err = f.suffer(ctx, "copy", to, func() (err error) { rows, err = f.Store.Copy(ctx, p, from, to, pace); return err })
	return rows, err
}

// Wipe implements account.Store.
func (f *Faults) Wipe(ctx context.Context, in georep.Region) (n int, err error) {
	err = f.suffer(ctx, "wipe", in, func() (err error) { n, err = f.Store.Wipe(ctx, in); return err })
	return n, err
}
