package azkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"tidemark/domain/fault"
)

func TestClassifyAnswers(t *testing.T) {
	for _, c := range []struct {
		status      int
		code        string
		read, write fault.Kind
	}{
		{400, "InvalidInput", fault.Invalid, fault.Invalid},
		{400, "PropertyValueTooLarge", fault.TooLarge, fault.TooLarge},
		{413, "RequestBodyTooLarge", fault.TooLarge, fault.TooLarge},
		{403, "InsufficientAccountPermissions", fault.Unavailable, fault.Unavailable},
		{404, "ResourceNotFound", fault.NotFound, fault.NotFound},
		{409, "EntityAlreadyExists", fault.Conflict, fault.Conflict},
		{409, "TableBeingDeleted", fault.Unavailable, fault.Unavailable},
		{412, "UpdateConditionNotSatisfied", fault.Conflict, fault.Conflict},
		{429, "", fault.Unavailable, fault.Unavailable},
		{500, "OperationTimedOut", fault.Unavailable, fault.Indeterminate},
		{503, "ServerBusy", fault.Unavailable, fault.Indeterminate},
		{302, "", fault.Unavailable, fault.Indeterminate},
	} {
		answer := &azcore.ResponseError{StatusCode: c.status, ErrorCode: c.code,
			RawResponse: &http.Response{Header: http.Header{"Retry-After": {"7"}}}}
		for access, want := range map[Access]fault.Kind{Read: c.read, Write: c.write} {
			err := Classify(t.Context(), "op", access, answer)
			if !fault.Is(err, want) {
				t.Errorf("%d %s of a write %v: got %v, want %v", c.status, c.code, access, err, want)
			}
			var f *fault.Error
			if errors.As(err, &f); want == fault.Unavailable && f.RetryAfter != 7*time.Second {
				t.Errorf("%d: retry after %v", c.status, f.RetryAfter)
			}
		}
		if got := Classify(t.Context(), "op", Write, &BatchError{Status: c.status, Code: c.code}); !fault.Is(got,
			c.write) {
			t.Errorf("batch %d %s: got %v, want %v", c.status, c.code, got, c.write)
		}
	}
}

// TestTheStorageIsNeverTheClientsFault goes over every status: 429 is for clients that ask too much of us, and a
// storage that is busy is not asked too much by the one who happens to wait for it.
func TestTheStorageIsNeverTheClientsFault(t *testing.T) {
	for status := 100; status < 600; status++ {
		for _, code := range []string{"", "ServerBusy", "OperationTimedOut"} {
			for _, access := range []Access{Read, Write} {
				for _, answer := range []error{&azcore.ResponseError{StatusCode: status, ErrorCode: code},
					&BatchError{Status: status, Code: code}} {
					if err := Classify(t.Context(), "op", access, answer); fault.Is(err, fault.Throttled) {
						t.Errorf("%d %s of a write %v: %v", status, code, access, err)
					}
				}
			}
		}
	}
	err := Classify(t.Context(), "op", Read, &azcore.ResponseError{StatusCode: 503, ErrorCode: "ServerBusy"})
	if !strings.Contains(fault.Message(err), "busy") {
		t.Errorf("a busy storage is told as %q", fault.Message(err))
	}
}

// call sends one write through a client of its own and classifies the outcome.
func call(ctx context.Context, o Options, url string) error {
	options := o.ClientOptions()
	client, err := azcore.NewClient("azkit", "v1.0.0", runtime.PipelineOptions{}, &options)
	if err != nil {
		return err
	}
	req, err := runtime.NewRequest(o.WriteContext(ctx, "op"), http.MethodPost, url)
	if err != nil {
		return err
	}
	_, err = client.Pipeline().Do(req)
	return Classify(ctx, "op", Write, err)
}

func TestRefusedConnectionIsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	if err := call(t.Context(), Options{Retries: 3}, url); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestDroppedAnswerIsIndeterminateAndTriedOnce(t *testing.T) {
	var requests atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		requests.Add(1)
		panic(http.ErrAbortHandler)
	}))
	defer srv.Close()
	calls := 0
	err := call(t.Context(), Options{Retries: 3, OnCall: func(op string) {
		if calls++; op != "op" {
			t.Errorf("counted as %q", op)
		}
	}}, srv.URL)
	if !fault.Is(err, fault.Indeterminate) || requests.Load() != 1 || calls != 1 {
		t.Errorf("got %v after %d requests and %d calls", err, requests.Load(), calls)
	}
}

func TestTimeouts(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	if err := call(t.Context(), Options{TryTimeout: 50 * time.Millisecond}, srv.URL); !fault.Is(err,
		fault.Indeterminate) {
		t.Errorf("our time-out: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := call(ctx, Options{TryTimeout: time.Minute}, srv.URL); !fault.Is(err, fault.Canceled) {
		t.Errorf("the caller's time-out: %v", err)
	}
}

func TestClassifiedErrorsStay(t *testing.T) {
	known := fmt.Errorf("more: %w", fault.New(fault.Corrupt, "op", "text"))
	if err := Classify(t.Context(), "other", Write, known); err != known {
		t.Errorf("got %v", err)
	}
	if err := Classify(t.Context(), "op", Read, nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	if err := Unsure(fault.New(fault.Unavailable, "op", "text")); !fault.Is(err, fault.Indeterminate) {
		t.Errorf("got %v", err)
	}
	if err := Unsure(fault.New(fault.Conflict, "op", "text")); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
}
