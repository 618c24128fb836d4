package fault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/domain/fault"
)

// frozen is the kinds as they are stored and logged. A line of it never changes.
var frozen = []struct {
	kind   fault.Kind
	number uint8
	name   string
}{
	{0, 0, "ok"},
	{fault.Invalid, 1, "invalid"},
	{fault.NotFound, 2, "not-found"},
	{fault.Conflict, 3, "conflict"},
	{fault.Unauthenticated, 4, "unauthenticated"},
	{fault.Forbidden, 5, "forbidden"},
	{fault.TooLarge, 6, "too-large"},
	{fault.Throttled, 7, "throttled"},
	{fault.Unavailable, 8, "unavailable"},
	{fault.Indeterminate, 9, "indeterminate"},
	{fault.Canceled, 10, "canceled"},
	{fault.Corrupt, 11, "corrupt"},
	{fault.Internal, 12, "internal"},
}

func TestKindsAreFrozen(t *testing.T) {
	for _, f := range frozen {
		if uint8(f.kind) != f.number || f.kind.String() != f.name {
			t.Errorf("kind %d is %q, frozen as %d %q", f.kind, f.kind, f.number, f.name)
		}
	}
	if got := fault.Kind(len(frozen)).String(); got != "kind-13" {
		t.Errorf("a kind that does not exist is called %q: a new one belongs into the frozen list", got)
	}
	if got := fault.Kind(255).String(); got != "kind-255" {
		t.Errorf("kind 255 is called %q", got)
	}
}

func TestKindOf(t *testing.T) {
	cause := errors.New("cause")
	inner := fault.New(fault.Conflict, "inner", "moved")
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	for _, c := range []struct {
		what string
		err  error
		want fault.Kind
	}{
		{"nil", nil, 0},
		{"classified", inner, fault.Conflict},
		{"wrapped by fmt", fmt.Errorf("while: %w", inner), fault.Conflict},
		{"joined", errors.Join(cause, inner), fault.Conflict},
		{"the outermost counts", fault.Wrap(fault.Unavailable, "outer", inner), fault.Unavailable},
		{"a classified deadline is what the adapter says",
			fault.Wrap(fault.Indeterminate, "op", context.DeadlineExceeded), fault.Indeterminate},
		{"canceled", context.Canceled, fault.Canceled},
		{"deadline", fmt.Errorf("while: %w", context.DeadlineExceeded), fault.Canceled},
		{"the error of a context with a cause", ended.Err(), fault.Canceled},
		{"anything else", cause, fault.Internal},
	} {
		if got := fault.KindOf(c.err); got != c.want {
			t.Errorf("%s: kind %v, want %v", c.what, got, c.want)
		}
		for _, f := range frozen {
			if got, want := fault.Is(c.err, f.kind), c.err != nil && f.kind == c.want; got != want {
				t.Errorf("%s: Is(%v) = %v, want %v", c.what, f.kind, got, want)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	if err := fault.Wrap(fault.Internal, "op", nil); err != nil {
		t.Errorf("wrapped nil is %#v: an interface that holds a nil pointer is not nil", err)
	}
	cause := errors.New("cause")
	err := fault.Wrap(fault.Unavailable, "journal.append", cause)
	if !errors.Is(err, cause) {
		t.Errorf("the cause is lost: %v", err)
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Op != "journal.append" || e.Kind != fault.Unavailable {
		t.Errorf("got %#v", err)
	}
}

func TestText(t *testing.T) {
	full := &fault.Error{Kind: fault.Throttled, Op: "http.post", Message: "slow down", RetryAfter: time.Second,
		Cause: errors.New("secret")}
	if got, want := full.Error(), "http.post: throttled: slow down: secret"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := (&fault.Error{Kind: fault.NotFound, Op: "chunks.get"}).Error(),
		"chunks.get: not-found"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if got, want := fault.New(fault.Invalid, "op", "%d of %q", 3, "x").Error(), `op: invalid: 3 of "x"`; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestMessageKeepsTheCauseFromTheClient(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("secret"), ""},
		{fault.Wrap(fault.Internal, "op", errors.New("secret")), ""},
		{fmt.Errorf("secret: %w", &fault.Error{Message: "say this", Cause: errors.New("secret")}), "say this"},
		{fault.Wrap(fault.Internal, "op", fault.New(fault.Invalid, "op", "of the cause")), ""},
	} {
		got := fault.Message(c.err)
		if got != c.want || strings.Contains(got, "secret") {
			t.Errorf("message of %v is %q, want %q", c.err, got, c.want)
		}
	}
}
