package readpath

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// known is what a reader knew before it fetched a row: where the dropped marks stood, and up to where the series'
// deletions had been purged. A row fetched by somebody who knew it is good for everybody who knows no more: no block
// left the journal since, and no deletion was forgotten.
type known struct {
	Marks  tail.Marks      `json:"m"`
	Purged telemetry.Stamp `json:"p,omitempty"`
}

func (k known) goodFor(now known) bool { return k.Purged >= now.Purged && k.Marks.Same(now.Marks) }

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
