package gateway

import (
	"net/http"

	"tidemark/simulator/wire/queues"
)

// answerMetadata sends metadata, its names spelled as they were when they were set.
func (v *visit) answerMetadata(q *queues.Request) func(http.ResponseWriter, *http.Response) error {
	return func(w http.ResponseWriter, from *http.Response) error {
		if from.StatusCode != http.StatusOK {
			return v.answerQueue(w, from)
		}
		spelled, err := v.a.storage.Queues(v.region).Spelled(v.ctx, q.Queue)
		if err != nil {
			return err
		}
		v.copyQueueHeader(w.Header(), from.Header)
		queues.Spell(w.Header(), from.Header, spelled)
		w.WriteHeader(from.StatusCode)
		return nil
	}
}

// answerQueueList lists the queues by name, at the endpoint at which the client asked. The store has looked at the
// request's signature, and refused what it refuses.
func (v *visit) answerQueueList(q *queues.Request) func(http.ResponseWriter, *http.Response) error {
	return func(w http.ResponseWriter, from *http.Response) error {
		if from.StatusCode != http.StatusOK {
			return v.answerQueue(w, from)
		}
		finish(from)
		scheme, account := "http://", v.a.name
		if v.r.TLS != nil {
			scheme = "https://"
		}
		if v.secondary {
			account += "-secondary"
		}
		body, err := v.a.storage.Queues(v.region).Page(v.ctx, q.Listing(), scheme+v.r.Host+"/"+account)
		if err != nil {
			return err
		}
		from.Header.Del("Content-Length")
		v.answerQueueBody(w, http.StatusOK, from.Header, body)
		return nil
	}
}

// peek shows messages under the ids that they have in every region.
func (v *visit) peek(q *queues.Request) {
	if v.moved() {
		v.reset("the roles have changed")
		return
	}
	status, header, body, err := v.peekAt(q)
	if err != nil {
		v.reset("the storage did not answer: " + err.Error())
		return
	}
	if v.back(nil) {
		v.answerQueueBody(v.w, status, header, body)
	}
}

// peekAt asks the store while nothing is repeated there: between a message's arrival and the ledger's knowing it
// nobody sees it.
func (v *visit) peekAt(q *queues.Request) (status int, header http.Header, body []byte, err error) {
	r, err := v.queueRequest(v.ctx, v.base())
	if err != nil {
		return 0, nil, nil, err
	}
	hold := v.a.storage.Ledger.Hold(string(v.region), q.Queue)
	hold.RLock()
	defer hold.RUnlock()
	status, header, body, err = v.ask(r)
	if err != nil || status != http.StatusOK {
		return status, header, body, err
	}
	items, err := queues.ReadItems(body)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = queues.WriteItems(v.a.storage.Ledger.Peeked(string(v.region), q.Queue, items, v.a.storeClock()))
	return status, header, body, err
}
