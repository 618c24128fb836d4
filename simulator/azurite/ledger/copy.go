package ledger

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"tidemark/simulator/wire/queues"
)

// Settle makes a queue of a store anew if the ledger does not know what it has. Its messages get new ids there, which
// clients do not see, and new receipts: those that were given out are void.
func (l *Ledger) Settle(ctx context.Context, store *Store, region, queue string, now time.Time) error {
	hold := l.Hold(region, queue)
	hold.Lock()
	defer hold.Unlock()
	return l.settle(ctx, store, region, queue, now)
}

func (l *Ledger) settle(ctx context.Context, store *Store, region, queue string, now time.Time) error {
	l.mu.Lock()
	s := l.books[region][queue]
	if s == nil || !s.unsure {
		l.mu.Unlock()
		return nil
	}
	have, absent := s.values(), s.absent
	l.mu.Unlock()
	if absent {
		return l.deleteAt(ctx, store, region, queue)
	}
	return l.rebuild(ctx, store, region, queue, have, now)
}

// contents are a queue as values.
type contents struct {
	metadata map[string]string
	acl      string
	messages []Message // in order
}

func (s *shelf) values() contents {
	c := contents{metadata: maps.Clone(s.metadata), acl: s.acl}
	for _, m := range s.inOrder() {
		c.messages = append(c.messages, m.Message)
	}
	return c
}

// rebuild makes a queue of a store anew. The hold is held.
func (l *Ledger) rebuild(ctx context.Context, store *Store, region, queue string, have contents, now time.Time) error {
	if err := store.Delete(ctx, queue); err != nil {
		return err
	}
	if err := store.create(ctx, queue, have.metadata); err != nil {
		return err
	}
	if have.acl != "" {
		if err := store.setACL(ctx, queue, have.acl); err != nil {
			return err
		}
	}
	made := make([]*kept, 0, len(have.messages))
	for _, m := range have.messages {
		if m.expired(now) {
			continue
		}
		item, err := store.put(ctx, queue, m, now)
		if err != nil {
			return err
		}
		made = append(made, &kept{Message: m, local: item.ID, receipt: item.Receipt})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(region, queue)
	s := l.at(region, queue)
	s.metadata, s.acl = have.metadata, have.acl
	for _, m := range made {
		l.keep(s, m, now)
	}
	return nil
}

// Copy makes a queue at one region's store what it is at another's, whose partition is held: its metadata, its access
// policies and its messages, hidden ones too. Of a queue that the ledger does not know, because its store was not
// empty when the ledger began, it takes what the service shows: the first 32 messages that are not hidden. A queue
// that is not there is deleted.
func (l *Ledger) Copy(ctx context.Context, queue, from, to string, source, target *Store, now time.Time) error {
	metadata, err := source.Metadata(ctx, queue)
	if refused(err, http.StatusNotFound) {
		return l.copyNothing(ctx, queue, from, to, target)
	}
	if err != nil {
		return err
	}
	acl, err := source.acl(ctx, queue)
	if err != nil {
		return err
	}
	shown, err := source.Peek(ctx, queue)
	if err != nil {
		return err
	}
	have := l.takeUp(from, queue, metadata, acl, shown, now)
	hold := l.Hold(to, queue)
	hold.Lock()
	defer hold.Unlock()
	if err := l.rebuild(ctx, target, to, queue, have, now); err != nil {
		l.Doubt(to, queue)
		return err
	}
	return nil
}

func (l *Ledger) takeUp(region, queue string, metadata map[string]string, acl string, shown []queues.Item,
	now time.Time) contents {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.at(region, queue)
	s.metadata, s.acl = metadata, acl
	for _, item := range shown {
		if s.byLocal[item.ID] == nil {
			l.keep(s, newKept(item, item.TextXML()), now)
		}
	}
	return s.values()
}

func (l *Ledger) copyNothing(ctx context.Context, queue, from, to string, target *Store) error {
	hold := l.Hold(to, queue)
	hold.Lock()
	defer hold.Unlock()
	l.mu.Lock()
	l.drop(from, queue)
	l.mu.Unlock()
	return l.deleteAt(ctx, target, to, queue)
}

func (l *Ledger) deleteAt(ctx context.Context, store *Store, region, queue string) error {
	if err := store.Delete(ctx, queue); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(region, queue)
	return nil
}

// Wipe deletes all queues of an account at a region's store, and forgets the region. Done again it changes nothing.
func (l *Ledger) Wipe(ctx context.Context, store *Store, region string) error {
	for {
		names, err := store.List(ctx)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			l.Forget(region)
			return nil
		}
		var failed []error
		for _, name := range names {
			failed = append(failed, store.Delete(ctx, name))
		}
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
}

// Partitions are the names of the queues that a region's store or the ledger has.
func (l *Ledger) Partitions(ctx context.Context, store *Store, region string) ([]string, error) {
	names, err := store.List(ctx)
	if err != nil {
		return nil, err
	}
	names = append(names, l.queues(region)...)
	slices.Sort(names)
	return slices.Compact(names), nil
}
