package up_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestWhatIsExpectedOfAnOutageHappens hurts an up in one way after another: what the orders say is what its
// clients meet.
func TestWhatIsExpectedOfAnOutageHappens(t *testing.T) {
	t.Parallel()
	r := clitest.StartUp(t, "--no-weather", "--lag", "none")
	got := r.Ready(t)
	asks := func(method, path, body string) int {
		q, err := http.NewRequest(method, got.Edge+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		return answer.StatusCode
	}
	// meets asks until the answer is what was said, for the edge has to notice, and a busy machine answers late.
	meets := func(said, what string, ask func() int) {
		t.Helper()
		refused := strings.Contains(said, what+": 503") || strings.Contains(said, what+" and deletions: 503")
		if !refused && !strings.Contains(said, what+": go on") {
			t.Fatalf("nothing is said of %s:\n%s", what, said)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
			code := ask()
			if (code == http.StatusServiceUnavailable) == refused && (refused || code/100 == 2) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s meet %d, and it was said:\n%s", what, code, said)
			}
		}
	}
	write := func() int {
		return asks("POST", "/api/v2/write", "temp,source=roof value=21.5 1767268800000000000")
	}
	read := func() int {
		return asks("GET", "/v1/readings?source=roof&metric=temp&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", "")
	}
	meets("writes: go on", "writes", write)
	for _, order := range []string{
		"outage east", "heal east", "outage west", "heal west", "outage east --parts table", "heal",
		"outage --from outside --to east", "heal", "outage east", "failover", "heal east", "outage west", "heal west",
	} {
		code, text := clitest.Said(t, append(strings.Fields("sim "+order), "--control", got.Control)...)
		if code != 0 {
			t.Fatalf("sim %s: %s", order, text)
		}
		if order == "failover" {
			continue
		}
		meets(text, "writes", write)
		meets(text, "questions", read)
	}
}
