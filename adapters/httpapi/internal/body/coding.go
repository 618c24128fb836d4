package body

import (
	"fmt"
	"net/http"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
)

// ZstdWindow bounds the memory that a zstd frame may ask for.
const ZstdWindow = 8 << 20

// Bounds are those of a body: bytes as sent, and after decompression.
type Bounds struct{ Sent, Decoded int }

// coding is how a body is compressed.
type coding uint8

const (
	identity coding = iota
	gzipped
	zstdCoded
)

// codingOf is the coding of a request's body; the error is 415 for one that is unknown.
func codingOf(h http.Header) (coding, error) {
	given := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ",")))
	switch given {
	case "", "identity":
		return identity, nil
	case "gzip", "x-gzip":
		return gzipped, nil
	case "zstd":
		return zstdCoded, nil
	}
	return 0, problem.Unsupported(fmt.Sprintf("the coding %.40q is unknown: compress the body once, with gzip or "+
		"zstd, or not at all", given))
}
