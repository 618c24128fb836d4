package orders_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"tidemark/app/tidemark/internal/cli/clitest"
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
	for name, answers := range map[string][]string{"unseen": {before, planned, done},
		"seen, and re-enabled at once": {before, planned, replaced, again}} {
		var n atomic.Int32
		control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.HasSuffix(r.URL.Path, "/losses"):
				_, _ = io.WriteString(w, `{"items":[{"total":3,"about":"what it means"}]}`)
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
		code, text := clitest.Said(t, "sim", "failover", "--type", "planned", "--account", "tidemark",
			"--control", control.URL)
		control.Close()
		if code != 0 || strings.Contains(text, "nothing was lost") ||
			!strings.Contains(text, "an unplanned failover took the place of the planned one") ||
			!strings.Contains(text, "3 writes were lost\n  what it means\n") {
			t.Errorf("%s: exit %d:\n%s", name, code, text)
		}
	}
}

// TestAFailoverThatWasCalledOff is no failover that is done.
func TestAFailoverThatWasCalledOff(t *testing.T) {
	const steady = `{"name":"tidemark","primary":"east","secondary":"west","phase":"steady","failovers":2}`
	const down = `{"name":"tidemark","primary":"east","secondary":"west","phase":"down","failover":"planned",` +
		`"failovers":2}`
	var n atomic.Int32
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/accounts":
			_, _ = io.WriteString(w, `{"items":[`+steady+`]}`)
		case strings.HasSuffix(r.URL.Path, "/missing"), r.URL.Path == "/regions":
			_, _ = io.WriteString(w, `{"items":[]}`)
		default:
			_, _ = io.WriteString(w, []string{steady, down, down, steady}[min(int(n.Add(1))-1, 3)])
		}
	}))
	defer control.Close()
	code, text := clitest.Said(t, "sim", "failover", "--type", "planned", "--account", "tidemark",
		"--control", control.URL)
	if code == 0 || !strings.Contains(text, "was called off") || strings.Contains(text, "nothing was lost") {
		t.Errorf("exit %d:\n%s", code, text)
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
			_, _ = io.WriteString(w, `{"items":[{"name":"west","up":true},{"name":"east","up":false,`+
				`"outages":["outage-7"]}]}`)
		case r.Method == http.MethodGet && asked.Add(1) > 3:
			_, _ = io.WriteString(w, live)
		default:
			_, _ = io.WriteString(w, bootstrap)
		}
	}))
	defer control.Close()
	code, text := clitest.Said(t, "sim", "reenable", "--account", "tidemark",
		"--control", control.URL)
	want := "it waits for region east, which is out (outage-7); tidemark sim heal east ends that"
	if code != 0 || strings.Count(text, want) != 1 {
		t.Errorf("exit %d, %q not once:\n%s", code, want, text)
	}
}

// TestAFailoverWaitsForWhatItNeeds and says nothing of another region, which is out all the while: an unplanned
// failover from a region that was lost goes on without it.
func TestAFailoverWaitsForWhatItNeeds(t *testing.T) {
	account := func(phase, kind string) string {
		return `{"name":"tidemark","primary":"east","secondary":"west","state":"live","phase":"` + phase +
			`","failover":"` + kind + `"}`
	}
	const steady = `{"name":"tidemark","primary":"west","phase":"steady"}`
	for name, c := range map[string]struct {
		kind, out, phase string
		waits            bool
		also             string
	}{
		"unplanned, from the lost region": {"unplanned", "east", "down", false, ""},
		"unplanned, to the lost region":   {"unplanned", "west", "down", true, ""},
		"unplanned, announced":            {"unplanned", "east", "announced", false, ""},
		"unplanned, completing":           {"unplanned", "east", "completing", false, ""},
		"planned, from the lost region": {"planned", "east", "down", true,
			", or an unplanned one takes its place\n"},
		"planned, to the lost region":      {"planned", "west", "down", true, "tidemark sim heal west ends that\n"},
		"planned, announced":               {"planned", "east", "announced", false, ""},
		"planned, its roles are exchanged": {"planned", "east", "completing", false, ""},
	} {
		var asked atomic.Int32
		control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.URL.Path == "/regions":
				_, _ = io.WriteString(w, `{"items":[{"name":"`+c.out+`","up":false,"outages":["outage-7"]}]}`)
			case strings.HasSuffix(r.URL.Path, "/losses"), strings.HasSuffix(r.URL.Path, "/missing"):
				_, _ = io.WriteString(w, `{"items":[]}`)
			case r.Method == http.MethodGet && asked.Add(1) > 2:
				_, _ = io.WriteString(w, steady)
			default:
				_, _ = io.WriteString(w, account(c.phase, c.kind))
			}
		}))
		code, text := clitest.Said(t, "sim", "failover", "--type", c.kind, "--account", "tidemark",
			"--control", control.URL)
		control.Close()
		says := strings.Contains(text, "it waits for region "+c.out+", which is out (outage-7)")
		if code != 0 || says != c.waits || !says && strings.Contains(text, "waits for") ||
			!strings.Contains(text, c.also) || !strings.Contains(text, "  "+c.phase+", live") {
			t.Errorf("%s: exit %d, waits %v:\n%s", name, code, c.waits, text)
		}
	}
}
