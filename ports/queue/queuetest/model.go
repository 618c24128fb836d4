package queuetest

import (
	"context"
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"

	"pgregory.net/rapid"
)

// machine is a queue and the plain list it has to be like. Its clock counts only what it lets pass: a run takes far
// less than the second that separates two moments.
type machine struct {
	ctx     context.Context
	f       Fixture
	clock   time.Duration
	sent    int
	known   map[string]*known // by body: each is sent once
	stale   []queue.Delivery  // receipts that are good for nothing
	waiting bool              // time may pass
}

// known is what the model knows of a message.
type known struct {
	visible time.Duration
	count   int
	held    *queue.Delivery // the newest receipt; nil before the first delivery
}

func model(t T, h Harness) {
	runs := 1000
	if h.Slow {
		runs = 5
	}
	proof.Check(t, runs, func(rt *rapid.T) {
		f := h.New(rt)
		m := &machine{ctx: proof.Context(rt), f: f, known: map[string]*known{}, waiting: !h.Slow}
		actions := map[string]func(*rapid.T){"send": m.send, "receive": m.receive, "extend": m.extend,
			"delete": m.delete, "stale": m.useStale, "peek": m.peek}
		if m.waiting {
			actions["pass"] = m.pass
		}
		rt.Repeat(actions)
	})
}

// lease draws how long something is hidden.
func (m *machine) lease(t *rapid.T) time.Duration {
	if !m.waiting {
		return long
	}
	return time.Duration(rapid.IntRange(1, 5).Draw(t, "lease")) * time.Second
}

func (m *machine) send(t *rapid.T) {
	m.sent++
	body := fmt.Sprintf("message %d", m.sent)
	var delay time.Duration
	if m.waiting && rapid.Bool().Draw(t, "delayed") {
		delay = m.lease(t)
	}
	proof.OK(t, m.f.Queue.Send(m.ctx, []byte(body), delay), "send")
	m.known[body] = &known{visible: m.clock + delay}
}

func (m *machine) showing() int {
	n := 0
	for _, k := range m.known {
		if k.visible <= m.clock {
			n++
		}
	}
	return n
}

// seen looks a message up that is shown now.
func (m *machine) seen(t *rapid.T, got queue.Message, count int) *known {
	t.Helper()
	k := m.known[string(got.Body)]
	if k == nil || k.visible > m.clock {
		t.Fatalf("saw %q, which was deleted or is hidden", got.Body)
	}
	if got.DequeueCount != k.count+count {
		t.Fatalf("message %q says it was delivered %d times, want %d", got.Body, got.DequeueCount, k.count+count)
	}
	return k
}

func (m *machine) receive(t *rapid.T) {
	max := rapid.IntRange(1, 4).Draw(t, "max")
	lease := m.lease(t)
	showing := m.showing()
	ds, err := m.f.Queue.Receive(m.ctx, max, lease)
	proof.OK(t, err, "receive")
	if len(ds) > max || (len(ds) == 0) != (showing == 0) {
		t.Fatalf("received %d messages of %d, asked for %d", len(ds), showing, max)
	}
	for _, d := range ds {
		k := m.seen(t, d.Message, 1)
		m.renew(k, d, lease)
		k.count++
	}
}

// renew hides a message under a new receipt.
func (m *machine) renew(k *known, d queue.Delivery, lease time.Duration) {
	if k.held != nil {
		m.stale = append(m.stale, *k.held)
	}
	k.held, k.visible = &d, m.clock+lease
}

func (m *machine) peek(t *rapid.T) {
	showing := m.showing()
	seen, err := m.f.Queue.Peek(m.ctx, queue.MaxReceive)
	proof.OK(t, err, "peek")
	if (len(seen) == 0) != (showing == 0) || len(seen) > showing {
		t.Fatalf("peek sees %d messages of %d", len(seen), showing)
	}
	for _, got := range seen {
		m.seen(t, got, 0)
	}
}

// held draws a message whose lease has not ended.
func (m *machine) held(t *rapid.T) (string, *known) {
	var bodies []string
	for i := range m.sent {
		body := fmt.Sprintf("message %d", i+1)
		if k := m.known[body]; k != nil && k.held != nil && k.visible > m.clock {
			bodies = append(bodies, body)
		}
	}
	if len(bodies) == 0 {
		t.Skip("nothing is leased")
	}
	body := rapid.SampledFrom(bodies).Draw(t, "held")
	return body, m.known[body]
}

func (m *machine) extend(t *rapid.T) {
	_, k := m.held(t)
	lease := m.lease(t)
	d, err := m.f.Queue.Extend(m.ctx, *k.held, lease)
	proof.OK(t, err, "extend")
	m.renew(k, d, lease)
}

func (m *machine) delete(t *rapid.T) {
	body, k := m.held(t)
	proof.OK(t, m.f.Queue.Delete(m.ctx, *k.held), "delete")
	m.stale = append(m.stale, *k.held)
	delete(m.known, body)
}

func (m *machine) useStale(t *rapid.T) {
	if len(m.stale) == 0 {
		t.Skip("no receipt is stale")
	}
	d := rapid.SampledFrom(m.stale).Draw(t, "stale")
	if rapid.Bool().Draw(t, "delete") {
		proof.Kind(t, m.f.Queue.Delete(m.ctx, d), "delete with a stale receipt", fault.NotFound)
		return
	}
	_, err := m.f.Queue.Extend(m.ctx, d, long)
	proof.Kind(t, err, "extend with a stale receipt", fault.NotFound)
}

func (m *machine) pass(t *rapid.T) {
	d := time.Duration(rapid.IntRange(1, 5).Draw(t, "pass")) * time.Second
	m.f.Pass(d)
	m.clock += d
}
