// Package evens has the form of the times up to which a journal and its peers have everything of each other: a key for
// each peer, and nanoseconds since 1970.
package evens

import (
	"encoding/binary"
	"time"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/ports/journal"
)

// Key is where the time of a peer is.
func Key(with journal.Peer) []byte {
	return append(keys.AppendText([]byte("even "), with.Region), with.Generation...)
}

// Encode writes a time.
func Encode(t time.Time) []byte { return binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano())) }

// Decode reads what Encode wrote; nothing is no time.
func Decode(b []byte) (time.Time, error) {
	switch len(b) {
	case 0:
		return time.Time{}, nil
	case 8:
		return time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC(), nil
	}
	return time.Time{}, keys.Err
}
