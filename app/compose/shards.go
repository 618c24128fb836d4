package compose

import (
	"context"
	"errors"
	"fmt"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/ports/journal"
)

// agreeOnShards holds a node that serves to the number of shards that the storage was begun with, and says which flag
// to give.
func agreeOnShards(ctx context.Context, st node.Stores, place journal.Place, mine int) error {
	var err error
	switch place.Shards {
	case 0:
		err = bounds.AgreeOnShards(ctx, st.Rows, st.Directory, mine)
	case mine:
	default:
		err = &bounds.OtherShards{Begun: place.Shards}
	}
	var other *bounds.OtherShards
	if !errors.As(err, &other) {
		return err
	}
	storage, right := fmt.Sprintf("knows a shard %d", other.Index), "the --shards that it always had"
	if other.Begun != 0 {
		right = fmt.Sprintf("--shards %d", other.Begun)
		storage = "was begun with " + right
	}
	return fault.New(fault.Conflict, "shards", "the storage %s and this node has --shards %d: start every node that "+
		"serves with %s; for another number begin a new storage and write the readings there",
		storage, mine, right)
}
