package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/query"
)

// reply is a good answer.
type reply struct {
	status      int // default 200
	contentType string
	body        []byte
	header      http.Header
	conditional bool         // carries an ETag and may be 304
	pooled      *[]byte      // the buffer that body lies in, given back once sent
	claim       *query.Claim // of reads
}

// send writes the answer.
func (r *reply) send(c *call) {
	h := c.w.Header()
	for name, values := range r.header {
		h[name] = values
	}
	if r.claim != nil {
		r.claimHeaders(h)
	}
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	if r.conditional {
		tag := etag(r.body)
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, no-cache")
		h.Add("Vary", "Accept, Authorization")
		if matches(c.r.Header.Values("If-None-Match"), tag) {
			status = http.StatusNotModified
		}
	}
	if status == http.StatusNotModified || status == http.StatusNoContent {
		c.w.WriteHeader(status)
	} else {
		h.Set("Content-Type", r.contentType)
		h.Set("Content-Length", strconv.Itoa(len(r.body)))
		c.w.WriteHeader(status)
		_, _ = c.w.Write(r.body) // who does not read on has gone
	}
	if r.pooled != nil {
		*r.pooled = r.body
		giveBuffer(r.pooled)
	}
}

func (r *reply) claimHeaders(h http.Header) {
	h.Set("Tidemark-As-Of", r.claim.AsOf.UTC().Format(time.RFC3339Nano))
	h.Set("Tidemark-As-Of-One", r.claim.AsOfOne.UTC().Format(time.RFC3339Nano))
	h.Set("Tidemark-Mode", r.claim.Mode)
	h.Set("Tidemark-Region", r.claim.Region)
}

// claimParams describes the headers of reads.
func claimParams(paged bool) map[string]*huma.Param {
	m := map[string]*huma.Param{
		"ETag": headerParam("A hash of the body, the same in every region: send it back as If-None-Match."),
		"Tidemark-As-Of": headerParam("Every reading acknowledged \"both\" before this time is in the answer; " +
			"with one journal the same as Tidemark-As-Of-One."),
		"Tidemark-As-Of-One": headerParam("Every reading acknowledged \"one\" before this time is in the answer."),
		"Tidemark-Mode":      headerParam("normal: the journal was within reach. There is no answer without it."),
		"Tidemark-Region":    headerParam("Where it was read."),
	}
	if paged {
		m["Link"] = headerParam("The next page, rel=\"next\"; absent on the last.")
	}
	return m
}

// etag is a strong entity tag: 128 bits of the body's SHA-256.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// matches compares as If-None-Match does (RFC 9110, 13.1.2: weakly).
func matches(lines []string, tag string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// jsonReply encodes a value that is small.
func jsonReply(v any) (*reply, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.Wrap(fault.Internal, "httpapi.encode", err)
	}
	return &reply{contentType: typeJSON, body: b.Bytes()}, nil
}

// readReply is jsonReply for a read.
func readReply(v any, claim query.Claim) (*reply, error) {
	r, err := jsonReply(v)
	if err != nil {
		return nil, err
	}
	r.conditional, r.claim = true, &claim
	return r, nil
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer bounds the memory a pooled buffer keeps.
const keptBuffer = 8 << 20

func takeBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

func giveBuffer(b *[]byte) {
	if cap(*b) <= keptBuffer {
		buffers.Put(b)
	}
}

// negotiate picks the form of the answer: the one that Accept weighs most, the first of equals; without Accept the
// first.
func negotiate(h http.Header, forms []string) (string, error) {
	lines := h.Values("Accept")
	if len(forms) == 0 {
		return "", nil
	}
	if len(lines) == 0 {
		return forms[0], nil
	}
	best, most := "", 0.0
	for _, f := range forms {
		if q := weight(lines, f); q > most {
			best, most = f, q
		}
	}
	if best != "" {
		return best, nil
	}
	names := slices.Clone(forms)
	for i, f := range names {
		names[i], _, _ = strings.Cut(f, ";")
	}
	return "", newProblem(http.StatusNotAcceptable, "not-acceptable", "The form of the answer is not had", "there is "+
		strings.Join(names, " and ")+": ask for that in Accept")
}

// weight is the q of a form by the most specific range that covers it (RFC 9110, 12.5.1).
func weight(lines []string, form string) float64 {
	form, _, _ = strings.Cut(form, ";")
	kind, _, _ := strings.Cut(form, "/")
	q, specific := 0.0, 0
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(one, ";")
			s := 0
			switch strings.ToLower(strings.TrimSpace(name)) {
			case form:
				s = 3
			case kind + "/*":
				s = 2
			case "*/*":
				s = 1
			}
			if s > specific {
				q, specific = quality(params), s
			}
		}
	}
	return q
}

func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			if q, err := strconv.ParseFloat(v, 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
			return 0
		}
	}
	return 1
}
