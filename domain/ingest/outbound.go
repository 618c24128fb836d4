package ingest

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// leg is the one journal.
const leg stream.Leg = 0

func newOutbound(id, continues telemetry.Stream) *outbound {
	return &outbound{id: id, continues: continues, sending: stream.NewSending(leg + 1),
		flights: map[telemetry.Number]*flight{}, known: map[telemetry.Source]described{}}
}

// header is the next block's.
func (st *outbound) header(stamp telemetry.Stamp) blockcodec.Header {
	h := blockcodec.Header{At: telemetry.Position{Stream: st.id, Number: st.sending.Next()}, Stamp: stamp,
		Acked: st.sending.Durable()}
	if h.Acked > 0 {
		h.AckedAs = telemetry.DurableOne
	}
	return h
}

// depart counts the flight that takes the next number.
func (st *outbound) depart(f *flight, now time.Time) {
	st.flights[st.sending.Close()] = f
	st.used = now
}

// maxKnown bounds the memory of what was described; beyond it descriptions are simply repeated.
const maxKnown = 100_000

// withoutKnown is the batch, on its way into the block of a header, without the labels that this block or an
// acknowledged one of the stream carries already, and nobody may have changed since: not for long, and never past a
// stamp that came from elsewhere. One that is still under way may never land, or be sent again too late: its labels
// are repeated.
func (st *outbound) withoutKnown(b *telemetry.Batch, h blockcodec.Header,
	elsewhere telemetry.Stamp) *telemetry.Batch {
	if len(b.Sources) == 0 {
		return b
	}
	lean := *b
	lean.Sources = nil
	for _, d := range b.Sources {
		labels := hashLabels(d.Labels)
		k, again := st.known[d.Source]
		if again && !d.Replace && k.labels == labels && k.holds(h, elsewhere) {
			continue
		}
		delete(st.known, d.Source)
		if !d.Replace && len(st.known) < maxKnown {
			st.known[d.Source] = described{labels: labels, in: h.At.Number, stamp: h.Stamp}
		}
		lean.Sources = append(lean.Sources, d)
	}
	return &lean
}

// forget takes back what withoutKnown noted of a batch that did not fit into its block.
func (st *outbound) forget(b *telemetry.Batch) {
	if planted.On(planted.LabelsOfUnfit) {
		return
	}
	for _, d := range b.Sources {
		delete(st.known, d.Source)
	}
}
