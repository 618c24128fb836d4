package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/http"
	"net/url"

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

// paging is what binds a cursor: whose request it is, which operation, and which parameters.
type paging struct {
	key    []byte
	tenant telemetry.Tenant
	op     string
	path   string
	query  url.Values // without cursor and limit
	hash   [queryBytes]byte
}

func (a *API) paging(c *call, op string) paging {
	q := maps.Clone(c.query)
	if q == nil {
		q = url.Values{}
	}
	q.Del("cursor")
	limit := q.Get("limit")
	q.Del("limit")
	p := paging{key: a.deps.CursorKey, tenant: c.tenant, op: op, path: c.r.URL.EscapedPath(), query: q}
	sum := sha256.Sum256([]byte(q.Encode()))
	copy(p.hash[:], sum[:])
	if limit != "" {
		q.Set("limit", limit)
	}
	return p
}

func (p *paging) sign(body []byte) []byte {
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

// cursor makes the cursor of a payload.
func (p *paging) cursor(payload []byte) string {
	body := append([]byte{cursorVersion}, p.hash[:]...)
	body = append(body, payload...)
	return base64.RawURLEncoding.EncodeToString(append(body, p.sign(body)...))
}

// payload opens a cursor; fault.Invalid for one that is none, or belongs elsewhere.
func (p *paging) payload(cursor string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < 1+queryBytes+sha256.Size {
		return nil, errCursor()
	}
	body, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(mac, p.sign(body)) || body[0] != cursorVersion {
		return nil, errCursor()
	}
	if [queryBytes]byte(body[1:]) != p.hash {
		return nil, fault.New(fault.Invalid, "httpapi.cursor",
			"the cursor belongs to another query: send it with the parameters of the first page (only limit may "+
				"differ), or begin again without it")
	}
	return body[1+queryBytes:], nil
}

func errCursor() error {
	return fault.New(fault.Invalid, "httpapi.cursor", "the cursor is none that this operation gave: begin again "+
		"without it")
}

// link is the header of a next page.
func (p *paging) link(cursor string) http.Header {
	q := url.Values{}
	for name, values := range p.query {
		q[name] = values
	}
	q.Set("cursor", cursor)
	return http.Header{"Link": {"<" + p.path + "?" + q.Encode() + `>; rel="next"`}}
}

// seriesPayload and openSeries are the payload of lists of series.
func seriesPayload(s telemetry.Series) []byte {
	b := binary.AppendUvarint(nil, uint64(len(s.Source)))
	b = append(b, s.Source...)
	return append(b, s.Metric...)
}

func openSeries(b []byte) (telemetry.Series, error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return telemetry.Series{}, errCursor()
	}
	b = b[used:]
	return telemetry.Series{Source: telemetry.Source(b[:n]), Metric: telemetry.Metric(b[n:])}, nil
}

// spanPayload and openSpan are the payload of readings: the resolved span, so that "now" stays what it was, and the
// time to go on after.
func spanPayload(from, to, after int64) []byte {
	b := make([]byte, 0, 24)
	for _, v := range [3]int64{from, to, after} {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func openSpan(b []byte) (from, to, after int64, err error) {
	if len(b) != 24 {
		return 0, 0, 0, errCursor()
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[8*i:])) }
	return at(0), at(1), at(2), nil
}
