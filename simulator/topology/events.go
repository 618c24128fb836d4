package topology

import (
	"sync"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
)

// Event is an entry of the truth stream: what the gateway tells, and outages, faults, distances, processes and the
// edge. IDs rise by one from 1.
type Event struct {
	ID      uint64       `json:"id"`
	At      time.Time    `json:"at"`
	Account string       `json:"account,omitempty"`
	Kind    string       `json:"kind"`
	Call    *inject.Call `json:"call,omitempty"`
	Entry   *Entry       `json:"entry,omitempty"`
	Status  int          `json:"status,omitempty"`
	Text    string       `json:"text,omitempty"`
}

// Entry is a write that the primary committed.
type Entry struct {
	Seq       uint64         `json:"seq" doc:"Order of commit within the account."`
	Service   georep.Service `json:"service" enum:"table,queue"`
	Container string         `json:"container" doc:"The table or the queue."`
	Partition string         `json:"partition,omitempty" doc:"The PartitionKey."`
	Whole     bool           `json:"whole,omitempty" doc:"A write to the table or queue itself."`
	At        time.Time      `json:"at" doc:"Its stamp: the Timestamp of its rows."`
	Due       time.Time      `json:"due" doc:"When its lag has passed."`
	Rows      int            `json:"rows"`
	Bytes     int            `json:"bytes"`
}

// EntryOf is a write as georep has it.
func EntryOf(e georep.Entry) Entry {
	return Entry{Seq: e.Seq, Service: e.Partition.Service, Container: e.Partition.Container, Partition: e.Partition.Key,
		Whole: e.Partition.Whole,
		At:    e.At.UTC(), Due: e.Due.UTC(), Rows: e.Rows, Bytes: e.Bytes}
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
	next := Event{ID: e.last, At: v.At.UTC(), Account: v.Account, Kind: v.Kind, Call: v.Call, Status: v.Status,
		Text: v.Text}
	if v.Entry != nil {
		entry := EntryOf(*v.Entry)
		next.Entry = &entry
	}
	if len(e.ring) < kept {
		e.ring = append(e.ring, next)
	} else {
		e.ring[(e.last-1)%kept] = next
	}
	close(e.changed)
	e.changed = make(chan struct{})
}

// Since gives up to limit events after an ID, oldest first, and a channel that is closed when there are more. missed
// is how many lie between and are not kept any more.
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

// say adds an event of the topology itself.
func (e *Events) say(kind, text string) {
	e.add(gateway.Event{At: time.Now(), Kind: kind, Text: text})
}
