package store

import (
	"cmp"
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/tables"
)

// Bounds of a batch of a copy: the service takes 100 entities and 4 MiB, and the batch's own form needs some of them.
const (
	copyRowsAtOnce  = 100
	copyBytesAtOnce = 3 << 20
)

// copyRows makes a partition at the secondary what it is at the primary, at its pace. Rows that are equal already are
// left alone. Rows of the primary that carry no stamp, because they are older than the gateway, get Azurite's
// Timestamp for one, at the primary too if nobody writes to the partition meanwhile.
func (s *Store) copyRows(ctx context.Context, p georep.Partition, from, to georep.Region,
	pace account.Pace) (int, error) {
	c := &copier{s: s, p: p, source: from, target: to, table: s.nameOf(p.Container), pace: pace, began: s.clock()}
	if c.table == "" {
		return 0, fmt.Errorf("azurite: a partition of table %s, whose name as it was made is not known", p.Container)
	}
	c.from = s.rowPages(from, c.table, partitionFilter(p.Key), "")
	c.there = s.rowPages(to, c.table, partitionFilter(p.Key), "PartitionKey,RowKey,"+odata.Carrier)
	err := c.run(ctx)
	return c.rows, err
}

// copier walks a partition at both stores side by side, in the order of row keys.
type copier struct {
	s              *Store
	p              georep.Partition
	source, target georep.Region
	table          string // as it was made
	pace           account.Pace
	began          time.Time
	from, there    *rowPages
	rows, bytes    int
	batch          []tables.ReplicaRow
	unstamped      []tables.ReplicaRow
	old            []Row // what the secondary has and was not yet met
}

func (c *copier) run(ctx context.Context) error {
	for !c.from.done {
		var page struct{ Value []Row }
		if err := c.from.next(ctx, &page); err != nil {
			return err
		}
		for i := range page.Value {
			if err := c.row(ctx, &page.Value[i]); err != nil {
				return err
			}
		}
	}
	for {
		r, err := c.next(ctx)
		if err != nil {
			return err
		}
		if r == nil {
			return c.flush(ctx)
		}
		if err := c.drop(ctx, r); err != nil {
			return err
		}
	}
}

// next is the secondary's next row, nil at the end.
func (c *copier) next(ctx context.Context) (*Row, error) {
	for len(c.old) == 0 {
		if c.there.done {
			return nil, nil
		}
		var page struct{ Value []Row }
		if err := c.there.next(ctx, &page); err != nil {
			return nil, err
		}
		c.old = page.Value
	}
	return &c.old[0], nil
}

// row brings one row of the primary over. What the secondary has before it the primary has not.
func (c *copier) row(ctx context.Context, r *Row) error {
	for {
		old, err := c.next(ctx)
		if err != nil {
			return err
		}
		order := 1
		if old != nil {
			order = compareKeys(old.Key, r.Key)
		}
		if order > 0 {
			return c.put(ctx, r)
		}
		if order < 0 {
			if err := c.drop(ctx, old); err != nil {
				return err
			}
			continue
		}
		same := !r.Stamp.IsZero() && old.Stamp.Equal(r.Stamp)
		c.old = c.old[1:]
		if same {
			return nil
		}
		return c.put(ctx, r)
	}
}

// compareKeys compares keys in the order of Azurite's pages, which is JavaScript's: by UTF-16 units. There a
// character beyond U+FFFF comes before those from U+E000 on.
func compareKeys(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			// the units of a wide one begin with one from U+D800 to U+DBFF
			if wide := x > 0xffff; wide != (y > 0xffff) {
				if wide {
					x = 0xd800
				} else {
					y = 0xd800
				}
			}
			return cmp.Compare(x, y)
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

func (c *copier) put(ctx context.Context, r *Row) error {
	body := r.body()
	if r.Stamp.IsZero() {
		carrier := fmt.Appendf(nil, `{"%s":"%s"}`, odata.Carrier, odata.StampText(r.since()))
		c.unstamped = append(c.unstamped, tables.ReplicaRow{Kind: inject.UpsertMerge, PartitionKey: c.p.Key,
			RowKey: r.Key, Body: carrier})
	}
	return c.add(ctx, tables.ReplicaRow{Kind: inject.Upsert, PartitionKey: c.p.Key, RowKey: r.Key, Body: body})
}

func (c *copier) drop(ctx context.Context, r *Row) error {
	key := r.Key
	c.old = c.old[1:]
	return c.add(ctx, tables.ReplicaRow{Kind: inject.Delete, PartitionKey: c.p.Key, RowKey: key})
}

// add puts a row into the batch, and sends what is full.
func (c *copier) add(ctx context.Context, r tables.ReplicaRow) error {
	if len(c.batch) == copyRowsAtOnce || c.bytes+len(r.Body) > copyBytesAtOnce {
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	c.batch = append(c.batch, r)
	c.bytes += len(r.Body)
	c.rows++
	return nil
}

// flush sends the batch, and waits as the pace has it.
func (c *copier) flush(ctx context.Context) error {
	if len(c.unstamped) > 0 && c.pace.Held() {
		if err := c.send(ctx, c.source, c.unstamped); err != nil {
			return err
		}
	}
	if err := c.bring(ctx); err != nil {
		return err
	}
	c.batch, c.unstamped, c.bytes = nil, nil, 0
	if wait := c.pace.Due(c.began, c.rows).Sub(c.s.clock()); wait > 0 {
		return c.s.o.Sched.Sleep(ctx, wait)
	}
	return nil
}

// bring sends the batch to the secondary.
func (c *copier) bring(ctx context.Context) error {
	if !c.pace.Held() && len(c.batch) > 0 {
		leave, err := c.pace.Enter(ctx)
		if err != nil {
			return err
		}
		defer leave()
	}
	return c.send(ctx, c.target, c.batch)
}

func (c *copier) send(ctx context.Context, to georep.Region, rows []tables.ReplicaRow) error {
	if len(rows) == 0 {
		return nil
	}
	return c.s.repeat(ctx, to, &tables.Replica{Table: c.table, Kind: inject.Batch, Rows: rows})
}
