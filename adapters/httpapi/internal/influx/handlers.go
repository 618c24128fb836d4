// Package influx serves clients of InfluxDB: line protocol on the paths of its versions 1 and 2, and /ping.
package influx

import (
	"tidemark/adapters/httpapi/internal/decode"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/service"
)

// Handlers serve clients of InfluxDB.
type Handlers struct {
	Ingest  service.Ingest
	Decoder *decode.Decoder
	Clock   params.Clock // a line without a time was measured now
	Version string       // of the program, for /ping

	SourceTags []string // that a request is decoded with unless it names its own
	LabelTags  []string

	skips skipLog
}
