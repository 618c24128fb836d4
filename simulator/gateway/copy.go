package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tidemark/simulator/gateway/internal/tables"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
)

// Bounds of a batch of a copy: the service takes 100 entities and 4 MiB, and the batch's own form needs some of them.
const (
	copyRowsAtOnce  = 100
	copyBytesAtOnce = 3 << 20
)

// copyRows makes a partition at the secondary what it is at the primary, at so many rows a second (0: without bound).
// Rows that are equal already are left alone. Rows of the primary that carry no stamp, because they are older than
// the gateway, get Azurite's Timestamp for one, at the primary too if the caller holds the partition.
func (a *Account) copyRows(ctx context.Context, p georep.Partition, r roles, rate float64, held bool) (int, error) {
	c := &copier{a: a, p: p, r: r, table: a.nameOf(p.Container), rate: rate, held: held, began: time.Now()}
	c.from = a.rowPages(r.primary, c.table, partitionFilter(p.Key), "")
	c.there = a.rowPages(r.secondary, c.table, partitionFilter(p.Key), "PartitionKey,RowKey,"+tables.Carrier)
	if err := c.run(ctx); err != nil {
		return c.rows, err
	}
	if c.rows > 0 {
		a.g.tell(Event{At: a.g.o.Now(), Account: a.name, Kind: "copied",
			Entry: &georep.Entry{Partition: p, Rows: c.rows}})
	}
	return c.rows, nil
}

func partitionFilter(key string) string {
	return "PartitionKey eq '" + strings.ReplaceAll(key, "'", "''") + "'"
}

// copier walks a partition at both stores side by side, in the order of row keys.
type copier struct {
	a           *Account
	p           georep.Partition
	r           roles
	table       string // as it was made
	rate        float64
	held        bool // nobody writes to the partition meanwhile
	began       time.Time
	from, there *rowPages
	rows, bytes int
	batch       []tables.ReplicaRow
	unstamped   []tables.ReplicaRow
	old         []row // what the secondary has and was not yet met
}

func (c *copier) run(ctx context.Context) error {
	for !c.from.done {
		var page struct{ Value []row }
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
func (c *copier) next(ctx context.Context) (*row, error) {
	for len(c.old) == 0 {
		if c.there.done {
			return nil, nil
		}
		var page struct{ Value []row }
		if err := c.there.next(ctx, &page); err != nil {
			return nil, err
		}
		c.old = page.Value
	}
	return &c.old[0], nil
}

// row brings one row of the primary over. What the secondary has before it the primary has not.
func (c *copier) row(ctx context.Context, r *row) error {
	for {
		old, err := c.next(ctx)
		if err != nil {
			return err
		}
		order := 1
		if old != nil {
			order = compareKeys(old.key, r.key)
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
		same := !r.stamp.IsZero() && old.stamp.Equal(r.stamp)
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

func (c *copier) put(ctx context.Context, r *row) error {
	body := r.body()
	if r.stamp.IsZero() {
		carrier := fmt.Appendf(nil, `{"%s":"%s"}`, tables.Carrier, tables.StampText(r.since()))
		c.unstamped = append(c.unstamped, tables.ReplicaRow{Kind: inject.UpsertMerge, PartitionKey: c.p.Key,
			RowKey: r.key, Body: carrier})
	}
	return c.add(ctx, tables.ReplicaRow{Kind: inject.Upsert, PartitionKey: c.p.Key, RowKey: r.key, Body: body})
}

func (c *copier) drop(ctx context.Context, r *row) error {
	key := r.key
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

// errNotNeeded ends a copy of a partition that needs none any more: its table was deleted meanwhile.
var errNotNeeded = errors.New("the partition needs no copy any more")

// flush sends the batch, and waits as the rate has it.
func (c *copier) flush(ctx context.Context) error {
	if len(c.unstamped) > 0 && c.held {
		if err := c.send(ctx, c.r.primary, c.unstamped); err != nil {
			return err
		}
	}
	if err := c.bring(ctx); err != nil {
		return err
	}
	c.batch, c.unstamped, c.bytes = nil, nil, 0
	if c.rate > 0 {
		due := c.began.Add(time.Duration(float64(c.rows) / c.rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 && !pause(ctx, wait) {
			return ctx.Err()
		}
	}
	return nil
}

// bring sends the batch to the secondary. Where the partition is not held its table is, for that long, shared with
// the writers: else rows of a table that is deleted and made again meanwhile could come after what the log has of the
// new one.
func (c *copier) bring(ctx context.Context) error {
	if !c.held && len(c.batch) > 0 {
		h, err := c.a.locks.share(ctx, c.p)
		if err != nil {
			return err
		}
		defer h.release()
		if !c.a.uncovered(c.p) {
			return errNotNeeded
		}
	}
	return c.send(ctx, c.r.secondary, c.batch)
}

func (c *copier) send(ctx context.Context, to georep.Region, rows []tables.ReplicaRow) error {
	if len(rows) == 0 {
		return nil
	}
	return c.a.repeatTable(ctx, to, &tables.Replica{Table: c.table, Kind: inject.Batch, Rows: rows})
}
