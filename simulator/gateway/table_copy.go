package gateway

import (
	"context"
	"net/url"
	"strings"

	"tidemark/simulator/gateway/internal/tables"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
)

// tablePayload is a write to a table as the secondary gets it.
type tablePayload struct{ replica *tables.Replica }

func (p tablePayload) keys() []string { return p.replica.Keys() }

func (p tablePayload) apply(ctx context.Context, a *Account, region georep.Region, _ georep.Entry) error {
	return a.repeatTable(ctx, region, p.replica)
}

// repeatTable repeats a write on a region's store: it may take several calls.
func (a *Account) repeatTable(ctx context.Context, region georep.Region, p *tables.Replica) error {
	for {
		r, err := p.Request(a.store(region).Table, a.name)
		if err != nil {
			return err
		}
		resp, err := a.callTable(r.WithContext(ctx))
		if err != nil {
			return err
		}
		done, err := p.Done(resp.StatusCode, resp.Body)
		finish(resp)
		if done || err != nil {
			return err
		}
	}
}

// wipeTables deletes the account's tables at a region's store.
func (a *Account) wipeTables(ctx context.Context, region georep.Region) (int, error) {
	names, err := a.tableNames(ctx, region)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if err := a.repeatTable(ctx, region, &tables.Replica{Table: name, Kind: inject.DeleteTable}); err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

// copyTable makes a table that the primary has, with its access policies, while it is held. The table without a name
// is the service: it has properties.
func (a *Account) copyTable(ctx context.Context, p georep.Partition, r roles) error {
	if p.Container == "" {
		return a.copySetting(ctx, r, inject.Properties, "", url.Values{"restype": {"service"}, "comp": {"properties"}})
	}
	names, err := a.tableNames(ctx, r.primary)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.EqualFold(name, p.Container) {
			if err := a.repeatTable(ctx, r.secondary, &tables.Replica{Table: name,
				Kind: inject.CreateTable}); err != nil {
				return err
			}
			return a.copySetting(ctx, r, inject.ACL, name, url.Values{"comp": {"acl"}})
		}
	}
	return nil // it was deleted, and the log has that
}

// copySetting copies what is one document: Azurite takes what it gives.
func (a *Account) copySetting(ctx context.Context, r roles, kind, table string, query url.Values) error {
	body, err := a.tableXML(ctx, r.primary, table, query)
	if err != nil {
		return err
	}
	return a.repeatTable(ctx, r.secondary, &tables.Replica{Table: table, Kind: kind, Body: body})
}

// tablePartitions lists the service itself, which has properties, the tables of a region's store, and their
// partitions.
func (a *Account) tablePartitions(ctx context.Context, region georep.Region) ([]georep.Partition, error) {
	names, err := a.tableNames(ctx, region)
	if err != nil {
		return nil, err
	}
	parts := []georep.Partition{{Service: georep.Table, Whole: true}}
	for _, name := range names {
		table := strings.ToLower(name)
		a.named(table, name)
		parts = append(parts, georep.Partition{Service: georep.Table, Container: table, Whole: true})
		seen := make(map[string]bool)
		for pages := a.rowPages(region, name, "", "PartitionKey"); !pages.done; {
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
func (a *Account) named(table, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names[table] = name
}

// nameOf is a listed table's name as it was made.
func (a *Account) nameOf(table string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.names[table]
}
