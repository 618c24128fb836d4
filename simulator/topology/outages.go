package topology

import (
	"sync"
	"time"

	"tidemark/simulator/network"
)

// outages begins and ends outages of the network, and tells the truth stream.
type outages struct {
	ground *ground

	mu     sync.Mutex
	closed bool
	timers map[string]*time.Timer // by the outage that they end
}

// Begin begins an outage and gives its ID. One with a length ends by itself after it.
func (o *outages) Begin(what network.Outage, length time.Duration) (string, error) {
	id, err := o.ground.network.Begin(what)
	if err != nil {
		return "", err
	}
	what.ID = id
	o.ground.events.say("outage", what.String())
	if length > 0 {
		o.endLater(id, length)
	}
	return id, nil
}

// endLater ends an outage unless it, or the simulation, has ended by then.
func (o *outages) endLater(id string, after time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		o.mu.Lock()
		mine := o.timers[id] == t // or it was ended by hand a moment ago, and another of its ID may have begun
		o.mu.Unlock()
		if mine {
			_ = o.End(id)
		}
	})
	o.timers[id] = t
}

// End ends an outage.
func (o *outages) End(id string) error {
	if err := o.ground.network.End(id); err != nil {
		return err
	}
	o.mu.Lock()
	if t := o.timers[id]; t != nil {
		t.Stop()
		delete(o.timers, id)
	}
	o.mu.Unlock()
	o.ground.events.say("healed", id)
	return nil
}

// close stops what would end an outage later.
func (o *outages) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	for _, t := range o.timers {
		t.Stop()
	}
}
