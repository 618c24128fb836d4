package topology

import (
	"sync"
	"time"

	"tidemark/simulator/gateway"
)

// Event is an entry of the truth stream. IDs rise by one from 1.
type Event struct {
	ID uint64 `json:"id"`
	gateway.Event
}

// kept is how many events are kept to be read again.
const kept = 1 << 16

// Events are the last of the truth stream. It is safe for concurrent use.
type Events struct {
	mu      sync.Mutex
	ring    []Event
	last    uint64
	changed chan struct{} // closed at the next event
}

func newEvents() *Events { return &Events{changed: make(chan struct{})} }

// add appends an event. It never waits for a reader.
func (e *Events) add(v gateway.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	next := Event{ID: e.last, Event: v}
	if len(e.ring) < kept {
		e.ring = append(e.ring, next)
	} else {
		e.ring[(e.last-1)%kept] = next
	}
	close(e.changed)
	e.changed = make(chan struct{})
}

// Since gives up to limit events after an ID, oldest first, and a channel that is closed when there are more. missed is how many lie
// between and are not kept any more.
func (e *Events) Since(id uint64, limit int) (events []Event, missed uint64, more <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id = min(id, e.last)
	if oldest := e.last - uint64(len(e.ring)); id < oldest {
		missed, id = oldest-id, oldest
	}
	n := min(uint64(limit), e.last-id)
	events = make([]Event, 0, n)
	for i := range n {
		events = append(events, e.ring[(id+i)%kept])
	}
	return events, missed, e.changed
}

// Last is the ID of the last event.
func (e *Events) Last() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// say puts an event of the topology itself into the stream.
func (s *Simulation) say(kind, text string) {
	s.events.add(gateway.Event{At: time.Now(), Kind: kind, Text: text})
}
