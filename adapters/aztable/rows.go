package aztable

import (
	"context"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/aztable/internal/tables"
	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// Rows implements chunks.Store. A value is cut into binary properties; a version is the row's ETag and a checksum of
// its key, for rows that were written in one batch may have one ETag; the commit time is its Timestamp.
type Rows struct{ client *Client }

var _ chunks.Store = (*Rows)(nil)

const (
	tableCatalogue = "Catalogue"
	tableState     = "State"
	tableTasks     = "Tasks"
	rowYears       = "years"
	propRow        = "row" // the name of a row whose key was shortened
)

// partitionAccount holds what is of the account and not of a tenant.
var partitionAccount = entity.PartitionOf("s", "account")

// yearName is the table of a year's chunks.
func yearName(year int32) string { return fmt.Sprintf("C%08x", uint32(year)^0x8000_0000) }

// yearOf is the year of a table's name.
func yearOf(name string) (int32, bool) {
	digits, is := strings.CutPrefix(name, "C")
	n, err := strconv.ParseUint(digits, 16, 32)
	year := int32(uint32(n) ^ 0x8000_0000)
	return year, is && err == nil && yearName(year) == name
}

// tableOf names the table and the partition of a key.
func (r *Rows) tableOf(op string, p chunks.Partition) (table, entity.Partition, error) {
	of := entity.PartitionOf("t", string(p.Tenant))
	switch p.Table {
	case chunks.Chunks:
		of = entity.PartitionOf("t", string(p.Tenant), string(p.Of.Source), string(p.Of.Metric))
		return r.client.table(yearName(p.Year)), of, nil
	case chunks.Catalogue:
		return r.client.table(tableCatalogue), of, nil
	case chunks.State:
		return r.client.table(tableState), of, nil
	case chunks.Tasks:
		return r.client.table(tableTasks), of, nil
	}
	return table{}, entity.Partition{}, fault.New(fault.Invalid, op, "there is no table %d", p.Table)
}

// Get implements chunks.Store.
func (r *Rows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	const op = "rows.get"
	t, p, err := r.tableOf(op, k.Partition)
	if err != nil {
		return chunks.Row{}, err
	}
	e, err := t.Get(ctx, op, p, azkit.Key(k.Row))
	if err != nil {
		return chunks.Row{}, azkit.Classify(ctx, op, azkit.Read, err)
	}
	row, err := chunkOf(op, e, k.Partition)
	if err == nil && row.Key != k {
		err = entity.Corrupt(op, "asked for row %q, got %q", k.Row, row.Key.Row)
	}
	return row, err
}

// chunkOf is the domain's form of a row.
func chunkOf(op string, e entity.Entity, p chunks.Partition) (chunks.Row, error) {
	name, err := rowName(op, e)
	if err != nil {
		return chunks.Row{}, err
	}
	value, err := e.Value(op)
	return chunks.Row{Key: chunks.Key{Partition: p, Row: name}, Value: value, Version: versionOf(e.RK, e.ETag),
		Committed: e.At}, err
}

// versionOf binds an ETag to its row.
func versionOf(rk string, etag azcore.ETag) chunks.Version {
	return chunks.Version(fmt.Sprintf("%08x %s", crc32.ChecksumIEEE([]byte(rk)), etag))
}

// etagNever is well-formed and no row's: it is older than the service.
const etagNever = azcore.ETag(`W/"datetime'1601-01-01T00%3A00%3A00.0000000Z'"`)

// etagOf is the ETag behind a version; of one that is not this row's it is one that never matches.
func etagOf(rk string, v chunks.Version) azcore.ETag {
	_, etag, ok := strings.Cut(string(v), " ")
	if !ok || versionOf(rk, azcore.ETag(etag)) != v {
		return etagNever
	}
	return azcore.ETag(etag)
}

// rowName decodes the row's key, or reads the name of one that was shortened and checks that it is the one of the
// key.
func rowName(op string, e entity.Entity) (string, error) {
	if azkit.Shortened(e.RK) {
		name, err := e.Bytes(op, propRow)
		if err == nil && azkit.Key(string(name)) != e.RK {
			err = entity.Corrupt(op, "row %s has the name of another", e.RK)
		}
		return string(name), err
	}
	parts, ok := azkit.Decode(e.RK)
	if !ok || len(parts) != 1 {
		return "", entity.Corrupt(op, "row key %s is not one of ours", e.RK)
	}
	return parts[0], nil
}

func (r *Rows) years() tables.Expiry {
	return tables.Expiry{Table: r.client.table(tableState).Table, Partition: partitionAccount, Row: rowYears}
}

// Prepare implements chunks.Store.
func (r *Rows) Prepare(ctx context.Context, years ...int32) error {
	const op = "rows.prepare"
	for _, name := range []string{tableCatalogue, tableState, tableTasks} {
		if err := r.client.table(name).Create(ctx, op); err != nil {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	for _, year := range years {
		if err := r.years().Give(ctx, op, yearName(year)); err != nil {
			return err
		}
	}
	return nil
}

// Expired implements chunks.Store.
func (r *Rows) Expired(ctx context.Context) (int32, error) {
	const op = "rows.expired"
	first, _, err := r.years().First(ctx, op)
	if err != nil {
		return 0, azkit.Classify(ctx, op, azkit.Read, err)
	}
	if first == "" {
		return math.MinInt32, nil
	}
	year, ok := yearOf(first)
	if !ok {
		return 0, entity.Corrupt(op, "the first year is %q, which is no table of chunks", first)
	}
	return year, nil
}

// Expire implements chunks.Store.
func (r *Rows) Expire(ctx context.Context, before int32) error {
	const op = "rows.expire"
	if err := r.client.table(tableState).Create(ctx, op); err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	if err := r.years().Raise(ctx, op, yearName(before)); err != nil {
		return err
	}
	return r.years().DropTables(ctx, op, yearName(-1<<31), yearName(before))
}
