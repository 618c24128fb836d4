package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"tidemark/simulator/georep"
)

// answerTimeout is how long the service takes at most for a write ("Setting timeouts for Table service operations":
// 30 s).
const answerTimeout = 30 * time.Second

// askAgain is how long to wait before a store is asked again what became of a write.
const askAgain = 100 * time.Millisecond

// write is a write to a geo-redundant account.
type write struct {
	partition   georep.Partition // held while it is done
	rows, bytes int
	empties     bool // it deletes the container

	// send does it on the primary's store, and translates the answer, which is held back until it is decided whether
	// it is lost. The payload is nil when the store refused. An error means that no answer came: the outcome is
	// unknown, unless it is errNotSent.
	send func(ctx context.Context, base string, stamp time.Time, w http.ResponseWriter) (payload, error)
	// resolve asks the store what became of a write of unknown outcome: its payload when it is there, nil when it is
	// not, an error to be asked again.
	resolve func(ctx context.Context, base string, stamp time.Time) (payload, error)
}

// outcome is how a write ended.
type outcome struct {
	answer *held
	entry  *georep.Entry // nil: it was not committed
	err    error         // no answer came
}

// Where a write and its handler are.
const (
	waiting int32 = iota
	answered
	left // the handler does not wait any more
)

// write carries a write out and answers. What was sent to the store runs to its end whatever the caller does, because
// the log has to know how it ended.
func (v *visit) write(w write) {
	ctx, cancel := context.WithTimeout(v.ctx, answerTimeout)
	defer cancel()
	h, err := v.a.locks.hold(ctx, w.partition)
	switch {
	case err == nil:
	case v.ctx.Err() != nil:
		v.reset("")
		return
	default: // a write before this one waits for a store that does not answer
		v.refuse(http.StatusInternalServerError, codeTimedOut, messageTimedOut)
		return
	}
	if v.a.roles.Load().gone {
		h.release()
		v.reset(textGone)
		return
	}
	ticket := v.ticket
	v.arrived = false // the goroutine has it now
	var where atomic.Int32
	ended := make(chan outcome, 1)
	v.a.g.work.Add(1)
	go func() {
		defer v.a.g.work.Done()
		v.carryOut(&w, ticket, h, func(o outcome) {
			if where.CompareAndSwap(waiting, answered) {
				ended <- o
			} else if o.entry != nil {
				v.lost(o.entry, "the caller does not wait any more")
			}
		})
	}()
	select {
	case o := <-ended:
		v.deliver(o)
	case <-ctx.Done():
		switch {
		case !where.CompareAndSwap(waiting, left):
			v.deliver(<-ended)
		case v.ctx.Err() != nil:
			v.reset("")
		default:
			v.refuse(http.StatusInternalServerError, codeTimedOut, messageTimedOut)
		}
	}
}

// carryOut does the write while its partition is held. It says how it went as soon as it knows, or that no answer
// came, and lets the partition go when the outcome is in the log.
func (v *visit) carryOut(w *write, ticket georep.Ticket, h holding, say func(outcome)) {
	a := v.a
	sending := a.sendingStage()
	stamp := a.stamp(ticket)
	answer := newHeld()
	p, err := w.send(sending, v.store, stamp, answer)
	if err != nil && !errors.Is(err, errNotSent) {
		say(outcome{err: err})
		say = nil
		p = v.resolve(sending, w, stamp, err)
	}
	o := outcome{answer: answer, err: err}
	if p != nil {
		e := a.commit(ticket, w, p)
		o.entry = &e
	} else {
		a.abandon(ticket)
	}
	h.release()
	if say != nil {
		say(o)
	} else if o.entry != nil {
		v.lost(o.entry, "the storage did not answer: "+err.Error())
	}
}

// resolve finds out what became of a write that got no answer. It gives up when an unplanned failover does away with
// the primary, or when the gateway is closed.
func (v *visit) resolve(ctx context.Context, w *write, stamp time.Time, cause error) payload {
	for ctx.Err() == nil {
		p, err := w.resolve(ctx, v.a.primaryStore(v.service, v.region), stamp)
		if err == nil {
			return p
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
		}
	}
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "unknown", Text: "the primary is gone before it said whether it has stored this write: " +
			cause.Error()})
	}
	return nil
}

func (a *Account) primaryStore(s georep.Service, r georep.Region) string {
	if s == georep.Queue {
		return a.store(r).Queue
	}
	return a.store(r).Table
}

func (a *Account) sendingStage() context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sending.ctx
}

// deliver gives the caller the answer, if it is to arrive.
func (v *visit) deliver(o outcome) {
	if o.err != nil {
		v.reset("the storage did not answer: " + o.err.Error())
		return
	}
	if !v.back(o.entry) {
		return
	}
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "answered", Entry: o.entry, Status: o.answer.status})
	}
	o.answer.sendTo(v.w)
}

// pass sends a read, or anything to a local account, and streams the answer. What the store does not answer ends as a
// torn connection.
func (v *visit) pass(request func(ctx context.Context, base string) (*http.Request, error),
	answer func(w http.ResponseWriter, from *http.Response) error) {
	if v.moved() {
		v.reset("the roles have changed")
		return
	}
	r, err := request(v.ctx, v.store)
	if err != nil {
		v.refuse(http.StatusBadRequest, "InvalidInput", err.Error())
		return
	}
	resp, err := v.a.g.do(r)
	if err != nil {
		v.reset("the storage did not answer: " + err.Error())
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if !v.back(nil) {
		return
	}
	if err := answer(v.w, resp); err != nil {
		panic(http.ErrAbortHandler) // half of it is out: only a torn connection says that the rest is missing
	}
}

// held is an answer that is held back.
type held struct {
	header http.Header
	status int
	body   []byte
}

func newHeld() *held { return &held{header: make(http.Header, 12)} }

func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	h.body = append(h.body, b...)
	return len(b), nil
}

func (h *held) sendTo(w http.ResponseWriter) {
	to := w.Header()
	for name, values := range h.header {
		to[name] = values
	}
	h.WriteHeader(http.StatusOK)
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body) // a client that has gone does not hear it
}
