package accounttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Kind is a kind of change.
type Kind string

// The kinds. Make and Drop are of the table itself.
const (
	Make   Kind = "make"
	Drop   Kind = "drop"
	Upsert Kind = "upsert"
	Delete Kind = "delete"
)

// Op is a change of one row.
type Op struct {
	Kind       Kind
	Row, Value string
}

// Row is a row as a region's storage has it.
type Row struct {
	Value string
	Stamp time.Time
}

// Storage is what is to be proved, and how a proof writes to it and looks into it.
type Storage interface {
	account.Store
	// Write makes the payload of a write with that stamp.
	Write(p georep.Partition, stamp time.Time, ops ...Op) account.Payload
	// Rows are what a region has of a partition of a table.
	Rows(ctx context.Context, in georep.Region, table, key string) (map[string]Row, error)
}

// Harness is where a case runs.
type Harness struct {
	Storage Storage
	Sched   sched.Scheduler
	// Run runs a case as an actor of the scheduler, and gives an error if it did not come to its end.
	Run func(body func()) error
}

const (
	east georep.Region = "east"
	west georep.Region = "west"

	// patience bounds a wait: what has not come by then does not come.
	patience = time.Minute
)

// fixture is an account over a storage, with its primary in east and a table "readings".
type fixture struct {
	ctx    context.Context
	s      sched.Scheduler
	of     Storage
	faults *Faults
	a      *account.Account

	mu     sync.Mutex
	reach  map[georep.Service]georep.Reach
	events []georep.Event
	acked  []georep.Entry // in the order of the acknowledgements
}

func newFixture(h Harness, o account.Options) (*fixture, error) {
	f := &fixture{ctx: context.Background(), s: h.Sched, of: h.Storage, faults: newFaults(h.Sched, h.Storage),
		reach: map[georep.Service]georep.Reach{}}
	o.Name, o.Sched, o.Store, o.Reach, o.Observe = "proof", h.Sched, f.faults, f.reaches, f.observe
	o.Geo.Primary, o.Geo.Secondary = east, west
	var err error
	if f.a, err = account.Open(o); err != nil {
		return nil, err
	}
	if _, err := f.write(table("readings"), Op{Kind: Make}); err != nil {
		return nil, fmt.Errorf("make the table: %w", err)
	}
	return f, f.drain()
}

func table(name string) georep.Partition {
	return georep.Partition{Service: georep.Table, Container: name, Whole: true}
}

func part(key string) georep.Partition {
	return georep.Partition{Service: georep.Table, Container: "readings", Key: key}
}

func (f *fixture) reaches(s georep.Service, primary, secondary georep.Region) georep.Reach {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, said := f.reach[s]
	if !said {
		return georep.Reach{Primary: true, Secondary: true, Link: true}
	}
	if primary == west { // it is said of the regions, east first
		r.Primary, r.Secondary = r.Secondary, r.Primary
	}
	return r
}

// cut says what of a service answers: east's, west's, and the link.
func (f *fixture) cut(s georep.Service, r georep.Reach) {
	f.mu.Lock()
	f.reach[s] = r
	f.mu.Unlock()
	f.a.Look()
}

func (f *fixture) observe(e georep.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
}

// told is how often an event happened.
func (f *fixture) told(kind string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// write writes to the account, as a gateway does.
func (f *fixture) write(p georep.Partition, ops ...Op) (georep.Entry, error) {
	at := f.a.Endpoints().Primary.Region
	ticket, err := f.a.Arrive(at, p.Service)
	if err != nil {
		return georep.Entry{}, err
	}
	ctx, cancel := f.s.WithTimeout(f.ctx, patience)
	defer cancel()
	o, err := f.a.Write(ctx, ticket, account.Write{Partition: p, Rows: len(ops), Bytes: len(ops),
		Empties: len(ops) == 1 && ops[0].Kind == Drop,
		Send: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			payload := f.of.Write(p, stamp, ops...)
			err := f.faults.suffer(ctx, "send", at, func() error {
				return f.of.Apply(ctx, at, georep.Entry{Partition: p, At: stamp}, payload)
			})
			return payload, err
		},
		Resolve: func(ctx context.Context, stamp time.Time) (account.Payload, error) {
			payload := f.of.Write(p, stamp, ops...)
			there, err := f.faults.Holds(ctx, at, georep.Entry{Partition: p, At: stamp}, payload)
			if err != nil || !there {
				return nil, err
			}
			return payload, nil
		},
	})
	if err = errors.Join(err, o.Err); err != nil {
		return georep.Entry{}, err
	}
	if o.Entry == nil {
		return georep.Entry{}, errors.New("the storage refused the write")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked = append(f.acked, *o.Entry)
	return *o.Entry, nil
}

// put writes a row of a partition.
func (f *fixture) put(key, row, value string) error {
	_, err := f.write(part(key), Op{Upsert, row, value})
	return err
}

// drain waits until the secondary has everything.
func (f *fixture) drain() error {
	ctx, cancel := f.s.WithTimeout(f.ctx, patience)
	defer cancel()
	return f.a.Drained(ctx)
}

// until waits for a condition.
func (f *fixture) until(what string, done func() bool) error {
	for end := f.s.Now().Add(patience); !done(); {
		if f.s.Now().After(end) {
			return fmt.Errorf("not within %v: %s; %+v", patience, what, f.a.Status())
		}
		_ = f.s.Sleep(f.ctx, 5*time.Millisecond)
	}
	return nil
}

// failover orders a failover and waits until it is over.
func (f *fixture) failover(k georep.Kind) error {
	before := f.a.Status().Failovers
	if err := f.a.Failover(k); err != nil {
		return err
	}
	return f.until("the failover is over", func() bool {
		s := f.a.Status()
		return s.Failovers == before+1 && s.Phase == georep.Steady
	})
}

// lost holds that the one failover that there was lost these writes, and lists no others.
func (f *fixture) lost(want ...georep.Entry) error {
	losses := f.a.Discarded()
	if len(losses) != 1 || !slices.Equal(losses[0].Entries, want) {
		return fmt.Errorf("losses %+v, want %+v", losses, want)
	}
	return nil
}

// has holds that a region has these values of a partition's rows, and no others.
func (f *fixture) has(in georep.Region, key string, want ...string) error {
	rows, err := f.of.Rows(f.ctx, in, "readings", key)
	if err != nil {
		return fmt.Errorf("look into %s: %w", in, err)
	}
	got := map[string]string{}
	for name, row := range rows {
		got[name] = row.Value
	}
	for i := 0; i+1 < len(want); i += 2 {
		if value, there := got[want[i]]; !there || value != want[i+1] {
			return fmt.Errorf("row %s/%s in %s is %q (there: %t), want %q", key, want[i], in, value, there, want[i+1])
		}
		delete(got, want[i])
	}
	if len(got) > 0 {
		return fmt.Errorf("partition %s in %s also has %v", key, in, got)
	}
	return nil
}

// same holds that both regions have the same of these partitions, with the same stamps.
func (f *fixture) same(keys ...string) error {
	for _, key := range keys {
		e, err := f.of.Rows(f.ctx, east, "readings", key)
		if err != nil {
			return err
		}
		w, err := f.of.Rows(f.ctx, west, "readings", key)
		if err != nil {
			return err
		}
		if len(e) != len(w) {
			return fmt.Errorf("partition %s: %d rows in east, %d in west", key, len(e), len(w))
		}
		for name, row := range e {
			if other := w[name]; other.Value != row.Value || !other.Stamp.Equal(row.Stamp) {
				return fmt.Errorf("row %s/%s: %+v in east, %+v in west", key, name, row, other)
			}
		}
	}
	return nil
}

func eq[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s: %v, want %v", what, got, want)
	}
	return nil
}
