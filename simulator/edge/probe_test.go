package edge

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestProbesAsFrontDoorMakesThem(t *testing.T) {
	type request struct{ method, uri, agent, probe, id, connection string }
	got := make(chan request, 1000)
	east := newMachine(t, "east", func(_ http.ResponseWriter, r *http.Request) {
		got <- request{r.Method, r.RequestURI, r.UserAgent(), r.Header.Get("X-FD-HealthProbe"),
			r.Header.Get("X-Azure-FDID"), r.RemoteAddr}
	})
	s := fast()
	s.Method, s.Path = http.MethodGet, "/health/ready?deep=1"
	e := startProfile(t, s, 1, nil, east)
	first, second := <-got, <-got
	if first.connection == second.connection {
		t.Error("two probes over one connection")
	}
	first.connection = ""
	if want := (request{"GET", "/health/ready?deep=1", "Edge Health Probe", "1", e.ID(), ""}); first != want {
		t.Errorf("got %+v", first)
	}
	s.Method = http.MethodHead
	if err := e.Tune(s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a HEAD", func() bool { return (<-got).method == http.MethodHead })
}

func TestOnlyAWhole200IsHealthy(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"204":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"404":            http.NotFound,
		"redirect to ok": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) },
		"too late":       func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		},
		"great header": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 8192)) },
		"reset":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fast()
			s.Method, s.Path = http.MethodGet, "/probe"
			east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/probe" {
					handle(w, r)
				}
			})
			west := newMachine(t, "west", nil)
			var mu sync.Mutex
			var events []Event
			e := startProfile(t, s, 1, func(e Event) { mu.Lock(); events = append(events, e); mu.Unlock() }, east, west)
			eventually(t, "a switch", func() bool { return e.Sites()[0].Switches == 1 })
			_ = e.Close()
			for _, ev := range events {
				if ev.Site != "site00" || ev.Origin == "west" || ev.Kind == ProbeFailed && ev.Detail == "" {
					t.Errorf("event %+v", ev)
				}
			}
			status := e.Sites()[0]
			if o := status.Origins[0]; o.Healthy || o.ProbesFailed < 2 || o.Probes != o.ProbesFailed ||
				len(o.Samples) < 2 || status.LastSwitch.IsZero() {
				t.Errorf("status %+v", status)
			}
		})
	}
}

// Issue 3, line 9: fast settings, in real time, 30 sites. The distribution is printed; on a busy machine only a hang
// is an error.
func TestThirtySitesSwitchAndComeBack(t *testing.T) {
	const sites = 30
	east, west := newMachine(t, "east", nil), newMachine(t, "west", nil)
	e := startProfile(t, fast(), sites, nil, east, west)
	all := func(target string, samples int) func() bool {
		return func() bool {
			return !slices.ContainsFunc(e.Sites(), func(s SiteStatus) bool {
				return !slices.Equal(s.Targets, []string{target}) || len(s.Origins[0].Samples) < samples
			})
		}
	}
	report := func(what string, since time.Time, least, most time.Duration) {
		var took []time.Duration
		for _, s := range e.Sites() {
			took = append(took, s.LastSwitch.Sub(since))
		}
		t.Logf("%s, the rules allow %v to %v: %s", what, least, most, distribution(took))
		if last := took[len(took)-1]; last > 10*most+patienceOfTests/6 {
			t.Errorf("%s: the last site after %v", what, last)
		}
	}
	eventually(t, "full windows", all("east", 4))
	lost := time.Now()
	east.stop()
	eventually(t, "all at west", all("west", 4))
	least, most := fast().Detection()
	report("outage to switch", lost, least, most)
	for i := range sites {
		if _, text := send(t, http.MethodPost, at(e, i), strings.NewReader("x")); text != "west" {
			t.Errorf("site %d answers %q", i, text)
		}
	}
	eventually(t, "windows of failures", func() bool {
		return !slices.ContainsFunc(e.Sites(), func(s SiteStatus) bool {
			return slices.ContainsFunc(s.Origins[0].Samples, func(p Sample) bool { return p.OK })
		})
	})
	back := time.Now()
	east.start(t)
	eventually(t, "all back at east", all("east", 4))
	least, most = fast().Restoration()
	report("end to failback", back, least, most)
	if _, text := send(t, http.MethodGet, at(e, 3), nil); text != "east" {
		t.Errorf("answers %q", text)
	}
}

func TestIdleSitesProbeLess(t *testing.T) {
	east := newMachine(t, "east", nil)
	s := fast()
	s.Interval, s.Timeout, s.IdleEvery = 20*time.Millisecond, 20*time.Millisecond, 1000
	e := startProfile(t, s, 1, nil, east)
	eventually(t, "the first probe", func() bool { return e.Sites()[0].Origins[0].Probes == 1 })
	time.Sleep(10 * s.Interval)
	if n := e.Sites()[0].Origins[0].Probes; n != 1 {
		t.Errorf("an idle site made %d probes", n)
	}
	eventually(t, "more probes with traffic", func() bool {
		send(t, http.MethodGet, at(e, 0), nil)
		return e.Sites()[0].Origins[0].Probes > 3
	})
}
