package tables

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxAnswer bounds the answer to a write that is held: a batch of 100 has a few hundred bytes for each, an Insert
// gives its entity back.
const maxAnswer = 16 << 20

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
