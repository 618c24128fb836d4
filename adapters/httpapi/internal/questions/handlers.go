// Package questions is the operations that read: readings, aggregates, last readings, series and sources.
package questions

import (
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/service"
)

// Handlers answer questions.
type Handlers struct {
	Query     service.Query
	Clock     params.Clock // a span without an end ends now
	CursorKey []byte       // signs cursors
}
