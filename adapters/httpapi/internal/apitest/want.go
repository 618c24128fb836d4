package apitest

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"tidemark/adapters/httpapi/schema"
)

// Decoded decodes an answer strictly.
func Decoded[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v
}

// WantStatus fails a test whose answer has another status.
func WantStatus(t testing.TB, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("status %d, want %d: %s", w.Code, want, w.Body)
	}
}

// WantProblem decodes a problem and checks what holds for all of them.
func WantProblem(t testing.TB, w *httptest.ResponseRecorder, wantStatus int, wantKind string) schema.Problem {
	t.Helper()
	WantStatus(t, w, wantStatus)
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q: %s", ct, w.Body)
	}
	p := Decoded[schema.Problem](t, w)
	if p.Type != "tag:tidemark,2026:"+wantKind || p.Status != wantStatus || p.Title == "" || p.Instance == "" ||
		p.Instance != w.Header().Get("X-Request-Id") {
		t.Errorf("problem %+v, want %s", p, wantKind)
	}
	return p
}
