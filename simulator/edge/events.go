package edge

import "sync"

// events hands events to an observer, one at a time, so that whoever adds one holds what locks it likes.
type events struct {
	observe func(Event)
	mu      sync.Mutex
	queue   []Event
	over    bool
	more    chan struct{} // one token: there is something to do
	done    chan struct{}
}

func observe(f func(Event)) *events {
	e := &events{observe: f, more: make(chan struct{}, 1), done: make(chan struct{})}
	if f == nil {
		e.over = true
		close(e.done)
		return e
	}
	go e.run()
	return e
}

func (e *events) add(event Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	e.queue = append(e.queue, event)
	e.wake()
}

func (e *events) wake() {
	select {
	case e.more <- struct{}{}:
	default:
	}
}

func (e *events) run() {
	defer close(e.done)
	for range e.more {
		e.mu.Lock()
		queue, over := e.queue, e.over
		e.queue = nil
		e.mu.Unlock()
		for _, event := range queue {
			e.observe(event)
		}
		if over {
			return
		}
	}
}

// close returns when all events were told.
func (e *events) close() {
	e.mu.Lock()
	e.over = true
	e.wake()
	e.mu.Unlock()
	<-e.done
}
