// Package paging continues lists. A cursor says where the next page begins; it is signed, and good for the same
// tenant, operation and parameters only.
package paging

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/http"
	"net/url"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// A cursor is base64url of
//
//	version (1) | query (8 bytes) | payload | HMAC-SHA256
//
// where query is the beginning of a hash of the operation's parameters and the signature covers tenant and operation
// too. The payload names the key to go on from.
const (
	cursorVersion = 1
	queryBytes    = 8
	// MaxCursorBytes bounds a cursor as text: two names of telemetry.MaxNameUnits have up to 3 KiB of UTF-8, and
	// base64 makes 4 KiB of it.
	MaxCursorBytes = 8192
)

// Pager is what binds a cursor: whose request it is, which operation, and which parameters.
type Pager struct {
	key    []byte
	tenant telemetry.Tenant
	op     string
	path   string
	query  url.Values // without cursor and limit
	hash   [queryBytes]byte
}

// New is the pager of a call of an operation. key signs its cursors.
func New(c *call.Call, key []byte, op string) Pager {
	q := maps.Clone(c.Query)
	if q == nil {
		q = url.Values{}
	}
	q.Del("cursor")
	limit := q.Get("limit")
	q.Del("limit")
	p := Pager{key: key, tenant: c.Principal.Tenant, op: op, path: c.Request.URL.EscapedPath(), query: q}
	sum := sha256.Sum256([]byte(q.Encode()))
	copy(p.hash[:], sum[:])
	if limit != "" {
		q.Set("limit", limit)
	}
	return p
}

func (p *Pager) sign(body []byte) []byte {
	m := hmac.New(sha256.New, p.key)
	var n [8]byte
	for _, s := range []string{string(p.tenant), p.op} {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		m.Write(n[:])
		m.Write([]byte(s))
	}
	m.Write(body)
	return m.Sum(nil)
}

// Cursor makes the cursor of a payload.
func (p *Pager) Cursor(payload []byte) string {
	body := append([]byte{cursorVersion}, p.hash[:]...)
	body = append(body, payload...)
	return base64.RawURLEncoding.EncodeToString(append(body, p.sign(body)...))
}

// Payload opens a cursor; fault.Invalid for one that is none, or belongs elsewhere.
func (p *Pager) Payload(cursor string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < 1+queryBytes+sha256.Size {
		return nil, BadCursor()
	}
	body, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, p.sign(body)) || body[0] != cursorVersion {
		return nil, BadCursor()
	}
	if [queryBytes]byte(body[1:]) != p.hash {
		return nil, fault.New(fault.Invalid, "httpapi.cursor",
			"the cursor belongs to another query: send it with the parameters of the first page (only limit may "+
				"differ), or begin again without it")
	}
	return body[1+queryBytes:], nil
}

// BadCursor refuses what is no cursor of the operation.
func BadCursor() error {
	return fault.New(fault.Invalid, "httpapi.cursor", "the cursor is none that this operation gave: begin again "+
		"without it")
}

// Link is the header of a next page.
func (p *Pager) Link(cursor string) http.Header {
	q := url.Values{}
	for name, values := range p.query {
		q[name] = values
	}
	q.Set("cursor", cursor)
	return http.Header{"Link": {"<" + p.path + "?" + q.Encode() + `>; rel="next"`}}
}

// Paged adds the link to the next page, if there is one.
func (p *Pager) Paged(r *reply.Reply, next string) *reply.Reply {
	if next != "" {
		r.Header = p.Link(next)
	}
	return r
}
