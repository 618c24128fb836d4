// Package store is the storage of one account in the Azurites of its regions, as the simulator itself calls it: with
// the account's key, past its own faults and outages. It is account.Store.
package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/ledger"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/tables"
)

var _ account.Store = (*Store)(nil)

// TableChange is a write to a table as the secondary gets it.
type TableChange struct{ *tables.Replica }

// QueueChange is a change to a queue as the secondary gets it.
type QueueChange struct{ *ledger.Change }

// Apply implements account.Store.
func (s *Store) Apply(ctx context.Context, in georep.Region, _ georep.Entry, p account.Payload) error {
	var t touched
	return t.judge(s.apply(t.note(ctx), in, p))
}

func (s *Store) apply(ctx context.Context, in georep.Region, p account.Payload) error {
	switch p := p.(type) {
	case TableChange:
		return s.repeat(ctx, in, p.Replica)
	case QueueChange:
		return s.Ledger.Apply(ctx, s.Queues(in), string(in), p.Change, s.clock())
	}
	return fmt.Errorf("azurite: a payload %T", p)
}

// Holds implements account.Store. What may be repeated without harm is; a queue that nobody knows is made anew as it
// was before.
func (s *Store) Holds(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) (bool, error) {
	switch p := p.(type) {
	case TableChange:
		if p.Kind == inject.ACL || p.Kind == inject.Properties {
			err := s.repeat(ctx, in, p.Replica)
			return err == nil, err
		}
		return s.HasTableWrite(ctx, in, p.Replica, e.At)
	case QueueChange:
		if p.Kind == inject.Properties {
			err := s.Ledger.Apply(ctx, s.Queues(in), string(in), p.Change, s.clock())
			return err == nil, err
		}
		return false, s.Ledger.Settle(ctx, s.Queues(in), string(in), p.Queue, s.clock())
	}
	return false, fmt.Errorf("azurite: a payload %T", p)
}

// Partitions implements account.Store.
func (s *Store) Partitions(ctx context.Context, in georep.Region) ([]georep.Partition, error) {
	parts, err := s.tablePartitions(ctx, in)
	if err != nil {
		return nil, err
	}
	queues, err := s.queuePartitions(ctx, in)
	return append(parts, queues...), err
}

// Copy implements account.Store.
func (s *Store) Copy(ctx context.Context, p georep.Partition, from, to georep.Region,
	pace account.Pace) (int, error) {
	switch {
	case p.Service == georep.Queue:
		return 0, s.copyQueue(ctx, p, from, to)
	case p.Whole:
		return 0, s.copyTable(ctx, p, from, to)
	}
	return s.copyRows(ctx, p, from, to, pace)
}

// Wipe implements account.Store. It counts tables.
func (s *Store) Wipe(ctx context.Context, in georep.Region) (int, error) {
	n, err := s.wipeTables(ctx, in)
	if err == nil {
		err = s.Ledger.Wipe(ctx, s.Queues(in), string(in))
	}
	return n, err
}

// HasTableWrite looks whether a write that got no answer is there; nothing of its partition came after it. Deletes
// leave no stamp: they were done only if none of their rows is there. All of those may have been absent before, and
// the storage have refused; to say that they were done is then no harm: the secondary gets deletes of rows that it has
// not, or whose deletion is in the log before. But in a table that is not there nothing was done: a log that had a
// partition of it would wait for a copy that nobody can make.
func (s *Store) HasTableWrite(ctx context.Context, in georep.Region, w *tables.Replica,
	stamp time.Time) (bool, error) {
	if w.Kind == inject.CreateTable || w.Kind == inject.DeleteTable {
		there, err := s.hasTable(ctx, in, w.Table)
		return err == nil && there == (w.Kind == inject.CreateTable), err
	}
	if len(w.Rows) == 0 {
		return false, errors.New("azurite: a setting leaves no trace of who wrote it")
	}
	for _, row := range w.Rows { // a batch is done whole or not at all, so one of its rows says it
		if row.Kind != inject.Delete {
			r, found, err := s.Row(ctx, in, w.Table, row.PartitionKey, row.RowKey)
			return found && r.Stamp.Equal(stamp), err
		}
	}
	for _, row := range w.Rows {
		if _, found, err := s.Row(ctx, in, w.Table, row.PartitionKey, row.RowKey); found || err != nil {
			return false, err
		}
	}
	return s.hasTable(ctx, in, w.Table)
}

func (s *Store) hasTable(ctx context.Context, in georep.Region, name string) (bool, error) {
	names, err := s.TableNames(ctx, in)
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }), err
}
