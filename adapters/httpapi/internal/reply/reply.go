// Package reply is a good answer on its way out: in the form that the client accepts, with an entity tag and what
// the answer vouches for.
package reply

import (
	"net/http"
	"strconv"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/claim"
	"tidemark/domain/readpath"
)

// Reply is a good answer.
type Reply struct {
	Status      int // default 200
	ContentType string
	Body        []byte
	Header      http.Header
	conditional bool            // carries an ETag and may be 304
	pooled      *[]byte         // the buffer that the body lies in, given back once sent
	claim       *readpath.Claim // of reads
}

// Pooled begins the answer to a read that may be large: its body is appended to Body, which is empty, in a buffer that
// Send gives back.
func Pooled(contentType string, claim *readpath.Claim) *Reply {
	b := takeBuffer()
	return &Reply{ContentType: contentType, Body: *b, conditional: true, pooled: b, claim: claim}
}

// Send writes the answer.
func (r *Reply) Send(c *call.Call) {
	h := c.Response.Header()
	for name, values := range r.Header {
		h[name] = values
	}
	if r.claim != nil {
		claim.Set(h, *r.claim)
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	if r.conditional {
		tag := etag(r.Body)
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		h.Add("Vary", "Accept, Authorization")
		if matches(c.Request.Header.Values("If-None-Match"), tag) {
			status = http.StatusNotModified
		}
	}
	if status == http.StatusNotModified || status == http.StatusNoContent {
		c.Response.WriteHeader(status)
	} else {
		h.Set("Content-Type", r.ContentType)
		h.Set("Content-Length", strconv.Itoa(len(r.Body)))
		c.Response.WriteHeader(status)
		_, _ = c.Response.Write(r.Body) // who does not read on has gone
	}
	if r.pooled != nil {
		*r.pooled = r.Body
		giveBuffer(r.pooled)
	}
}
