package tables

import (
	"bytes"
	"cmp"
	"net/url"
	"regexp"
	"strings"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

var azuriteBoundary = regexp.MustCompile(`^batch_[\w-]+$`)

// composeBatch writes the batch anew, as Azurite reads it: its patterns want boundaries that begin with batch_ and
// one line for an entity, absolute addresses of /account/table, MERGE as a verb, header values without spaces.
func (q *Request) composeBatch(stamp time.Time, matches map[int]Match) []byte {
	boundary := q.boundary
	if !azuriteBoundary.MatchString(boundary) {
		boundary = "batch_tidemark"
	}
	size := 256
	for i := range q.sent {
		size += 360 + len(q.sent[i].entity.Body) + odata.CarrierSize
	}
	c := composer{b: make([]byte, 0, size), host: q.host, account: q.Account, table: q.Table}
	if !isPlainHost(c.host) || !strings.ContainsAny(c.host, ".:") {
		c.host = "127.0.0.1" // a host without dot or colon would look like the account
	}
	if !stamp.IsZero() {
		c.carrier = append(odata.AppendCarrier(nil, stamp), ',')
	}
	if !q.Write {
		c.query(boundary, q.Partition, q.row, q.sent[0].accept)
		return c.b
	}
	c.open(boundary)
	for i := range q.Ops {
		op, s := &q.Ops[i], &q.sent[i]
		condition := q.ifMatch(i, stamp, matches)
		c.operation(s.verb, op, condition, s)
	}
	return c.close(boundary)
}

// composer writes a batch for Azurite.
type composer struct {
	b                    []byte
	host, account, table string
	carrier              []byte // with a comma; none without a stamp
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
	c.add(" HTTP/1.1\r\nAccept: ", cmp.Or(accept, odata.MinimalMetadata), "\r\n\r\n--", boundary, "--\r\n")
}

// address is of a row.
func (c *composer) address(pk, rk string) {
	c.add("http://", c.host, "/", c.account, "/", c.table, "(PartitionKey='", escapeKey(pk), "',RowKey='",
		escapeKey(rk), "')")
}

// escapeKey is a key as it is in an address: quotes doubled, everything that could end it percent-encoded.
func escapeKey(key string) string {
	return strings.ReplaceAll(url.QueryEscape(odata.DoubleQuotes(key)), "+", "%20")
}

// addressable says that Azurite finds the keys in an address of a batch. Its patterns are
// (?<=PartitionKey=')(.*)(?=',) and (?<=RowKey=')(.+)(?='\)) on the decoded address (TableBatchOrchestrator): greedy,
// so a comma behind a quote ends the wrong key, and a dot is no line separator.
func addressable(pk, rk string) bool {
	const odd = "'\u2028\u2029"
	return pk != "" && rk != "" && rk[0] != ',' && !strings.ContainsAny(pk, odd) && !strings.ContainsAny(rk, odd)
}

// operation writes one operation. Where the keys cannot be in the address they are in the body: Azurite looks there
// when the address has none, for a delete too.
func (c *composer) operation(verb string, op *Op, condition string, s *sent) {
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
	c.add(" HTTP/1.1\r\nAccept: ", cmp.Or(s.accept, odata.MinimalMetadata), "\r\nContent-Type: application/json\r\n")
	if condition != "" {
		c.add("If-Match: ", strings.ReplaceAll(condition, " ", ""), "\r\n")
	}
	if s.prefer != "" {
		c.add("Prefer: ", s.prefer, "\r\n")
	}
	c.add("\r\n")
	c.body(op, s, inBody)
	c.add("\r\n")
}

// appendLine adds the body behind its opening brace, on one line: Azurite's pattern for an entity ends at what
// JavaScript takes for a line end.
func appendLine(b []byte, e *odata.Entity) []byte {
	from, rest := len(b), e.Rest()
	if e.Wide && bytes.Contains(rest, []byte("\u2028"[:2])) {
		rest = bytes.ReplaceAll(rest, []byte("\u2028"), []byte(`\u2028`))
		rest = bytes.ReplaceAll(rest, []byte("\u2029"), []byte(`\u2029`))
	}
	if b = append(b, rest...); e.Lines {
		for i, ch := range b[from:] {
			if ch == '\n' || ch == '\r' {
				b[from+i] = ' ' // between properties: the scan refused it within strings
			}
		}
	}
	return b
}

// body writes the entity on one line, with the carrier and, where asked, the keys before what was sent.
func (c *composer) body(op *Op, s *sent, keys bool) {
	e := &s.entity
	if e.Body == nil && !keys {
		return
	}
	from := len(c.b)
	c.add("{")
	if keys && !e.HasPK {
		c.add(`"PartitionKey":`, string(odata.Quote(op.PartitionKey)), ",")
	}
	if keys && !e.HasRK {
		c.add(`"RowKey":`, string(odata.Quote(op.RowKey)), ",")
	}
	if e.Body != nil {
		c.b = append(c.b, c.carrier...)
	}
	if c.b[len(c.b)-1] == ',' && (e.Empty || e.Body == nil) {
		c.b = c.b[:len(c.b)-1]
	}
	c.b = appendLine(c.b, e)
	s.wire = c.b[from:len(c.b):len(c.b)]
}
