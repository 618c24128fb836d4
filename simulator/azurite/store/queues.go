package store

import (
	"context"

	"tidemark/simulator/azurite/ledger"
	"tidemark/simulator/georep"
)

// Queues are the account's queues in a region.
func (s *Store) Queues(in georep.Region) *ledger.Store {
	return &ledger.Store{Base: s.o.Where(in).Queue, Account: s.o.Account, Sign: s.o.Sign.SignQueue, Do: s.do}
}

// QueuePartition is a queue: all that is done to it keeps its order. The queue without a name is the service, which
// has properties.
func QueuePartition(queue string) georep.Partition {
	return georep.Partition{Service: georep.Queue, Container: queue}
}

// queuePartitions are the account's queues, and the service.
func (s *Store) queuePartitions(ctx context.Context, in georep.Region) ([]georep.Partition, error) {
	names, err := s.Ledger.Partitions(ctx, s.Queues(in), string(in))
	if err != nil {
		return nil, err
	}
	parts := []georep.Partition{QueuePartition("")}
	for _, name := range names {
		parts = append(parts, QueuePartition(name))
	}
	return parts, nil
}

// copyQueue makes a queue, whose partition is held, the same in one region as in another.
func (s *Store) copyQueue(ctx context.Context, p georep.Partition, from, to georep.Region) error {
	if p.Container == "" {
		return ledger.CopyProperties(ctx, s.Queues(from), s.Queues(to))
	}
	return s.Ledger.Copy(ctx, p.Container, string(from), string(to), s.Queues(from), s.Queues(to), s.clock())
}
