// Package claim is how an answer says what it vouches for: headers, of what was found and of what is not there.
package claim

import (
	"net/http"
	"time"

	"tidemark/domain/readpath"
)

// Set puts a claim into headers.
func Set(h http.Header, of readpath.Claim) {
	h.Set("Tidemark-As-Of", of.AsOf.UTC().Format(time.RFC3339Nano))
	if !of.AsOfOne.IsZero() {
		h.Set("Tidemark-As-Of-One", of.AsOfOne.UTC().Format(time.RFC3339Nano))
	}
	h.Set("Tidemark-Mode", of.Mode)
	if of.Region != "" {
		h.Set("Tidemark-Region", of.Region)
	}
	if of.Secondary {
		h.Set("Tidemark-Rows", "secondary")
	}
}
