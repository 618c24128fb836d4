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

// maxAnswer bounds the answer to a write that is held: a batch of 100 has a few hundred bytes for each, an Insert gives its entity back.
const maxAnswer = 16 << 20

// Committed says whether an answer means that the write was done, without sending it; Answer can be called afterwards. (Answer = Committed
// + send; the gateway uses the two halves when it has to lose the answer.) Of a batch: 202 and every operation succeeded. An error means that
// it is not known.
func (q *Request) Committed(from *http.Response) (bool, error) {
	if !q.batch {
		return from.StatusCode/100 == 2, nil
	}
	if from.StatusCode != http.StatusAccepted {
		return false, nil
	}
	body, err := hold(from)
	if err != nil {
		return false, err
	}
	done, failed := batchStatus(body)
	if failed == nil && done != len(q.Ops) {
		return false, fmt.Errorf("azurite answered %d of the %d operations of a batch", done, len(q.Ops))
	}
	return failed == nil, nil
}

// hold reads an answer's body and puts it back.
func hold(from *http.Response) ([]byte, error) {
	if held, ok := from.Body.(*heldBody); ok {
		return held.bytes, nil
	}
	body, err := io.ReadAll(io.LimitReader(from.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is over %d bytes", maxAnswer)
	}
	if err != nil {
		return nil, fmt.Errorf("read azurite's answer: %w", err)
	}
	from.Body = &heldBody{bytes: body, Reader: bytes.NewReader(body), Closer: from.Body}
	return body, nil
}

type heldBody struct {
	bytes []byte
	io.Reader
	io.Closer
}

// Answer translates Azurite's answer to a write and sends it: ETags and Timestamps are the stamp's, the carrier is left out. The
// returned committed says whether it committed (of a batch: 202 and every operation succeeded). A zero stamp leaves the answer as it is.
func (q *Request) Answer(w http.ResponseWriter, from *http.Response, stamp time.Time, now time.Time) (committed bool, err error) {
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
		if body, err = hold(from); err != nil {
			return committed, err
		}
		from.Header.Set("Content-Type", batchType(body, from.Header.Get("Content-Type")))
		if translate {
			body = stampBatch(body, stamp)
		}
	case translate && q.Kind == inject.Insert:
		if body, err = hold(from); err != nil {
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

// AnswerRead translates Azurite's answer to a read as it streams, one entity at a time: Timestamp and ETag (in the entity and in the header) are the stamp's
// where the row carries one, the carrier is left out, whatever $select and the metadata level.
func (q *Request) AnswerRead(w http.ResponseWriter, from *http.Response, now time.Time) error {
	switch {
	case q.batch && from.StatusCode == http.StatusAccepted:
		return q.answerBatchRead(w, from, now)
	case from.StatusCode != http.StatusOK || q.Plain:
	case q.Kind == inject.GetEntity:
		body, err := hold(from)
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

// batchType is the answer's type with the boundary that its body has.
func batchType(body []byte, contentType string) string {
	line, _, ok := bytes.Cut(body, []byte("\r\n"))
	if boundary, marked := bytes.CutPrefix(line, []byte("--")); ok && marked {
		return "multipart/mixed; boundary=" + string(boundary)
	}
	return contentType
}

// stampBatch puts the stamp's ETag into each operation's answer. Azurite gives no entities back in a batch.
func stampBatch(body []byte, stamp time.Time) []byte {
	out := make([]byte, 0, len(body)+64)
	etag := "ETag: " + ETag(stamp) + "\r\n"
	for line := range bytes.Lines(body) {
		if bytes.HasPrefix(line, []byte("ETag: ")) {
			out = append(out, etag...)
		} else {
			out = append(out, line...)
		}
	}
	return out
}

// failure is the operation of a batch that failed.
type failure struct {
	index  int // -1 if the answer does not say
	status int
	code   string
}

// batchStatus reads the answers of a batch: how many operations succeeded, or which failed.
func batchStatus(body []byte) (done int, failed *failure) {
	for line := range bytes.Lines(body) {
		switch {
		case bytes.HasPrefix(line, []byte("HTTP/1.1 ")):
			status, _ := strconv.Atoi(string(line[9:min(len(line), 12)]))
			if status/100 == 2 {
				done++
			} else if failed == nil {
				failed = &failure{index: -1, status: status}
			}
		case failed != nil && bytes.HasPrefix(line, []byte("Content-ID: ")):
			if n, err := strconv.Atoi(string(bytes.TrimSpace(line[12:]))); err == nil {
				failed.index = n - 1
			}
		case failed != nil && failed.code == "" && bytes.HasPrefix(line, []byte(`{"odata.error"`)):
			failed.code = codeOf(line)
		}
	}
	return done, failed
}

// codeOf is the code of an error's body.
func codeOf(body []byte) string {
	_, rest, ok := bytes.Cut(body, []byte(`"code":"`))
	if !ok {
		if _, rest, ok = bytes.Cut(body, []byte("<Code>")); !ok {
			return ""
		}
	}
	if i := bytes.IndexAny(rest, `"<`); i >= 0 {
		return string(rest[:i])
	}
	return ""
}

// answerBatchRead sends the answer to a query in a batch. Azurite wraps it in a change set and forgets the line between headers and entity; it
// is composed anew as the service has it.
func (q *Request) answerBatchRead(w http.ResponseWriter, from *http.Response, now time.Time) error {
	body, err := hold(from)
	if err != nil {
		return err
	}
	_, part, ok := bytes.Cut(body, []byte("HTTP/1.1 "))
	if !ok {
		return send(w, from, now, body)
	}
	var entity bytes.Buffer
	t := translator{w: &entity}
	headers, rest, _ := bytes.Cut(part, []byte("{"))
	if i := bytes.LastIndexByte(rest, '}'); i >= 0 {
		t.entity(append([]byte("{"), rest[:i+1]...))
	}
	boundary := "batchresponse_" + requestID()
	out := []byte("--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 ")
	for line := range bytes.Lines(headers) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if bytes.HasPrefix(line, []byte("ETag: ")) && len(t.stamp) > 0 {
			line = append([]byte("ETag: "), t.etag...)
		}
		out = append(append(out, line...), "\r\n"...)
	}
	out = append(append(append(out, "\r\n"...), entity.Bytes()...), "\r\n--"+boundary+"--\r\n"...)
	from.Header.Set("Content-Type", "multipart/mixed; boundary="+boundary)
	return send(w, from, now, out)
}
