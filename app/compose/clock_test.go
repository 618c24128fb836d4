package compose

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/tokens"
	"tidemark/ports/sched"
)

// wrongClock is a node whose own clock is off.
type wrongClock struct {
	sched.Scheduler
	by time.Duration
}

func (w wrongClock) Now() time.Time { return w.Scheduler.Now().Add(w.by) }

// TestANodeWhoseClockIsWrongHidesNothing keeps readings for an hour on nodes whose clocks are two hours off: what is
// half an hour old is taken, and shows where nobody names a span; a line without a time was measured now.
func TestANodeWhoseClockIsWrongHidesNothing(t *testing.T) {
	for _, by := range []time.Duration{-2 * time.Hour, 0, 2 * time.Hour} {
		cfg, right := inMemory(), goruntime.New()
		cfg.Node.Role, cfg.Work.Retention = RoleAPI, Age(time.Hour)
		f, err := lay(t.Context(), cfg, right, silent())
		if err != nil {
			t.Fatal(err)
		}
		var s *server
		app := fx.New(parts(cfg, "test", tokens.Anybody("t"), f, silent(), wrongClock{right, by}), fx.Populate(&s))
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		url := "http://" + s.listener.Addr().String()
		began := time.Now()
		half := began.Add(-30 * time.Minute).UTC().Format(time.RFC3339)
		reading := fmt.Sprintf(`{"source":"roof","metric":"temp","time":%q,"value":1}`, half)
		if code, body := post(t, url+"/v1/readings", "application/json", reading); code != http.StatusOK {
			t.Errorf("%v ahead: %d %s", by, code, body)
		}
		if code, body := post(t, url+"/write", "text/plain", "roof,source=roof value=2"); code != http.StatusNoContent {
			t.Errorf("%v ahead: %d %s", by, code, body)
		}
		if _, body := get(t, url+"/v1/readings?source=roof&metric=temp"); !strings.Contains(body, half) {
			t.Errorf("%v ahead: %s, and not the reading of %s", by, body, half)
		}
		span := fmt.Sprintf("from=%d&to=%d", began.Add(-time.Minute).UnixNano(), began.Add(time.Minute).UnixNano())
		if _, body := get(t, url+"/v1/readings?source=roof&metric=roof&"+span); !strings.Contains(body, `"value":2`) {
			t.Errorf("%v ahead: %s, and not the reading of now", by, body)
		}
		http.DefaultClient.CloseIdleConnections()
		if err := app.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
