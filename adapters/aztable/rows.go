package aztable

import (
	"context"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/chunks"
)

// Rows implements chunks.Store. A value is cut into binary properties; a version is the row's ETag and a checksum of its key, for rows that were
// written in one batch may have one ETag; the commit time is its Timestamp.
type Rows struct{ client *Client }

var _ chunks.Store = (*Rows)(nil)

const (
	tableCatalogue = "Catalogue"
	tableState     = "State"
	tableTasks     = "Tasks"
	rowYears       = "years"
)

// partitionAccount holds what is of the account and not of a tenant.
var partitionAccount = partitionOf("s", "account")

// yearName is the table of a year's chunks.
func yearName(year int32) string { return fmt.Sprintf("C%08x", uint32(year)^0x8000_0000) }

// tableOf names the table and the partition of a key.
func (r *Rows) tableOf(op string, p chunks.Partition) (table, partition, error) {
	of := partitionOf("t", string(p.Tenant))
	switch p.Table {
	case chunks.Chunks:
		of = partitionOf("t", string(p.Tenant), string(p.Of.Source), string(p.Of.Metric))
		return r.client.table(yearName(p.Year)), of, nil
	case chunks.Catalogue:
		return r.client.table(tableCatalogue), of, nil
	case chunks.State:
		return r.client.table(tableState), of, nil
	case chunks.Tasks:
		return r.client.table(tableTasks), of, nil
	}
	return table{}, partition{}, fault.New(fault.Invalid, op, "there is no table %d", p.Table)
}

// Get implements chunks.Store.
func (r *Rows) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	const op = "rows.get"
	t, p, err := r.tableOf(op, k.Partition)
	if err != nil {
		return chunks.Row{}, err
	}
	e, err := t.get(ctx, op, p, azkit.Key(k.Row))
	if err != nil {
		return chunks.Row{}, azkit.Classify(ctx, op, azkit.Read, err)
	}
	row, err := e.chunk(op, k.Partition)
	if err == nil && row.Key != k {
		err = corrupt(op, "asked for row %q, got %q", k.Row, row.Key.Row)
	}
	return row, err
}

// chunk is the domain's form of a row.
func (e entity) chunk(op string, p chunks.Partition) (chunks.Row, error) {
	name, err := e.rowName(op)
	if err != nil {
		return chunks.Row{}, err
	}
	value, err := e.value(op)
	return chunks.Row{Key: chunks.Key{Partition: p, Row: name}, Value: value, Version: versionOf(e.rk, e.etag), Committed: e.at}, err
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

// rowName decodes the row's key, or reads the name of one that was shortened and checks that it is the one of the key.
func (e entity) rowName(op string) (string, error) {
	if azkit.Shortened(e.rk) {
		name, err := e.bytes(op, propRow)
		if err == nil && azkit.Key(string(name)) != e.rk {
			err = corrupt(op, "row %s has the name of another", e.rk)
		}
		return string(name), err
	}
	parts, ok := azkit.Decode(e.rk)
	if !ok || len(parts) != 1 {
		return "", corrupt(op, "row key %s is not one of ours", e.rk)
	}
	return parts[0], nil
}

// Scan implements chunks.Store. Keys that were shortened are not in the order of their names: rows that share the part that is kept of a
// long key are gathered and sorted before they are yielded.
func (r *Rows) Scan(ctx context.Context, in chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "rows.scan"
	return func(yield func(chunks.Row, error) bool) {
		t, p, err := r.tableOf(op, in.Partition)
		if err != nil {
			yield(chunks.Row{}, err)
			return
		}
		s := scan{in: in, op: op, yield: yield}
		for pg, err := range t.query(ctx, op, p, keyRange(in), maxPage) {
			if tableMissing(err) {
				return
			}
			if err != nil {
				if !s.flush() {
					return
				}
				yield(chunks.Row{}, azkit.Classify(ctx, op, azkit.Read, err))
				return
			}
			for _, e := range pg.rows {
				if !s.take(e) {
					return
				}
			}
		}
		s.flush()
	}
}

// keyRange holds at least the rows of a range.
func keyRange(in chunks.Range) azkit.Filter {
	from := azkit.RowKey.AtLeast(azkit.From(in.From))
	if in.To == "" {
		return from
	}
	return azkit.And(from, azkit.RowKey.Below(azkit.To(in.To)))
}

// scan yields rows in the order of their names.
type scan struct {
	in    chunks.Range
	op    string
	yield func(chunks.Row, error) bool

	prefix string       // of the group that is being gathered
	group  []chunks.Row // gathered
}

// take takes the next row in the order of keys. It is false when the consumer, or an error, has ended the scan.
func (s *scan) take(e entity) bool {
	row, err := e.chunk(s.op, s.in.Partition)
	if err != nil {
		s.yield(chunks.Row{}, err)
		return false
	}
	prefix, ok := azkit.Group(e.rk)
	if !ok || prefix != s.prefix {
		if !s.flush() {
			return false
		}
	}
	if row.Key.Row < s.in.From || (s.in.To != "" && row.Key.Row >= s.in.To) {
		return true
	}
	if !ok {
		return s.yield(row, nil)
	}
	s.prefix = prefix
	s.group = append(s.group, row)
	return true
}

func (s *scan) flush() bool {
	group := s.group
	s.group, s.prefix = nil, ""
	slices.SortFunc(group, func(a, b chunks.Row) int { return strings.Compare(a.Key.Row, b.Key.Row) })
	for _, row := range group {
		if !s.yield(row, nil) {
			return false
		}
	}
	return true
}

// Apply implements chunks.Store: a single change by a call of its own, several by a batch.
func (r *Rows) Apply(ctx context.Context, changes ...chunks.Change) error {
	const op = "rows.apply"
	if err := checkChanges(op, changes); err != nil {
		return err
	}
	t, p, err := r.tableOf(op, changes[0].Key.Partition)
	if err != nil {
		return err
	}
	changes, err = r.withoutEmpty(ctx, changes)
	if err != nil || len(changes) == 0 {
		return err
	}
	if len(changes) == 1 {
		err = t.applyOne(ctx, op, p, changes[0])
	} else {
		err = t.applyAll(ctx, op, p, changes)
	}
	switch {
	case tableMissing(err):
		return &fault.Error{Kind: fault.NotFound, Op: op, Message: "the account is not prepared for that time, or has given it up", Cause: err}
	case refused(err):
		return fault.Wrap(fault.Conflict, op, err)
	}
	return azkit.Classify(ctx, op, azkit.Write, err)
}

// checkChanges checks the bounds, which Azurite does not, and that no row is named twice.
func checkChanges(op string, changes []chunks.Change) error {
	if len(changes) == 0 {
		return fault.New(fault.Invalid, op, "there is nothing to change")
	}
	if len(changes) > chunks.MaxChanges {
		return fault.New(fault.TooLarge, op, "%d changes are over the bound of %d", len(changes), chunks.MaxChanges)
	}
	seen := make(map[string]bool, len(changes))
	total := 0
	for _, c := range changes {
		switch {
		case c.Key.Partition != changes[0].Key.Partition:
			return fault.New(fault.Invalid, op, "the changes are of several partitions")
		case c.Key.Row == "":
			return fault.New(fault.Invalid, op, "a row has no name")
		case seen[c.Key.Row]:
			return fault.New(fault.Invalid, op, "row %q is named twice", c.Key.Row)
		case len(c.Value) > chunks.MaxValueBytes:
			return fault.New(fault.TooLarge, op, "a value of %d bytes is over the bound of %d", len(c.Value), chunks.MaxValueBytes)
		}
		seen[c.Key.Row] = true
		total += len(c.Value)
	}
	if total > chunks.MaxApplyBytes {
		return fault.New(fault.TooLarge, op, "values of %d bytes are over the bound of %d", total, chunks.MaxApplyBytes)
	}
	return nil
}

// withoutEmpty looks after the changes that delete a row which must not exist: there is nothing to send, only to look.
func (r *Rows) withoutEmpty(ctx context.Context, changes []chunks.Change) ([]chunks.Change, error) {
	var rest []chunks.Change
	for _, c := range changes {
		if !c.Delete || c.If != "" {
			rest = append(rest, c)
			continue
		}
		switch _, err := r.Get(ctx, c.Key); {
		case err == nil:
			return nil, fault.New(fault.Conflict, "rows.apply", "row %q exists", c.Key.Row)
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	return rest, nil
}

// encodeChange writes the row of a change.
func encodeChange(p partition, c chunks.Change) (row, error) {
	rk := azkit.Key(c.Key.Row)
	w := newRow(p, rk)
	if azkit.Shortened(rk) {
		w.binary(propRow, []byte(c.Key.Row))
	}
	return w.value(c.Value).done()
}

func (t table) applyOne(ctx context.Context, op string, p partition, c chunks.Change) error {
	rk := azkit.Key(c.Key.Row)
	if c.Delete {
		return t.remove(ctx, op, p.key, rk, etagOf(rk, c.If))
	}
	row, err := encodeChange(p, c)
	if err != nil {
		return err
	}
	if c.If == "" {
		return t.insert(ctx, op, row)
	}
	return t.replace(ctx, op, row, etagOf(rk, c.If))
}

func (t table) applyAll(ctx context.Context, op string, p partition, changes []chunks.Change) error {
	actions := make([]azkit.Action, 0, len(changes))
	for _, c := range changes {
		rk := azkit.Key(c.Key.Row)
		is := etagOf(rk, c.If)
		if c.Delete {
			actions = append(actions, deletion(p.key, rk, is))
			continue
		}
		row, err := encodeChange(p, c)
		switch {
		case err != nil:
			return err
		case c.If == "":
			actions = append(actions, insertion(row))
		default:
			actions = append(actions, replacement(row, is))
		}
	}
	_, err := t.batch(ctx, op, actions)
	return err
}

func (r *Rows) years() expiry { return expiry{r.client.table(tableState), partitionAccount, rowYears} }

// Prepare implements chunks.Store.
func (r *Rows) Prepare(ctx context.Context, years ...int32) error {
	const op = "rows.prepare"
	for _, name := range []string{tableCatalogue, tableState, tableTasks} {
		if err := r.client.table(name).create(ctx, op); err != nil {
			return azkit.Classify(ctx, op, azkit.Write, err)
		}
	}
	for _, year := range years {
		if err := r.years().give(ctx, op, yearName(year)); err != nil {
			return err
		}
	}
	return nil
}

// Expire implements chunks.Store.
func (r *Rows) Expire(ctx context.Context, before int32) error {
	const op = "rows.expire"
	if err := r.client.table(tableState).create(ctx, op); err != nil {
		return azkit.Classify(ctx, op, azkit.Write, err)
	}
	if err := r.years().raise(ctx, op, yearName(before)); err != nil {
		return err
	}
	return r.years().dropTables(ctx, op, yearName(-1<<31), yearName(before))
}
