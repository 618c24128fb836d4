package body_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
)

func TestCompressedBodies(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for range 3 { // readers take turns
		for _, coding := range []string{"gzip", "zstd", "identity"} {
			in := []byte(apitest.TwoReadings)
			if coding != "identity" {
				in = apitest.Compress(t, coding, in)
			}
			apitest.WantStatus(t, r.Do("POST", "/v1/readings", in, "Content-Type", "application/json",
				"Content-Encoding", coding),
				200)
			if coding != "identity" {
				p := apitest.WantProblem(t, r.Do("POST", "/v1/readings", in[:len(in)-5], "Content-Type",
					"application/json", "Content-Encoding", coding), 400, "invalid")
				if !strings.Contains(p.Detail, "decompress") {
					t.Errorf("%s: %s", coding, p.Detail)
				}
			}
		}
	}
	for _, coding := range []string{"br", "gzip, gzip"} {
		apitest.WantProblem(t, r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings), "Content-Type",
			"application/json", "Content-Encoding", coding), 415, "unsupported-media-type")
	}
	if len(r.Ingest.Writes) != 9 {
		t.Errorf("%d writes", len(r.Ingest.Writes))
	}
}

// A gigabyte of zeros in a megabyte of gzip is stopped where it passes the bound.
func TestBombsAreStopped(t *testing.T) {
	var one, bomb bytes.Buffer
	z := gzip.NewWriter(&one)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	for range 1024 { // a gzip stream may have many members
		bomb.Write(one.Bytes())
	}
	bigZstd := apitest.Compress(t, "zstd", make([]byte, 256<<20))
	r := apitest.New(t, httpapi.Config{})
	for _, target := range []string{"/v1/readings", "/api/v2/write", "/write"} {
		for coding, in := range map[string][]byte{"gzip": bomb.Bytes(), "zstd": bigZstd} {
			w := r.Do("POST", target, in, "Content-Type", "application/json", "Content-Encoding", coding)
			apitest.WantStatus(t, w, 413)
			if !strings.Contains(w.Body.String(), "after decompression") {
				t.Errorf("%s %s: %s", target, coding, w.Body)
			}
		}
	}
	if len(r.Ingest.Writes) != 0 {
		t.Errorf("%d writes", len(r.Ingest.Writes))
	}
	if n := r.Bodies.Held(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
}
