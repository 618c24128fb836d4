package questions

import (
	"encoding/binary"

	"tidemark/adapters/httpapi/internal/paging"
	"tidemark/domain/telemetry"
)

// seriesPayload and openSeries are the payload of lists of series.
func seriesPayload(s telemetry.Series) []byte {
	b := binary.AppendUvarint(nil, uint64(len(s.Source)))
	b = append(b, s.Source...)
	return append(b, s.Metric...)
}

func openSeries(b []byte) (telemetry.Series, error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return telemetry.Series{}, paging.BadCursor()
	}
	b = b[used:]
	return telemetry.Series{Source: telemetry.Source(b[:n]), Metric: telemetry.Metric(b[n:])}, nil
}

// spanPayload and openSpan are the payload of readings: the resolved span, so that "now" stays what it was, and the
// time to go on after.
func spanPayload(from, to, after int64) []byte {
	b := make([]byte, 0, 24)
	for _, v := range [3]int64{from, to, after} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func openSpan(b []byte) (from, to, after int64, err error) {
	if len(b) != 24 {
		return 0, 0, 0, paging.BadCursor()
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[8*i:])) }
	return at(0), at(1), at(2), nil
}
