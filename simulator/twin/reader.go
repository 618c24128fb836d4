package twin

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// scanPage is how many rows one step of a scan sees at the same moment. It is small, so that schedules find what
// happens in between.
const scanPage = 64

// Secondary are the rows at the account's secondary endpoint (chunks.Reader): what has been replicated. While a copy is
// being made it answers with what is there. It is safe for concurrent use.
type Secondary struct{ reader }

var _ chunks.Reader = (*Secondary)(nil)

// NewSecondary makes the secondary endpoint of an account whose storage is a twin.
func NewSecondary(s sched.Scheduler, a *account.Account, of *Store) *Secondary {
	return &Secondary{reader{s: s, a: a, of: of, name: "secondary",
		at: func(e account.Endpoints) account.Endpoint { return e.Secondary }}}
}

// reader reads rows at one of the account's endpoints.
type reader struct {
	s    sched.Scheduler
	a    *account.Account
	of   *Store
	name string // of the endpoint
	at   func(account.Endpoints) account.Endpoint
}

// reach goes the way to the endpoint, and gives the region that serves it.
func (r *reader) reach(ctx context.Context, op string) (georep.Region, error) {
	if err := r.s.Sleep(ctx, 0); err != nil {
		return "", fault.Wrap(fault.Canceled, op, err)
	}
	at := r.at(r.a.Endpoints())
	if at.Availability != account.Serving && at.Availability != account.Reads {
		return "", fault.New(fault.Unavailable, op, "the account's %s endpoint is %s", r.name, at.Availability)
	}
	return at.Region, nil
}

// answer goes the way back from a region that may not serve the endpoint any more.
func (r *reader) answer(ctx context.Context, op string, from georep.Region) error {
	if err := r.s.Sleep(ctx, 0); err != nil {
		return fault.Wrap(fault.Canceled, op, err)
	}
	if !r.a.Endpoints().Serves(from) {
		return fault.New(fault.Unavailable, op, "a failover came before the answer")
	}
	return nil
}

// Get implements chunks.Reader.
func (r *reader) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	const op = "chunks.get"
	at, err := r.reach(ctx, op)
	if err != nil {
		return chunks.Row{}, err
	}
	row, there := r.of.row(at, tableOf(k.Partition), keyOf(k.Partition), k.Row)
	if err := r.answer(ctx, op, at); err != nil {
		return chunks.Row{}, err
	}
	if !there {
		return chunks.Row{}, fault.New(fault.NotFound, op, "there is no such row")
	}
	return rowOf(k, row), nil
}

// Scan implements chunks.Reader.
func (r *reader) Scan(ctx context.Context, of chunks.Range) iter.Seq2[chunks.Row, error] {
	const op = "chunks.scan"
	return func(yield func(chunks.Row, error) bool) {
		for from, more := of.From, true; more; {
			at, err := r.reach(ctx, op)
			var names []string
			var rows []Row
			if err == nil {
				names, rows, more = r.of.page(at, tableOf(of.Partition), keyOf(of.Partition), from, of.To, scanPage)
				err = r.answer(ctx, op, at)
			}
			if err != nil {
				yield(chunks.Row{}, err)
				return
			}
			for i, name := range names {
				if !yield(rowOf(chunks.Key{Partition: of.Partition, Row: name}, rows[i]), nil) {
					return
				}
				from = name + "\x00" // the least string above it
			}
		}
	}
}

func rowOf(k chunks.Key, row Row) chunks.Row {
	return chunks.Row{Key: k, Value: bytes.Clone(row.Value), Version: version(k.Row, row), Committed: row.Stamp}
}

// version is that of a row: its stamp, of which an account gives each but once. The rows of one write share it, so the
// name goes with it.
func version(name string, row Row) chunks.Version {
	return chunks.Version(strconv.FormatInt(row.Stamp.UnixNano(), 36) + " " + name)
}

// tableOf is the table of a partition: one for all that is not chunks.
func tableOf(of chunks.Partition) string {
	if of.Table == chunks.Chunks {
		return "chunks" + strconv.Itoa(int(of.Year))
	}
	return "base"
}

// keyOf is a partition's key; no two partitions of a table have one.
func keyOf(of chunks.Partition) string {
	b := strconv.AppendInt(nil, int64(of.Table), 10)
	for _, part := range []string{string(of.Tenant), string(of.Of.Source), string(of.Of.Metric)} {
		b = strconv.AppendInt(append(b, ' '), int64(len(part)), 10)
		b = append(append(b, ':'), part...)
	}
	return string(b)
}

// expiry is where the first year stands that is not expired.
var expiry = georep.Partition{Service: georep.Table, Container: "base", Key: "expired"}

// expired reads the year before which all were expired.
func (r *reader) expired(at georep.Region) (before int32, any bool) {
	row, there := r.of.row(at, expiry.Container, expiry.Key, "before")
	if !there {
		return math.MinInt32, false
	}
	n, _ := strconv.ParseInt(string(row.Value), 10, 32) // what Expire wrote
	return int32(n), true
}

// Expired implements chunks.Reader.
func (r *reader) Expired(ctx context.Context) (int32, error) {
	const op = "chunks.expired"
	at, err := r.reach(ctx, op)
	if err != nil {
		return 0, err
	}
	before, _ := r.expired(at)
	return before, r.answer(ctx, op, at)
}

// row is one row of a region.
func (s *Store) row(in georep.Region, table, key, row string) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, there := s.regions[in][table][key][row]
	return found, there
}

func (s *Store) has(in georep.Region, table string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.regions[in][table] != nil
}

func (s *Store) tables(in georep.Region) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.regions[in]))
}

// page is up to size rows of a partition from a name on, rising, and whether there are more.
func (s *Store) page(in georep.Region, table, key, from, to string, size int) (names []string, rows []Row, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.regions[in][table][key]
	for name := range all {
		if name >= from && (to == "" || name < to) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if more = len(names) > size; more {
		names = names[:size]
	}
	for _, name := range names {
		rows = append(rows, all[name])
	}
	return names, rows, more
}
