package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestAPlannedFailoverThatBecameUnplanned, seen or not while it ran, does not say that nothing was lost.
func TestAPlannedFailoverThatBecameUnplanned(t *testing.T) {
	const (
		before   = `{"name":"tidemark","primary":"east","secondary":"west","phase":"steady"}`
		planned  = `{"name":"tidemark","primary":"east","secondary":"west","phase":"down","failover":"planned"}`
		replaced = `{"name":"tidemark","primary":"east","secondary":"west","phase":"down","failover":"unplanned"}`
		done     = `{"name":"tidemark","primary":"west","phase":"steady"}`
		again    = `{"name":"tidemark","primary":"west","secondary":"east","phase":"steady"}`
	)
	for name, answers := range map[string][]string{"unseen": {before, planned, done}, "seen, and re-enabled at once": {before, planned, replaced, again}} {
		var n atomic.Int32
		control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.HasSuffix(r.URL.Path, "/losses"):
				_, _ = io.WriteString(w, `{"items":[{"total":3}]}`)
			case strings.HasSuffix(r.URL.Path, "/missing"):
				_, _ = io.WriteString(w, `{"total":0}`)
			case r.URL.Path == "/accounts":
				_, _ = io.WriteString(w, `{"items":[`+before+`]}`)
			default:
				_, _ = io.WriteString(w, answers[min(int(n.Add(1)), len(answers))-1])
			}
		}))
		code, text := said(t, "sim", "failover", "--type", "planned", "--account", "tidemark", "--control", control.URL)
		control.Close()
		if code != 0 || strings.Contains(text, "nothing was lost") || !strings.Contains(text, "an unplanned failover took the place of the planned one") || !strings.Contains(text, "3 writes were lost") {
			t.Errorf("%s: exit %d:\n%s", name, code, text)
		}
	}
}
