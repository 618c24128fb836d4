package tables

import (
	"bytes"
	"net/http"
	"net/url"
	"time"

	"tidemark/simulator/inject"
)

// Forward is the request to send to Azurite: method, path and query as they came (they are signed), the stamp put
// into every entity, an IfMatch that names the row's stamp replaced by Azurite's own ETag, one that does not by an
// ETag that no row has, so that Azurite itself answers (412, or 403 if the signature is wrong). base is the Azurite's
// address without account. matches has an entry for every index of NeedsMatch. With a zero stamp entities and
// conditions stay as they are.
func (q *Request) Forward(base string, stamp time.Time, matches map[int]Match) (*http.Request, error) {
	body := q.body
	header := q.forwardHeader()
	q.stamp = stamp
	switch {
	case q.batch:
		body = q.composeBatch(stamp, matches)
	case len(q.Ops) == 1:
		body = q.sent[0].entity.Stamped(stamp)
		q.sent[0].wire = body
		if len(header.Values("If-Match")) > 0 {
			header.Set("If-Match", q.ifMatch(0, stamp, matches))
		}
	}
	return q.request(base, q.query, header, body)
}

// ForwardRead is the request of a read to send to Azurite: $select gets the carrier, comparisons of Timestamp in
// $filter become comparisons of the carrier. secondary paths stay as they are: the other Azurite takes them.
func (q *Request) ForwardRead(base string) (*http.Request, error) {
	if q.batch {
		return q.request(base, q.query, q.forwardHeader(), q.composeBatch(time.Time{}, nil))
	}
	query := takeTokens(q.query)
	if !q.Plain && (q.Kind == inject.GetEntity || q.Kind == inject.QueryEntities) {
		query = carryQuery(query)
	}
	if q.page.cuts() {
		q.page = page{kind: q.page.kind, most: q.page.most} // it may be asked for again
		query = q.page.selectKeys(query)
	}
	return q.request(base, query, q.forwardHeader(), nil)
}

// request builds the call. The path goes out byte for byte as it came in.
func (q *Request) request(base, query string, header http.Header, body []byte) (*http.Request, error) {
	to, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(q.ctx, q.method, base, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header = header
	out.URL = &url.URL{Scheme: to.Scheme, Host: to.Host, RawQuery: query}
	if out.URL.Path, err = url.PathUnescape(q.path); err != nil {
		return nil, err
	}
	if out.URL.RawPath = q.path; out.URL.EscapedPath() != q.path {
		out.URL.Opaque = q.path
	}
	if isPlainHost(q.host) {
		out.Host = q.host // Azurite makes odata.id, Location and so on of it
	}
	return out, nil
}

// forwardHeader is the client's header without what is between two hops. Content-MD5 stays: SharedKey signs it,
// Azurite does not check it.
func (q *Request) forwardHeader() http.Header {
	h := q.header.Clone()
	dropHops(h)
	h.Del("Expect")
	h.Del("Content-Length")
	return h
}
