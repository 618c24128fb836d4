package wire

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 29, 6, 30, 0, 123456700, time.UTC)

const hard = "less < more & \"quoted\" > \u2028 ü"

// TestRefusals are written in both forms with the same headers and the same text, lines and all.
func TestRefusals(t *testing.T) {
	headers := map[Form]http.Header{}
	for form, read := range map[Form]func([]byte) (code, message string){
		JSON: func(body []byte) (string, string) {
			var e struct {
				Error struct {
					Code    string
					Message struct{ Lang, Value string }
				} `json:"odata.error"`
			}
			if err := json.Unmarshal(body, &e); err != nil {
				t.Errorf("%v: %s", err, body)
			}
			return e.Error.Code, e.Error.Message.Value
		},
		XML: func(body []byte) (string, string) {
			var e struct {
				XMLName       xml.Name `xml:"Error"`
				Code, Message string
			}
			if err := xml.Unmarshal(body, &e); err != nil {
				t.Errorf("%v: %s", err, body)
			}
			return e.Code, e.Message
		},
	} {
		w := httptest.NewRecorder()
		Refusal{http.StatusBadRequest, "InvalidInput", hard}.Write(w, form, at)
		body, _ := io.ReadAll(w.Result().Body)
		code, message := read(body)
		want := hard + "\nRequestId:" + w.Header().Get("x-ms-request-id") + "\nTime:2026-11-29T06:30:00.1234567Z"
		if w.Code != http.StatusBadRequest || code != "InvalidInput" || message != want {
			t.Errorf("%d %s %q", w.Code, code, message)
		}
		if strings.Contains(string(body), "&#x") {
			t.Errorf("line ends are escaped: %s", body)
		}
		headers[form] = w.Header()
	}
	for name := range headers[XML] {
		if headers[JSON].Get(name) == "" {
			t.Errorf("JSON lacks the header %s", name)
		}
	}
	for _, h := range headers {
		if h.Get("x-ms-error-code") != "InvalidInput" || h.Get("Date") != "Sun, 29 Nov 2026 06:30:00 GMT" ||
			h.Get("x-ms-version") != Version {
			t.Errorf("%v", h)
		}
	}
}
