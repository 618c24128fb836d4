package gateway

import (
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/queues"
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
		v.writeQueue(q, message)
	case q.Kind == inject.PeekMessages && a.geoRedundant:
		v.peek(q)
	case q.Kind == inject.QueueMetadata && !q.Write:
		v.pass(v.queueRequest, v.answerMetadata(q))
	default: // reads, and local accounts
		v.pass(v.queueRequest, v.answerQueue)
	}
}
