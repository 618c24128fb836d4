package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// ZstdWindow bounds the memory that a zstd frame may ask for.
const ZstdWindow = 8 << 20

var gzips, zstds sync.Pool

// bounds are those of a body: bytes as sent, and after decompression.
type bounds struct{ sent, decoded int }

var (
	boundsOfReadings = bounds{telemetry.MaxBodyBytes, telemetry.MaxDecodedBytes}
	boundsOfSource   = bounds{MaxSourceBody, MaxSourceBody}
)

// readBody reads the body of a request into buf, which it grows, within the bounds. What is over a bound is not read on. The error is fault.TooLarge, fault.Invalid for what
// does not decompress, 415 for an unknown coding, 408 for a body that did not come.
func (c *call) readBody(buf []byte, most bounds) ([]byte, error) {
	if c.r.ContentLength > int64(most.sent) {
		return buf, errSent(most.sent)
	}
	sent := &countingReader{r: http.MaxBytesReader(c.w, c.r.Body, int64(most.sent)), n: &c.in}
	coding := strings.ToLower(strings.TrimSpace(strings.Join(c.r.Header.Values("Content-Encoding"), ",")))
	switch coding {
	case "", "identity":
		if n := c.r.ContentLength; n > int64(cap(buf)) {
			buf = make([]byte, 0, n+1) // and one to see the end without growing
		}
		buf, err := readAll(buf, sent, most.sent)
		return buf, bodyError(err, false)
	case "gzip", "x-gzip":
		return inflate(buf, sent, most.decoded, &gzips, openGzip)
	case "zstd":
		return inflate(buf, sent, most.decoded, &zstds, openZstd)
	}
	return buf, unsupported(fmt.Sprintf("the coding %.40q is unknown: compress the body once, with gzip or zstd, or not at all", coding))
}

// decompressor is a reader that can be used again.
type decompressor interface {
	io.Reader
	Reset(io.Reader) error
}

// openGzip has no reader of its own until there is a header to read: Reset reads it.
func openGzip() (decompressor, error) { return new(gzip.Reader), nil }

func openZstd() (decompressor, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(ZstdWindow), zstd.WithDecoderMaxMemory(telemetry.MaxDecodedBytes+1))
}

func inflate(buf []byte, sent io.Reader, limit int, pool *sync.Pool, open func() (decompressor, error)) ([]byte, error) {
	d, ok := pool.Get().(decompressor)
	if !ok {
		var err error
		if d, err = open(); err != nil {
			return buf, fault.Wrap(fault.Internal, "httpapi.body", err)
		}
	}
	err := d.Reset(sent)
	if err == nil {
		buf, err = readAll(buf, d, limit)
	}
	_ = d.Reset(strings.NewReader("")) // lets go of the request; an empty gzip stream is an error that means nothing here
	pool.Put(d)
	return buf, bodyError(err, true)
}

func errDecoded(limit int) error {
	return fault.New(fault.TooLarge, "httpapi.body", "the body has more than %d bytes after decompression: send less at a time", limit)
}

func errSent(limit int) error {
	return fault.New(fault.TooLarge, "httpapi.body", "the body has more than %d bytes: send less at a time", limit)
}

// readAll reads to the end, or one byte over the limit.
func readAll(buf []byte, r io.Reader, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, errDecoded(limit)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}

// bodyError classifies what went wrong while reading.
func bodyError(err error, compressed bool) error {
	var tooLarge *http.MaxBytesError
	var classified *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return errSent(int(tooLarge.Limit))
	case errors.As(err, &classified):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return newProblem(http.StatusRequestTimeout, "canceled", "The body did not come", "the body did not come in time: send it faster, or less at a time")
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return errDecoded(telemetry.MaxDecodedBytes)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fault.New(fault.TooLarge, "httpapi.body", "the zstd frame needs more than %d bytes of memory: compress with a smaller window", ZstdWindow)
	case compressed:
		return &fault.Error{Kind: fault.Invalid, Op: "httpapi.body", Message: "the body does not decompress: it is broken, or cut off, or Content-Encoding is wrong", Cause: err}
	}
	return &fault.Error{Kind: fault.Invalid, Op: "httpapi.body", Message: "the body broke off before its end", Cause: err}
}

// readJSON reads a small JSON document into v, a pointer to a struct. What is no JSON is fault.Invalid; what is not in the struct or of another
// type is 422, by name.
func (c *call) readJSON(v any, most bounds) error {
	if kind, err := bodyType(c.r.Header); err != nil || kind != typeJSON {
		return unsupported("send application/json")
	}
	buf := takeBuffer()
	defer giveBuffer(buf)
	var err error
	if *buf, err = c.readBody(*buf, most); err != nil {
		return err
	}
	if !utf8.Valid(*buf) { // encoding/json would put something else in its place
		return fault.New(fault.Invalid, "httpapi.body", "the body is not UTF-8: send UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(*buf))
	d.DisallowUnknownFields()
	if err = d.Decode(v); err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("there is something behind the document")
	}
	var wrong *json.UnmarshalTypeError
	var p *Problem
	switch name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case unknown:
		return invalidParam("body", "there is no member "+name+": leave it out")
	case errors.As(err, &p):
		return p
	case errors.As(err, &wrong):
		return invalidParam(strings.TrimSuffix("body."+wrong.Field, "."), fmt.Sprintf("it is a %s; send a %s", wrong.Value, wrong.Type))
	}
	return fault.New(fault.Invalid, "httpapi.body", "the body is no JSON document: %s", err)
}

type countingReader struct {
	r io.Reader
	n *int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	*r.n += int64(n)
	return n, err
}
