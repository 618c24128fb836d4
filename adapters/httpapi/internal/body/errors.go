package body

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
)

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
		p := problem.New(http.StatusRequestTimeout, "canceled", "The body did not come in time", fault.Message(err))
		p.Header.Set("Retry-After", strconv.Itoa(int(intake.RetryAfter/time.Second)))
		return p
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem.New(http.StatusRequestTimeout, "canceled", "The body did not come",
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
