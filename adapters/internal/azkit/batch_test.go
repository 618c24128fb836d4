package azkit

import (
	"errors"
	"strings"
	"testing"
)

const (
	batchType   = "multipart/mixed; boundary=batchresponse_1"
	partHead    = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
	batchStart  = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n"
	changeStart = "--changesetresponse_2\r\n" + partHead
	batchEnd    = "--changesetresponse_2--\r\n--batchresponse_1--\r\n"
	done        = "HTTP/1.1 204 No Content\r\nDataServiceVersion: 1.0;\r\n\r\n\r\n"
	taken       = "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n\r\n" +
		`{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en-US","value":"1:The specified entity ` +
		`already exists.\nRequestId:x"}}}` + "\r\n"
)

func TestParseBatch(t *testing.T) {
	full := batchStart + changeStart + done + changeStart + done + batchEnd
	for name, c := range map[string]struct {
		contentType, body string
		done              int
		refused           *BatchError
	}{
		"all done":                   {batchType, full, 2, nil},
		"boundary of the first line": {"", full, 2, nil},
		"one refused": {batchType, batchStart + changeStart + taken + batchEnd, 0,
			&BatchError{Index: 1, Status: 409, Code: "EntityAlreadyExists",
				Message: "The specified entity already exists.\nRequestId:x"}},
		"refused without a body": {batchType, batchStart + changeStart + "HTTP/1.1 503 Busy\r\n\r\n\r\n" + batchEnd, 0,
			&BatchError{Index: -1, Status: 503}},
		"refused as a whole": {"application/json", `{"odata.error":{"code":"InvalidInput","message":{"value":"0:no"}}}`,
			0,
			&BatchError{Index: 0, Status: 400, Code: "InvalidInput", Message: "no"}},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := parseBatch(c.contentType, []byte(c.body))
			var refused *BatchError
			if errors.As(err, &refused) != (c.refused != nil) || (refused != nil && *refused != *c.refused) ||
				n != c.done {
				t.Errorf("got %d, %v", n, err)
			}
			if c.refused == nil && err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCutAnswersAreNoSuccess cuts an answer at every byte: what is left must never pass for the whole.
func TestCutAnswersAreNoSuccess(t *testing.T) {
	full := batchStart + changeStart + done + changeStart + done + batchEnd
	whole := strings.TrimRight(full, "-\r\n") // the closing dashes themselves may be cut only together
	for i := range len(whole) {
		if n, err := parseBatch(batchType, []byte(full[:i])); err == nil {
			t.Fatalf("cut after %d bytes it counts as %d done: %q", i, n, full[:i])
		}
	}
}

func FuzzParseBatch(f *testing.F) {
	f.Add(batchType, []byte(batchStart+changeStart+done+batchEnd))
	f.Add(batchType, []byte(batchStart+changeStart+taken+batchEnd))
	f.Add("", []byte("--\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		n, err := parseBatch(contentType, body)
		var refused *BatchError
		if err != nil && !errors.As(err, &refused) && !errors.Is(err, errBatchAnswer) {
			t.Fatalf("an error of no kind: %v", err)
		}
		if err != nil && n != 0 {
			t.Fatalf("%d done beside %v", n, err)
		}
		if refused != nil && refused.Status < 400 {
			t.Fatalf("refused with %d", refused.Status)
		}
	})
}
