package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tidemark/simulator/wire/queues"
)

// Store is an account's queues at an Azurite, as the simulator itself calls it.
type Store struct {
	Base    string // of the queue service, without the account: http://127.0.0.1:10001
	Account string
	Sign    func(*http.Request)
	Do      func(*http.Request) (*http.Response, error)
}

// StatusError is an answer that was not expected.
type StatusError struct {
	Call   string
	Status int
	Code   string // of the service; "" is none
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("queues: %s: the store answers %d %s", e.Call, e.Status, e.Code)
}

// refused reports whether a store has answered, and so.
func refused(err error, statuses ...int) bool {
	var e *StatusError
	if !errors.As(err, &e) {
		return false
	}
	for _, status := range statuses {
		if e.Status == status {
			return true
		}
	}
	return len(statuses) == 0
}

// maxAnswer bounds what is read of an answer: 32 messages of 64 KiB, every byte a reference of some letters, or 5,000
// queues.
const maxAnswer = 64 << 20

// call is one request. Of the header only metadata is set. Any answer but one of 2xx is a *StatusError.
func (s *Store) call(ctx context.Context, method, path string, query url.Values, metadata map[string]string,
	body []byte) (http.Header, []byte, error) {
	target := s.Base + "/" + s.Account + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("queues: %s %s: %w", method, path, err)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/xml")
	}
	for name, value := range metadata {
		r.Header["x-ms-meta-"+name] = []string{value} // not in Go's spelling: the store keeps it
	}
	s.Sign(r)
	resp, err := s.Do(r)
	if err != nil {
		return nil, nil, fmt.Errorf("queues: %s %s: %w", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, nil, fmt.Errorf("queues: %s %s: its answer: %w", method, path, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, nil, &StatusError{method + " " + path, resp.StatusCode, resp.Header.Get("x-ms-error-code")}
	}
	return resp.Header, answer, nil
}

func queuePath(queue string) string { return "/" + url.PathEscape(queue) }

func messagePath(queue, local string) string {
	return queuePath(queue) + "/messages/" + url.PathEscape(local)
}

// create makes a queue with this metadata, or gives it to the one that there is.
func (s *Store) create(ctx context.Context, queue string, metadata map[string]string) error {
	_, _, err := s.call(ctx, http.MethodPut, queuePath(queue), nil, metadata, nil)
	if refused(err, http.StatusConflict) {
		_, _, err = s.call(ctx, http.MethodPut, queuePath(queue), url.Values{"comp": {"metadata"}}, metadata, nil)
	}
	return err
}

// Delete deletes a queue, if there is one.
func (s *Store) Delete(ctx context.Context, queue string) error {
	_, _, err := s.call(ctx, http.MethodDelete, queuePath(queue), nil, nil, nil)
	if refused(err, http.StatusNotFound) {
		return nil
	}
	return err
}

func (s *Store) acl(ctx context.Context, queue string) (string, error) {
	_, body, err := s.call(ctx, http.MethodGet, queuePath(queue), url.Values{"comp": {"acl"}}, nil, nil)
	return string(body), err
}

func (s *Store) setACL(ctx context.Context, queue, acl string) error {
	_, _, err := s.call(ctx, http.MethodPut, queuePath(queue), url.Values{"comp": {"acl"}}, nil, []byte(acl))
	return err
}

var ofService = url.Values{"restype": {"service"}, "comp": {"properties"}}

func (s *Store) setProperties(ctx context.Context, properties string) error {
	_, _, err := s.call(ctx, http.MethodPut, "/", ofService, nil, []byte(properties))
	return err
}

// CopyProperties gives a region's service the properties of another's.
func CopyProperties(ctx context.Context, from, to *Store) error {
	_, body, err := from.call(ctx, http.MethodGet, "/", ofService, nil, nil)
	if err != nil {
		return err
	}
	return to.setProperties(ctx, string(body))
}

func (s *Store) clear(ctx context.Context, queue string) error {
	_, _, err := s.call(ctx, http.MethodDelete, queuePath(queue)+"/messages", nil, nil, nil)
	return err
}

// put puts a message so that it is hidden and lives for as long as it still has to.
func (s *Store) put(ctx context.Context, queue string, m Message, now time.Time) (queues.Item, error) {
	hidden := m.hidden(now)
	query := url.Values{"messagettl": {strconv.Itoa(m.left(now, hidden))}, "visibilitytimeout": {strconv.Itoa(hidden)}}
	_, body, err := s.call(ctx, http.MethodPost, queuePath(queue)+"/messages", query, nil, queues.MessageBody(m.Text))
	if err != nil {
		return queues.Item{}, err
	}
	items, err := queues.ReadItems(body)
	if err == nil && len(items) != 1 {
		err = fmt.Errorf("queues: a Put to %s gave %d messages", queue, len(items))
	}
	if err != nil {
		return queues.Item{}, err
	}
	return items[0], nil
}

// update hides a message anew, and changes its text if it is another; it gives the new receipt.
func (s *Store) update(ctx context.Context, queue string, at *kept, m Message,
	now time.Time) (receipt string, err error) {
	var body []byte
	if at.Text != m.Text {
		body = queues.MessageBody(m.Text)
	}
	query := url.Values{"popreceipt": {at.receipt}, "visibilitytimeout": {strconv.Itoa(m.hidden(now))}}
	h, _, err := s.call(ctx, http.MethodPut, messagePath(queue, at.local), query, nil, body)
	return h.Get("x-ms-popreceipt"), err
}

func (s *Store) remove(ctx context.Context, queue string, at *kept) error {
	_, _, err := s.call(ctx, http.MethodDelete, messagePath(queue, at.local), url.Values{"popreceipt": {at.receipt}},
		nil, nil)
	return err
}

// Peek shows the first 32 messages that are not hidden: all that the service shows of a queue.
func (s *Store) Peek(ctx context.Context, queue string) ([]queues.Item, error) {
	query := url.Values{"peekonly": {"true"}, "numofmessages": {strconv.Itoa(queues.MaxTake)}}
	_, body, err := s.call(ctx, http.MethodGet, queuePath(queue)+"/messages", query, nil, nil)
	if err != nil {
		return nil, err
	}
	return queues.ReadItems(body)
}

// hidden is for how many seconds a message still has to be invisible, rounded up; the service takes at most seven
// days.
func (m Message) hidden(now time.Time) int {
	return min(max(ceilSeconds(m.Visible.Sub(now)), 0), queues.SevenDays)
}

// left is how many seconds it still has to live, rounded up: longer than it is hidden, as the service asks; -1 is for
// ever.
func (m Message) left(now time.Time, hidden int) int {
	if m.Expires.Year() >= 9999 {
		return -1
	}
	return max(ceilSeconds(m.Expires.Add(coarse).Sub(now)), hidden+1, 1)
}

func ceilSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
