package ingest

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

func (s *core) newOutbound(id, continues telemetry.Stream) *outbound {
	return &outbound{id: id, continues: continues, sending: stream.NewSending(stream.Leg(len(s.sites.All))),
		flights: map[telemetry.Number]*flight{}, known: map[telemetry.Source]described{}}
}

// header is the next block's.
func (st *outbound) header(stamp telemetry.Stamp) blockcodec.Header {
	h := blockcodec.Header{At: telemetry.Position{Stream: st.id, Number: st.sending.Next()}, Stamp: stamp,
		Acked: st.sending.Durable()}
	if h.Acked > 0 {
		h.AckedAs = telemetry.DurableOne
	}
	if st.sending.Legs() > 1 {
		h.Whole = st.sending.Whole()
	}
	return h
}

// said is the number of the last block whose labels every journal has, as of the header of the next block.
func (st *outbound) said(h blockcodec.Header) telemetry.Number {
	if st.sending.Legs() > 1 {
		return h.Whole
	}
	return h.Acked
}

// add gives the next number to a block.
func (st *outbound) add(f *flight, now time.Time) {
	st.flights[st.sending.Close(f.hurries())] = f
	st.used = now
}

// maxKnown bounds the memory of what was described; beyond it descriptions are simply repeated.
const maxKnown = 100_000

// withoutKnown is the batch, on its way into the block of a header, without the labels that this block, or one of the
// stream that is acknowledged and in every journal, carries already, and nobody may have changed since: not for long,
// and never past a stamp that came from elsewhere. One that is still under way may never land, or be sent again too
// late, and of two journals each is read alone: its labels are repeated.
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
		if again && !d.Replace && k.labels == labels && k.holds(h.At.Number, st.said(h), h.Stamp, elsewhere) {
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
