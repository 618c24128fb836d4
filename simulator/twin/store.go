package twin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Row is a row of a table in a region.
type Row struct {
	Value []byte
	Stamp time.Time // when its write was committed, as the account stamped it: the same in both regions
}

// Store is the storage of an account's regions in memory: tables of partitions of rows. It is safe for concurrent
// use. Every call is a scheduling point before and after it takes effect, so that a schedule may have anything happen
// in between.
type Store struct {
	s sched.Scheduler

	mu      sync.Mutex
	regions map[georep.Region]map[string]table
}

// table is a table's partitions, by key; rows by theirs.
type table map[string]map[string]Row

var _ account.Store = (*Store)(nil)

// NewStore makes empty regions.
func NewStore(s sched.Scheduler) *Store {
	return &Store{s: s, regions: make(map[georep.Region]map[string]table)}
}

var errNoTable = errors.New("there is no such table")

// Kind is a kind of change.
type Kind string

// The kinds. Make and Drop are of the table itself.
const (
	Make   Kind = "make"
	Drop   Kind = "drop"
	Upsert Kind = "upsert"
	Delete Kind = "delete"
)

// Op changes one row of a partition.
type Op struct {
	Kind  Kind
	Row   string
	Value []byte
}

// Change is a write: to a table itself, or to rows of one partition, all or none. It is a payload.
type Change struct {
	Partition georep.Partition
	Ops       []Op
}

// Keys implements account.Payload.
func (c Change) Keys() []string {
	var keys []string
	for _, op := range c.Ops {
		keys = append(keys, op.Row)
	}
	return keys
}

// Apply implements account.Store. A row of a table that is not there is refused.
func (s *Store) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	if err := s.s.Sleep(ctx, 0); err != nil {
		return fmt.Errorf("%w: %w", account.ErrNotSent, err)
	}
	err := s.Do(in, e.At, p.(Change), nil)
	_ = s.s.Sleep(ctx, 0) // the answer
	return err
}

// Do makes a change at once if a condition, which sees the partition's rows, holds. An error changes nothing.
func (s *Store) Do(in georep.Region, stamp time.Time, c Change, condition func(rows map[string]Row) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tables := s.regions[in]
	if tables == nil {
		tables = make(map[string]table)
		s.regions[in] = tables
	}
	name := c.Partition.Container
	for _, op := range c.Ops {
		switch {
		case op.Kind == Make && tables[name] == nil:
			tables[name] = make(table)
		case op.Kind == Drop:
			delete(tables, name)
		}
	}
	if c.Partition.Whole {
		return nil
	}
	t := tables[name]
	if t == nil {
		return fmt.Errorf("%w: %q in %s", errNoTable, name, in)
	}
	rows := t[c.Partition.Key]
	if condition != nil {
		if err := condition(rows); err != nil {
			return err
		}
	}
	if rows == nil {
		rows = make(map[string]Row)
		t[c.Partition.Key] = rows
	}
	for _, op := range c.Ops {
		if op.Kind == Delete {
			delete(rows, op.Row)
		} else {
			rows[op.Row] = Row{Value: op.Value, Stamp: stamp}
		}
	}
	return nil
}

// Holds implements account.Store.
func (s *Store) Holds(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) (bool, error) {
	if err := s.s.Sleep(ctx, 0); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := p.(Change)
	t, there := s.regions[in][c.Partition.Container]
	if !there && !c.Partition.Whole {
		return false, nil // else its log would have a partition in no table, of which no copy can be made
	}
	for _, op := range c.Ops {
		row, found := t[c.Partition.Key][op.Row]
		switch {
		case op.Kind == Make && !there, op.Kind == Drop && there, op.Kind == Delete && found,
			op.Kind == Upsert && !(found && row.Stamp.Equal(e.At)):
			return false, nil
		}
	}
	return true, nil
}

// Partitions implements account.Store.
func (s *Store) Partitions(ctx context.Context, in georep.Region) ([]georep.Partition, error) {
	if err := s.s.Sleep(ctx, 0); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []georep.Partition
	for _, name := range slices.Sorted(maps.Keys(s.regions[in])) {
		parts = append(parts, georep.Partition{Service: georep.Table, Container: name, Whole: true})
		for _, key := range slices.Sorted(maps.Keys(s.regions[in][name])) {
			parts = append(parts, georep.Partition{Service: georep.Table, Container: name, Key: key})
		}
	}
	return parts, nil
}

// Copy implements account.Store: row by row, so that writes come in between where the pace lets them.
func (s *Store) Copy(ctx context.Context, p georep.Partition, from, to georep.Region, pace account.Pace) (int, error) {
	if p.Whole {
		return 0, s.copyTable(ctx, p.Container, from, to)
	}
	began, n := s.s.Now(), 0
	source, target := s.Rows(from, p.Container, p.Key), s.Rows(to, p.Container, p.Key)
	for _, key := range slices.Sorted(maps.Keys(union(source, target))) {
		row, there := source[key]
		old, had := target[key]
		if there && had && row.Stamp.Equal(old.Stamp) {
			continue
		}
		op := Op{Kind: Upsert, Row: key, Value: row.Value}
		if !there {
			op = Op{Kind: Delete, Row: key}
		}
		if err := s.bring(ctx, to, row.Stamp, Change{p, []Op{op}}, pace); err != nil {
			return n, err
		}
		n++
		if err := s.s.Sleep(ctx, pace.Due(began, n).Sub(s.s.Now())); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) copyTable(ctx context.Context, name string, from, to georep.Region) error {
	if err := s.s.Sleep(ctx, 0); err != nil {
		return err
	}
	s.mu.Lock()
	_, there := s.regions[from][name]
	s.mu.Unlock()
	if !there {
		return nil // it was deleted, and the log has that
	}
	whole := georep.Partition{Service: georep.Table, Container: name, Whole: true}
	return s.Do(to, time.Time{}, Change{whole, []Op{{Kind: Make}}}, nil)
}

func (s *Store) bring(ctx context.Context, to georep.Region, stamp time.Time, c Change, pace account.Pace) error {
	if !pace.Held() {
		leave, err := pace.Enter(ctx)
		if err != nil {
			return err
		}
		defer leave()
	}
	return s.Do(to, stamp, c, nil)
}

func union(a, b map[string]Row) map[string]bool {
	keys := make(map[string]bool, len(a))
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	return keys
}

// Wipe implements account.Store.
func (s *Store) Wipe(ctx context.Context, in georep.Region) (int, error) {
	if err := s.s.Sleep(ctx, 0); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.regions[in])
	delete(s.regions, in)
	return n, nil
}

// Rows are a partition's rows in a region, a copy of them.
func (s *Store) Rows(in georep.Region, table, key string) map[string]Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.regions[in][table][key])
}

// Lose makes a region's storage what it is when it comes back without its data.
func (s *Store) Lose(in georep.Region) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.regions, in)
}
