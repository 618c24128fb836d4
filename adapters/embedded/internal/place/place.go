// Package place has the form of a journal's identity in the embedded store's file. Of a journal that is alone: version,
// region, generation. Of another: version, region, generation, the peer's region and generation, whether it is
// unfilled, shards, the key of cursors, and of each retired journal region, generation and time.
package place

import (
	"encoding/binary"
	"errors"
	"time"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/ports/journal"
)

// pairVersion begins the identity of a journal that is not alone. A program of before does not know it and refuses the
// file: it would write to one journal of two.
const pairVersion = 2

// version begins the identity of a journal that is alone.
const version = 1

var errForm = errors.New("the identity does not decode")

// Encode writes an identity, without its bound, which lies beside it.
func Encode(p journal.Place) []byte {
	if p.Alone() {
		return append(keys.AppendText([]byte{version}, p.Region), p.Generation...)
	}
	b := []byte{pairVersion}
	for _, text := range []string{p.Region, p.Generation, p.Peer.Region, p.Peer.Generation} {
		b = keys.AppendText(b, text)
	}
	unfilled := byte(0)
	if p.Unfilled {
		unfilled = 1
	}
	b = binary.BigEndian.AppendUint32(append(b, unfilled), uint32(p.Shards))
	b = keys.AppendText(b, p.CursorKey)
	for _, r := range p.Retired {
		b = keys.AppendText(keys.AppendText(b, r.Region), r.Generation)
		b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixNano()))
	}
	return b
}

// Decode reads what Encode wrote, and what a program of before did.
func Decode(b []byte) (journal.Place, error) {
	switch {
	case len(b) == 0 || b[0] != version && b[0] != pairVersion:
		return journal.Place{}, errForm
	case b[0] == version:
		region, generation, err := keys.CutText(b[1:])
		return journal.Place{Region: region, Generation: string(generation)}, err
	}
	var p journal.Place
	b, err := cutTexts(b[1:], &p.Region, &p.Generation, &p.Peer.Region, &p.Peer.Generation)
	if err != nil || len(b) < 5 {
		return p, errForm
	}
	p.Unfilled, p.Shards = b[0] == 1, int(binary.BigEndian.Uint32(b[1:]))
	if b, err = cutTexts(b[5:], &p.CursorKey); err != nil {
		return p, errForm
	}
	for len(b) > 0 {
		var r journal.Retired
		if b, err = cutTexts(b, &r.Region, &r.Generation); err != nil || len(b) < 8 {
			return p, errForm
		}
		r.At, b = time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC(), b[8:]
		p.Retired = append(p.Retired, r)
	}
	return p, nil
}

// cutTexts reads several texts off the front of b.
func cutTexts(b []byte, texts ...*string) (rest []byte, err error) {
	for _, text := range texts {
		if *text, b, err = keys.CutText(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}
