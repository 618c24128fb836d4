package tables_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/tables"
)

// FuzzBatch parses any body as a batch; what is taken can be forwarded and repeated, and has no more rows than it
// may.
func FuzzBatch(f *testing.F) {
	for _, body := range batches {
		f.Add(body)
	}
	f.Add(changes(insert("p", "r"), insert("p", "s")))
	f.Add("--batch_6c0e\nContent-Type: application/http\n\nGET /acct/Weather(PartitionKey='a',RowKey='b') " +
		"HTTP/1.1\n\n\n--batch_6c0e--")
	f.Fuzz(func(t *testing.T, body string) {
		q, bad := tables.Parse(batchRequest(body), tables.Limits{Comparisons: tables.DocumentedComparisons})
		if bad != nil {
			return
		}
		if len(q.Ops) > 100 || q.Write != (len(q.Ops) > 0) {
			t.Fatalf("%d operations, write %t", len(q.Ops), q.Write)
		}
		out, err := q.Forward(base, time.Unix(1, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		text := bodyOf(t, out)
		if n := strings.Count(text, "--changeset_tidemark\r\n"); q.Write && n != len(q.Ops) {
			t.Fatalf("%d parts for %d operations:\n%s", n, len(q.Ops), text)
		}
		if q.Write {
			if _, err := q.Replica(time.Unix(1, 0)).Request(base, "acct"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzEntity parses any body as an entity, and any path as its address.
func FuzzEntity(f *testing.F) {
	f.Add("Weather(PartitionKey='a',RowKey='b')", `{"a":1,"b@odata.type":"Edm.Int64","b":"2"}`)
	f.Add("Weather", `{"PartitionKey":"p","RowKey":"r","x":"\ud83d\ude00"}`)
	f.Add("Tables", `{"TableName":"Weather"}`)
	f.Fuzz(func(t *testing.T, resource, body string) {
		r := batchRequest(body)
		r.URL.Path, r.RequestURI, r.Method = "/acct/"+resource, "", http.MethodPut
		if !strings.Contains(resource, "(") {
			r.Method = http.MethodPost
		}
		q, bad := tables.Parse(r, tables.Limits{Comparisons: tables.DocumentedComparisons})
		if bad != nil || !q.Write {
			return
		}
		out, err := q.Forward(base, time.Unix(1, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Ops) == 1 && !q.Batch() && !strings.HasPrefix(bodyOf(t, out),
			`{"TidemarkStamp":"1970-01-01T00:00:01.0000000Z"`) {
			t.Fatal("no carrier")
		}
	})
}

// FuzzFilter rewrites any filter; what has no Timestamp in it stays as it is, and rewriting again changes nothing.
func FuzzFilter(f *testing.F) {
	f.Add("Timestamp ge datetime'2026-01-02T03:04:05Z' and a eq 'it''s'")
	f.Add("datetime'2026-01-02T03:04:05.1+02:00' lt Timestamp or not (n eq -5L)")
	f.Add("x eq X'00' and g eq guid'00000000-0000-0000-0000-000000000000'")
	f.Fuzz(func(t *testing.T, filter string) {
		once := rewritten(t, filter)
		if !strings.Contains(filter, "Timestamp") && once != filter {
			t.Fatalf("%q became %q", filter, once)
		}
		if strings.Count(once, "'")%2 != strings.Count(filter, "'")%2 ||
			strings.Count(once, "(") != strings.Count(filter, "(") {
			t.Fatalf("%q became %q", filter, once)
		}
		if again := rewritten(t, once); again != once {
			t.Fatalf("%q became %q and then %q", filter, once, again)
		}
	})
}

func rewritten(t *testing.T, filter string) string {
	q, bad := tables.Parse(request("GET", "/acct/Weather()?$filter="+escape(filter), ""),
		tables.Limits{Comparisons: tables.DocumentedComparisons})
	if bad != nil {
		return filter
	}
	out, err := q.ForwardRead(base)
	if err != nil {
		t.Fatal(err)
	}
	return out.URL.Query().Get("$filter")
}

// BenchmarkBatchOf100 is all that is done to a batch of small rows on its way: parsed, written anew, its answer
// translated, kept for the secondary.
func BenchmarkBatchOf100(b *testing.B) {
	const headers = "Accept: application/json;odata=minimalmetadata\r\nContent-Type: application/json\r\nPrefer: " +
		"return-no-content\r\nDataServiceVersion: 3.0\r\n"
	for verb, address := range map[string]string{"POST": "Weather", "PUT": "Weather(PartitionKey='p',RowKey='%04d')",
		"MERGE": "Weather(PartitionKey='p',RowKey='%04d')"} {
		b.Run(verb, func(b *testing.B) {
			parts := make([]string, 100)
			answer := "--changesetresponse_1\r\n"
			for i := range parts {
				to := address
				if verb != "POST" {
					to = fmt.Sprintf(address, i)
				}
				parts[i] = fmt.Sprintf("%s http://127.0.0.1:9999/acct/%s HTTP/1.1\r\n%s\r\n"+
					`{"PartitionKey":"p","RowKey":"%04d","temperature":21.5,"station":"EHAM","n":"%d",`+
					`"n@odata.type":"Edm.Int64","text":"%s"}`, verb, to, headers, i, i, strings.Repeat("x", 100))
				answer += fmt.Sprintf("Content-Type: application/http\r\nContent-Transfer-Encoding: "+
					"binary\r\n\r\nHTTP/1.1 204 No Content\r\nDataServiceVersion: 3.0;\r\nContent-ID: %d\r\n"+
					"X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nETag: "+
					"%s\r\n\r\n\r\n--changesetresponse_1\r\n", i+1, odata.ETag(after(i)))
			}
			answer = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n" +
				answer + "--changesetresponse_1--\r\n--batchresponse_1--\r\n"
			body := changes(parts...)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				q, bad := tables.Parse(batchRequest(body), tables.Limits{Comparisons: tables.DocumentedComparisons})
				if bad != nil {
					b.Fatal(bad)
				}
				if _, err := q.Forward(base, epoch, nil); err != nil {
					b.Fatal(err)
				}
				done, err := q.Answer(discard{}, &http.Response{StatusCode: 202, Header: http.Header{},
					ContentLength: -1, Body: readCloser{strings.NewReader(answer)}}, epoch, epoch)
				if !done || err != nil || len(q.Replica(epoch).Rows) != 100 {
					b.Fatal(done, err)
				}
			}
		})
	}
}

func BenchmarkAnswerRead1000(b *testing.B) {
	var rows []string
	for i := range 1000 {
		rows = append(rows, fmt.Sprintf(`{"odata.etag":"W/\"datetime'2026-01-02T03%%3A04%%3A05.0000000Z'\"",`+
			`"PartitionKey":"p","RowKey":"%04d","TidemarkStamp":"2026-01-02T03:04:05.0000000Z","temperature":21.5,`+
			`"text":"%s","Timestamp":"2026-01-02T03:04:05.0000000Z"}`,
			i, strings.Repeat("x", 200)))
	}
	body := `{"odata.metadata":"http://h/$metadata#Weather","value":[` + strings.Join(rows, ",") + `]}`
	q, _ := tables.Parse(httptest.NewRequest("GET", "/acct/Weather()", nil),
		tables.Limits{Comparisons: tables.DocumentedComparisons})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		answer := &http.Response{StatusCode: 200, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}}
		if err := q.AnswerRead(discard{}, answer, epoch); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }
func (discard) WriteHeader(int)             {}
