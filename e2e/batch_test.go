package e2e

import (
	"encoding/json"
	"slices"
	"strings"

	"tidemark/simulator/rig"
)

// The kinds of writes that tests look for: what they mean to the program.
const (
	isOther  = "other"
	isAppend = "append" // a block of a stream, perhaps with its birth
	isFill   = "fill"   // a void, or a copy, in an ended stream
	isEnd    = "end"
	isSeal   = "seal"
	isMark   = "mark"   // a dropped mark moves
	isDelete = "delete" // blocks below the mark go
	isChunk  = "chunk"  // rows of the account: chunks with rollups
)

// row is what tests read of a row.
type row struct {
	PartitionKey, RowKey string
	Void                 bool   `json:"void"`
	Ended                bool   `json:"ended"`
	Sealed               bool   `json:"sealed"`
	Mark                 string `json:"mark"`
}

// rowOf reads what an action writes.
func rowOf(a rig.Action) (r row) {
	_ = json.Unmarshal(a.Row, &r) // a deletion has none
	return r
}

// isChunkTable reports whether a table is one of chunks: C and eight hexadecimal digits.
func isChunkTable(table string) bool {
	return len(table) == 9 && table[0] == 'C' && table != "Catalogue"
}

// kindOf says what a call means.
func kindOf(c *rig.Call) string {
	has := func(f func(rig.Action) bool) bool { return slices.ContainsFunc(c.Batch, f) }
	index := func(kind string, is func(row) bool) bool {
		return has(func(a rig.Action) bool { return isIndex(a, kind) && is(rowOf(a)) })
	}
	switch {
	case c.Write() && isChunkTable(c.Table()), has(func(a rig.Action) bool { return isChunkTable(a.Table) }):
		return isChunk
	case has(func(a rig.Action) bool { return isBlock(a) && a.Method == "DELETE" }):
		return isDelete
	case has(isBlock) && index("b", func(row) bool { return true }):
		return isAppend
	case has(isBlock):
		return isFill
	case index("a", func(r row) bool { return r.Sealed }):
		return isSeal
	case index("a", func(r row) bool { return r.Ended }):
		return isEnd
	case index("c", func(row) bool { return true }):
		return isMark
	}
	return isOther
}

// isBlock reports whether an action is about a part of a block, k,<writer>,<number>,<part>.
func isBlock(a rig.Action) bool { return strings.HasPrefix(a.RowKey, "k,") }

// isIndex reports whether an action is about an index row of a kind, i,<writer>,<kind>.
func isIndex(a rig.Action, kind string) bool {
	return strings.HasPrefix(a.RowKey, "i,") && strings.HasSuffix(a.RowKey, ","+kind)
}

// blockName is writer/number of a block's row key.
func blockName(rk string) string {
	parts := strings.Split(rk, ",")
	return parts[1] + "/" + strings.TrimLeft(parts[2], "0")
}

// blockOf is the writer/number that an append is about.
func blockOf(c *rig.Call) string {
	for _, a := range c.Batch {
		if isBlock(a) {
			return blockName(a.RowKey)
		}
	}
	return ""
}
