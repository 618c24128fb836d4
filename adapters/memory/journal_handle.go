package memory

import (
	"context"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Another is a handle on the same storage as a process has it that begins now.
func (j *Journal) Another() *Journal { return &Journal{vault: j.vault} }

// Wipe empties the storage at this moment, as if its account had been deleted and made anew. There is no identity
// until somebody initialises it again.
func (j *Journal) Wipe() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.empty()
}

// empty takes everything away but the versions, which are never used again.
func (v *vault) empty() {
	v.place, v.parts, v.prepared = nil, map[part]*streams{}, map[telemetry.Day]bool{}
	v.expired, v.first, v.evens = -1<<31, map[telemetry.Shard]firstDay{}, map[journal.Peer]time.Time{}
}

// write is storage.write of one who finds the generation that the handle knows.
func (j *Journal) write(ctx context.Context, op string, apply func() error) error {
	return j.storage.write(ctx, op, func() error { return j.met(op, apply) })
}

// read is storage.read of one who finds the generation that the handle knows.
func (j *Journal) read(ctx context.Context, op string, look func() error) error {
	return j.storage.read(ctx, op, func() error { return j.met(op, look) })
}

// met does something under the lock if the generation is the one that the handle knows.
func (j *Journal) met(op string, do func() error) error {
	if err := j.knows.Meet(op, j.place); err != nil {
		return err
	}
	return do()
}
