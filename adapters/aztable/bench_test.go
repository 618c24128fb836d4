package aztable_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tidemark/adapters/aztable"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite/azuritetest"
)

// BenchmarkAppend appends blocks to one stream, one after another and two in flight. Most of the time is Azurite's.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{10 << 10, 1 << 20} {
		for _, flights := range []int{1, 2} {
			b.Run(fmt.Sprintf("bytes=%d/flights=%d", size, flights), func(b *testing.B) {
				srv, account := azuritetest.Account(b)
				c, _ := open(b, srv, account)
				s, j := stream(b, c), c.Journal()
				block := noise(size)
				var n atomic.Uint64
				next := func() {
					at := telemetry.Position{Stream: s, Number: telemetry.Number(n.Add(1))}
					if _, err := j.Append(b.Context(), journal.Append{At: at, Block: block}); err != nil {
						b.Error(err)
					}
				}
				next()
				b.SetBytes(int64(size))
				b.ReportAllocs()
				if flights == 1 {
					for b.Loop() {
						next()
					}
					return
				}
				b.SetParallelism(1) // two flights on two processors
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						next()
					}
				})
			})
		}
	}
}

// answering is a transport that answers every batch of two actions with success: what remains is our own cost.
type answering struct{}

func (answering) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	const action = "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 204 " +
		"No Content\r\n\r\n\r\n"
	body := "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + action + action + "--c--\r\n--b--\r\n"
	header := http.Header{"Content-Type": {"multipart/mixed; boundary=b"}, "Date": {"Mon, 23 Nov 2026 06:28:43 GMT"}}
	return &http.Response{StatusCode: http.StatusAccepted, Header: header, Body: io.NopCloser(strings.NewReader(body)),
		Request: req}, nil
}

// BenchmarkAppendClient is the client's part of an append: no network, no storage.
func BenchmarkAppendClient(b *testing.B) {
	c, err := aztable.Open(aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5",
		Wrap: func(http.RoundTripper) http.RoundTripper { return answering{} }})
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{10 << 10, 900 << 10} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			a := journal.Append{At: telemetry.Position{Stream: telemetry.Stream{Writer: "w"}, Number: 2},
				Block: noise(size)}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Journal().Append(b.Context(), a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
