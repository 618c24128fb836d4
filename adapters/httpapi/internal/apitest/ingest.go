package apitest

import (
	"context"
	"slices"
	"sync"

	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// Ingest keeps a copy of what was written.
type Ingest struct {
	mu      sync.Mutex
	Writes  []telemetry.Batch
	Tenants []telemetry.Tenant
	Options []ingest.Options
	Receipt ingest.Receipt
	Err     error
	Panics  any
	Fail    func(write int) error // of the writes from 1 on
}

// Write implements service.Ingest.
func (f *Ingest) Write(_ context.Context, t telemetry.Tenant, b *telemetry.Batch,
	o ingest.Options) (ingest.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Panics != nil {
		panic(f.Panics)
	}
	f.Writes = append(f.Writes, telemetry.Batch{Series: slices.Clone(b.Series), Units: slices.Clone(b.Units),
		Of:    slices.Clone(b.Of),
		Times: slices.Clone(b.Times), Values: slices.Clone(b.Values), Sources: slices.Clone(b.Sources),
		Deletions: slices.Clone(b.Deletions)})
	f.Tenants = append(f.Tenants, t)
	f.Options = append(f.Options, o)
	if f.Fail != nil {
		if err := f.Fail(len(f.Writes)); err != nil {
			return ingest.Receipt{}, err
		}
	}
	return f.Receipt, f.Err
}

// Readings counts what was stored.
func (f *Ingest) Readings() int {
	n := 0
	for i := range f.Writes {
		n += f.Writes[i].Len()
	}
	return n
}
