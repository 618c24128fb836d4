package odata

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/simulator/wire"
)

// TestRefusalForms: a refusal of no operation of a batch is in the form that is asked for.
func TestRefusalForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w := httptest.NewRecorder()
	Refuse(403, "InsufficientAccountPermissions", "no").Write(w, wire.XML, now)
	if text := w.Body.String(); w.Code != 403 || !strings.Contains(text,
		"<Error><Code>InsufficientAccountPermissions</Code><Message>no") {
		t.Errorf("statistics are refused with %d %s", w.Code, text)
	}
	w = httptest.NewRecorder()
	Refuse(400, "InvalidInput", `a "quote"`).Write(w, wire.JSON, now)
	if w.Header().Get("x-ms-error-code") != "InvalidInput" ||
		!strings.HasPrefix(w.Body.String(), `{"odata.error":{"code":"InvalidInput","message":{"lang":"en-US",`+
			`"value":"a \"quote\"\nRequestId:`) {
		t.Errorf("refused with %v %s", w.Header(), w.Body)
	}
}

func TestStamps(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678900, time.FixedZone("", 3600))
	if got, err := ParseStampText(StampText(at)); err != nil || !got.Equal(at) {
		t.Errorf("%s came back as %s (%v)", at, got, err)
	}
	if got, ok := ParseETag(ETag(at)); !ok || !got.Equal(at) {
		t.Errorf("%s came back as %s", ETag(at), got)
	}
	for _, s := range []string{"", "*", `"x"`, `W/"x"`, `W/"datetime'x'"`, `W/"datetime'2026-01-02T03%3A04%3A05Z"`} {
		if got, ok := ParseETag(s); ok {
			t.Errorf("%s is taken for the ETag of %s", s, got)
		}
	}
	if _, err := ParseStampText("2026-01-02T03:04:05Z"); err == nil {
		t.Error("a stamp without digits is taken")
	}
}
