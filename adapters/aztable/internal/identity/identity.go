// Package identity is the row that says which journal a storage account holds.
package identity

import (
	"encoding/base64"
	"strconv"
	"time"

	"tidemark/adapters/aztable/internal/entity"
	"tidemark/adapters/internal/azkit"
	"tidemark/ports/journal"
)

// Properties of the identity.
const (
	propRegion     = "region"
	propGen        = "generation"
	propBound      = "bound" // in nanoseconds, of a journal that is alone
	propPairBound  = "boundOfPair"
	propPeerRegion = "peerRegion"
	propPeerGen    = "peerGeneration"
	propUnfilled   = "unfilled"
	propRetired    = "retired" // region, generation and nanoseconds since 1970 of each
	propShards     = "shards"
	propCursorKey  = "cursorKey" // base64
	propTables     = "tables"    // what the names of the generation's tables begin with; absent: as before
	propNamedBound = "boundOfGeneration"
)

// notAlone stands for the bound of a journal that is not alone. A program of before reads a number there and refuses
// to start: it would write to one journal of two.
const notAlone = "this journal has, or had, a peer: use a program that knows peers"

// elsewhere stands for the bound of a journal whose tables have other names than a program of before looks for. One
// that knows peers reads it where the bound of a pair is not.
const elsewhere = "the tables of this journal have the names of its generation: use a program that knows them"

// Tables is what the names of the tables begin with; "" of a journal from before they named its generation.
func Tables(row entity.Entity) string { return row.Str(propTables) }

// Row is the row of an identity, at a place of a table, with what the names of its tables begin with.
func Row(at entity.Partition, name string, p journal.Place, tables string) entity.Row {
	row := entity.New(at, name).Str(propRegion, p.Region).Str(propGen, p.Generation)
	if tables == "" && p.Alone() {
		return row.Int(propBound, int64(p.Bound)).Small()
	}
	var retired []string
	for _, r := range p.Retired {
		retired = append(retired, r.Region, r.Generation, strconv.FormatInt(r.At.UnixNano(), 10))
	}
	if tables == "" {
		row.Str(propBound, notAlone).Int(propPairBound, int64(p.Bound))
	} else {
		row.Str(propBound, elsewhere).Int(propNamedBound, int64(p.Bound)).Str(propTables, tables)
	}
	return row.Str(propPeerRegion, p.Peer.Region).
		Str(propPeerGen, p.Peer.Generation).Flag(propUnfilled, p.Unfilled).
		Str(propRetired, azkit.Encode(retired...)).Int(propShards, int64(p.Shards)).
		Str(propCursorKey, base64.StdEncoding.EncodeToString([]byte(p.CursorKey))).Small()
}

// Of reads the row of an identity.
func Of(op string, row entity.Entity) (journal.Place, error) {
	p := journal.Place{Region: row.Str(propRegion), Generation: row.Str(propGen)}
	of := propPairBound
	if Tables(row) != "" {
		of = propNamedBound
	}
	bound, err := row.Int(op, of)
	if err == nil && bound == 0 {
		bound, err = row.Int(op, propBound) // zero in a row from before it
		p.Bound = time.Duration(bound)
		return p.Whole(), err
	}
	p.Bound, p.Unfilled = time.Duration(bound), row.Flag(propUnfilled)
	p.Peer = journal.Peer{Region: row.Str(propPeerRegion), Generation: row.Str(propPeerGen)}
	if err := common(op, row, &p); err != nil {
		return p, err
	}
	var parts []string
	if text := row.Str(propRetired); text != "" {
		var ok bool
		if parts, ok = azkit.Decode(text); !ok || len(parts)%3 != 0 {
			return p, entity.Corrupt(op, "%q is no list of retired journals", text)
		}
	}
	for ; len(parts) > 0; parts = parts[3:] {
		at, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			return p, entity.Corrupt(op, "%q is no time", parts[2])
		}
		p.Retired = append(p.Retired, journal.Retired{Peer: journal.Peer{Region: parts[0], Generation: parts[1]},
			At: time.Unix(0, at).UTC()})
	}
	return p.Whole(), err
}

// common reads what nodes need that find no account.
func common(op string, row entity.Entity, p *journal.Place) error {
	shards, err := row.Int(op, propShards)
	if err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(row.Str(propCursorKey))
	if err != nil {
		return entity.Corrupt(op, "the key of cursors is not base64")
	}
	p.Shards, p.CursorKey = int(shards), string(key)
	return nil
}
