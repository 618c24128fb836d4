package tables

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/simulator/inject"
)

// Limits of a request.
const (
	maxBody        = 4 << 20 // bytes ("Performing entity group transactions"; "Request body too large")
	maxComparisons = 15      // "Query Entities": no more than 15 discrete comparisons within a $filter
	maxTop         = 1000    // "Query Entities"
)

// Parse reads a request's line and headers, and of a write its body (bounded); a read's body is not touched. It refuses what the service refuses
// for form and limits: two partitions, more than 100 operations, over 4 MiB, a row twice, a query with others, more than 252 properties, a row over 1 MiB, names and keys
// that are not allowed, more than 15 comparisons, $top over 1,000, a write of a property whose name is reserved here. A Refusal comes with the
// Request as far as it was understood.
func Parse(r *http.Request) (*Request, *Refusal) {
	q := &Request{
		ctx: r.Context(), method: r.Method, path: wirePath(r), query: r.URL.RawQuery, host: r.Host, header: r.Header, Kind: inject.Other,
	}
	rest, ok := q.account(r.URL.Path)
	if !ok || !utf8.ValidString(r.URL.Path) {
		return q, refuse(http.StatusBadRequest, "InvalidUri", "The requested URI does not represent any resource on the server: use /account/table or /account-secondary/table.")
	}
	verb := r.Method
	if x := r.Header.Get("X-HTTP-Method"); x != "" && verb == http.MethodPost {
		verb = strings.ToUpper(strings.TrimSpace(x))
	}
	if bad := q.classify(verb, rest); bad != nil {
		return q, bad
	}
	if q.Kind == inject.QueryEntities {
		return q, q.checkQuery()
	}
	return q, q.readBody(r, verb, rest)
}

// wirePath is the path as it came: clients sign those bytes.
func wirePath(r *http.Request) string {
	if path, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(path, "/") {
		return path
	}
	return r.URL.EscapedPath()
}

// account takes the account off a path.
func (q *Request) account(path string) (rest string, ok bool) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	q.Account, q.Secondary = strings.CutSuffix(name, "-secondary")
	return rest, q.Account != ""
}

// classify finds the operation of a verb on a resource.
func (q *Request) classify(verb, rest string) *Refusal {
	switch rest {
	case "":
		q.classifyService(verb)
		return nil
	case "$batch":
		q.Kind, q.batch, q.Write = inject.Batch, true, true
		return nil
	case "Tables", "Tables()":
		q.Kind = inject.ListTables
		if verb == http.MethodPost {
			q.Kind, q.Write = inject.CreateTable, true
		}
		return nil
	}
	if name, ok := strings.CutPrefix(rest, "Tables('"); ok && strings.HasSuffix(name, "')") {
		q.Table, q.Kind = strings.TrimSuffix(name, "')"), inject.ListTables
		if verb == http.MethodDelete {
			q.Kind, q.Write = inject.DeleteTable, true
		}
		return nil
	}
	if parameter(q.query, "comp") == "acl" {
		q.Table, q.Kind, q.Write = rest, inject.ACL, verb == http.MethodPut
		return nil
	}
	return q.classifyEntity(verb, rest)
}

func (q *Request) classifyService(verb string) {
	switch parameter(q.query, "comp") {
	case "stats":
		q.Kind = inject.Stats
	case "properties":
		q.Kind, q.Write = inject.Properties, verb == http.MethodPut
	}
}

// classifyEntity finds the operation on a table's entities.
func (q *Request) classifyEntity(verb, rest string) *Refusal {
	table, pk, rk, keyed, ok := splitResource(rest)
	if !ok {
		return refuse(http.StatusBadRequest, "InvalidInput", "The resource %q is not of the form table, table() or table(PartitionKey='...',RowKey='...').", rest)
	}
	q.Table = table
	if verb == http.MethodGet {
		q.Kind = inject.QueryEntities
		if keyed {
			q.Kind, q.Partition, q.HasPartition = inject.GetEntity, pk, true
		}
		return nil
	}
	op := Op{PartitionKey: pk, RowKey: rk, IfMatch: q.header.Get("If-Match")}
	op.Kind, ok = entityKind(verb, keyed, len(q.header.Values("If-Match")) > 0)
	if !ok {
		return nil // OPTIONS, HEAD, or what no client sends: Azurite answers
	}
	q.Kind, q.Write, q.Ops, q.sent = op.Kind, true, []Op{op}, []sent{{verb: verb}}
	return nil
}

// entityKind is what a verb does to an entity. An update has an If-Match, an upsert none ("Insert Or Replace Entity", "Insert Or Merge Entity").
func entityKind(verb string, keyed, conditional bool) (string, bool) {
	switch {
	case verb == http.MethodPost && !keyed:
		return inject.Insert, true
	case !keyed:
		return "", false
	case verb == http.MethodPut && conditional:
		return inject.Update, true
	case verb == http.MethodPut:
		return inject.Upsert, true
	case (verb == "MERGE" || verb == http.MethodPatch) && conditional:
		return inject.Merge, true
	case verb == "MERGE" || verb == http.MethodPatch:
		return inject.UpsertMerge, true
	case verb == http.MethodDelete:
		return inject.Delete, true
	}
	return "", false
}

// splitResource takes table, table() and table(PartitionKey='..',RowKey='..') apart. Quotes in keys are doubled; the Go SDK forgets that in
// batches, so a lone quote is taken for itself.
func splitResource(s string) (table, pk, rk string, keyed, ok bool) {
	table, keys, found := strings.Cut(s, "(")
	if !found {
		return table, "", "", false, table != ""
	}
	keys, ok = strings.CutSuffix(keys, ")")
	if !ok || table == "" {
		return "", "", "", false, false
	}
	if strings.TrimSpace(keys) == "" {
		return table, "", "", false, true
	}
	keys, ok = strings.CutPrefix(strings.TrimSpace(keys), "PartitionKey='")
	if !ok || !strings.HasSuffix(keys, "'") {
		return "", "", "", false, false
	}
	pk, rk, ok = splitKeys(keys)
	return table, pk, rk, true, ok
}

// splitKeys takes a',RowKey='b' apart: at the first quote that is not half of a pair and has the other key behind it.
func splitKeys(keys string) (pk, rk string, ok bool) {
	for at := 0; ; {
		i := strings.Index(keys[at:], "'")
		if i < 0 {
			return pk, rk, ok
		}
		at += i + 1
		after, isEnd := strings.CutPrefix(strings.TrimLeft(keys[at:], " "), ",")
		after, isKey := strings.CutPrefix(strings.TrimLeft(after, " "), "RowKey='")
		if !isEnd || !isKey || !strings.HasSuffix(after, "'") {
			continue
		}
		if even := trailingQuotes(keys[:at-1])%2 == 0; even || !ok {
			pk, rk, ok = single(keys[:at-1]), single(strings.TrimSuffix(after, "'")), true
			if even {
				return pk, rk, true
			}
		}
	}
}

func trailingQuotes(s string) int { return len(s) - len(strings.TrimRight(s, "'")) }

// single undoubles quotes, if all are doubled.
func single(key string) string {
	if strings.Contains(strings.ReplaceAll(key, "''", ""), "'") {
		return key
	}
	return strings.ReplaceAll(key, "''", "'")
}

// double doubles quotes.
func double(key string) string { return strings.ReplaceAll(key, "'", "''") }

// parameter is the first value of a query parameter.
func parameter(rawQuery, name string) string {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if k, err := url.QueryUnescape(key); err == nil && k == name {
			v, _ := url.QueryUnescape(value)
			return v
		}
	}
	return ""
}

// readBody reads what a write brings, and looks it over.
func (q *Request) readBody(r *http.Request, verb, rest string) *Refusal {
	if !q.Write || q.Kind == inject.Delete || q.Kind == inject.DeleteTable {
		return checkTable(q)
	}
	body, bad := readBounded(r)
	if bad != nil {
		return bad
	}
	if strings.Contains(r.Header.Get("Content-Type"), "atom+xml") {
		return refuse(http.StatusUnsupportedMediaType, "AtomFormatNotSupported", "Atom format is not supported.")
	}
	switch {
	case q.batch:
		return q.readBatch(body)
	case q.Kind == inject.CreateTable:
		return q.readTable(body)
	case changesEntities(q.Kind):
		if bad := checkTable(q); bad != nil {
			return bad
		}
		bad := q.readEntity(0, body)
		q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
		return bad
	}
	q.body = body
	return checkTable(q)
}

// checkTable looks at the name and the keys of a write without a body too.
func checkTable(q *Request) *Refusal {
	if !q.Write {
		return nil
	}
	if q.Table != "" {
		if bad := checkTableName(q.Table); bad != nil {
			return bad
		}
	}
	if q.Kind != inject.Delete {
		return nil
	}
	q.Partition, q.HasPartition = q.Ops[0].PartitionKey, true
	return checkKeys(q.Ops[0])
}

func checkKeys(op Op) *Refusal {
	if bad := checkKey("PartitionKey", op.PartitionKey); bad != nil {
		return bad
	}
	return checkKey("RowKey", op.RowKey)
}

// readBounded reads a body of at most 4 MiB.
func readBounded(r *http.Request) ([]byte, *Refusal) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.")
	if r.ContentLength > maxBody {
		return nil, tooLarge
	}
	var body []byte
	var err error
	if r.ContentLength > 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	} else if r.Body != nil {
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, refuse(http.StatusBadRequest, "IncompleteBody", "The request body is shorter than its Content-Length.")
		}
		return nil, refuse(http.StatusRequestTimeout, "OperationTimedOut", "The request body could not be read.")
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	return body, nil
}

// readEntity looks over the body of an operation and completes its keys.
func (q *Request) readEntity(i int, body []byte) *Refusal {
	op := &q.Ops[i]
	if len(strings.TrimSpace(string(body[:min(len(body), 8)]))) == 0 && op.Kind != inject.Insert {
		body = []byte("{}") // the Cosmos client merges without a body when there are only keys
	}
	e, bad := scanEntity(body)
	if bad != nil {
		return bad
	}
	q.sent[i].entity = e
	if op.Kind == inject.Insert {
		if !e.hasPK || !e.hasRK {
			return refuse(http.StatusBadRequest, "PropertiesNeedValue", "The values are not specified for all properties in the entity.")
		}
		op.PartitionKey, op.RowKey = e.pk, e.rk
	} else if e.hasPK && e.pk != op.PartitionKey || e.hasRK && e.rk != op.RowKey {
		return refuse(http.StatusBadRequest, "InvalidInput", "The keys in the entity are not those of the address: leave them out or make them equal.")
	}
	if bad := checkKeys(*op); bad != nil {
		return bad
	}
	op.Bytes = e.bytesWith(op.PartitionKey, op.RowKey)
	return checkSize(op.Bytes)
}

// readTable finds the name of a table to make.
func (q *Request) readTable(body []byte) *Refusal {
	s := scanner{b: body}
	if !s.eat('{') {
		return malformed()
	}
	for first := true; !s.eat('}'); first = false {
		p, ok := s.property(first)
		if !ok {
			return malformed()
		}
		if string(p.name) == "TableName" {
			q.Table = p.valueText()
		}
	}
	q.body = body
	if q.Table == "" {
		return refuse(http.StatusBadRequest, "PropertiesNeedValue", "The values are not specified for all properties in the entity.")
	}
	return checkTableName(q.Table)
}

// checkTableName holds a name against "Understanding the Table service data model" (Table names).
func checkTableName(name string) *Refusal {
	if strings.HasPrefix(name, "$Metrics") {
		return nil // the service's own tables
	}
	if len(name) < 3 || len(name) > 63 {
		return refuse(http.StatusBadRequest, "OutOfRangeInput", "The specified resource name length is not within the permissible limits.")
	}
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return refuse(http.StatusBadRequest, "InvalidResourceName", "The specified resource name contains invalid characters.")
		}
	}
	if strings.EqualFold(name, "tables") {
		return refuse(http.StatusBadRequest, "InvalidResourceName", "The specified resource name contains invalid characters.")
	}
	return nil
}

// checkQuery holds a query against the limits and finds the partition that it is about, if it is one.
func (q *Request) checkQuery() *Refusal {
	if top := parameter(q.query, "$top"); top != "" {
		if n, err := strconv.Atoi(top); err == nil && (n > maxTop || n < 0) {
			return refuse(http.StatusBadRequest, "InvalidInput", "One of the request inputs is not valid: $top is at most %d.", maxTop)
		}
	}
	f := scanFilter(parameter(q.query, "$filter"))
	q.Comparisons = f.comparisons
	q.Partition, q.HasPartition = f.partition()
	if f.comparisons > maxComparisons {
		return refuse(http.StatusBadRequest, "InvalidInput", "The query condition specified in the request is invalid: it has %d comparisons, more than %d.",
			f.comparisons, maxComparisons)
	}
	return nil
}
