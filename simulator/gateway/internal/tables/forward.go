package tables

import (
	"bytes"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tidemark/simulator/inject"
)

// Forward is the request to send to Azurite: method, path and query as they came (they are signed), the stamp put into every entity, an
// IfMatch that names the row's stamp replaced by Azurite's own ETag, one that does not by an ETag that no row has, so that Azurite itself answers (412, or
// 403 if the signature is wrong). base is the Azurite's address without account. matches has an entry for every index of NeedsMatch. With a
// zero stamp entities and conditions stay as they are.
func (q *Request) Forward(base string, stamp time.Time, matches map[int]Match) (*http.Request, error) {
	body := q.body
	header := q.forwardHeader()
	q.stamp = stamp
	switch {
	case q.batch:
		body = q.composeBatch(stamp, matches)
	case len(q.Ops) == 1:
		body = q.sent[0].entity.stamped(stamp)
		q.sent[0].wire = body
		if len(header.Values("If-Match")) > 0 {
			header.Set("If-Match", q.ifMatch(0, stamp, matches))
		}
	}
	return q.request(base, q.query, header, body)
}

// ForwardRead is the request of a read to send to Azurite: $select gets the carrier, comparisons of Timestamp in $filter become
// comparisons of the carrier. secondary paths stay as they are: the other Azurite takes them.
func (q *Request) ForwardRead(base string) (*http.Request, error) {
	if q.batch {
		return q.request(base, q.query, q.forwardHeader(), q.composeBatch(time.Time{}, nil))
	}
	query := q.query
	if !q.Plain && (q.Kind == inject.GetEntity || q.Kind == inject.QueryEntities) {
		query = carryQuery(query)
	}
	return q.request(base, query, q.forwardHeader(), nil)
}

// request builds the call. The path goes out byte for byte as it came in.
func (q *Request) request(base, query string, header http.Header, body []byte) (*http.Request, error) {
	to, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(q.ctx, q.method, base, nil)
	if err != nil {
		return nil, err
	}
	if body != nil {
		setBody(out, body)
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

func setBody(r *http.Request, body []byte) {
	fresh, _ := http.NewRequest(r.Method, "http://localhost/", bytes.NewReader(body)) // only to get Body, GetBody and ContentLength
	r.Body, r.GetBody, r.ContentLength = fresh.Body, fresh.GetBody, fresh.ContentLength
}

// forwardHeader is the client's header without what is between two hops. Content-MD5 stays: SharedKey signs it, Azurite does not check it.
func (q *Request) forwardHeader() http.Header {
	h := q.header.Clone()
	dropHops(h)
	h.Del("Expect")
	h.Del("Content-Length")
	return h
}

// dropHops takes away the headers that are of one connection.
func dropHops(h http.Header) {
	for _, names := range h.Values("Connection") {
		for name := range strings.SplitSeq(names, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		h.Del(name)
	}
}

// isPlainHost says that Azurite does not take the host's first label for an account ("production-style URL").
func isPlainHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return name != "" && (net.ParseIP(name) != nil || !strings.Contains(name, "."))
}

// ifMatch is the condition for Azurite.
func (q *Request) ifMatch(i int, stamp time.Time, matches map[int]Match) string {
	sent := q.Ops[i].IfMatch
	at, ok := ParseETag(sent)
	if !ok || stamp.IsZero() {
		return sent
	}
	switch m := matches[i]; {
	case !m.Found:
		return deadETag
	case m.Stamp.IsZero():
		return sent // a row from before the account was here: it goes by Azurite's ETag
	case m.Stamp.Equal(at):
		return m.Native
	}
	return deadETag
}

// stamped is the body with the carrier as its first property.
func (e *entity) stamped(stamp time.Time) []byte {
	if e.body == nil || stamp.IsZero() {
		return e.body
	}
	b := appendCarrier(append(make([]byte, 0, len(e.body)+carrierSize), '{'), stamp)
	if !e.empty {
		b = append(b, ',')
	}
	return append(b, e.rest()...)
}

// rest is the body behind its opening brace.
func (e *entity) rest() []byte {
	if e.body == nil {
		return []byte("}")
	}
	return e.body[e.inside:]
}

// carrierSize is the length of the carrier with its comma.
const carrierSize = len(`"`+Carrier+`":"",`) + len(stampLayout)

func appendCarrier(b []byte, stamp time.Time) []byte {
	b = append(b, `"`+Carrier+`":"`...)
	return append(stamp.UTC().AppendFormat(b, stampLayout), '"')
}

var azuriteBoundary = regexp.MustCompile(`^batch_[\w-]+$`)

// composeBatch writes the batch anew, as Azurite reads it: its patterns want boundaries that begin with batch_ and one line for an entity,
// absolute addresses of /account/table, MERGE as a verb, header values without spaces.
func (q *Request) composeBatch(stamp time.Time, matches map[int]Match) []byte {
	boundary := q.boundary
	if !azuriteBoundary.MatchString(boundary) {
		boundary = "batch_tidemark"
	}
	size := 256
	for i := range q.sent {
		size += 360 + len(q.sent[i].entity.body) + carrierSize
	}
	c := composer{b: make([]byte, 0, size), host: q.host, account: q.Account, table: q.Table}
	if !isPlainHost(c.host) || !strings.ContainsAny(c.host, ".:") {
		c.host = "127.0.0.1" // a host without dot or colon would look like the account
	}
	if !q.Write {
		c.query(boundary, q.Partition, string(q.body), q.sent[0].accept)
		return c.b
	}
	c.open(boundary)
	for i := range q.Ops {
		op, s := &q.Ops[i], &q.sent[i]
		condition := q.ifMatch(i, stamp, matches)
		c.operation(s.verb, op, condition, s, stamp)
	}
	return c.close(boundary)
}

// composer writes a batch for Azurite.
type composer struct {
	b                    []byte
	host, account, table string
}

const changeSet = "changeset_tidemark"

func (c *composer) add(texts ...string) {
	for _, t := range texts {
		c.b = append(c.b, t...)
	}
}

func (c *composer) open(boundary string) {
	c.add("--", boundary, "\r\nContent-Type: multipart/mixed; boundary="+changeSet+"\r\n\r\n")
}

func (c *composer) close(boundary string) []byte {
	c.add("--"+changeSet+"--\r\n--", boundary, "--\r\n")
	return c.b
}

// query is a batch of one read.
func (c *composer) query(boundary, pk, rk, accept string) {
	c.add("--", boundary, "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ")
	c.address(pk, rk)
	c.add(" HTTP/1.1\r\nAccept: ", acceptOf(accept), "\r\n\r\n--", boundary, "--\r\n")
}

// acceptOf is one of the three forms, without spaces; the service's own default where none is named.
func acceptOf(accept string) string {
	for _, level := range []string{"nometadata", "minimalmetadata", "fullmetadata"} {
		if strings.Contains(accept, level) {
			return "application/json;odata=" + level
		}
	}
	return "application/json;odata=minimalmetadata"
}

// address is of a row.
func (c *composer) address(pk, rk string) {
	c.add("http://", c.host, "/", c.account, "/", c.table, "(PartitionKey='", escapeKey(pk), "',RowKey='", escapeKey(rk), "')")
}

// escapeKey is a key as it is in an address: quotes doubled, everything that could end it percent-encoded.
func escapeKey(key string) string {
	return strings.ReplaceAll(url.QueryEscape(double(key)), "+", "%20")
}

// addressable says that Azurite finds the keys in an address of a batch. Its patterns are (?<=PartitionKey=')(.*)(?=',) and
// (?<=RowKey=')(.+)(?='\)) on the decoded address (TableBatchOrchestrator): greedy, so a comma behind a quote ends the wrong key, and a dot is no
// line separator.
func addressable(pk, rk string) bool {
	return pk != "" && rk != "" && rk[0] != ',' && !strings.ContainsAny(pk+rk, "'\u2028\u2029")
}

// operation writes one operation. Where the keys cannot be in the address they are in the body: Azurite looks there when the address has none,
// for a delete too.
func (c *composer) operation(verb string, op *Op, condition string, s *sent, stamp time.Time) {
	c.add("--"+changeSet+"\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n", verb, " ")
	inBody := false
	switch {
	case op.Kind == inject.Insert:
		c.add("http://", c.host, "/", c.account, "/", c.table)
	case !addressable(op.PartitionKey, op.RowKey):
		inBody = true
		c.add("http://", c.host, "/", c.account, "/", c.table, "()")
	default:
		c.address(op.PartitionKey, op.RowKey)
	}
	c.add(" HTTP/1.1\r\nAccept: ", acceptOf(s.accept), "\r\nContent-Type: application/json\r\n")
	if condition != "" {
		c.add("If-Match: ", strings.ReplaceAll(condition, " ", ""), "\r\n")
	}
	if s.prefer != "" {
		c.add("Prefer: ", s.prefer, "\r\n")
	}
	c.add("\r\n")
	c.body(op, s, inBody, stamp)
	c.add("\r\n")
}

// appendLine adds the body behind its opening brace, on one line: Azurite's pattern for an entity ends at what JavaScript takes for a line end.
func appendLine(b []byte, e *entity) []byte {
	from, rest := len(b), e.rest()
	if e.wide && bytes.Contains(rest, []byte("\u2028"[:2])) {
		rest = bytes.ReplaceAll(rest, []byte("\u2028"), []byte(`\u2028`))
		rest = bytes.ReplaceAll(rest, []byte("\u2029"), []byte(`\u2029`))
	}
	if b = append(b, rest...); e.lines {
		for i, ch := range b[from:] {
			if ch == '\n' || ch == '\r' {
				b[from+i] = ' ' // between properties: the scan refused it within strings
			}
		}
	}
	return b
}

// body writes the entity on one line, with the carrier and, where asked, the keys before what was sent.
func (c *composer) body(op *Op, s *sent, keys bool, stamp time.Time) {
	e := &s.entity
	if e.body == nil && !keys {
		return
	}
	from := len(c.b)
	c.add("{")
	if keys && !e.hasPK {
		c.add(`"PartitionKey":`, string(quote(op.PartitionKey)), ",")
	}
	if keys && !e.hasRK {
		c.add(`"RowKey":`, string(quote(op.RowKey)), ",")
	}
	if e.body != nil && !stamp.IsZero() {
		c.b = append(appendCarrier(c.b, stamp), ',')
	}
	if c.b[len(c.b)-1] == ',' && (e.empty || e.body == nil) {
		c.b = c.b[:len(c.b)-1]
	}
	c.b = appendLine(c.b, e)
	s.wire = c.b[from:len(c.b):len(c.b)]
}
