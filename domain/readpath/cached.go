package readpath

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// known is what a reader knew before it fetched a row: where the dropped marks stood in the journal that it read, and
// up to where the series' deletions had been purged. A row fetched by somebody who knew it is good for everybody who
// knows no more and reads the same journal: no block left that since, and no deletion was forgotten. Marks of two
// journals say nothing of one another: what has left the one may be in none of the rows that were fetched beside the
// other.
type known struct {
	At     place           `json:"j,omitzero"`
	Marks  tail.Marks      `json:"m"`
	Purged telemetry.Stamp `json:"p,omitempty"`
}

// place is a journal among several: its region, and which journal of that region it is, where that is known. The zero
// value stands for the only journal there is. Programs before there were two wrote no place: what they cached counts
// for a node with one journal, as it did, and is a miss for one with two.
type place struct {
	Region     region.Name `json:"r,omitempty"`
	Generation string      `json:"g,omitempty"`
}

func (k known) goodFor(now known) bool {
	same := k.At == now.At || planted.On(planted.MarksOfAnotherJournal)
	return same && k.Purged >= now.Purged && k.Marks.Same(now.Marks)
}

func cacheKey(k chunks.Key) cache.Key {
	return cache.Key{Tenant: string(k.Tenant), Kind: fmt.Sprintf("row%d", k.Table),
		Name: fmt.Sprintf("%d %q %q %q", k.Year, k.Of.Source, k.Of.Metric, k.Row)}
}

func wrap(k known, value []byte) []byte {
	head, err := json.Marshal(k)
	if err != nil {
		return nil
	}
	out := binary.AppendUvarint([]byte{cacheVersion}, uint64(len(head)))
	return append(append(out, head...), value...)
}

func unwrap(p []byte) (k known, value []byte, ok bool) {
	if len(p) == 0 || p[0] != cacheVersion {
		return k, nil, false
	}
	n, used := binary.Uvarint(p[1:])
	if used <= 0 || n > uint64(len(p)-1-used) {
		return k, nil, false
	}
	p = p[1+used:]
	if json.Unmarshal(p[:n], &k) != nil {
		return k, nil, false
	}
	return k, p[n:], true
}

// cacheVersion is the version of a cached entry's form: version, length of what was known, what was known, value.
const cacheVersion = 2
