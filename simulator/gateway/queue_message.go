package gateway

import (
	"bytes"
	"errors"
	"io"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
	"tidemark/simulator/wire/queues"
)

// refuseQueue answers with a refusal.
func (v *visit) refuseQueue(r *wire.Refusal) {
	if !v.forged() {
		v.refuse(r.Status, r.Code, r.Message)
	}
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
