package apitest

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// TwoReadings are two readings as JSON.
const TwoReadings = `{"readings":[{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,` +
	`"unit":"C"},{"source":"roof","metric":"hum","time":"2026-11-23T06:00:00Z","value":40}]}`

// Compress compresses with gzip or zstd.
func Compress(t testing.TB, coding string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "zstd" {
		var err error
		if w, err = zstd.NewWriter(&b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TwoLines are three readings as line protocol.
const TwoLines = "weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000\nload value=3 " +
	"1700000000000000001\n"
