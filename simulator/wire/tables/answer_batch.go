package tables

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"tidemark/simulator/wire"
	"tidemark/simulator/wire/odata"
)

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
	mark := []byte("\nETag: ")
	out := make([]byte, 0, len(body)+64)
	etag := odata.ETag(stamp)
	for {
		before, after, ok := bytes.Cut(body, mark)
		if out = append(out, before...); !ok {
			return out
		}
		out = append(append(out, mark...), etag...)
		body = after[max(0, bytes.IndexAny(after, "\r\n")):]
	}
}

// failure is the operation of a batch that failed.
type failure struct {
	index  int // -1 if the answer does not say
	status int
	code   string
}

// batchStatus reads the answers of a batch: how many operations succeeded, up to one that failed.
func batchStatus(body []byte) (done int, failed *failure) {
	for {
		_, rest, ok := bytes.Cut(body, []byte("\nHTTP/1.1 "))
		if !ok {
			return done, nil
		}
		status, _ := strconv.Atoi(string(rest[:min(len(rest), 3)]))
		if status/100 != 2 {
			return done, failureOf(status, rest)
		}
		done++
		body = rest
	}
}

// failureOf reads the answer of the operation that failed.
func failureOf(status int, answer []byte) *failure {
	f := &failure{index: -1, status: status}
	for line := range bytes.Lines(answer) {
		switch {
		case bytes.HasPrefix(line, []byte("Content-ID: ")):
			if n, err := strconv.Atoi(string(bytes.TrimSpace(line[12:]))); err == nil {
				f.index = n - 1
			}
		case bytes.HasPrefix(line, []byte(`{"odata.error"`)):
			f.code = codeOf(line)
			return f
		}
	}
	return f
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

// answerBatchRead sends the answer to a query in a batch. Azurite wraps it in a change set and forgets the line
// between headers and entity; it is composed anew as the service has it.
func (q *Request) answerBatchRead(w http.ResponseWriter, from *http.Response, now time.Time) error {
	body, err := q.hold(from)
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
	boundary := "batchresponse_" + wire.RequestID()
	out := []byte("--" + boundary + "\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: " +
		"binary\r\n\r\nHTTP/1.1 ")
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
