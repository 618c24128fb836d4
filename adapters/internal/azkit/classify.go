package azkit

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"tidemark/domain/fault"
)

// Access says whether a call may have changed something.
type Access bool

// The two kinds of calls.
const (
	Read  Access = false
	Write Access = true
)

// Classify gives an SDK's error its kind. ctx is the caller's context, without the time-out of a try. An error that
// is classified already stays as it is.
//
//   - never sent: Unavailable
//   - the caller gave up: Canceled
//   - no answer, or one that cannot be understood: Indeterminate for a write, Unavailable for a read
//   - 5xx: Indeterminate for a write (it may have been executed before the server failed), Unavailable for a read
//   - 429: Unavailable. A storage that is busy is no fault of our client, so nothing here is ever Throttled
//   - 404, 409, 412 and the like: what they say
//   - 401 and 403: Unavailable, for it is our account that was refused, not our client
func Classify(ctx context.Context, op string, access Access, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	f := &fault.Error{Op: op, Cause: err}
	status, code := StatusOf(err)
	switch {
	case status != 0:
		f.Kind = kindOf(status, code, access)
		if f.Kind == fault.Unavailable {
			f.RetryAfter = retryAfter(err)
		}
		if busy(status, code) && f.Kind == fault.Unavailable {
			f.Message = "the storage is busy: try again later"
		}
	case neverSent(err) && ctx.Err() == nil:
		f.Kind = fault.Unavailable
	case ctx.Err() != nil:
		f.Kind = fault.Canceled
	case access == Write:
		f.Kind = fault.Indeterminate
	default:
		f.Kind = fault.Unavailable
	}
	return f
}

// StatusOf gives the HTTP status and the service's error code of an answer; 0 when there was none.
func StatusOf(err error) (status int, code string) {
	var b *BatchError
	if errors.As(err, &b) {
		return b.Status, b.Code
	}
	var r *azcore.ResponseError
	if errors.As(err, &r) {
		return r.StatusCode, r.ErrorCode
	}
	return 0, ""
}

// Failed reports whether the service answered with one of the codes.
func Failed(err error, codes ...string) bool {
	_, code := StatusOf(err)
	for _, c := range codes {
		if code == c && c != "" {
			return true
		}
	}
	return false
}

func kindOf(status int, code string, access Access) fault.Kind {
	switch code {
	case "EntityTooLarge", "PropertyValueTooLarge", "RequestBodyTooLarge", "TooManyProperties", "KeyValueTooLarge",
		"ContentLengthExceeded":
		return fault.TooLarge
	case "TableBeingDeleted", "QueueBeingDeleted", "AccountBeingCreated":
		return fault.Unavailable
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.Unavailable
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return fault.Conflict
	case http.StatusRequestEntityTooLarge:
		return fault.TooLarge
	case http.StatusTooManyRequests:
		return fault.Unavailable
	}
	if status >= 400 && status < 500 && status != http.StatusRequestTimeout {
		return fault.Invalid
	}
	if access == Write { // 5xx, 408, and every status that storage never sends
		return fault.Indeterminate
	}
	return fault.Unavailable
}

// busy reports whether the service is there and has too much to do: an account's or a partition's scale target, for
// instance.
func busy(status int, code string) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable && code == "ServerBusy"
}

// retryAfter reads the header in seconds; storage sends no dates there.
func retryAfter(err error) time.Duration {
	var r *azcore.ResponseError
	if !errors.As(err, &r) || r.RawResponse == nil {
		return 0
	}
	seconds, err := strconv.Atoi(r.RawResponse.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// Date is the service's clock in an answer: its Date header, to the second.
func Date(resp *http.Response) (time.Time, error) {
	if resp == nil {
		return time.Time{}, errors.New("no answer to take a date from")
	}
	t, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, err
	}
	return t.UTC(), nil
}

// Unsure is for what fails after an operation of several calls has changed something, or may have in an earlier try:
// it did not certainly not happen, so Unavailable becomes Indeterminate.
func Unsure(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable {
		return err
	}
	unsure := *f
	unsure.Kind, unsure.RetryAfter = fault.Indeterminate, 0
	return &unsure
}
