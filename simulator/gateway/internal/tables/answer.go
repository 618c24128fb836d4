package tables

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"tidemark/simulator/inject"
)

// maxAnswer bounds the answer to a write that is held: a batch of 100 has a few hundred bytes for each, an Insert
// gives its entity back.
const maxAnswer = 16 << 20

// Committed says whether an answer means that the write was done, without sending it; Answer can be called
// afterwards. (Answer = Committed + send; the gateway uses the two halves when it has to lose the answer.) Of a
// batch: 202 and every operation succeeded. An error means that it is not known.
func (q *Request) Committed(from *http.Response) (bool, error) {
	if !q.batch {
		return from.StatusCode/100 == 2, nil
	}
	if from.StatusCode != http.StatusAccepted {
		return false, nil
	}
	body, err := q.hold(from)
	if err != nil {
		return false, err
	}
	done, failed := batchStatus(body)
	if failed == nil && done != len(q.Ops) {
		return false, fmt.Errorf("azurite answered %d of the %d operations of a batch", done, len(q.Ops))
	}
	return failed == nil, nil
}

// answerOf is about what Azurite answers to an operation of a batch, in bytes.
const answerOf = 512

// hold reads an answer's body and puts it back.
func (q *Request) hold(from *http.Response) ([]byte, error) {
	if held, ok := from.Body.(*heldBody); ok {
		return held.bytes, nil
	}
	about := from.ContentLength
	if about < 0 {
		about = answerOf * int64(len(q.Ops))
	}
	var b bytes.Buffer
	b.Grow(int(min(about, maxAnswer)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(from.Body, maxAnswer+1))
	if err == nil && n > maxAnswer {
		err = fmt.Errorf("the answer is over %d bytes", maxAnswer)
	}
	if err != nil {
		return nil, fmt.Errorf("read azurite's answer: %w", err)
	}
	body := b.Bytes()
	from.Body = &heldBody{bytes: body, Reader: bytes.NewReader(body), Closer: from.Body}
	return body, nil
}

type heldBody struct {
	bytes []byte
	io.Reader
	io.Closer
}

// Answer translates Azurite's answer to a write and sends it: ETags and Timestamps are the stamp's, the carrier is
// left out. The returned committed says whether it committed (of a batch: 202 and every operation succeeded). A zero
// stamp leaves the answer as it is.
func (q *Request) Answer(w http.ResponseWriter, from *http.Response, stamp time.Time,
	now time.Time) (committed bool, err error) {
	committed, err = q.Committed(from)
	if err != nil {
		return false, err
	}
	body := []byte(nil)
	translate := committed && !stamp.IsZero() && changesEntities(q.Kind)
	if translate && from.Header.Get("ETag") != "" {
		from.Header.Set("ETag", ETag(stamp))
	}
	switch {
	case q.batch && from.StatusCode == http.StatusAccepted:
		if body, err = q.hold(from); err != nil {
			return committed, err
		}
		from.Header.Set("Content-Type", batchType(body, from.Header.Get("Content-Type")))
		if translate {
			body = stampBatch(body, stamp)
		}
	case translate && q.Kind == inject.Insert:
		if body, err = q.hold(from); err != nil {
			return committed, err
		}
		var b bytes.Buffer
		(&translator{w: &b}).entity(body)
		body = b.Bytes()
	default:
		return committed, pass(w, from, now)
	}
	return committed, send(w, from, now, body)
}

// AnswerRead translates Azurite's answer to a read as it streams, one entity at a time: Timestamp and ETag (in the
// entity and in the header) are the stamp's where the row carries one, the carrier is left out, whatever $select and
// the metadata level.
func (q *Request) AnswerRead(w http.ResponseWriter, from *http.Response, now time.Time) error {
	giveTokens(from.Header)
	switch {
	case q.batch && from.StatusCode == http.StatusAccepted:
		return q.answerBatchRead(w, from, now)
	case q.page.cuts() && from.StatusCode == http.StatusOK:
		return q.answerPage(w, from, now)
	case from.StatusCode != http.StatusOK || q.Plain:
	case q.Kind == inject.GetEntity:
		body, err := q.hold(from)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		b.Grow(len(body))
		t := translator{w: &b}
		if t.entity(body); len(t.stamp) > 0 && from.Header.Get("ETag") != "" {
			from.Header.Set("ETag", string(t.etag))
		}
		return send(w, from, now, b.Bytes())
	case q.Kind == inject.QueryEntities:
		head(w, from, now)
		out := bufio.NewWriterSize(w, 32<<10)
		s := newStream(from.Body, out)
		if err := s.run(); err != nil {
			return fmt.Errorf("read azurite's answer: %w", err)
		}
		return out.Flush()
	}
	return pass(w, from, now)
}

// answerPage answers with a page that may end before Azurite's.
func (q *Request) answerPage(w http.ResponseWriter, from *http.Response, now time.Time) error {
	var body bytes.Buffer
	s := newStream(from.Body, &body)
	s.ends = func(row []byte) bool { return q.page.ends(row, body.Len()) }
	s.plain = q.page.plain
	if err := s.run(); err != nil {
		return fmt.Errorf("read azurite's answer: %w", err)
	}
	q.page.say(from.Header)
	return send(w, from, now, body.Bytes())
}

// head sends the status and the headers, without a length.
func head(w http.ResponseWriter, from *http.Response, now time.Time) {
	dropHops(from.Header)
	from.Header.Del("Content-Length")
	h := w.Header()
	for name, values := range from.Header {
		h[name] = values
	}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	w.WriteHeader(from.StatusCode)
}

// send sends an answer with another body.
func send(w http.ResponseWriter, from *http.Response, now time.Time, body []byte) error {
	if from.StatusCode != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	head(w, from, now)
	_, err := w.Write(body)
	if from.StatusCode == http.StatusNoContent {
		return nil
	}
	return err
}

// pass sends an answer as it is.
func pass(w http.ResponseWriter, from *http.Response, now time.Time) error {
	if from.ContentLength >= 0 && from.StatusCode != http.StatusNoContent && from.StatusCode != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.FormatInt(from.ContentLength, 10))
	}
	head(w, from, now)
	if _, err := io.Copy(w, from.Body); err != nil {
		return fmt.Errorf("pass azurite's answer on: %w", err)
	}
	return nil
}
