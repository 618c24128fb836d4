package ingest

import (
	"hash/maphash"
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
)

// described is the last description of a source in a stream: its labels as a hash, and the block that carries it.
type described struct {
	labels uint64
	in     telemetry.Number
	stamp  telemetry.Stamp
}

// holds reports whether a description need not be said again in the block of a number and a stamp; every block up to
// said is where its labels count.
func (k described) holds(in, said telemetry.Number, stamp, elsewhere telemetry.Stamp) bool {
	if k.in == in {
		return true
	}
	counts := k.in <= said || planted.On(planted.LabelsUnderWay)
	return counts && k.stamp >= elsewhere && stamp.Time().Sub(k.stamp.Time()) < knownFor
}

// knownFor is how long labels that a block of the stream carries need not be said again. Another node may describe
// the source otherwise meanwhile, and what is said here after that has to be the later again. Thousands of blocks a
// minute still share one description a second.
const knownFor = time.Second

func hashLabels(labels []telemetry.Label) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, l := range labels {
		_, _ = h.WriteString(l.Name)
		_ = h.WriteByte(0)
		_, _ = h.WriteString(l.Value)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

var seed = maphash.MakeSeed()
