package telemetry

import (
	"encoding/binary"

	"tidemark/domain/stored"
)

var (
	shardStateV1 = stored.Format{'T', 'M', 'F', 1}
	horizonV1    = stored.Format{'T', 'M', 'H', 1}
)

// ShardState is the state row of a shard in the account.
type ShardState struct {
	Shard Shard
	Floor Stamp // everything stamped at or below it is final
}

// Horizon is a tenant's retention as it was carried out: readings before it are gone for good. It only moves up.
type Horizon struct {
	Tenant Tenant
	Before int64 // Unix nanoseconds
}

// EncodeShardState appends the bytes of a shard's state row to dst: "TMF" 1, tenant, shard, floor (8 bytes), CRC-32C.
func EncodeShardState(dst []byte, s *ShardState) ([]byte, error) {
	from := len(dst)
	dst = append(dst, shardStateV1[:]...)
	dst = stored.AppendText(dst, s.Shard.Tenant)
	dst = binary.AppendUvarint(dst, uint64(s.Shard.Index))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Floor))
	return stored.Seal(dst, from), nil
}

// DecodeShardState reads what EncodeShardState wrote. Errors are stored.ErrCorrupt.
func DecodeShardState(p []byte) (*ShardState, error) {
	d, err := stored.Unseal(p, shardStateV1)
	if err != nil {
		return nil, err
	}
	s := &ShardState{Shard: Shard{Tenant: Tenant(d.Text()), Index: uint16(d.AtMost(1<<16 - 1))},
		Floor: Stamp(d.Fixed64())}
	if err := d.End(); err != nil {
		return nil, err
	}
	return s, nil
}

// EncodeHorizon appends the bytes of a tenant's retention horizon to dst: "TMH" 1, tenant, time (8 bytes), CRC-32C.
func EncodeHorizon(dst []byte, h *Horizon) ([]byte, error) {
	from := len(dst)
	dst = append(dst, horizonV1[:]...)
	dst = stored.AppendText(dst, h.Tenant)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Before))
	return stored.Seal(dst, from), nil
}

// DecodeHorizon reads what EncodeHorizon wrote. Errors are stored.ErrCorrupt.
func DecodeHorizon(p []byte) (*Horizon, error) {
	d, err := stored.Unseal(p, horizonV1)
	if err != nil {
		return nil, err
	}
	h := &Horizon{Tenant: Tenant(d.Text()), Before: int64(d.Fixed64())}
	if err := d.End(); err != nil {
		return nil, err
	}
	return h, nil
}
