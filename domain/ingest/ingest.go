// Package ingest accepts readings: it gathers the batches of concurrent requests for a (tenant, shard) into blocks,
// appends them to the journals of one or two regions at the same time, as numbered flights of a stream that this
// process alone writes, and answers every request when its block is durable.
//
// Each journal is a leg of its own: with its own birth of the stream, its own flights, its own clock. A request is
// answered when both journals have its block, or one of them after a while; a journal that is not waited for any more
// gets the rest from the other one (domain/continuity). What no journal has confirmed goes on flying.
//
// The rules it keeps (T5, T6, T8; docs/blocks.md says what the numbers name): blocks of a stream are acknowledged in
// order; an append whose outcome is unknown is retried under the same number with the same bytes; birth flies alone; a
// stream that somebody ended is never written again, its unacknowledged readings go to a new stream with their first
// stamp; an append that was stored more than Bound after its stamp is not acknowledged.
package ingest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// DefaultPatience is how long a request waits for the journal without any progress.
const DefaultPatience = 10 * time.Second

// Config bounds the service. The zero value of a field means its default.
type Config struct {
	Shards        int           // of every tenant; default 1
	Flights       int           // appends under way a stream, four times as many of whole blocks; default 2
	Linger        time.Duration // a block waits this long for more readings while it is small; default 3 ms
	MaxInFlight   int64         // bytes of readings accepted and not yet durable, over all tenants; default 256 MiB
	AppendTimeout time.Duration // of one try; default 1 s
	BirthTimeout  time.Duration // of one try of a stream's first append and what has to be made before it; default 5 s
	RetryDelay    time.Duration // between tries of an append of unknown outcome; default 50 ms, doubling to 1 s
	// B of T6, the journal's: an append stored later after its stamp is not acknowledged; default 2 min
	Bound time.Duration
	// how long a request that does not say what it wants waits for both journals; default 1 s
	BothWait time.Duration
	Idle     time.Duration // a stream without appends for this long is ended by its writer; default 20 s
	// a request waits this long for the journal without any progress, and is then told; default DefaultPatience
	Patience  time.Duration
	MaxAhead  time.Duration // how far a client's stamp may be ahead of the storage's clock; default DefaultMaxAhead
	HintEvery time.Duration // at most one compaction hint a shard in this time; default 1 s
	// Full says why the journal is to take no more; nil, and no error: it takes more. It is asked for every request,
	// and does not wait for anything.
	Full func() error
}

// DefaultMaxAhead is how far a client's stamp may be ahead of the storage's clock, unless configured.
const DefaultMaxAhead = time.Minute

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if c.Shards == 0 {
		c.Shards = 1
	}
	if c.Flights == 0 {
		c.Flights = 2
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = 256 << 20
	}
	def(&c.Linger, 3*time.Millisecond)
	def(&c.AppendTimeout, time.Second)
	def(&c.BirthTimeout, 5*time.Second)
	def(&c.RetryDelay, 50*time.Millisecond)
	def(&c.Bound, journal.DefaultBound)
	def(&c.BothWait, time.Second)
	def(&c.Idle, 20*time.Second)
	def(&c.Patience, DefaultPatience)
	def(&c.MaxAhead, DefaultMaxAhead)
	def(&c.HintEvery, time.Second)
	return c
}

// Options are a request's wishes.
type Options struct {
	// Require DurableBoth refuses a lesser acknowledgement. With one configured journal that is fault.Invalid with
	// the cause ErrOneJournal, before anything is stored: no repetition can succeed. While one of two journals is away
	// it is fault.Unavailable, before anything is stored; if only one has stored it, fault.Indeterminate.
	//
	// DurableOne is answered when one journal has everything; the other gets it too. 0 waits for both, and is content
	// with one after Config.BothWait.
	Require telemetry.Durability
	// After orders the request's readings after a stamp that an earlier answer carried; zero is no wish.
	After telemetry.Stamp
}

// Receipt is the acknowledgement of a request: the blocks it went into and how durable they are.
type Receipt struct {
	Blocks     []telemetry.Position
	Stamp      telemetry.Stamp // the greatest stamp of the blocks
	Durability telemetry.Durability
	Regions    []region.Name
	// By is when its last block was stored at the latest, in every journal that had it by then: by that journal's own
	// clock, to its resolution. Zero without a block.
	By time.Time
}

// With is the acknowledgement of two writes together: what both reached.
func (r Receipt) With(o Receipt) Receipt {
	if len(r.Blocks) == 0 {
		return o
	}
	if len(o.Blocks) == 0 {
		return r
	}
	both := Receipt{Blocks: slices.Concat(r.Blocks, o.Blocks), Stamp: max(r.Stamp, o.Stamp)}
	both.Durability, both.By = min(r.Durability, o.Durability), latest(r.By, o.By)
	for _, name := range r.Regions {
		if slices.Contains(o.Regions, name) {
			both.Regions = append(both.Regions, name)
		}
	}
	return both
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ErrOneJournal is the cause of a refusal of DurableBoth where one journal is configured.
var ErrOneJournal = errors.New("one journal is configured")

// errExposed is what Require both meets while that cannot be promised.
func errExposed(why string) error {
	return &fault.Error{Kind: fault.Unavailable, Op: "ingest.write", RetryAfter: 5 * time.Second, Message: why +
		": nothing was stored; send it again later, or without requiring both"}
}

// errOnlyOne is what Require both meets when a block did not get into both journals in time.
func errOnlyOne(reached []region.Name) error {
	return &fault.Error{Kind: fault.Indeterminate, Op: "ingest.write", RetryAfter: time.Second,
		Message: fmt.Sprintf("the readings are stored in %s, and not known to be in both regions: send them again, or "+
			"without requiring both", named(reached))}
}

// named are regions in words.
func named(regions []region.Name) string {
	var out []string
	for _, r := range regions {
		out = append(out, fmt.Sprintf("region %q", r))
	}
	return strings.Join(out, " and ")
}

// errBothUnconfigured is what Require both meets while one journal, that of a region, is configured.
func errBothUnconfigured(r region.Name) error {
	return &fault.Error{Kind: fault.Invalid, Op: "ingest.write", Cause: ErrOneJournal, Message: fmt.Sprintf(
		"both needs the journals of two regions, and this service is configured with one, that of region %q: "+
			"nothing was stored, "+
			"and sending it again cannot succeed; ask for one, or leave the header out", r)}
}
