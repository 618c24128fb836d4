// Package writes is the operations that store: readings as JSON, NDJSON or CSV, deletions, and labels of sources.
package writes

import (
	"tidemark/adapters/httpapi/internal/decode"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/service"
	"tidemark/domain/intake"
)

// Handlers store what requests bring.
type Handlers struct {
	Ingest  service.Ingest
	Query   service.Query // what there is to delete
	Decoder *decode.Decoder
	Memory  *intake.Budget // of all bodies
	Clock   params.Clock   // a span without an end ends now
}
