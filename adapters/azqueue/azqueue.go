// Package azqueue is the work queue in Azure Queue Storage.
//
// Bodies are base64 on the wire, as the Functions queue trigger expects them. Messages never expire: a hint that is
// not taken for a week is still a hint. Times are whole seconds on the service; durations are rounded up.
package azqueue

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/fault"
	"tidemark/ports/queue"
)

// Config names a queue and says how to call it.
type Config struct {
	URL     string // the queue endpoint, "https://account.queue.core.windows.net" or "http://127.0.0.1:10001/account"
	Account string // the account's name
	Key     string // the shared key, base64
	Name    string // the queue: 3 to 63 lower-case letters, digits and single dashes

	TryTimeout time.Duration                             // of one try; 0 is one second
	Retries    int                                       // of reads; writes are never retried here
	OnCall     func(op string)                           // told of every HTTP request with its operation, "queue.send"
	Wrap       func(http.RoundTripper) http.RoundTripper // put around the transport: faults, traces
}

// String leaves the key out.
func (c Config) String() string { return fmt.Sprintf("{%s of %s at %s}", c.Name, c.Account, c.URL) }

// GoString leaves the key out.
func (c Config) GoString() string { return c.String() }

// Queue implements queue.Queue. It is safe for concurrent use.
type Queue struct {
	sdk     *azqueue.QueueClient
	options azkit.Options
}

var _ queue.Queue = (*Queue)(nil)

var queueName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Open makes a client of one queue, its transport too. It does no I/O: Prepare makes the queue.
func Open(c Config) (*Queue, error) {
	if len(c.Name) < 3 || len(c.Name) > 63 || !queueName.MatchString(c.Name) {
		return nil, fmt.Errorf("azqueue: %q is no name of a queue: use 3 to 63 lower-case letters, digits and "+
			"single dashes", c.Name)
	}
	if u, err := url.Parse(c.URL); err != nil || u.Scheme == "" || u.Host == "" {
		return nil, fmt.Errorf("azqueue: %q is not the URL of a queue endpoint", c.URL)
	}
	cred, err := azqueue.NewSharedKeyCredential(c.Account, c.Key)
	if err != nil {
		return nil, fmt.Errorf("azqueue: key of account %s: %w", c.Account, err)
	}
	o := azkit.Options{TryTimeout: c.TryTimeout, Retries: c.Retries, OnCall: c.OnCall, Wrap: c.Wrap}
	endpoint := strings.TrimSuffix(c.URL, "/") + "/" + c.Name
	sdk, err := azqueue.NewQueueClientWithSharedKeyCredential(endpoint, cred,
		&azqueue.ClientOptions{ClientOptions: o.ClientOptions()})
	if err != nil {
		return nil, fmt.Errorf("azqueue: %s: %w", endpoint, err)
	}
	return &Queue{sdk: sdk, options: o}, nil
}

// Prepare makes the queue if there is none.
func (q *Queue) Prepare(ctx context.Context) error {
	const op = "queue.prepare"
	_, err := q.sdk.Create(q.options.WriteContext(ctx, op), nil)
	if azkit.Failed(err, "QueueAlreadyExists") {
		return nil // with metadata of somebody else's
	}
	return azkit.Classify(ctx, op, azkit.Write, err)
}

// Send implements queue.Queue.
func (q *Queue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	const op = "queue.send"
	if len(body) > queue.MaxBodyBytes {
		return fault.New(fault.TooLarge, op, "a message of %d bytes is over the bound of %d", len(body),
			queue.MaxBodyBytes)
	}
	hidden, err := seconds(op, max(0, delay), 0)
	if err != nil {
		return err
	}
	const never = -1
	_, err = q.sdk.EnqueueMessage(q.options.WriteContext(ctx, op), encode(body),
		&azqueue.EnqueueMessageOptions{TimeToLive: to.Ptr[int32](never), VisibilityTimeout: &hidden})
	return classify(ctx, op, azkit.Write, err)
}

// Receive implements queue.Queue.
func (q *Queue) Receive(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
	const op = "queue.receive"
	hidden, err := seconds(op, visibility, 1)
	if err != nil {
		return nil, err
	}
	if err := checkMax(op, max); err != nil {
		return nil, err
	}
	answer, err := q.sdk.DequeueMessages(q.options.WriteContext(ctx, op),
		&azqueue.DequeueMessagesOptions{NumberOfMessages: to.Ptr(int32(max)), VisibilityTimeout: &hidden})
	if err != nil {
		return nil, classify(ctx, op, azkit.Write, err)
	}
	out := make([]queue.Delivery, 0, len(answer.Messages))
	for _, m := range answer.Messages {
		out = append(out, queue.Delivery{
			Message: message(m.MessageID, m.MessageText, m.InsertionTime, m.DequeueCount),
			Receipt: value(m.PopReceipt),
		})
	}
	return out, nil
}

// Extend implements queue.Queue.
func (q *Queue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	const op = "queue.extend"
	hidden, err := seconds(op, visibility, 1)
	if err != nil {
		return queue.Delivery{}, err
	}
	answer, err := q.sdk.UpdateMessage(q.options.WriteContext(ctx, op), d.ID, d.Receipt, encode(d.Body),
		&azqueue.UpdateMessageOptions{VisibilityTimeout: &hidden})
	if err != nil {
		return queue.Delivery{}, receipt(ctx, op, err)
	}
	d.Receipt = value(answer.PopReceipt)
	d.Body = append([]byte(nil), d.Body...)
	return d, nil
}

// Delete implements queue.Queue.
func (q *Queue) Delete(ctx context.Context, d queue.Delivery) error {
	const op = "queue.delete"
	_, err := q.sdk.DeleteMessage(q.options.WriteContext(ctx, op), d.ID, d.Receipt, nil)
	return receipt(ctx, op, err)
}

// Peek implements queue.Queue.
func (q *Queue) Peek(ctx context.Context, max int) ([]queue.Message, error) {
	const op = "queue.peek"
	if err := checkMax(op, max); err != nil {
		return nil, err
	}
	answer, err := q.sdk.PeekMessages(azkit.ReadContext(ctx, op),
		&azqueue.PeekMessagesOptions{NumberOfMessages: to.Ptr(int32(max))})
	if err != nil {
		return nil, classify(ctx, op, azkit.Read, err)
	}
	out := make([]queue.Message, 0, len(answer.Messages))
	for _, m := range answer.Messages {
		out = append(out, message(m.MessageID, m.MessageText, m.InsertionTime, m.DequeueCount))
	}
	return out, nil
}

// Length implements queue.Queue.
func (q *Queue) Length(ctx context.Context) (int, error) {
	const op = "queue.length"
	answer, err := q.sdk.GetProperties(azkit.ReadContext(ctx, op), nil)
	if err != nil {
		return 0, classify(ctx, op, azkit.Read, err)
	}
	return int(value(answer.ApproximateMessagesCount)), nil
}
