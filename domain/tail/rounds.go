package tail

import (
	"context"
	"time"

	"tidemark/domain/fault"
)

// roundTime is how long a round has. What it has read by then is kept, and the next goes on from there.
const roundTime = 10 * time.Second

// run runs rounds of a kind until nobody asks for one.
func (f *follower) run(k kind) {
	for r := f.take(k); r != nil; r = f.take(k) {
		f.serve(k, r)
	}
}

// take gives the round that was asked for; without any the follower is not busy with the kind any more.
func (f *follower) take(k kind) *round {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	r := f.next[k]
	f.next[k], f.busy[k] = nil, r != nil
	if k == some {
		f.needed = 0
		if r != nil {
			f.needed = r.atLeast
		}
	}
	return r
}

func (f *follower) serve(k kind, r *round) {
	began := f.tail.sched.Now()
	ctx, cancel := f.tail.sched.WithTimeout(context.Background(), roundTime)
	var err error
	switch k {
	case whole:
		r.snapshot, err = f.read(ctx)
	case some:
		r.part, err = f.readSome(ctx, r.atLeast)
	}
	if err != nil && ctx.Err() != nil {
		err = &fault.Error{Kind: fault.Unavailable, Op: "tail.read", RetryAfter: time.Second, Cause: err,
			Message: "the journal could not be read in time: what was read is remembered, ask again and it goes on " +
				"from there"}
	}
	r.err = err
	cancel()
	if err == nil && (r.part == nil || r.part.All) {
		f.sawAll(began)
	}
	f.tail.makeRoom(f, k)
	r.done.Set()
}

// sawAll notes that a round which began then saw everything there was.
func (f *follower) sawAll(began time.Time) {
	f.tail.mu.Lock()
	defer f.tail.mu.Unlock()
	if began.After(f.looked) { // a part beside it may have begun later, and ended before
		f.looked = began
	}
}
