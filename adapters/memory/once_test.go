package memory_test

import (
	"sync"

	"tidemark/adapters/memory"
	"tidemark/ports/chunks/chunkstest"
)

// shapes says what the proofs' faults are called here.
var shapes = map[chunkstest.Fault]memory.Fault{
	chunkstest.Failed:  memory.FaultFail,
	chunkstest.Applied: memory.FaultApplied,
	chunkstest.Lost:    memory.FaultLost,
}

// once is a fault hook that strikes the next operation and no other.
type once struct {
	mu    sync.Mutex
	armed memory.Fault
}

func (o *once) arm(f memory.Fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.armed = f
}

func (o *once) next(string) memory.Fault {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.armed
	o.armed = memory.FaultNone
	return f
}
