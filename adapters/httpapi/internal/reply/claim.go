package reply

import (
	"net/http"
	"time"

	"tidemark/domain/readpath"

	"github.com/danielgtaylor/huma/v2"
)

// claimHeaders says what an answer vouches for.
func claimHeaders(h http.Header, of *readpath.Claim) {
	h.Set("Tidemark-As-Of", of.AsOf.UTC().Format(time.RFC3339Nano))
	if !of.AsOfOne.IsZero() {
		h.Set("Tidemark-As-Of-One", of.AsOfOne.UTC().Format(time.RFC3339Nano))
	}
	h.Set("Tidemark-Mode", of.Mode)
	h.Set("Tidemark-Region", of.Region)
	if of.Secondary {
		h.Set("Tidemark-Rows", "secondary")
	}
}

// ClaimParams describes the headers of reads.
func ClaimParams(paged bool) map[string]*huma.Param {
	m := map[string]*huma.Param{
		"ETag": HeaderParam("A hash of the body, the same in every region: send it back as If-None-Match."),
		"Tidemark-As-Of": HeaderParam("Every reading acknowledged \"both\" before this time is in the answer; " +
			"with one journal the same as Tidemark-As-Of-One."),
		"Tidemark-As-Of-One": HeaderParam("Every reading acknowledged \"one\" before this time is in the answer."),
		"Tidemark-Mode":      HeaderParam("normal: the journal was within reach. There is no answer without it."),
		"Tidemark-Region":    HeaderParam("Where it was read."),
		"Tidemark-Rows": HeaderParam("secondary: the storage account's primary endpoint is away, and rows were read " +
			"from its copy in the other region. It changes nothing of what the answer vouches for. Absent otherwise."),
	}
	if paged {
		m["Link"] = HeaderParam("The next page, rel=\"next\"; absent on the last.")
	}
	return m
}

// HeaderParam describes a header of an answer.
func HeaderParam(description string) *huma.Param {
	return &huma.Param{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
}
