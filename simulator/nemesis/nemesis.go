// Package nemesis carries out a schedule of faults on a topology that runs, in real time.
//
// It decides nothing: schedule.Steps says what begins and ends when, and each fault is an order of the topology or of
// an account of it. What this simulator cannot do is refused by name before anything begins.
//
// From the bottom: able (what a topology has, and what can be done to it), carry (one fault), nemesis (a run).
package nemesis

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/topology"
)

// ErrRunning is that a schedule is carried out already.
var ErrRunning = errors.New("a schedule is carried out already")

// Nemesis carries out one schedule at a time. It is safe for concurrent use.
type Nemesis struct {
	sim *topology.Simulation

	mu  sync.Mutex
	run *run // the last one; nil: there was none
}

// run is a schedule that is carried out.
type run struct {
	schedule schedule.Schedule
	began    time.Time
	stop     context.CancelFunc
	ended    chan struct{}

	mu   sync.Mutex
	held []holding
	done []Done
}

// holding is a fault that holds, and how it is undone.
type holding struct {
	fault inject.Fault
	undo  func(context.Context) error
}

// What is what a run did with a fault.
type What string

// A fault that lasts begins and ends, any other happens.
const (
	Begins  What = "begins"
	Ends    What = "ends"
	Happens What = "happens"
)

// Done is something that a run did, or tried to do.
type Done struct {
	At    time.Duration // since the schedule began
	What  What
	Fault inject.Fault
	Err   error // nil: it was done
}

// State is how far a schedule is.
type State struct {
	Schedule schedule.Schedule
	Running  bool
	Elapsed  time.Duration
	Holding  []inject.Fault
	Done     []Done
}

// New makes the nemesis of a topology.
func New(sim *topology.Simulation) *Nemesis { return &Nemesis{sim: sim} }

// Start begins to carry a schedule out. At the time of healing everything that holds ends; 0 is never, so that what
// has no end holds until Stop, or until the context ends. A schedule that names what there is not, or that wants what
// cannot be done here, is refused, and so is one while another runs (ErrRunning).
func (n *Nemesis) Start(ctx context.Context, s schedule.Schedule, healed time.Duration) error {
	if err := check(n.sim, s); err != nil {
		return err
	}
	if healed == 0 {
		healed = math.MaxInt64
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.run.running() {
		return ErrRunning
	}
	ctx, stop := context.WithCancel(ctx)
	n.run = &run{schedule: s.Sorted(), began: time.Now(), stop: stop, ended: make(chan struct{})}
	go n.run.carryOut(ctx, n.sim, s.Steps(healed))
	return nil
}

// Stop ends the schedule that runs, if one does: everything that holds ends now. It waits until that is done.
func (n *Nemesis) Stop() {
	n.mu.Lock()
	r := n.run
	n.mu.Unlock()
	if r != nil {
		r.stop()
		<-r.ended
	}
}

// State is how far the last schedule is. False: there was none.
func (n *Nemesis) State() (State, bool) {
	n.mu.Lock()
	r := n.run
	n.mu.Unlock()
	if r == nil {
		return State{}, false
	}
	running := r.running()
	r.mu.Lock()
	defer r.mu.Unlock()
	state := State{Schedule: r.schedule, Running: running, Elapsed: time.Since(r.began), Done: slices.Clone(r.done)}
	for _, h := range r.held {
		state.Holding = append(state.Holding, h.fault)
	}
	return state, true
}

func (r *run) running() bool {
	if r == nil {
		return false
	}
	select {
	case <-r.ended:
		return false
	default:
		return true
	}
}

// carryOut takes one step after another, each at its time, and in the end undoes what holds.
func (r *run) carryOut(ctx context.Context, sim *topology.Simulation, steps []schedule.Step) {
	defer close(r.ended)
	defer r.stop()
	always := context.WithoutCancel(ctx)
	for _, step := range steps {
		if !sleep(ctx, r.until(step.At)) {
			break
		}
		for _, f := range step.Ends {
			r.end(always, f)
		}
		for _, f := range step.Begins {
			undo, err := begin(ctx, sim, f)
			r.note(Begins, f, err)
			if err == nil {
				r.hold(holding{f, undo})
			}
		}
		for _, f := range step.Happens {
			if c, ok := f.(inject.Clock); ok { // it jumps, and stays so until everything has healed
				r.hold(holding{f, beginClock(sim, c)})
				r.note(Happens, f, nil)
				continue
			}
			r.note(Happens, f, happen(ctx, sim, f))
		}
	}
	for len(r.held) > 0 { // the last first; nobody else changes them
		r.end(always, r.held[len(r.held)-1].fault)
	}
}

// until is how long it is until a moment of the schedule.
func (r *run) until(at time.Duration) time.Duration { return at - time.Since(r.began) }

// sleep waits, and says whether the context is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// end undoes a fault that holds. One that could not begin does not hold.
func (r *run) end(ctx context.Context, f inject.Fault) {
	i := slices.IndexFunc(r.held, func(h holding) bool { return h.fault == f })
	if i < 0 {
		return
	}
	err := r.held[i].undo(ctx)
	r.mu.Lock()
	r.held = slices.Delete(r.held, i, i+1)
	r.mu.Unlock()
	r.note(Ends, f, err)
}

func (r *run) hold(h holding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = append(r.held, h)
}

func (r *run) note(what What, f inject.Fault, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = append(r.done, Done{At: time.Since(r.began), What: what, Fault: f, Err: err})
}
