package embedded

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"tidemark/adapters/embedded/internal/keys"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// recordVersion begins every value of more than a number. A program refuses versions that it does not know.
const recordVersion = 1

var errRecord = errors.New("a record does not decode")

func moment(nanos int64) time.Time { return time.Unix(0, nanos).UTC() }

// A stream's state: version, flags, last, mark, changed, continues. The moment in which a stream changed is when its
// last block was stored, or it ended or was sealed, by the store's clock, and always later than the one before: it is
// the stream's version. A program of before wrote it of open streams only, and looks at it there only.
const (
	flagEnded = 1 << iota
	flagSealed
	flagTouched
)

// kept is a stream's state as it is stored.
type kept struct {
	journal.State
	changed int64
}

// change gives a stream a version, at a time by the store's clock.
func (k *kept) change(now int64) {
	k.changed = max(now, k.changed+1)
	k.Version = versionOf(k.changed)
}

func versionOf(changed int64) string { return strconv.FormatInt(changed, 36) }

func encodeState(s kept) []byte {
	var flags byte
	if s.HasEnded() {
		flags |= flagEnded
	}
	if _, sealed := s.End(); sealed {
		flags |= flagSealed
	}
	if !s.Touched.IsZero() {
		flags |= flagTouched
	}
	b := []byte{recordVersion, flags}
	b = binary.BigEndian.AppendUint64(b, uint64(s.Last))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Mark))
	b = binary.BigEndian.AppendUint64(b, uint64(s.changed))
	b = keys.AppendSigned(b, int32(s.Continues.Day))
	b = binary.BigEndian.AppendUint16(b, s.Continues.Shard.Index)
	b = keys.AppendText(b, string(s.Continues.Shard.Tenant))
	return append(b, s.Continues.Writer...)
}

func decodeState(of telemetry.Stream, b []byte) (kept, error) {
	if len(b) < 32 || b[0] != recordVersion {
		return kept{}, errRecord
	}
	s := kept{State: journal.State{Stream: of}, changed: int64(binary.BigEndian.Uint64(b[18:]))}
	s.Version = versionOf(s.changed)
	var touched time.Time
	if b[1]&flagTouched != 0 {
		touched = moment(s.changed)
	}
	last, mark := telemetry.Number(binary.BigEndian.Uint64(b[2:])), telemetry.Number(binary.BigEndian.Uint64(b[10:]))
	s.State.State = stream.Of(b[1]&flagEnded != 0, b[1]&flagSealed != 0, last, mark, touched)
	s.Continues.Day = telemetry.Day(keys.Signed(b[26:]))
	s.Continues.Shard.Index = binary.BigEndian.Uint16(b[30:])
	tenant, writer, err := keys.CutText(b[32:])
	if err != nil {
		return kept{}, errRecord
	}
	s.Continues.Shard.Tenant = telemetry.Tenant(tenant)
	s.Continues.Writer = telemetry.Writer(writer)
	return s, nil
}

// A block lies in parts of this size: the least change of a leaf writes the whole leaf again, and a leaf holds two
// keys at least, so that blocks of a megabyte as single values would be written two to four times over. Two parts and
// their keys fill eight pages.
const partBytes = 16<<10 - 160

// A block's header, before its bytes: version, void, time stored, length.
const blockHeader = 1 + 1 + 8 + 4

// newBlock copies a block behind a header whose time is still open.
func newBlock(void bool, block []byte) []byte {
	b := make([]byte, blockHeader, blockHeader+len(block))
	b[0] = recordVersion
	if void {
		b[1] = 1
	}
	binary.BigEndian.PutUint32(b[10:], uint32(len(block)))
	return append(b, block...)
}

func dateBlock(b []byte, nanos int64) { binary.BigEndian.PutUint64(b[2:], uint64(nanos)) }

type blockHead struct {
	void   bool
	stored int64
	size   int
}

func decodeBlockHead(b []byte) (blockHead, error) {
	if len(b) < blockHeader || b[0] != recordVersion {
		return blockHead{}, errRecord
	}
	return blockHead{b[1] == 1, int64(binary.BigEndian.Uint64(b[2:])), int(binary.BigEndian.Uint32(b[10:]))}, nil
}

// A row's header, before its value: version, sequence (the row's version), time committed.
const rowHeader = 1 + 8 + 8

func newRow(value []byte) []byte {
	b := make([]byte, rowHeader, rowHeader+len(value))
	b[0] = recordVersion
	return append(b, value...)
}

func stampRow(b []byte, sequence uint64, nanos int64) {
	binary.BigEndian.PutUint64(b[1:], sequence)
	binary.BigEndian.PutUint64(b[9:], uint64(nanos))
}

func decodeRow(b []byte) (sequence uint64, nanos int64, value []byte, err error) {
	if len(b) < rowHeader || b[0] != recordVersion {
		return 0, 0, nil, errRecord
	}
	return binary.BigEndian.Uint64(b[1:]), int64(binary.BigEndian.Uint64(b[9:])), b[rowHeader:], nil
}
