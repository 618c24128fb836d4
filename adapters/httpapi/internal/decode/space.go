package decode

import (
	"tidemark/adapters/httpapi/internal/body"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// Space is what decoding a request takes; requests take turns with it, and its decoders remember names.
type Space struct {
	Batch telemetry.Batch // what was decoded
	lines lineprotocol.Decoder
	json  jsonreadings.Decoder
	csv   csvreadings.Decoder
}

func (s *Space) decode(kind body.Kind, o readings.Options, text []byte) (readings.Result, error) {
	switch kind {
	case body.Lines:
		s.lines.Options = o
		return s.lines.Decode(text, &s.Batch)
	case body.CSV:
		s.csv.Options = o
		return s.csv.Decode(text, &s.Batch)
	case body.NDJSON:
		s.json.Options = o
		return s.json.DecodeLines(text, &s.Batch)
	}
	s.json.Options = o
	return s.json.Decode(text, &s.Batch)
}
