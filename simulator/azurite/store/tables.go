package store

import (
	"context"
	"net/url"
	"strings"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/tables"
)

// wipeTables deletes the account's tables at a region's store.
func (s *Store) wipeTables(ctx context.Context, region georep.Region) (int, error) {
	names, err := s.TableNames(ctx, region)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if err := s.repeat(ctx, region, &tables.Replica{Table: name, Kind: inject.DeleteTable}); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

// copyTable makes a table that the primary has, with its access policies, while it is held. The table without a name
// is the service: it has properties.
func (s *Store) copyTable(ctx context.Context, p georep.Partition, from, to georep.Region) error {
	if p.Container == "" {
		return s.copySetting(ctx, from, to, inject.Properties, "",
			url.Values{"restype": {"service"}, "comp": {"properties"}})
	}
	names, err := s.TableNames(ctx, from)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.EqualFold(name, p.Container) {
			s.named(p.Container, name)
			if err := s.repeat(ctx, to, &tables.Replica{Table: name,
				Kind: inject.CreateTable}); err != nil {
				return err
			}
			return s.copySetting(ctx, from, to, inject.ACL, name, url.Values{"comp": {"acl"}})
		}
	}
	return nil // it was deleted, and the log has that
}

// copySetting copies what is one document: Azurite takes what it gives.
func (s *Store) copySetting(ctx context.Context, from, to georep.Region, kind, table string, query url.Values) error {
	body, err := s.tableXML(ctx, from, table, query)
	if err != nil {
		return err
	}
	return s.repeat(ctx, to, &tables.Replica{Table: table, Kind: kind, Body: body})
}

// tablePartitions lists the service itself, which has properties, the tables of a region's store, and their
// partitions.
func (s *Store) tablePartitions(ctx context.Context, region georep.Region) ([]georep.Partition, error) {
	names, err := s.TableNames(ctx, region)
	if err != nil {
		return nil, err
	}
	parts := []georep.Partition{{Service: georep.Table, Whole: true}}
	for _, name := range names {
		table := strings.ToLower(name)
		s.named(table, name)
		parts = append(parts, georep.Partition{Service: georep.Table, Container: table, Whole: true})
		seen := make(map[string]bool)
		for pages := s.rowPages(region, name, "", "PartitionKey"); !pages.done; {
			var page struct {
				Value []struct{ PartitionKey string }
			}
			if err := pages.next(ctx, &page); err != nil {
				return nil, err
			}
			for _, r := range page.Value {
				if !seen[r.PartitionKey] {
					seen[r.PartitionKey] = true
					parts = append(parts, georep.Partition{Service: georep.Table, Container: table,
						Key: r.PartitionKey})
				}
			}
		}
	}
	return parts, nil
}

// named remembers a table's name as it was made. The service does not tell names by case; Azurite finds the rows of a
// table only by the name that it was made with.
func (s *Store) named(table, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[table] = name
}

// nameOf is a listed table's name as it was made.
func (s *Store) nameOf(table string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[table]
}
