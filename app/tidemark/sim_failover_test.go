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
			case r.URL.Path == "/regions":
				_, _ = io.WriteString(w, `{"items":[]}`)
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

// TestACopyThatWaitsSaysForWhat: the region of the copy is lost after the order was taken.
func TestACopyThatWaitsSaysForWhat(t *testing.T) {
	const (
		bootstrap = `{"name":"tidemark","primary":"west","secondary":"east","phase":"steady","state":"bootstrap"}`
		live      = `{"name":"tidemark","primary":"west","secondary":"east","phase":"steady","state":"live"}`
	)
	var asked atomic.Int32
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/regions":
			_, _ = io.WriteString(w, `{"items":[{"name":"west","up":true},{"name":"east","up":false,"outages":["outage-7"]}]}`)
		case r.Method == http.MethodGet && asked.Add(1) > 3:
			_, _ = io.WriteString(w, live)
		default:
			_, _ = io.WriteString(w, bootstrap)
		}
	}))
	defer control.Close()
	code, text := said(t, "sim", "reenable", "--account", "tidemark", "--control", control.URL)
	want := "it waits for region east, which is out (outage-7); tidemark sim heal east ends that"
	if code != 0 || strings.Count(text, want) != 1 {
		t.Errorf("exit %d, %q not once:\n%s", code, want, text)
	}
}
