package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"tidemark/domain/fault"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
)

// ZstdWindow bounds the memory that a zstd frame may ask for.
const ZstdWindow = 8 << 20

// bounds are those of a body: bytes as sent, and after decompression.
type bounds struct{ sent, decoded int }

var (
	boundsOfReadings = bounds{telemetry.MaxBodyBytes, telemetry.MaxDecodedBytes}
	boundsOfSource   = bounds{MaxSourceBody, MaxSourceBody}
)

// coding is how a body is compressed.
type coding uint8

const (
	identity coding = iota
	gzipped
	zstdCoded
)

// codingOf is the coding of a request's body; the error is 415 for one that is unknown.
func codingOf(h http.Header) (coding, error) {
	given := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ",")))
	switch given {
	case "", "identity":
		return identity, nil
	case "gzip", "x-gzip":
		return gzipped, nil
	case "zstd":
		return zstdCoded, nil
	}
	return 0, unsupported(fmt.Sprintf("the coding %.40q is unknown: compress the body once, with gzip or zstd, "+
		"or not at all", given))
}

func errDecoded(limit int) error {
	return fault.New(fault.TooLarge, "httpapi.body", "the body has more than %d bytes after decompression: send "+
		"less at a time", limit)
}

func errSent(limit int) error {
	return fault.New(fault.TooLarge, "httpapi.body", "the body has more than %d bytes: send less at a time", limit)
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
	case errors.Is(err, intake.ErrSlow):
		p := newProblem(http.StatusRequestTimeout, "canceled", "The body did not come in time", fault.Message(err))
		p.header.Set("Retry-After", strconv.Itoa(int(intake.RetryAfter/time.Second)))
		return p
	case errors.Is(err, os.ErrDeadlineExceeded):
		return newProblem(http.StatusRequestTimeout, "canceled", "The body did not come",
			"the body did not come in time: send it faster, or less at a time")
	case errors.As(err, &classified):
		return err
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return errDecoded(telemetry.MaxDecodedBytes)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fault.New(fault.TooLarge, "httpapi.body",
			"the zstd frame needs more than %d bytes of memory: compress with a smaller window", ZstdWindow)
	case compressed:
		return &fault.Error{Kind: fault.Invalid, Op: "httpapi.body",
			Message: "the body does not decompress: it is broken, or cut off, or Content-Encoding is wrong", Cause: err}
	}
	return &fault.Error{Kind: fault.Invalid, Op: "httpapi.body", Message: "the body broke off before its end",
		Cause: err}
}

// readJSON reads a small JSON document into v, a pointer to a struct. What is no JSON is fault.Invalid; what is not
// in the struct or of another type is 422, by name.
func (c *call) readJSON(ctx context.Context, v any, most bounds) error {
	if kind, err := bodyType(c.r.Header); err != nil || kind != typeJSON {
		return unsupported("send application/json")
	}
	body, err := c.receive(ctx, most)
	if err != nil {
		return err
	}
	defer body.close()
	if !utf8.Valid(body.bytes) { // encoding/json would put something else in its place
		return fault.New(fault.Invalid, "httpapi.body", "the body is not UTF-8: send UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body.bytes))
	d.DisallowUnknownFields()
	if err = d.Decode(v); err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		}
		err = errors.New("there is something behind the document")
	}
	var wrong *json.UnmarshalTypeError
	var p *Problem
	switch name, found := strings.CutPrefix(err.Error(), "json: unknown field "); {
	case found:
		return invalidParam("body", unknown("member", strings.Trim(name, `"`), memberNames(v)))
	case errors.As(err, &p):
		return p
	case errors.As(err, &wrong):
		return invalidParam(strings.TrimSuffix("body."+wrong.Field, "."),
			fmt.Sprintf("it is a %s; send a %s", wrong.Value, wrong.Type))
	}
	return fault.New(fault.Invalid, "httpapi.body", "the body is no JSON document: %s", err)
}

// memberNames are the members of the document that is read into v, a pointer to a struct.
func memberNames(v any) (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v).Elem()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
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
