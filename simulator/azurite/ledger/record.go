package ledger

import (
	"maps"
	"net/http"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/queues"
)

// Change is what a write did to a queue, as it has to be repeated in the other region: not what was asked but what
// came of it, so that doing it again changes nothing.
type Change struct {
	Queue      string            // "" is the service
	Kind       string            // inject's name of the operation
	Metadata   map[string]string // of a creation, and of metadata
	ACL        string            // of an ACL
	Properties string            // of the service: a StorageServiceProperties document
	Messages   []Message         // as they are after it
	Gone       []string          // the ids of messages that it deleted
}

// Keys are the ids of the messages that it is about; the name of the queue when it is about the queue.
func (c *Change) Keys() []string {
	var keys []string
	for _, m := range c.Messages {
		keys = append(keys, m.ID)
	}
	if keys = append(keys, c.Gone...); len(keys) == 0 {
		keys = []string{c.Queue}
	}
	return keys
}

// Size is what it weighs in the backlog: rows and bytes.
func (c *Change) Size() (rows, bytes int) {
	for _, m := range c.Messages {
		bytes += len(m.Text)
	}
	return max(len(c.Messages)+len(c.Gone), 1), bytes
}

// Answer is a primary's store's answer to a write.
type Answer struct {
	Status int
	Header http.Header
	Items  []queues.Item // of a Put and of a Get
}

// Record takes an answer of the primary's store to a write into the ledger, and gives the change to repeat; nil is
// nothing. The items of the answer become what the client is to see. text is that of a Put or an Update (has: there
// is one).
func (l *Ledger) Record(region string, q *queues.Request, a *Answer, text string, has bool, now time.Time) *Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Change{Queue: q.Queue, Kind: q.Kind}
	switch ok := a.Status >= 200 && a.Status < 300; {
	case !ok && a.Status != http.StatusNotFound:
		return nil
	case !ok:
		return l.recordMissing(region, q, a, c)
	}
	switch q.Kind {
	case inject.Properties:
		c.Properties = text
		return c
	case inject.CreateQueue, inject.DeleteQueue, inject.QueueMetadata, inject.ACL:
		return l.recordQueue(region, q, a, c, text)
	case inject.PutMessage:
		l.recordPut(region, q, a, c, text, now)
	case inject.GetMessages:
		l.recordGet(region, a, c, now)
	case inject.UpdateMessage:
		l.recordUpdate(region, q, a, c, text, has)
	case inject.DeleteMessage:
		c.Gone = []string{q.Message}
		l.remove(l.at(region, q.Queue), q.Message)
		return c
	case inject.ClearMessages:
		l.empty(l.at(region, q.Queue))
		return c
	}
	if len(c.Messages) == 0 {
		return nil
	}
	return c
}

// recordMissing: the store has not what the ledger has. A message that has expired is gone in both regions by itself.
func (l *Ledger) recordMissing(region string, q *queues.Request, a *Answer, c *Change) *Change {
	s := l.books[region][q.Queue]
	if s == nil || a.Header.Get("x-ms-error-code") != "MessageNotFound" || s.byID[q.Message] == nil {
		return nil
	}
	l.remove(s, q.Message)
	c.Kind, c.Gone = inject.DeleteMessage, []string{q.Message}
	return c
}

// recordQueue takes in what changes the queue itself. A creation that the store answers with 204 found the queue as
// it is.
func (l *Ledger) recordQueue(region string, q *queues.Request, a *Answer, c *Change, acl string) *Change {
	s := l.books[region][q.Queue]
	known := s != nil && !s.absent
	switch {
	case q.Kind == inject.DeleteQueue:
		l.drop(region, q.Queue)
		return c
	case q.Kind == inject.ACL:
		c.ACL = acl
		l.at(region, q.Queue).acl = acl
		return c
	case q.Kind == inject.CreateQueue && a.Status == http.StatusNoContent:
		if known {
			return nil
		}
		c.Kind = inject.QueueMetadata // of a store that was not empty
	case q.Kind == inject.CreateQueue:
		l.drop(region, q.Queue)
	}
	c.Metadata = q.Metadata()
	l.at(region, q.Queue).metadata = maps.Clone(c.Metadata)
	return c
}

func (l *Ledger) recordPut(region string, q *queues.Request, a *Answer, c *Change, text string, now time.Time) {
	for i := range a.Items {
		m := newKept(a.Items[i], text)
		if q.Hides() {
			m.Visible = m.Visible.Add(coarse)
		}
		l.keep(l.at(region, q.Queue), m, now)
		c.Messages = append(c.Messages, m.Message)
	}
}

func (l *Ledger) recordGet(region string, a *Answer, c *Change, now time.Time) {
	if len(a.Items) == 0 {
		return
	}
	s := l.at(region, c.Queue)
	for i := range a.Items {
		item := &a.Items[i]
		m, known := s.byLocal[item.ID]
		if !known {
			m = newKept(*item, item.TextXML())
			l.keep(s, m, now)
		} else if item.Text != nil && !queues.SameText(item.Text.XML, m.Text) { // of an Update whose answer was lost
			l.texts += len(item.Text.XML) - len(m.Text)
			m.Text = item.Text.XML
		}
		native := item.Dequeues
		m.show(item)
		if native != nil {
			m.Dequeues, m.native = *item.Dequeues, *native
		}
		m.receipt, m.Visible = item.Receipt, queues.ParseTime(item.Visible).Add(coarse)
		c.Messages = append(c.Messages, m.Message)
	}
}

func (l *Ledger) recordUpdate(region string, q *queues.Request, a *Answer, c *Change, text string, has bool) {
	s := l.at(region, q.Queue)
	m := s.byID[q.Message]
	if m == nil {
		return // put there before the ledger began and not received since
	}
	m.receipt, m.Visible = a.Header.Get("x-ms-popreceipt"), queues.ParseTime(a.Header.Get("x-ms-time-next-visible"))
	if q.Hides() {
		m.Visible = m.Visible.Add(coarse)
	}
	if has {
		l.texts += len(text) - len(m.Text)
		m.Text = text
	}
	c.Messages = append(c.Messages, m.Message)
}

// Peeked turns what a region's store shows into what a client is to see. now is that of the store's clock.
func (l *Ledger) Peeked(region, queue string, items []queues.Item, now time.Time) []queues.Item {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.books[region][queue]
	if s == nil {
		return items
	}
	shown := make([]queues.Item, 0, len(items))
	for _, item := range items {
		m := s.byLocal[item.ID]
		switch {
		case m == nil && s.unsure, m != nil && m.expired(now):
			continue
		case m != nil:
			m.show(&item)
		}
		shown = append(shown, item)
	}
	return shown
}

func newKept(item queues.Item, text string) *kept {
	m := &kept{local: item.ID, receipt: item.Receipt, Message: Message{ID: item.ID,
		Inserted: queues.ParseTime(item.Inserted), Expires: queues.ParseTime(item.Expires),
		Visible: queues.ParseTime(item.Visible), Text: text}}
	if item.Dequeues != nil {
		m.Dequeues, m.native = *item.Dequeues, *item.Dequeues
	}
	return m
}

// show makes of an item what clients see of the message. The dequeues that the store has counted since come on top of
// those known.
func (m *kept) show(item *queues.Item) {
	item.ID, item.Inserted, item.Expires = m.ID, queues.FormatTime(m.Inserted), queues.FormatTime(m.Expires)
	if item.Dequeues != nil {
		count := m.Dequeues + *item.Dequeues - m.native
		item.Dequeues = &count
	}
}

// Find is the item that a Put of this text made, of which no answer came: the first that the ledger does not know. It
// may be hidden, or behind what the service shows; then it is found when it is received.
func (l *Ledger) Find(region, queue, text string, items []queues.Item) (queues.Item, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.books[region][queue]
	for _, item := range items {
		if (s == nil || s.byLocal[item.ID] == nil) && queues.SameText(item.TextXML(), text) {
			return item, true
		}
	}
	return queues.Item{}, false
}
