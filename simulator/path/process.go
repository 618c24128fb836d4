package path

import (
	"context"
	"sync"

	"tidemark/ports/sched"
)

// Life is what a process does.
type Life string

// The lives.
const (
	Runs   Life = "runs"
	Frozen Life = "frozen" // as after SIGSTOP
	Dead   Life = "dead"   // as after SIGKILL
)

// Process is the sender of calls. It is safe for concurrent use.
type Process struct {
	s     sched.Scheduler
	never sched.Event

	mu     sync.Mutex
	life   Life
	thawed sched.Event // while it is frozen
}

// NewProcess makes one that runs.
func NewProcess(s sched.Scheduler) *Process {
	return &Process{s: s, never: s.NewEvent(), life: Runs}
}

// Life is what it does now.
func (p *Process) Life() Life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// Kill ends it for good: none of its calls ever returns.
func (p *Process) Kill() { p.become(Dead) }

// Freeze has its calls stand still until Thaw. A dead one stays dead.
func (p *Process) Freeze() { p.become(Frozen) }

// Thaw lets it go on.
func (p *Process) Thaw() { p.become(Runs) }

func (p *Process) become(l Life) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == Dead || p.life == l {
		return
	}
	p.life = l
	switch {
	case l == Frozen:
		p.thawed = p.s.NewEvent()
	case p.thawed != nil:
		p.thawed.Set()
		p.thawed = nil
	}
}

// Pass waits while the process is frozen. With a dead one it never returns. A nil process always runs.
func (p *Process) Pass() {
	for p != nil {
		p.mu.Lock()
		life, thawed := p.life, p.thawed
		p.mu.Unlock()
		switch life {
		case Runs:
			return
		case Dead:
			_ = p.never.Wait(context.Background())
		default:
			_ = thawed.Wait(context.Background())
		}
	}
}
