package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
	"tidemark/simulator/wire/queues"
	"tidemark/simulator/wire/spelling"
)

// serveQueue answers a request to the queue service. A secondary takes what changes nothing: Get Messages hides what
// it gives, so it is a write (Peek Messages is not); no page of the service says so in these words.
func (a *Account) serveQueue(v *visit) {
	q := queues.Parse(v.r)
	logged := a.geoRedundant && !v.secondary && q.Logged()
	if logged && !v.arrive() {
		return
	}
	if v.absent(q.Kind) || !v.admit(q.Kind, q.Queue, q.Queue, 1) {
		return
	}
	if v.secondary && q.Write {
		v.refuseSecondaryWrite()
		return
	}
	if refusal := q.Check(); refusal != nil {
		v.refuseQueue(refusal)
		return
	}
	message, ok := v.readMessage(q)
	if !ok {
		return
	}
	switch {
	case v.wantsStats(q.Kind):
		v.answerStats()
	case q.Kind == inject.ListQueues:
		v.pass(v.queueRequest, v.answerQueueList(q))
	case logged:
		a.queues.write(v, q, message)
	case q.Kind == inject.PeekMessages && a.geoRedundant:
		a.queues.peek(v, q)
	case q.Kind == inject.QueueMetadata && !q.Write:
		v.pass(v.queueRequest, v.answerMetadata(q))
	default: // reads, and local accounts
		v.pass(v.queueRequest, v.answerQueue)
	}
}

// refuseQueue answers with a refusal.
func (v *visit) refuseQueue(r *wire.Refusal) {
	if !v.forged() {
		v.refuse(r.Status, r.Code, r.Message)
	}
}

// queueRequest is the caller's request as it goes to a store, whose signature holds there too.
func (v *visit) queueRequest(ctx context.Context, base string) (*http.Request, error) {
	return v.queueRequestTo(ctx, base, v.r.URL.EscapedPath(), v.r.Body)
}

func (v *visit) queueRequestTo(ctx context.Context, base, path string, body io.Reader) (*http.Request, error) {
	target, err := url.Parse(base + path)
	if err != nil {
		return nil, err
	}
	target.RawQuery = v.r.URL.RawQuery
	if v.r.ContentLength == 0 {
		body = http.NoBody
	}
	r, err := http.NewRequestWithContext(ctx, v.r.Method, target.String(), body)
	if err != nil {
		return nil, err
	}
	r.ContentLength = v.r.ContentLength
	for name, values := range v.r.Header {
		switch {
		case ofConnection[name]:
		case strings.HasPrefix(name, "X-Ms-Meta-"):
			r.Header["x-ms-meta-"+spelling.Of(v.r.Context(), name[len("X-Ms-Meta-"):])] = values
		default:
			r.Header[name] = values
		}
	}
	return r, nil
}

// ofConnection are headers that are not for the other end.
var ofConnection = map[string]bool{"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true,
	"Trailer":           true,
	"Transfer-Encoding": true, "Upgrade": true, "Expect": true}

// copyQueueHeader takes over an answer's header; the time is that of the storage's clock.
func (v *visit) copyQueueHeader(to, from http.Header) {
	for name, values := range from {
		if !ofConnection[name] {
			to[name] = values
		}
	}
	to.Set("Date", v.now().UTC().Format(http.TimeFormat))
}

func (v *visit) answerQueue(w http.ResponseWriter, from *http.Response) error {
	v.copyQueueHeader(w.Header(), from.Header)
	w.WriteHeader(from.StatusCode)
	_, err := io.Copy(w, from.Body)
	return err
}

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

// answerQueueBody sends an answer with a body of the gateway's making.
func (v *visit) answerQueueBody(w http.ResponseWriter, status int, header http.Header, body []byte) {
	v.copyQueueHeader(w.Header(), header)
	if len(body) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // who does not listen any more learns nothing
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
func (s *queueSide) peek(v *visit, q *queues.Request) {
	if v.moved() {
		v.reset("the roles have changed")
		return
	}
	status, header, body, err := s.peekAt(v, q)
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
func (s *queueSide) peekAt(v *visit, q *queues.Request) (status int, header http.Header, body []byte, err error) {
	r, err := v.queueRequest(v.ctx, v.store)
	if err != nil {
		return 0, nil, nil, err
	}
	hold := s.ledger.Hold(string(v.region), q.Queue)
	hold.RLock()
	defer hold.RUnlock()
	status, header, body, err = s.ask(r)
	if err != nil || status != http.StatusOK {
		return status, header, body, err
	}
	items, err := queues.ReadItems(body)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err = queues.WriteItems(s.ledger.Peeked(string(v.region), q.Queue, items, s.clock()))
	return status, header, body, err
}

// ask sends a caller's request and reads the answer.
func (s *queueSide) ask(r *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := s.a.g.do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil, nil, err
	}
	return resp.StatusCode, resp.Header, body, nil
}

// message is what a write carries in its body.
type message struct {
	body []byte
	text string // of a message, as it stands in XML; of anything else the body
	has  bool   // there is a text
}

// readMessage reads what a write to a queue carries, and looks whether it is XML: Azurite refuses what is none
// without a code. The body can be read again. False: it was answered.
func (v *visit) readMessage(q *queues.Request) (message, bool) {
	if !q.Logged() {
		return message{}, true
	}
	body, err := v.queueBody()
	if errors.Is(err, errBodyTooLarge) {
		v.refuseQueue(queues.TooLarge)
		return message{}, false
	}
	if err != nil {
		v.reset("")
		return message{}, false
	}
	v.r.Body = io.NopCloser(bytes.NewReader(body))
	m := message{body, string(body), true}
	if q.Kind == inject.PutMessage || q.Kind == inject.UpdateMessage {
		if m.text, m.has, err = queues.Text(body); err != nil || q.Kind == inject.PutMessage && !m.has {
			v.refuseQueue(queues.NotXML)
			return message{}, false
		}
	}
	return m, true
}

var errBodyTooLarge = errors.New("the body is larger than any message")

// queueBody reads a write's body.
func (v *visit) queueBody() ([]byte, error) {
	if v.r.ContentLength > queues.MaxBody {
		return nil, errBodyTooLarge
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(v.r.Body, queues.MaxBody+1))
	if err == nil && n > queues.MaxBody {
		err = errBodyTooLarge
	}
	return b.Bytes(), err
}
