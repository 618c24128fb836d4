package compose

import (
	"context"
	"fmt"
	"strconv"

	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// shardsRow says how many shards every tenant of the storage has: a row of the state table that belongs to no tenant.
// Its value is the version, a space, and the number.
var shardsRow = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "shards"}

const shardsFormat = "1 %d"

// agreeOnShards holds a node that serves to the number of shards that the storage was begun with; the first such node
// writes its own down.
//
// Another number would lose what was acknowledged: a source moves to another shard, a chunk is folded there with the
// floor of that shard, and what its old shard has not folded yet, stamped below that floor, would count as included.
// Readers would not look for it in the old shard either.
func agreeOnShards(ctx context.Context, st node.Stores, mine int) error {
	row, err := st.Rows.Get(ctx, shardsRow)
	if fault.Is(err, fault.NotFound) {
		if err := fitsShards(ctx, st.Directory, mine); err != nil {
			return err
		}
		err = st.Rows.Apply(ctx, chunks.Change{Key: shardsRow, Value: fmt.Appendf(nil, shardsFormat, mine)})
		if err != nil && !fault.Is(err, fault.Conflict) { // somebody else was first
			return err
		}
		row, err = st.Rows.Get(ctx, shardsRow)
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
		return anotherNumber("was begun with --shards "+strconv.Itoa(begun), "--shards "+strconv.Itoa(begun), mine)
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
			return anotherNumber(fmt.Sprintf("knows a shard %d", r.Shard.Index), "the --shards that it always had",
				mine)
		}
	}
	return nil
}

func anotherNumber(storage, right string, mine int) error {
	return fault.New(fault.Conflict, "shards", "the storage %s and this node has --shards %d: start every node that "+
		"serves with %s; for another number begin a new storage and write the readings there",
		storage, mine, right)
}
