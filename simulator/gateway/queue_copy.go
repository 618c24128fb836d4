package gateway

import (
	"context"

	"tidemark/simulator/gateway/internal/queues"
	"tidemark/simulator/georep"
)

// store is the account's queues in a region.
func (s *queueSide) store(region georep.Region) *queues.Store {
	return &queues.Store{Base: s.a.store(region).Queue, Account: s.a.name, Sign: s.a.sign.SignQueue, Do: s.a.g.repeat}
}

// promoted is told when the roles have switched. The ledger has what each region has, whatever its role: what a
// failover discards is what the new primary's store, and so its ledger, never had.
func (s *queueSide) promoted(georep.Region, []georep.Entry) {}

// wipe deletes the account's queues at a region's store.
func (s *queueSide) wipe(ctx context.Context, region georep.Region) error {
	return s.ledger.Wipe(ctx, s.store(region), string(region))
}

// partitions are the account's queues, and the service.
func (s *queueSide) partitions(ctx context.Context, primary georep.Region) ([]georep.Partition, error) {
	names, err := s.ledger.Partitions(ctx, s.store(primary), string(primary))
	if err != nil {
		return nil, err
	}
	parts := []georep.Partition{queuePartition("")}
	for _, name := range names {
		parts = append(parts, queuePartition(name))
	}
	return parts, nil
}

// copy makes a queue, whose partition is held, the same at the secondary as at the primary.
func (s *queueSide) copy(ctx context.Context, p georep.Partition, from, to georep.Region) error {
	if p.Container == "" {
		return queues.CopyProperties(ctx, s.store(from), s.store(to))
	}
	return s.ledger.Copy(ctx, p.Container, string(from), string(to), s.store(from), s.store(to), s.clock())
}
