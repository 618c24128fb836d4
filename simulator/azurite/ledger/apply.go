package ledger

import (
	"context"
	"maps"
	"net/http"
	"time"

	"tidemark/simulator/inject"
)

// Apply repeats a change on a region's store, of which it is the secondary. Done again it changes nothing. After an
// answer that did not come the ledger does not know what the store has: the queue there is made anew, from the
// ledger, before anything else is repeated. Changes of one queue come in order and one at a time.
func (l *Ledger) Apply(ctx context.Context, store *Store, region string, c *Change, now time.Time) error {
	if c.Kind == inject.Properties {
		return store.setProperties(ctx, c.Properties)
	}
	hold := l.Hold(region, c.Queue)
	hold.Lock()
	defer hold.Unlock()
	if err := l.settle(ctx, store, region, c.Queue, now); err != nil {
		return err
	}
	err := l.apply(ctx, store, region, c, now)
	if refused(err, http.StatusNotFound, http.StatusBadRequest) {
		// The store has not what the ledger says: it was started anew, or somebody else writes to it.
		l.Doubt(region, c.Queue)
		if err = l.settle(ctx, store, region, c.Queue, now); err == nil {
			err = l.apply(ctx, store, region, c, now)
		}
	}
	if err != nil && !refused(err) {
		l.Doubt(region, c.Queue)
	}
	return err
}

func (l *Ledger) apply(ctx context.Context, store *Store, region string, c *Change, now time.Time) error {
	switch c.Kind {
	case inject.CreateQueue, inject.DeleteQueue, inject.QueueMetadata, inject.ACL, inject.ClearMessages:
		return l.applyToQueue(ctx, store, region, c)
	}
	for _, m := range c.Messages {
		if err := l.applyMessage(ctx, store, region, c.Queue, m, now); err != nil {
			return err
		}
	}
	for _, id := range c.Gone {
		if err := l.applyGone(ctx, store, region, c.Queue, id); err != nil {
			return err
		}
	}
	return nil
}

// applyToQueue repeats what changes the queue as a whole. A queue that was made is empty, whatever was there.
func (l *Ledger) applyToQueue(ctx context.Context, store *Store, region string, c *Change) error {
	var err error
	switch c.Kind {
	case inject.CreateQueue:
		if err = store.Delete(ctx, c.Queue); err == nil {
			err = store.create(ctx, c.Queue, c.Metadata)
		}
	case inject.DeleteQueue:
		err = store.Delete(ctx, c.Queue)
	case inject.QueueMetadata:
		err = store.create(ctx, c.Queue, c.Metadata)
	case inject.ACL:
		err = store.setACL(ctx, c.Queue, c.ACL)
	case inject.ClearMessages:
		err = store.clear(ctx, c.Queue)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch c.Kind {
	case inject.CreateQueue, inject.DeleteQueue:
		l.drop(region, c.Queue)
	case inject.ACL:
		l.at(region, c.Queue).acl = c.ACL
	case inject.ClearMessages:
		l.empty(l.at(region, c.Queue))
	}
	if c.Kind == inject.CreateQueue || c.Kind == inject.QueueMetadata {
		l.at(region, c.Queue).metadata = maps.Clone(c.Metadata)
	}
	return nil
}

// applyMessage makes a message what it is after the change: it is put, or hidden anew with its new text.
func (l *Ledger) applyMessage(ctx context.Context, store *Store, region, queue string, m Message, now time.Time) error {
	at := l.find(region, queue, m.ID)
	if m.expired(now) {
		return nil // it is gone here too, or soon
	}
	if at == nil {
		return l.putCopy(ctx, store, region, queue, m, now)
	}
	receipt, err := store.update(ctx, queue, at, m, now)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts += len(m.Text) - len(at.Text)
	at.Message, at.receipt = m, receipt
	return nil
}

func (l *Ledger) putCopy(ctx context.Context, store *Store, region, queue string, m Message, now time.Time) error {
	item, err := store.put(ctx, queue, m, now)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep(l.at(region, queue), &kept{Message: m, local: item.ID, receipt: item.Receipt}, now)
	return nil
}

func (l *Ledger) applyGone(ctx context.Context, store *Store, region, queue, id string) error {
	at := l.find(region, queue, id)
	if at == nil {
		return nil
	}
	if err := store.remove(ctx, queue, at); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(l.at(region, queue), id)
	return nil
}
