package metrics_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"tidemark/app/metrics"
	"tidemark/domain/region"
)

// TestWhatIsReachedIsLogged: of an outage a person finds four lines, whatever flickers in between.
func TestWhatIsReachedIsLogged(t *testing.T) {
	var out bytes.Buffer
	tell := metrics.Reached(slog.New(slog.NewTextHandler(&out, nil)))
	east, rows := region.JournalOf("east"), region.PrimaryOf("geo")
	for _, d := range []region.Decision{
		region.Turned{At: east, From: region.Unknown, To: region.Well},
		region.Turned{At: east, From: region.Well, To: region.Lost},
		region.Changed{From: region.Normal, To: region.Exposed},
		region.Turned{At: east, From: region.Lost, To: region.Returning},
		region.Turned{At: east, From: region.Returning, To: region.Lost},
		region.Ask{At: east},
		region.Turned{At: east, From: region.Lost, To: region.Returning},
		region.Turned{At: east, From: region.Returning, To: region.Well},
		region.Changed{From: region.Exposed, To: region.Normal},
		region.Turned{At: rows, From: region.Well, To: region.Lost},
		region.Flowed{From: region.Settling, To: region.Paused},
	} {
		tell(d)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{`level=WARN msg="the journal does not answer" journal=east`,
		`level=WARN msg="the mode is exposed: `, `level=INFO msg="the journal answers again" journal=east`,
		`level=INFO msg="the mode is normal: what is written is in both regions" was=exposed`,
		`level=WARN msg="an endpoint of the account does not answer" account.name=geo account.endpoint=primary`}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), out.String())
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %d is %s, want %s", i, lines[i], want[i])
		}
	}
}
