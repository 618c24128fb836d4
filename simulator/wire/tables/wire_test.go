package tables_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/tables"
)

const base = "http://127.0.0.1:10002"

// tb is what testing.TB and rapid.T have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:9999"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func parse(t tb, r *http.Request) *tables.Request {
	t.Helper()
	q, bad := tables.Parse(r, tables.Limits{Comparisons: tables.DocumentedComparisons})
	if bad != nil {
		t.Fatalf("%s %s: %v", r.Method, r.RequestURI, bad)
	}
	return q
}

func bodyOf(t tb, r *http.Request) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil || int64(len(b)) != r.ContentLength {
		t.Fatalf("%v; %d bytes, Content-Length %d", err, len(b), r.ContentLength)
	}
	return string(b)
}

func TestOperations(t *testing.T) {
	for _, test := range []struct {
		method, target, body string
		header               []string
		want                 tables.Request
	}{
		{"GET", "/acct-secondary/?restype=service&comp=stats", "", nil,
			tables.Request{Secondary: true, Kind: inject.Stats}},
		{"PUT", "/acct/?restype=service&comp=properties", "<x/>", nil,
			tables.Request{Kind: inject.Properties, Write: true}},
		{"GET", "/acct/Tables", "", nil, tables.Request{Kind: inject.ListTables}},
		{"POST", "/acct/Tables", `{"TableName":"Weather"}`, nil,
			tables.Request{Kind: inject.CreateTable, Table: "Weather", Write: true}},
		{"DELETE", "/acct/Tables('Weather')", "", nil,
			tables.Request{Kind: inject.DeleteTable, Table: "Weather", Write: true}},
		{"GET", "/acct/tables()", "", nil, tables.Request{Kind: inject.ListTables}},
		{"POST", "/acct/TABLES", `{"TableName":"Weather"}`, nil,
			tables.Request{Kind: inject.CreateTable, Table: "Weather", Write: true}},
		{"DELETE", "/acct/tables('Weather')", "", nil,
			tables.Request{Kind: inject.DeleteTable, Table: "Weather", Write: true}},
		{"GET", "/acct/TablesOfOurs", "", nil, tables.Request{Kind: inject.QueryEntities, Table: "TablesOfOurs"}},
		{"GET", "/acct/Weather?comp=acl", "", nil, tables.Request{Kind: inject.ACL, Table: "Weather"}},
		{"PUT", "/acct/Weather?comp=acl", "<x/>", nil, tables.Request{Kind: inject.ACL, Table: "Weather", Write: true}},
		{"GET", "/acct/Weather()?$filter=PartitionKey%20eq%20%27p%27%20and%20n%20gt%205L", "", nil,
			tables.Request{Kind: inject.QueryEntities, Table: "Weather", Partition: "p", HasPartition: true,
				Comparisons: 2}},
		{"GET", "/acct/Weather()?%24filter=PartitionKey+eq+%27p%27+or+n+eq+1", "", nil,
			tables.Request{Kind: inject.QueryEntities, Table: "Weather", Comparisons: 2}},
		{"GET", "/acct/Weather(PartitionKey='O%27%27B%20%25',RowKey='%F0%9F%98%80')", "", nil,
			tables.Request{Kind: inject.GetEntity, Table: "Weather", Partition: "O'B %", HasPartition: true}},
		{"POST", "/acct/Weather", `{"PartitionKey":"p\u0041","RowKey":"r"}`, nil, op(inject.Insert, "pA", "r", "", 10)},
		{"PUT", "/acct/Weather(PartitionKey='p',RowKey='r')", `{"a":1}`, nil, op(inject.Upsert, "p", "r", "", 22)},
		{"PUT", "/acct/Weather(PartitionKey='p',RowKey='r')", `{}`, []string{"If-Match", "*"},
			op(inject.Update, "p", "r", "*", 8)},
		{"PATCH", "/acct/Weather(PartitionKey='p',RowKey='r')", `{"a":"é"}`, nil,
			op(inject.UpsertMerge, "p", "r", "", 24)},
		{"MERGE", "/acct/Weather(PartitionKey='p',RowKey='')", "", []string{"If-Match", "*"},
			op(inject.Merge, "p", "", "*", 6)},
		{"POST", "/acct/Weather(PartitionKey='p',RowKey='r')", `{"a":2.5}`, []string{"X-HTTP-Method", "MERGE"},
			op(inject.UpsertMerge, "p", "r", "", 26)},
		{"DELETE", "/acct/Weather(PartitionKey='p',RowKey='r')", "", []string{"If-Match", "*"},
			op(inject.Delete, "p", "r", "*", 0)},
	} {
		q := parse(t, request(test.method, test.target, test.body, test.header...))
		test.want.Account = "acct"
		if diff := cmp.Diff(&test.want, q, cmpopts.IgnoreUnexported(tables.Request{})); diff != "" {
			t.Errorf("%s %s (-want +got)\n%s", test.method, test.target, diff)
		}
		out, err := q.Forward(base, time.Time{}, nil)
		if !q.Write {
			out, err = q.ForwardRead(base)
		}
		if err != nil {
			t.Fatal(err)
		}
		if path, _, _ := strings.Cut(test.target, "?"); !strings.HasPrefix(out.URL.RequestURI(), path) ||
			out.Method != test.method {
			t.Errorf("%s %s went out as %s %s", test.method, test.target, out.Method, out.URL.RequestURI())
		}
	}
}

func op(kind, pk, rk, ifMatch string, bytes int) tables.Request {
	return tables.Request{Kind: kind, Table: "Weather", Partition: pk, HasPartition: true, Write: true,
		Ops: []tables.Op{{Kind: kind, PartitionKey: pk, RowKey: rk, IfMatch: ifMatch, Bytes: bytes}}}
}

// The four SDKs' batches of the same three operations, as their documents and sources have them.
var batches = map[string]string{
	"dotnet": crlf(`--batch_6c0e
Content-Type: multipart/mixed; boundary=changeset_8a1f

--changeset_8a1f
Content-Type: application/http
Content-Transfer-Encoding: binary

POST http://127.0.0.1:9999/acct/Weather?$format=application%2Fjson%3Bodata%3Dminimalmetadata HTTP/1.1
Host: 127.0.0.1:9999
x-ms-version: 2019-02-02
DataServiceVersion: 3.0
Prefer: return-no-content
Accept: application/json
Content-Type: application/json; odata=nometadata

{"PartitionKey":"O'B","RowKey":"1","v":"1","v@odata.type":"Edm.Int64"}
--changeset_8a1f
Content-Type: application/http
Content-Transfer-Encoding: binary

PATCH http://127.0.0.1:9999/acct/Weather(PartitionKey='O%27%27B',RowKey='2%25')?$format=application%2Fjson%3Bodata%3Dminimalmetadata HTTP/1.1
Host: 127.0.0.1:9999
If-Match: *
Accept: application/json
Content-Type: application/json

{"PartitionKey":"O'B","RowKey":"2%","w":true}
--changeset_8a1f
Content-Type: application/http
Content-Transfer-Encoding: binary

DELETE http://127.0.0.1:9999/acct/Weather(PartitionKey='O%27%27B',RowKey='3')?$format=application%2Fjson%3Bodata%3Dminimalmetadata HTTP/1.1
Host: 127.0.0.1:9999
If-Match: *
Accept: application/json;odata=minimalmetadata


--changeset_8a1f--
--batch_6c0e--
`),
	"javascript": crlf(`--batch_6c0e
content-type: multipart/mixed; boundary=changeset_8a1f


--changeset_8a1f
content-type: application/http
content-transfer-encoding: binary

POST http://127.0.0.1:9999/acct/Weather HTTP/1.1
accept: application/json;odata=minimalmetadata
dataserviceversion: 3.0
content-type: application/json;odata=nometadata
prefer: return-no-content


{"PartitionKey":"O'B","RowKey":"1","v":"1","v@odata.type":"Edm.Int64"}
--changeset_8a1f
content-type: application/http
content-transfer-encoding: binary

POST http://127.0.0.1:9999/acct/Weather(PartitionKey='O''B',RowKey='2%25') HTTP/1.1
x-http-method: MERGE
if-match: *

{"PartitionKey":"O'B","RowKey":"2%","w":true}
--changeset_8a1f
content-type: application/http
content-transfer-encoding: binary

DELETE http://127.0.0.1:9999/acct/Weather(PartitionKey='O''B',RowKey='3') HTTP/1.1
if-match: *

--changeset_8a1f--
--batch_6c0e--`),
	"python": `--batch_6c0e
Content-Type: multipart/mixed; boundary=changeset_8a1f

--changeset_8a1f
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 0

POST /acct/Weather HTTP/1.1
x-ms-version: 2019-02-02
Content-Length: 70

{"PartitionKey": "O'B",
 "RowKey": "1", "v": "1", "v@odata.type": "Edm.Int64"}
--changeset_8a1f
Content-Type: application/http

MERGE /acct/Weather(PartitionKey='O%27%27B',RowKey='2%25') HTTP/1.1
If-Match: *

{"PartitionKey": "O'B", "RowKey": "2%", "w": true}
--changeset_8a1f
Content-Type: application/http

DELETE Weather(PartitionKey='O''B',RowKey='3') HTTP/1.1
If-Match: *

--changeset_8a1f--
--batch_6c0e--
`,
	"go": crlf(`--batch_6c0e
Content-Type: multipart/mixed; boundary=changeset_8a1f

--changeset_8a1f
Content-Transfer-Encoding: binary
Content-Type: application/http

POST http://127.0.0.1:9999/acct/Weather HTTP/1.1
Accept: application/json;odata=minimalmetadata
x-ms-version: 

{"PartitionKey":"O'B","RowKey":"1","v":"1","v@odata.type":"Edm.Int64"}
--changeset_8a1f
Content-Transfer-Encoding: binary
Content-Type: application/http

PATCH http://127.0.0.1:9999/acct/Weather%28PartitionKey=%27O%27B%27,RowKey=%272%25%27%29 HTTP/1.1
If-Match: *
x-ms-version: 

{"PartitionKey":"O'B","RowKey":"2%","w":true}
--changeset_8a1f
Content-Transfer-Encoding: binary
Content-Type: application/http

DELETE http://127.0.0.1:9999/acct/Weather%28PartitionKey=%27O%27B%27,RowKey=%273%27%29 HTTP/1.1
If-Match: *
x-ms-version: 


--changeset_8a1f--
--batch_6c0e--
`),
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func batchRequest(body string) *http.Request {
	return request("POST", "/acct/$batch", body, "Content-Type", "multipart/mixed; boundary=batch_6c0e", "Content-MD5",
		"signed")
}

func TestBatchesOfSDKs(t *testing.T) {
	want := []tables.Op{
		{Kind: inject.Insert, PartitionKey: "O'B", RowKey: "1", Bytes: 4 + 8 + 8 + 2 + 8},
		{Kind: inject.Merge, PartitionKey: "O'B", RowKey: "2%", IfMatch: "*", Bytes: 4 + 10 + 8 + 2 + 1},
		{Kind: inject.Delete, PartitionKey: "O'B", RowKey: "3", IfMatch: "*"},
	}
	stamp := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	for name, body := range batches {
		q := parse(t, batchRequest(body))
		if diff := cmp.Diff(want, q.Ops); diff != "" || q.Table != "Weather" || q.Kind != inject.Batch ||
			q.Partition != "O'B" || q.Rows() != 3 {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		out, err := q.Forward(base, stamp, nil)
		if err != nil {
			t.Fatal(err)
		}
		forwarded := bodyOf(t, out)
		if n := strings.Count(forwarded, `{"TidemarkStamp":"2026-01-02T03:04:05.0000006Z",`); n != 2 {
			t.Errorf("%s: %d carriers in\n%s", name, n, forwarded)
		}
		if out.Header.Get("Content-MD5") != "signed" || out.URL.RequestURI() != "/acct/$batch" ||
			out.Host != "127.0.0.1:9999" {
			t.Errorf("%s: went out as %s with %v", name, out.URL.RequestURI(), out.Header)
		}
		for line := range strings.Lines(forwarded) { // what Azurite's patterns take for an entity is one line
			if strings.HasPrefix(line, "{") != strings.HasSuffix(line, "}\r\n") {
				t.Errorf("%s: an entity is broken: %q", name, line)
			}
		}
	}
}

func TestFilterRewriting(t *testing.T) {
	const z = "'2026-01-02T03:04:05.0000000Z'"
	for _, test := range [][2]string{
		{"Timestamp ge datetime'2026-01-02T03:04:05Z'", Carrier(" ge " + z)},
		{"PartitionKey eq 'Timestamp ge datetime''x'''", ""},
		{"a eq 'it''s' and (Timestamp lt DateTime'2026-01-02T05:04:05.0000000+02:00')", "a eq 'it''s' and (" +
			Carrier(" lt "+z) + ")"},
		{"datetime'2026-01-02T03:04:05.0' gt Timestamp  or not(b)", z + " gt TidemarkStamp  or not(b)"},
		{"Timestamp ge datetime'2026-01-02T03:04Z'", Carrier(" ge '2026-01-02T03:04:00.0000000Z'")},
		{"Timestamp ge datetime'soon'", ""},
		{"Timestamp ge datetime'2026-01-02T03:04:05.12345678Z'", ""}, // eight digits are not a DateTime
		{"Timestamp ge '2026-01-02'", ""},
		{"other ge datetime'2026-01-02T03:04:05Z'", ""},
		{"Timestamp ge datetime'2026-01-02T03:04:05Z' and a eq 'open", ""},
		{"g eq guid'a' and x eq X'00' and n eq -5L and Timestamp ne datetime'2026-01-02T03:04:05Z'",
			"g eq guid'a' and x eq X'00' and n eq -5L and " + Carrier(" ne "+z)},
	} {
		want := test[1]
		if want == "" {
			want = test[0]
		}
		query := "$top=5&$filter=" + strings.ReplaceAll(escape(test[0]), "+", "%20") + "&%24select=a%2Cb&x=%7e"
		q := parse(t, request("GET", "/acct/Weather()?"+query, ""))
		out, err := q.ForwardRead(base)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.URL.Query().Get("$filter"); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", test[0], got, want)
		}
		if raw := out.URL.RawQuery; !strings.HasPrefix(raw, "$top=5&$filter=") ||
			!strings.HasSuffix(raw, "&%24select=a%2Cb%2CTidemarkStamp&x=%7e") {
			t.Errorf("the rest of the query became %s", raw)
		}
		q.Plain = true
		if out, err = q.ForwardRead(base); err != nil || out.URL.RawQuery != query {
			t.Errorf("of a plain account the query became %s (%v)", out.URL.RawQuery, err)
		}
	}
}

// Carrier is the rewritten comparison.
func Carrier(rest string) string { return odata.Carrier + rest }

func TestConditions(t *testing.T) {
	stamp := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	const native = `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`
	for _, test := range []struct {
		sent  string
		match tables.Match
		want  string
	}{
		{odata.ETag(stamp), tables.Match{Found: true, Stamp: stamp, Native: native}, native},
		{strings.ReplaceAll(odata.ETag(stamp), "%3A", ":"), tables.Match{Found: true, Stamp: stamp, Native: native},
			native},
		{odata.ETag(stamp), tables.Match{Found: true, Stamp: stamp.Add(100), Native: native}, "dead"},
		{native, tables.Match{Found: true, Stamp: stamp, Native: native}, "dead"},
		{odata.ETag(stamp), tables.Match{}, "dead"},
		{native, tables.Match{Found: true, Native: native}, native},
		{"*", tables.Match{}, "*"},
		{"nonsense", tables.Match{}, "nonsense"},
	} {
		q := parse(t, request("PUT", "/acct/Weather(PartitionKey='p',RowKey='r')", `{}`, "If-Match", test.sent))
		matches := map[int]tables.Match{}
		for _, i := range q.NeedsMatch() {
			matches[i] = test.match
		}
		out, err := q.Forward(base, stamp.Add(time.Second), matches)
		if err != nil {
			t.Fatal(err)
		}
		got := out.Header.Get("If-Match")
		if dead := strings.Contains(got, "1601-01-01"); dead != (test.want == "dead") || !dead && got != test.want {
			t.Errorf("If-Match %s on %+v became %s", test.sent, test.match, got)
		}
	}
}

func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
