package telemetry

import (
	"testing"

	"tidemark/domain/stored/storedtest"
)

func samples() []storedtest.Sample {
	shard := Shard{Tenant: "ténant", Index: 3}
	stamp := StampAt(testDay.Start()) + 7
	return []storedtest.Sample{
		storedtest.Of("shardstate-v1", &ShardState{Shard: shard, Floor: stamp}, EncodeShardState, DecodeShardState),
		storedtest.Of("horizon-v1", &Horizon{Tenant: "ténant", Before: testStart}, EncodeHorizon, DecodeHorizon),
	}
}

func TestGolden(t *testing.T) { storedtest.Golden(t, samples()) }

func TestDamage(t *testing.T) { storedtest.Damage(t, samples()) }

func FuzzDecodeShardState(f *testing.F) {
	storedtest.Fuzz(f, samples(), DecodeShardState, EncodeShardState)
}
func FuzzDecodeHorizon(f *testing.F) { storedtest.Fuzz(f, samples(), DecodeHorizon, EncodeHorizon) }
