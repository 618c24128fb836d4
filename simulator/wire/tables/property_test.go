package tables_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/wire/odata"
	"tidemark/simulator/wire/tables"
)

var keyGen = rapid.StringOfN(rapid.RuneFrom([]rune("ab 1%+&=;,()$@'é漢😀\u2028{}\"")), 1, 8, -1)

// render writes a batch as some SDK might.
func render(t *rapid.T, keys []string) string {
	line := rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "line")
	host := rapid.SampledFrom([]string{"http://h:1/acct/", "/acct/", "https://acct.example/acct/"}).Draw(t, "address")
	pk := keys[0]
	var b strings.Builder
	b.WriteString("--batch_6c0e" + line + "content-TYPE: multipart/mixed; boundary=changeset_x" + line + line)
	for i, rk := range keys {
		address := host + "Weather(PartitionKey='" + escape(strings.ReplaceAll(pk, "'", "''")) + "',RowKey='" +
			escape(strings.ReplaceAll(rk, "'", "''")) + "')"
		body, _ := json.Marshal(map[string]any{"PartitionKey": pk, "RowKey": rk, "v": rapid.String().Draw(t, "value"),
			"n": i})
		verb := rapid.SampledFrom([]string{"POST", "PUT", "MERGE", "PATCH", "DELETE"}).Draw(t, "verb")
		head := rapid.SampledFrom([]string{"", "if-match: *" + line, "If-Match:*" + line + "x-ms-version: " + line}).
			Draw(t, "header")
		switch verb {
		case "POST":
			address, head = host+"Weather", ""
		case "DELETE":
			body, head = nil, "If-Match: *"+line
		}
		b.WriteString("--changeset_x" + line + "Content-Type: application/http" + line + line + verb + " " + address +
			" HTTP/1.1" + line + head + line + string(body) + line)
	}
	b.WriteString("--changeset_x--" + line + "--batch_6c0e--")
	return b.String()
}

// TestComposeKeepsOperations parses what some SDK might send, forwards it, and reads the operations as Azurite would.
func TestComposeKeepsOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(keyGen, 1, 6, rapid.ID).Draw(t, "keys")
		q, bad := tables.Parse(batchRequest(render(t, keys)), tables.Limits{Comparisons: tables.DocumentedComparisons})
		if bad != nil {
			t.Fatal(bad)
		}
		out, err := q.Forward(base, time.Unix(1, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for section := range strings.SplitSeq(bodyOf(t, out), "--changeset_tidemark\r\n") {
			if _, request, ok := strings.Cut(section, "binary\r\n\r\n"); ok {
				got = append(got, azuriteKeys(t, request))
			}
		}
		var want []string
		for i, op := range q.Ops {
			want = append(want, fmt.Sprintf("%q %q", op.PartitionKey, op.RowKey))
			if op.RowKey != keys[i] || op.PartitionKey != keys[0] {
				t.Fatalf("operation %d is on %q %q, want %q %q", i, op.PartitionKey, op.RowKey, keys[0], keys[i])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// azuriteKeys finds the keys as TableBatchOrchestrator does: in the address between the last marks, otherwise in the
// body.
func azuriteKeys(t *rapid.T, request string) string {
	line, _, _ := strings.Cut(request, "\r\n")
	address, err := url.PathUnescape(strings.Fields(line)[1])
	if err != nil || len(strings.Fields(line)) != 3 {
		t.Fatalf("%v in the request line %s", err, line)
	}
	var keys struct{ PartitionKey, RowKey string }
	if i := strings.Index(request, "\r\n\r\n{"); i >= 0 {
		body, _, _ := strings.Cut(request[i+4:], "\r\n")
		if err := json.Unmarshal([]byte(body), &keys); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
	}
	if _, after, ok := strings.Cut(address, "PartitionKey='"); ok {
		keys.PartitionKey = after[:strings.LastIndex(after, "',")]
		_, after, _ = strings.Cut(address, "RowKey='")
		keys.RowKey = after[:strings.LastIndex(after, "')")]
	}
	return fmt.Sprintf("%q %q", keys.PartitionKey, keys.RowKey)
}

// TestStreamInPieces translates an answer that arrives a byte at a time as one that arrives at once, and both as a
// slow reader of JSON does.
func TestStreamInPieces(t *testing.T) {
	stamp := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString(`{"odata.metadata":"http://h/$metadata#[x]\"","value":[`)
		var want []map[string]any
		for i := range rapid.IntRange(0, 5).Draw(t, "rows") {
			if i > 0 {
				b.WriteByte(',')
			}
			v, _ := json.Marshal(rapid.StringOf(rapid.RuneFrom([]rune(`a\"{}[],:é`))).Draw(t, "value"))
			carried := rapid.Bool().Draw(t, "carried")
			carrier, at, etag := "", "2020-01-01T00:00:00.0000000Z", `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`
			if carried {
				carrier = `"TidemarkStamp":"` + odata.StampText(stamp) + `",`
			}
			raw, _ := json.Marshal(etag)
			fmt.Fprintf(&b, `{"odata.etag":%s,"RowKey":"%d",%s"v":%s,"Timestamp":"%s"}`, raw, i, carrier, v, at)
			if carried {
				at, etag = odata.StampText(stamp), odata.ETag(stamp)
			}
			var text any
			_ = json.Unmarshal(v, &text)
			want = append(want, map[string]any{"odata.etag": etag, "RowKey": fmt.Sprint(i), "v": text, "Timestamp": at})
		}
		b.WriteString(`]}`)
		for _, slow := range []bool{false, true} {
			got := answerRead(t, b.String(), slow)
			var page struct{ Value []map[string]any }
			if err := json.Unmarshal([]byte(got), &page); err != nil {
				t.Fatalf("%v in %s", err, got)
			}
			if len(page.Value) == 0 {
				page.Value = nil
			}
			if diff := cmp.Diff(want, page.Value); diff != "" {
				t.Fatalf("slow %t (-want +got)\n%s", slow, diff)
			}
		}
	})
}

func answerRead(t tb, body string, slow bool) string {
	t.Helper()
	q := parse(t, httptest.NewRequest("GET", "/acct/Weather()", nil))
	answer := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}
	answer.Body = readCloser{strings.NewReader(body)}
	if slow {
		answer.Body = readCloser{iotest.OneByteReader(strings.NewReader(body))}
	}
	w := httptest.NewRecorder()
	if err := q.AnswerRead(w, answer, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}
