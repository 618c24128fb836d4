package azkit

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// TestBatchesAreMultipartRequests reads a batch as the service does.
func TestBatchesAreMultipartRequests(t *testing.T) {
	actions := []Action{
		{Method: http.MethodPost, PK: "p", RK: "1", Row: []byte(`{"a":1}`)},
		{Method: http.MethodPut, PK: "p", RK: "2", IfMatch: `W/"x"`, Row: []byte(`{}`)},
		{Method: http.MethodPut, PK: "p", RK: "3", Row: []byte(`{}`)},
		{Method: http.MethodPatch, PK: "p,-2f", RK: "4~", IfMatch: "*", Row: []byte(`{}`)},
		{Method: http.MethodDelete, PK: "p", RK: "5", IfMatch: "*"},
	}
	paths := []string{"/a/T", "/a/T(PartitionKey='p',RowKey='2')", "/a/T(PartitionKey='p',RowKey='3')",
		"/a/T(PartitionKey='p,-2f',RowKey='4~')", "/a/T(PartitionKey='p',RowKey='5')"}
	b := NewBatch("http://host/a/T", actions)
	outer, err := partsOf(b.ContentType, b.Body)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := onlyPart(outer)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := partsOf(changes.contentType, changes.body)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range actions {
		part, err := inner.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.ReadRequest(bufio.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil || !bytes.Equal(body, a.Row) || req.Method != a.Method || req.URL.Path != paths[i] ||
			req.Header.Get("If-Match") != string(a.IfMatch) {
			t.Errorf("action %d came out as %s %s, If-Match %q, %q (%v)", i, req.Method, req.URL.Path,
				req.Header.Get("If-Match"), body, err)
		}
	}
	if _, err := inner.NextPart(); err != io.EOF || b.actions != len(actions) {
		t.Errorf("after %d actions: %v", b.actions, err)
	}
}
