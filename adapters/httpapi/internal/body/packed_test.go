package body

import (
	"bytes"
	"io"
	"runtime"
	"testing"
	"weak"

	"github.com/klauspost/compress/gzip"
)

// TestGzipReadersLetGoOfBodies decompresses a body, and gives the reader back, which others get: it must not know the
// body any more, because the memory of a large one belongs to the system by then. (zstd decoders that are kept see
// small bodies alone, which are of the heap.)
func TestGzipReadersLetGoOfBodies(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(bytes.Repeat([]byte("m,source=s value=1 1\n"), 1000))
	_ = w.Close()
	body := bytes.Clone(packed.Bytes())
	known := weak.Make(&body[0])
	reader, err := openGzip(body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Fatal(err)
	}
	giveGzip(reader)
	body = nil
	runtime.GC()
	if known.Value() != nil {
		t.Error("a reader that was given back knows the body it read")
	}
	runtime.KeepAlive(reader)
}
