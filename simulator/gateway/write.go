package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// answerTimeout is how long the service takes at most for a write ("Setting timeouts for Table service operations":
// 30 s).
const answerTimeout = 30 * time.Second

// write is a write to a geo-redundant account, as a service makes it.
type write struct {
	partition   georep.Partition
	rows, bytes int
	empties     bool // it deletes the container

	// send does it on the primary's store, and translates the answer, which is held back until it is decided whether
	// it is lost. The payload is nil when the store refused. An error means that no answer came: the outcome is
	// unknown, unless it is account.ErrNotSent.
	send func(ctx context.Context, base string, stamp time.Time, w http.ResponseWriter) (account.Payload, error)
	// resolve asks the store what became of a write of unknown outcome: its payload when it is there, nil when it is
	// not, an error to be asked again.
	resolve func(ctx context.Context, base string, stamp time.Time) (account.Payload, error)
}

// write carries a write out and answers.
func (v *visit) write(w write) {
	ctx, cancel := context.WithTimeout(v.ctx, answerTimeout)
	defer cancel()
	v.arrived = false // the account has the ticket now
	answer := newHeld()
	o, err := v.a.Write(ctx, v.ticket, account.Write{
		Partition: w.partition, Rows: w.rows, Bytes: w.bytes, Empties: w.empties,
		Send: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			return w.send(ctx, v.base(), stamp, answer)
		},
		Resolve: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			return w.resolve(ctx, v.base(), stamp)
		},
		Unheard: v.unheard,
	})
	switch {
	case err == nil:
		v.deliver(o, answer)
	case errors.Is(err, account.ErrLost):
		v.reset(account.ErrLost.Error())
	case v.ctx.Err() != nil:
		v.reset("")
	default: // the store does not answer, or a write before this one waits for it
		v.refuse(http.StatusInternalServerError, codeTimedOut, messageTimedOut)
	}
}

// unheard tells the truth stream of a write whose caller has left, or got no answer.
func (v *visit) unheard(entry *georep.Entry, why string) {
	if entry != nil {
		v.lost(entry, why)
	} else if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "unknown", Text: why})
	}
}

// deliver gives the caller the answer, if it is to arrive.
func (v *visit) deliver(o account.Outcome, answer *held) {
	if o.Err != nil {
		v.reset("the storage did not answer: " + o.Err.Error())
		return
	}
	if !v.back(o.Entry) {
		return
	}
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "answered", Entry: o.Entry, Status: answer.status})
	}
	answer.sendTo(v.w)
}

// pass sends a read, or anything to a local account, and streams the answer. What the store does not answer ends as a
// torn connection.
func (v *visit) pass(request func(ctx context.Context, base string) (*http.Request, error),
	answer func(w http.ResponseWriter, from *http.Response) error) {
	if v.moved() {
		v.reset("the roles have changed")
		return
	}
	r, err := request(v.ctx, v.base())
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
