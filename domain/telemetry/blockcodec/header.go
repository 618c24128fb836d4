package blockcodec

import (
	"bytes"
	"encoding/binary"

	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// A block's bytes, versions 1 and 2 (numbers are varints unless said otherwise, a text is its length and its bytes).
// Version 2 is written of a block that has something to say of two journals: so a program that knows of one journal
// reads what such a program wrote.
//
//	"TMB" 1 or 2
//	header      number, stamp (8 bytes), acked, acked as (1 byte), of version 2: whole, day, shard, tenant, writer
//	sources     count; each: source, replace (1 byte), labels: count, name, value
//	deletions   count; each: source, metric, from, length
//	kinds       count; each: metric, unit; in the order in which the series need them
//	series      count, base time, time unit; each: bytes of the source shared with the one before, the rest of it, kind, readings,
//	            least time and, for two readings or more, span in time units from the base, bytes of its column
//	columns     one after the other
//	CRC-32C     of everything before (4 bytes)

var (
	blockV1 = stored.Format{'T', 'M', 'B', 1}
	blockV2 = stored.Format{'T', 'M', 'B', 2}
)

// Header is what a block says of itself: everything but its contents.
type Header struct {
	At      telemetry.Position
	Stamp   telemetry.Stamp
	Acked   telemetry.Number
	AckedAs telemetry.Durability
	Whole   telemetry.Number
}

// Origin is the origin of everything in the block.
func (h *Header) Origin() telemetry.Origin {
	return telemetry.Origin{Stamp: h.Stamp, Writer: h.At.Stream.Writer, Number: h.At.Number}
}

// decoder reads the parts of a block.
type decoder struct{ stored.Decoder }

// versionOf is the format that bytes say they have; the first if they have none of ours.
func versionOf(p []byte) stored.Format {
	if bytes.HasPrefix(p, blockV2[:]) {
		return blockV2
	}
	return blockV1
}

// version is the format of a block with a header.
func (h *Header) version() stored.Format {
	if h.Whole > 0 {
		return blockV2
	}
	return blockV1
}

func appendHeader(dst []byte, h *Header) []byte {
	version := h.version()
	dst = append(dst, version[:]...)
	dst = binary.AppendUvarint(dst, uint64(h.At.Number))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Stamp))
	dst = binary.AppendUvarint(dst, uint64(h.Acked))
	dst = append(dst, byte(h.AckedAs))
	if version == blockV2 {
		dst = binary.AppendUvarint(dst, uint64(h.Whole))
	}
	dst = binary.AppendVarint(dst, int64(h.At.Stream.Day))
	dst = binary.AppendUvarint(dst, uint64(h.At.Stream.Shard.Index))
	dst = stored.AppendText(dst, h.At.Stream.Shard.Tenant)
	return stored.AppendText(dst, h.At.Stream.Writer)
}

func (d *decoder) header(version stored.Format) (h Header) {
	h.At.Number = telemetry.Number(d.Uvarint())
	h.Stamp = telemetry.Stamp(d.Fixed64())
	h.Acked = telemetry.Number(d.Uvarint())
	h.AckedAs = telemetry.Durability(d.Byte())
	if version == blockV2 {
		if h.Whole = telemetry.Number(d.Uvarint()); h.Whole == 0 {
			d.Fail("a block of version 2 says nothing of two journals")
		}
	}
	h.At.Stream.Day = telemetry.Day(d.Int32())
	h.At.Stream.Shard.Index = uint16(d.AtMost(1<<16 - 1))
	h.At.Stream.Shard.Tenant = telemetry.Tenant(d.Text())
	h.At.Stream.Writer = telemetry.Writer(d.Text())
	return h
}
