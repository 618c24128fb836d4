package tables

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// maxTop is the most rows of a page ("Query Entities").
const maxTop = 1000

// DocumentedComparisons is how many discrete comparisons a $filter may have as "Query Entities" has it. The service
// takes more: live tests of Orleans send it 201.
const DocumentedComparisons = 15

// Limits are those that differ between what is documented and what the service does, or between the service and
// Azurite.
type Limits struct {
	Comparisons int    // of a $filter; 0 is no limit
	Pages       Pages  // of a query
	Seed        uint64 // of what Pages draws
}

// Parse reads a request's line and headers, and of a write its body (bounded); a read's body is not touched. It
// refuses what the service refuses for form and limits: two partitions, more than 100 operations, over 4 MiB, a row
// twice, a query with others, more than 252 properties, a row over 1 MiB, names and keys that are not allowed, more
// comparisons than the limit, $top over 1,000, a write of a property whose name is reserved here. A merge is held
// against the limits of a row by what it sends: the row that comes of it is not looked at. A Refusal comes with the
// Request as far as it was understood.
func Parse(r *http.Request, l Limits) (*Request, *odata.Refusal) {
	q := &Request{
		ctx: r.Context(), method: r.Method, path: wirePath(r), query: r.URL.RawQuery, host: r.Host, header: r.Header,
		Kind: inject.Other,
	}
	rest, ok := q.account(r.URL.Path)
	if !ok || !utf8.ValidString(r.URL.Path) {
		return q, odata.Refuse(http.StatusBadRequest, "InvalidUri",
			"The requested URI does not represent any resource on the server: use /account/table or "+
				"/account-secondary/table.")
	}
	verb, bad := verbOf(r)
	if bad != nil {
		return q, bad
	}
	if bad := q.classify(verb, rest); bad != nil {
		return q, bad
	}
	if q.Kind == inject.QueryEntities {
		if l.Pages != PagesWhole {
			q.page = l.Pages.choose(l.Seed, q.TableKey(), q.query)
		}
		return q, q.checkQuery(l)
	}
	return q, q.readBody(r)
}

// verbOf is the verb, or the one that X-HTTP-Method puts in the place of POST ("Table service error codes",
// XMethod...). Azurite would take it with any verb, and a write would look like a read.
func verbOf(r *http.Request) (string, *odata.Refusal) {
	switch x := r.Header.Values("X-HTTP-Method"); {
	case len(x) == 0:
		return r.Method, nil
	case len(x) > 1:
		return "", odata.Refuse(http.StatusBadRequest, "XMethodIncorrectCount",
			"More than one X-HTTP-Method is specified.")
	case r.Method != http.MethodPost:
		return "", odata.Refuse(http.StatusBadRequest, "XMethodNotUsingPost",
			"The request uses X-HTTP-Method with an HTTP verb other than POST.")
	default:
		switch x[0] {
		case "MERGE", http.MethodPatch, http.MethodDelete, http.MethodGet:
			return x[0], nil
		}
		return "", odata.Refuse(http.StatusBadRequest, "XMethodIncorrectValue",
			"The specified X-HTTP-Method is invalid.")
	}
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
func (q *Request) classify(verb, rest string) *odata.Refusal {
	resource, name, named := odata.SplitTables(rest)
	switch {
	case rest == "":
		q.classifyService(verb)
		return nil
	case strings.EqualFold(rest, "$batch"):
		q.Kind, q.batch, q.Write = inject.Batch, true, true
		return nil
	case resource && !named:
		q.Kind = inject.ListTables
		if verb == http.MethodPost {
			q.Kind, q.Write = inject.CreateTable, true
		}
		return nil
	case resource:
		q.Table, q.Kind = name, inject.ListTables
		if verb == http.MethodDelete {
			q.Kind, q.Write = inject.DeleteTable, true
		}
		return nil
	}
	if odata.Parameter(q.query, "comp") == "acl" {
		q.Table, q.Kind, q.Write = rest, inject.ACL, verb == http.MethodPut
		return nil
	}
	return q.classifyEntity(verb, rest)
}

func (q *Request) classifyService(verb string) {
	switch odata.Parameter(q.query, "comp") {
	case "stats":
		q.Kind = inject.Stats
	case "properties":
		q.Kind, q.Write = inject.Properties, verb == http.MethodPut
	}
}

// classifyEntity finds the operation on a table's entities.
func (q *Request) classifyEntity(verb, rest string) *odata.Refusal {
	table, pk, rk, keyed, ok := odata.SplitResource(rest)
	if !ok {
		return odata.Refuse(http.StatusBadRequest, "InvalidInput",
			"The resource %q is not of the form table, table() or table(PartitionKey='...',RowKey='...').", rest)
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

// checkQuery holds a query against the limits and finds the partition that it is about, if it is one.
func (q *Request) checkQuery(l Limits) *odata.Refusal {
	if top := odata.Parameter(q.query, "$top"); top != "" {
		if n, err := strconv.Atoi(top); err == nil && (n > maxTop || n < 0) {
			return odata.Refuse(http.StatusBadRequest, "InvalidInput",
				"One of the request inputs is not valid: $top is at most %d.", maxTop)
		}
	}
	f := odata.ScanFilter(odata.Parameter(q.query, "$filter"))
	q.Comparisons = f.Comparisons
	q.Partition, q.HasPartition = f.Partition()
	if l.Comparisons > 0 && f.Comparisons > l.Comparisons {
		return odata.Refuse(http.StatusBadRequest, "InvalidInput",
			"The query condition specified in the request is invalid: "+
				"it has %d comparisons, more than %d.", f.Comparisons, l.Comparisons)
	}
	return nil
}
