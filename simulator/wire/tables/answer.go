package tables

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/wire/odata"
)

// Committed says whether an answer means that the write was done, without sending it; Answer can be called afterwards,
// and begins with it. An answer that is to be lost is written into what holds it back (gateway's held). Of a batch: 202
// and every operation succeeded. An error means that it is not known.
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
		from.Header.Set("ETag", odata.ETag(stamp))
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
