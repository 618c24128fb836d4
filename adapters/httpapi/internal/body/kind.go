package body

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
)

// Kind is a media type of bodies of readings.
type Kind string

const (
	JSON   Kind = "application/json"
	NDJSON Kind = "application/x-ndjson"
	CSV    Kind = "text/csv"
	Lines  Kind = "text/plain" // line protocol, which has paths of its own
)

// KindOf is the kind of a body of readings, as Content-Type says; 415 for another.
func KindOf(h http.Header) (Kind, error) {
	given := h.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(given)
	if cs := strings.ToLower(params["charset"]); err == nil && (cs == "" || cs == "utf-8" || cs == "us-ascii") {
		switch kind {
		case "application/json", "text/json":
			return JSON, nil
		case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
			return NDJSON, nil
		case "text/csv", "application/csv":
			return CSV, nil
		}
	}
	return "", problem.Unsupported(fmt.Sprintf("Content-Type is %.60q: send application/json, application/x-ndjson or "+
		"text/csv, in UTF-8; line protocol goes to /api/v2/write", given))
}
