package tables

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
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
