package azqueue

import (
	"context"
	"encoding/base64"
	"time"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/queue"
)

// maxHidden is the service's bound on delays and leases.
const maxHidden = 7 * 24 * time.Hour

// seconds rounds a duration up to the service's unit. least is the shortest that it takes.
func seconds(op string, d time.Duration, least int32) (int32, error) {
	if d > maxHidden || d < time.Duration(least)*time.Second {
		return 0, fault.New(fault.Invalid, op, "a message can be hidden for %d s to 7 days, not for %v", least, d)
	}
	return int32((d + time.Second - 1) / time.Second), nil
}

func checkMax(op string, max int) error {
	if max < 1 || max > queue.MaxReceive {
		return fault.New(fault.Invalid, op, "ask for 1 to %d messages, not for %d", queue.MaxReceive, max)
	}
	return nil
}

func encode(body []byte) string { return base64.StdEncoding.EncodeToString(body) }

// message is the domain's form of a message. A text that is not base64 was put there by somebody else: it is given as
// it is, for whoever takes the message to refuse it, rather than to stand in the way of all others.
func message(id, text *string, inserted *time.Time, count *int64) queue.Message {
	body, err := base64.StdEncoding.DecodeString(value(text))
	if err != nil {
		body = []byte(value(text))
	}
	return queue.Message{ID: value(id), Body: body, Inserted: value(inserted).UTC(), DequeueCount: int(value(count))}
}

// value is what a pointer of the SDK's points to, or zero.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// classify gives the service's errors their kinds. A queue that is not there was not prepared.
func classify(ctx context.Context, op string, access azkit.Access, err error) error {
	if azkit.Failed(err, "QueueNotFound") {
		return &fault.Error{Kind: fault.Unavailable, Op: op, Message: "the queue has not been prepared", Cause: err}
	}
	return azkit.Classify(ctx, op, access, err)
}

// receipt is classify for calls with a receipt. The service says 404 or, of a receipt that another took the place of,
// 400.
func receipt(ctx context.Context, op string, err error) error {
	if azkit.Failed(err, "MessageNotFound", "PopReceiptMismatch") {
		return &fault.Error{Kind: fault.NotFound, Op: op, Message: "somebody else has the message, or it is gone",
			Cause: err}
	}
	return classify(ctx, op, azkit.Write, err)
}
