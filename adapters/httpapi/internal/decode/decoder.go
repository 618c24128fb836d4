// Package decode turns the bodies of writes into batches of readings, whatever their form.
package decode

import (
	"context"
	"sync"

	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/call"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// Decoder turns the bodies of writes into batches. It is safe for concurrent use.
type Decoder struct {
	memory *intake.Budget
	oldest func(telemetry.Tenant) int64
	spaces sync.Pool // *Space
}

// New makes a decoder. memory is that of all bodies. oldest is the earliest time (Unix nanoseconds) that is kept
// of a tenant's readings, 0 for no bound; it may be nil.
func New(memory *intake.Budget, oldest func(telemetry.Tenant) int64) *Decoder {
	if oldest == nil {
		oldest = func(telemetry.Tenant) int64 { return 0 }
	}
	return &Decoder{memory: memory, oldest: oldest, spaces: sync.Pool{New: func() any { return new(Space) }}}
}

var boundsOfReadings = body.Bounds{Sent: telemetry.MaxBodyBytes, Decoded: telemetry.MaxDecodedBytes}

// Decode reads the body of a call into the batch of a space, which the caller gives back, after an error too if it
// is not nil. The body's memory is given back at once: how long readings wait for their block is not its business. The
// errors are those of body.Receive and of the decoders.
func (d *Decoder) Decode(ctx context.Context, c *call.Call, kind body.Kind, o readings.Options) (*Space,
	readings.Result, error) {
	o.Oldest = d.oldest(c.Principal.Tenant)
	in, err := body.Receive(ctx, c, d.memory, boundsOfReadings)
	if err != nil {
		return nil, readings.Result{}, err
	}
	defer in.Close()
	s := d.spaces.Get().(*Space)
	result, err := s.decode(kind, o, in.Bytes)
	return s, result, err
}

// keptReadings bounds the memory that a batch in the pool keeps.
const keptReadings = 256 << 10

// Release gives a space back. Nobody may know its batch any more.
func (d *Decoder) Release(s *Space) {
	if cap(s.Batch.Times) > keptReadings {
		s.Batch = telemetry.Batch{}
	}
	s.Batch.Reset()
	d.spaces.Put(s)
}
