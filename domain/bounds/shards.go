package bounds

import (
	"context"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// shardsRow says how many shards every tenant of the storage has: a row of the state table that belongs to no tenant.
// Its value is the version, a space, and the number.
var shardsRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "shards"}

const shardsFormat = "1 %d"

// OtherShards is why a process with its number of shards must not write into a storage.
type OtherShards struct {
	Begun int // with which the storage was begun; 0 where that was never written down
	Index int // of a shard that the storage knows and the process does not, where it was not
}

// Error tells the numbers.
func (o *OtherShards) Error() string {
	if o.Begun == 0 {
		return fmt.Sprintf("the storage knows a shard %d", o.Index)
	}
	return fmt.Sprintf("the storage was begun with %d shards", o.Begun)
}

// AgreeOnShards holds a process that writes to the number of shards that the storage was begun with; the first such
// process writes its own down. Another number is an *OtherShards.
//
// Another number would lose what was acknowledged: a source moves to another shard, a chunk is folded there with the
// floor of that shard, and what its old shard has not folded yet, stamped below that floor, would count as included.
// Readers would not look for it in the old shard either.
func AgreeOnShards(ctx context.Context, rows chunks.Store, d journal.Directory, mine int) error {
	row, err := rows.Get(ctx, shardsRow)
	if fault.Is(err, fault.NotFound) {
		if err := fitsShards(ctx, d, mine); err != nil {
			return err
		}
		err = rows.Apply(ctx, chunks.Change{Key: shardsRow, Value: fmt.Appendf(nil, shardsFormat, mine)})
		if err != nil && !fault.Is(err, fault.Conflict) { // somebody else was first
			return err
		}
		row, err = rows.Get(ctx, shardsRow)
	}
	if err != nil {
		return err
	}
	var begun int
	if _, err := fmt.Sscanf(string(row.Value), shardsFormat, &begun); err != nil {
		return fault.New(fault.Corrupt, "shards", "the row with the number of shards says %q: this program is older "+
			"than the storage, or the row is broken", row.Value)
	}
	if begun != mine {
		return &OtherShards{Begun: begun}
	}
	return nil
}

// fitsShards refuses a number that a storage from before the row cannot have been begun with.
func fitsShards(ctx context.Context, d journal.Directory, mine int) error {
	for r, err := range d.Shards(ctx) {
		if err != nil {
			return err
		}
		if int(r.Shard.Index) >= mine {
			return &OtherShards{Index: int(r.Shard.Index)}
		}
	}
	return nil
}
