package continuity

import (
	"cmp"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/sweep"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// round is one look at everything.
type round struct {
	*Service
	clocks [2]time.Time // of the journals, before everything
	began  time.Time    // the earliest of these and of this process's

	listed map[telemetry.Stream]bool

	mu     sync.Mutex // guards what follows
	out    sweep.Swept
	failed error
	lost   error // what was acknowledged and is in no journal: told, and no reason to know less of everything else
	match  match // the least of all streams
}

func (r *round) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = cmp.Or(r.failed, err)
}

func (r *round) count(f func(*round)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

func (r *round) forget(id telemetry.Stream) {
	r.Service.mu.Lock()
	defer r.Service.mu.Unlock()
	delete(r.seen, id)
}

// twin is one stream as both journals say. What is not listed was never there, or is finished.
type twin struct {
	id     telemetry.Stream
	states [2]journal.State
	listed [2]bool
	at     [2]time.Time // the clocks of the journals when they answered
}

func (t *twin) pair() stream.Pair { return stream.Pair{t.states[0].State, t.states[1].State} }

func (t *twin) versions() [2]string { return [2]string{t.states[0].Version, t.states[1].Version} }

// continues is the stream that the writer wrote before, if either journal knows.
func (t *twin) continues() telemetry.Stream {
	if t.states[0].Continues != (telemetry.Stream{}) {
		return t.states[0].Continues
	}
	return t.states[1].Continues
}

// another is whether an error says that somebody else was here: the next round looks again.
func another(err error) bool { return fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) }

// ignore leaves what somebody else did to the next round.
func ignore(err error) error {
	if another(err) {
		return nil
	}
	return err
}
