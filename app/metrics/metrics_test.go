package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/memory"
	"tidemark/adapters/metered"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/node"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
)

func TestMetricsHaveGoodNames(t *testing.T) {
	m := New("test")
	m.Finished(httpapi.Observation{Method: "GET", Route: "/v1/series", Status: 200, Duration: time.Second,
		BytesOut: 10})
	in := m.Ingest(slog.New(slog.DiscardHandler))
	in.Appended("east", 100, 10, time.Millisecond)
	in.Retried(fault.Unavailable)
	in.Fenced()
	in.Refused(fault.Throttled)
	in.Acknowledged("acme", 6, ingest.Receipt{Durability: telemetry.DurableOne})
	in.Acknowledged("acme", 4, ingest.Receipt{Durability: telemetry.DurableBoth})
	m.Sent("journal.append")
	m.Finished(httpapi.Observation{Method: "POST", Route: "/write", Status: 204,
		Skipped: [readings.SkipKinds]int{3, 0, 1}, Overwritten: 7})
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	text := scrape(t, m)
	for _, want := range []string{"tidemark_ingest_readings_total 10", "tidemark_ingest_block_bytes_total 100",
		`tidemark_ingest_append_seconds_count{region="east"} 1`,
		`tidemark_ingest_acknowledged_readings_total{durability="one"} 6`,
		`tidemark_ingest_acknowledged_readings_total{durability="both"} 4`,
		`tidemark_line_skipped_total{kind="text"} 3`, `tidemark_line_skipped_total{kind="label"} 1`,
		"tidemark_overwritten_total 7"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	return string(body)
}

// TestWhatIsHeardIsCounted, under the labels of who told it.
func TestWhatIsHeardIsCounted(t *testing.T) {
	m := New("test")
	front, back := m.Meter("request", time.Now), m.Meter("background", time.Now)
	front.Called("rows.get", time.Second, fault.New(fault.NotFound, "x", "no"))
	front.Called("rows.apply", time.Second, nil)
	back.Called("rows.apply", time.Second, nil)
	back.Called("rows.apply", time.Second, nil)
	back.Changed(chunks.State, 3)
	back.Changed(chunks.Chunks, 1)
	m.Looked(metered.Hit, 2)
	m.Looked(metered.Failed, 1)
	m.Refused(intake.Full)
	var log strings.Builder
	tell := m.Work(slog.New(slog.NewTextHandler(&log, nil)))
	tell("it failed", work.Message{Kind: work.KindCompact, Tenant: "acme"}, errors.New("why"))
	tell("it failed", work.Message{}, errors.New("why"))
	tell("it is over", work.Message{Kind: work.KindCompact}, nil)
	text := scrape(t, m)
	for _, want := range []string{
		`tidemark_storage_seconds_count{op="rows.get",result="not-found",side="request"} 1`,
		`tidemark_storage_seconds_count{op="rows.apply",result="ok",side="request"} 1`,
		`tidemark_storage_seconds_count{op="rows.apply",result="ok",side="background"} 2`,
		`tidemark_rows_changed_total{table="state"} 3`, `tidemark_rows_changed_total{table="chunks"} 1`,
		`tidemark_cache_lookups_total{result="hit"} 2`, `tidemark_cache_lookups_total{result="error"} 1`,
		`tidemark_bodies_refused_total{reason="full"} 1`,
		`tidemark_work_trouble_total{kind="compact"} 1`, `tidemark_work_trouble_total{kind="none"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if said := log.String(); strings.Count(said, "level=WARN msg=\"it failed\"") != 2 ||
		strings.Count(said, "level=INFO msg=\"it is over\"") != 1 || !strings.Contains(said, "tenant=acme") {
		t.Errorf("logged:\n%s", said)
	}
}

// TestWatchLooksNowAndThen: a queue that does not answer keeps its length, a tidemark that is not told has none.
func TestWatchLooksNowAndThen(t *testing.T) {
	s := memory.NewSched(1)
	journal, tide := memory.NewJournal(s), memory.NewAccount(s)
	queue, poison := memory.NewQueue(s), memory.NewQueue(s)
	st := node.Stores{Journal: journal, Directory: journal, Rows: bounds.One(memory.NewRows(s), tide),
		Queue: queue, Poison: poison}
	m, down := New("test"), false
	fails := func(string) memory.Fault {
		if down {
			return memory.FaultFail
		}
		return memory.FaultNone
	}
	tide.SetFault(fails)
	queue.SetFault(fails)
	want := func(lengths, age string) {
		t.Helper()
		text := scrape(t, m)
		for _, line := range []string{"tidemark_queue_messages{queue=\"work\"} " + lengths,
			"tidemark_queue_messages{queue=\"poison\"} 0", "tidemark_account_tidemark_age_seconds " + age} {
			if !strings.Contains(text, line+"\n") {
				t.Errorf("no %s in\n%s", line, text)
			}
		}
	}
	err := s.Run(func() {
		ctx, cancel := s.WithCancel(context.Background())
		over := s.NewEvent()
		s.Go("watch", func() {
			defer over.Set()
			m.Watch(ctx, st, bounds.NewClock(journal, s), s)
		})
		pass := func(d time.Duration) { _ = s.Sleep(ctx, d) }
		pass(time.Second)
		want("0", "0")
		if err := queue.Send(ctx, []byte("{}"), 0); err != nil {
			t.Error(err)
		}
		pass(time.Second)
		want("0", "0") // it has not looked again
		pass(lookEvery)
		want("1", "0")
		down = true
		pass(lookEvery)
		want("1", "-1")
		cancel()
		if err := over.Wait(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
