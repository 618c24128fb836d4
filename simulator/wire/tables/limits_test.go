package tables_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire"
	"tidemark/simulator/wire/tables"
)

type readCloser struct{ io.Reader }

func (readCloser) Close() error { return nil }

func changes(parts ...string) string {
	var b strings.Builder
	b.WriteString("--batch_6c0e\r\nContent-Type: multipart/mixed; boundary=changeset_x\r\n\r\n")
	for _, p := range parts {
		b.WriteString("--changeset_x\r\nContent-Type: application/http\r\n\r\n" + p + "\r\n")
	}
	return b.String() + "--changeset_x--\r\n--batch_6c0e--\r\n"
}

func insert(pk, rk string) string {
	return fmt.Sprintf("POST /acct/Weather HTTP/1.1\r\n\r\n{\"PartitionKey\":%q,\"RowKey\":%q}", pk, rk)
}

func TestRefusals(t *testing.T) {
	many := make([]string, 101)
	for i := range many {
		many[i] = insert("p", fmt.Sprint(i))
	}
	row := func(properties string) string { return `{"PartitionKey":"p","RowKey":"r",` + properties + `}` }
	var wide []string
	for i := range 253 {
		wide = append(wide, fmt.Sprintf(`"n%d":%d`, i, i))
	}
	filter := strings.Repeat("n%20eq%201%20or%20", 15)
	for _, test := range []struct {
		method, target, body, code string
		status, index              int
	}{
		{"POST", "/acct/$batch", changes(many...), "InvalidInput", 400, 99},
		{"POST", "/acct/$batch", changes(insert("p", "r"), insert("q", "r")), "CommandsInBatchActOnDifferentPartitions",
			400, 1},
		{"POST", "/acct/$batch", changes(insert("p", "r"), strings.Replace(insert("p", "s"), "Weather", "Other", 1)),
			"CommandsInBatchActOnDifferentPartitions", 400, 1},
		{"POST", "/acct/$batch", changes(insert("p", "r"), insert("p", "s"), insert("p", "r")), "InvalidDuplicateRow",
			400, 2},
		{"POST", "/acct/$batch", changes(insert("p", "r"),
			"GET /acct/Weather(PartitionKey='p',RowKey='x') HTTP/1.1\r\n\r\n"), "InvalidInput", 400, 1},
		{"POST", "/acct/$batch", changes(insert("p", "r"), insert("p", "a/b")), "OutOfRangeInput", 400, 1},
		{"POST", "/acct/$batch", changes(), "InvalidInput", 400, -1},
		{"POST", "/acct/$batch", strings.Repeat("x", 4<<20+1), "RequestBodyTooLarge", 413, -1},
		{"POST", "/acct/Weather", strings.Repeat(" ", 4<<20+1), "RequestBodyTooLarge", 413, -1},
		{"POST", "/acct/Weather", row(strings.Join(wide, ",")), "TooManyProperties", 400, -1},
		{"POST", "/acct/Weather", row(`"a-b":1`), "PropertyNameInvalid", 400, -1},
		{"POST", "/acct/Weather", row(`"1a":1`), "PropertyNameInvalid", 400, -1},
		{"POST", "/acct/Weather", row(`"":1`), "PropertyNameInvalid", 400, -1},
		{"POST", "/acct/Weather", row(`"TidemarkStamp":"x"`), "PropertyNameInvalid", 400, -1},
		{"POST", "/acct/Weather", row(`"Tidemark\u0053tamp":"x"`), "PropertyNameInvalid", 400, -1},
		{"POST", "/acct/Weather", row(`"` + strings.Repeat("a", 256) + `":1`), "PropertyNameTooLong", 400, -1},
		{"POST", "/acct/Weather", row(`"a":1,"a":2`), "DuplicatePropertiesSpecified", 400, -1},
		{"POST", "/acct/Weather", row(`"a":"` + strings.Repeat("é", 32<<10+1) + `"`), "PropertyValueTooLarge", 400, -1},
		{"POST", "/acct/Weather", row(`"a@odata.type":"Edm.Binary","a":"` + strings.Repeat("AAAA", 21846) + `"`),
			"PropertyValueTooLarge", 400, -1},
		{"POST", "/acct/Weather", `{"PartitionKey":"p"}`, "PropertiesNeedValue", 400, -1},
		{"POST", "/acct/Weather", `{"PartitionKey":"` + strings.Repeat("a", 513) + `","RowKey":"r"}`,
			"KeyValueTooLarge", 400, -1},
		{"POST", "/acct/Weather", `{"PartitionKey":"a\u0085","RowKey":"r"}`, "OutOfRangeInput", 400, -1},
		{"POST", "/acct/Weather", row(`"a":{}`), "InvalidInput", 400, -1},
		{"POST", "/acct/Weather", row(`"a":1`) + "x", "InvalidInput", 400, -1},
		{"POST", "/acct/Weather", row(`"a":1,`), "InvalidInput", 400, -1},
		{"PUT", "/acct/Weather(PartitionKey='p',RowKey='r')", `{"RowKey":"other"}`, "InvalidInput", 400, -1},
		{"PUT", "/acct/Weather(RowKey='r')", `{}`, "InvalidInput", 400, -1},
		{"DELETE", "/acct/Weather(PartitionKey='p',RowKey='%23')", "", "OutOfRangeInput", 400, -1},
		{"POST", "/acct/Tables", `{"TableName":"ab"}`, "OutOfRangeInput", 400, -1},
		{"POST", "/acct/Tables", `{"TableName":"a_bc"}`, "InvalidResourceName", 400, -1},
		{"POST", "/acct/Tables", `{"TableName":"tables"}`, "InvalidResourceName", 400, -1},
		{"GET", "/acct/Weather()?$filter=" + filter + "n%20eq%202", "", "InvalidInput", 400, -1},
		{"GET", "/acct/Weather()?$top=1001", "", "InvalidInput", 400, -1},
	} {
		_, bad := tables.Parse(request(test.method, test.target, test.body, "Content-Type",
			"multipart/mixed; boundary=batch_6c0e"), tables.Limits{Comparisons: tables.DocumentedComparisons})
		if bad == nil || bad.Code != test.code || bad.Status != test.status || bad.Index != test.index {
			t.Errorf("%s %.60s %.60q: %+v, want %d %s at %d", test.method, test.target, test.body, bad, test.status,
				test.code, test.index)
		}
	}
	for _, allowed := range []string{"/acct/Weather()?$top=1000", "/acct/Weather()?$filter=" +
		strings.TrimSuffix(filter, "%20or%20")} {
		parse(t, request("GET", allowed, ""))
	}
	parse(t, request("POST", "/acct/$batch", changes(many[:100]...), "Content-Type",
		"multipart/mixed; boundary=batch_6c0e"))
	parse(t, request("POST", "/acct/Weather", row(`"a":"`+strings.Repeat("é", 32<<10)+`"`)))
}

// TestVerbOverride: Azurite takes X-HTTP-Method with any verb; a write must not look like a read.
func TestVerbOverride(t *testing.T) {
	for _, test := range [][3]string{
		{"GET", "DELETE", "XMethodNotUsingPost"}, {"PUT", "MERGE", "XMethodNotUsingPost"},
		{"POST", "merge", "XMethodIncorrectValue"}, {"POST", "PUT", "XMethodIncorrectValue"},
	} {
		_, bad := tables.Parse(request(test[0], "/acct/Weather(PartitionKey='p',RowKey='r')", "", "X-HTTP-Method",
			test[1], "If-Match", "*"), tables.Limits{Comparisons: tables.DocumentedComparisons})
		if bad == nil || bad.Code != test[2] {
			t.Errorf("%s as %s: %v, want %s", test[0], test[1], bad, test[2])
		}
	}
}

func TestRefusalForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	q, bad := tables.Parse(request("POST", "/acct/$batch", changes(insert("p", "r"), insert("q", "r")), "Content-Type",
		"multipart/mixed; boundary=batch_6c0e"), tables.Limits{Comparisons: tables.DocumentedComparisons})
	w := httptest.NewRecorder()
	bad.Write(w, tables.FormOf(q.Kind), now)
	if text := w.Body.String(); w.Code != 202 || !strings.Contains(text, "HTTP/1.1 400 Bad Request\r\n") ||
		!strings.Contains(text, `"value":"1:All commands in a batch`) ||
		!strings.HasPrefix(text, "--"+strings.TrimPrefix(w.Header().Get("Content-Type"), "multipart/mixed; boundary=")+
			"\r\n") {
		t.Errorf("a batch is refused with %d %v\n%s", w.Code, w.Header(), text)
	}
}

// TestForms: what is about the service or a table's policies is XML, as the service has it.
func TestForms(t *testing.T) {
	for kind, form := range map[string]wire.Form{inject.Stats: wire.XML, inject.Properties: wire.XML,
		inject.ACL: wire.XML, inject.Insert: wire.JSON, inject.Other: wire.JSON} {
		if got := tables.FormOf(kind); got != form {
			t.Errorf("%s is refused in the form %d, want %d", kind, got, form)
		}
	}
}
