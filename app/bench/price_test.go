package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// distant is a journal in another region: a call takes so much longer, half of it each way.
type distant struct {
	journal.Journal
	trip time.Duration
}

func (d distant) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	time.Sleep(d.trip / 2)
	stored, err := d.Journal.Append(ctx, a)
	time.Sleep(d.trip / 2)
	return stored, err
}

const many = 64

// BenchmarkPrice is what it costs to write into two journals, each on an Azurite of its own, some milliseconds apart:
// clients as those of BenchmarkGroupCommitAzurite, all of which require both or one; and one journal as before. They
// are many, so that what a request waits for the distance does not decide how much is under way. With one
// required the other journal gets each block as well, as far as eight trailing appends go.
func BenchmarkPrice(b *testing.B) {
	east, west := azuritetest.Require(b, azurite.Options{}), azuritetest.Require(b, azurite.Options{})
	b.Run("single", func(b *testing.B) {
		l := &load{B: b, clients: many}
		l.run(ingest.Sites{All: []journal.Site{journalOn(b, east, "east", &l.calls)}}, telemetry.DurableNone)
	})
	for _, trip := range []time.Duration{0, 10 * time.Millisecond, 60 * time.Millisecond} {
		for _, require := range []telemetry.Durability{telemetry.DurableOne, telemetry.DurableBoth} {
			b.Run(fmt.Sprintf("%v/%v", require, trip), func(b *testing.B) {
				l := &load{B: b, clients: many}
				near, far := journalOn(b, east, "east", &l.calls), journalOn(b, west, "west", &l.calls)
				far.Journal = distant{far.Journal, trip}
				l.run(ingest.Sites{All: []journal.Site{near, far}, Paired: func() bool { return true }}, require)
			})
		}
	}
}
