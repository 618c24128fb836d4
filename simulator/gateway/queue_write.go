package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/ledger"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/queues"
)

// queueWrite is one write to a queue of a geo-redundant account.
type queueWrite struct {
	v *visit
	q *queues.Request
	message
}

// writeQueue carries a write to a queue out.
func (v *visit) writeQueue(q *queues.Request, m message) {
	if (q.Kind == inject.PutMessage || q.Kind == inject.UpdateMessage) &&
		v.a.storage.Ledger.Full(v.a.storeClock(), len(m.text)) {
		v.refuse(http.StatusServiceUnavailable, codeServerBusy, fmt.Sprintf(
			"The simulator keeps the texts of a geo-redundant account's messages in memory, up to %d MiB: delete some.",
			ledger.DefaultTexts>>20))
		return
	}
	w := &queueWrite{v: v, q: q, message: m}
	v.write(write{
		partition: store.QueuePartition(q.Queue),
		rows:      1, bytes: len(m.body),
		send:    w.send,
		resolve: w.resolve,
	})
}

func (w *queueWrite) send(ctx context.Context, base string, _ time.Time,
	to http.ResponseWriter) (account.Payload, error) {
	region := string(w.v.region)
	if err := w.v.a.storage.Ledger.Settle(ctx, w.v.a.storage.Queues(w.v.region), region, w.q.Queue,
		w.v.a.storeClock()); err != nil {
		return nil, fmt.Errorf("%w: %w", account.ErrNotSent, err)
	}
	r, err := w.request(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", account.ErrNotSent, err)
	}
	status, header, body, err := w.v.ask(r)
	if err != nil {
		return nil, err
	}
	return w.record(status, header, body, to)
}

// request is the caller's. A message that has another id in this region is named by that; the id is in the path,
// which a shared key signs, so it is signed anew if the caller's own signature is right. A SAS does not sign it.
func (w *queueWrite) request(ctx context.Context, base string) (*http.Request, error) {
	path := w.v.r.URL.EscapedPath()
	local := w.v.a.storage.Ledger.Local(string(w.v.region), w.q.Queue, w.q.Message)
	signed, right := false, true
	if local != w.q.Message {
		if signed, right = w.v.a.sign.CheckQueue(w.v.r); !signed || right {
			path = path[:strings.LastIndexByte(path, '/')+1] + url.PathEscape(local)
		}
	}
	r, err := w.v.queueRequestTo(ctx, base, path, bytes.NewReader(w.body))
	if err == nil && signed && right {
		w.v.a.sign.SignQueue(r)
	}
	return r, err
}

// record takes the store's answer into the ledger, and gives the caller what it is to see.
func (w *queueWrite) record(status int, header http.Header, body []byte,
	to http.ResponseWriter) (account.Payload, error) {
	a := ledger.Answer{Status: status, Header: header}
	lists := (w.q.Kind == inject.PutMessage || w.q.Kind == inject.GetMessages) && status < 300
	if lists {
		var err error
		if a.Items, err = queues.ReadItems(body); err != nil {
			return nil, err
		}
	}
	c := w.v.a.storage.Ledger.Record(string(w.v.region), w.q, &a, w.text, w.has, w.v.a.storeClock())
	if lists {
		var err error
		if body, err = queues.WriteItems(a.Items); err != nil {
			return nil, err
		}
	}
	w.v.answerQueueBody(to, status, header, body)
	if c == nil {
		return nil, nil
	}
	return store.QueueChange{Change: c}, nil
}

// resolve finds out what became of a write that got no answer: what may be done twice is done again, in the name of
// the caller whose shared key was right; a Put is looked for among what the queue shows. Otherwise it counts as not
// done, which nobody was told: a message that is there all the same, or has another text, is taken up, and logged,
// when it is received; a Get that was done hides its messages for a while.
func (w *queueWrite) resolve(ctx context.Context, base string, _ time.Time) (account.Payload, error) {
	switch w.q.Kind {
	case inject.GetMessages:
		w.v.a.storage.Ledger.Void(string(w.v.region), w.q.Queue)
		return nil, nil
	case inject.PutMessage:
		return w.resolvePut(ctx)
	}
	if signed, right := w.v.a.sign.CheckQueue(w.v.r); !signed || !right {
		return nil, nil
	}
	r, err := w.request(ctx, base)
	if err != nil {
		return nil, nil
	}
	w.v.a.sign.SignQueue(r)
	status, header, body, err := w.v.ask(r)
	if err != nil {
		return nil, err
	}
	if w.q.Kind == inject.DeleteQueue && status == http.StatusNotFound &&
		w.v.a.storage.Ledger.Has(string(w.v.region), w.q.Queue) {
		status = http.StatusNoContent // the first has done it
	}
	if status == http.StatusBadRequest && header.Get("x-ms-error-code") == "PopReceiptMismatch" &&
		w.v.a.storage.Ledger.Latest(string(w.v.region), w.q) {
		status, header = http.StatusNoContent, w.q.Updated(w.v.a.storeClock()) // so the first has made the receipt void
	}
	return w.record(status, header, body, newHeld())
}

func (w *queueWrite) resolvePut(ctx context.Context) (account.Payload, error) {
	items, err := w.v.a.storage.Queues(w.v.region).Peek(ctx, w.q.Queue)
	if errors.As(err, new(*ledger.StatusError)) {
		return nil, nil // no such queue
	}
	if err != nil {
		return nil, err
	}
	item, found := w.v.a.storage.Ledger.Find(string(w.v.region), w.q.Queue, w.text, items)
	if !found {
		return nil, nil
	}
	a := ledger.Answer{Status: http.StatusCreated, Header: http.Header{}, Items: []queues.Item{item}}
	change := w.v.a.storage.Ledger.Record(string(w.v.region), w.q, &a, w.text, true, w.v.a.storeClock())
	return store.QueueChange{Change: change}, nil
}
