package up_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/topology"
)

func TestMain(m *testing.M) { clitest.Main(m) }

// TestUpInMemory follows an up from its ready line, with data in it, through outages, of which its clients meet what is
// said, to its whole end.
func TestUpInMemory(t *testing.T) {
	t.Parallel()
	r := clitest.StartUp(t, "--lag", "none")
	a := r.Ready(t)
	isReady(t, a)
	meetsWhatIsSaid(t, a)
	r.Signal(t, syscall.SIGINT)
	if rest, _ := io.ReadAll(r.Out); len(rest) > 0 {
		t.Errorf("more than one line on standard output: %s", rest)
	}
	for _, want := range []string{"5,844 readings stored", "26,277 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if !strings.Contains(r.Stderr.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.Stderr.String())
		}
	}
}

// isReady finds everything that the line names, and the weather at every API.
func isReady(t *testing.T, a topology.Addresses) {
	t.Helper()
	if a.Account == "" || a.Key == "" || len(a.Regions) != 2 {
		t.Errorf("%+v", a)
	}
	for name, r := range a.Regions {
		for what, address := range map[string]string{"table": r.Table, "secondary": r.TableSecondary, "queue": r.Queue,
			"journal": r.Journal, "redis": r.Redis, "api": r.API, "edge": a.Edge, "control": a.Control} {
			address, _, _ = strings.Cut(strings.TrimPrefix(address, "http://"), "/")
			c, err := net.DialTimeout("tcp", address, 5*time.Second)
			if err != nil {
				t.Errorf("%s of %s: %v", what, name, err)
				continue
			}
			c.Close()
		}
	}
	for _, api := range []string{a.Edge, a.Regions["east"].API, a.Regions["west"].API} {
		counts(t, api, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	}
}

// outages are given one after another. Of several together clients are asked after the last.
var outages = [][]string{{"outage east"}, {"heal east"}, {"outage west"}, {"heal west"}, {"outage east --parts table"},
	{"heal"}, {"outage --from outside --to east"}, {"heal"}, {"outage east", "failover", "heal east"}, {"outage west"},
	{"heal west"}}

// meetsWhatIsSaid hurts an up in one way after another: what the orders say is what its clients meet. A write that
// cannot be taken ends in the node's 503, which says what became of it, and never in the edge's 504, which cannot know.
func meetsWhatIsSaid(t *testing.T, a topology.Addresses) {
	t.Helper()
	write := func() (int, string) {
		return ask(t, "POST", a.Edge+"/api/v2/write", "temp,source=roof value=21.5 1767268800000000000")
	}
	read := func() (int, string) {
		return ask(t, "GET", a.Edge+
			"/v1/readings?source=roof&metric=temp&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", "")
	}
	meets(t, "writes: go on", "writes", write)
	for _, orders := range outages {
		said := ""
		for _, order := range orders {
			code, text := clitest.Said(t, append(strings.Fields("sim "+order), "--control", a.Control)...)
			if code != 0 {
				t.Fatalf("sim %s: %s", order, text)
			}
			said = text
		}
		meets(t, said, "writes", write)
		meets(t, said, "questions", read)
	}
}

// ask gives the status and the body of an answer, which is never the edge's 504.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	q, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode == http.StatusGatewayTimeout {
		t.Fatalf("after %s the edge gave up: %s", time.Since(began), text)
	}
	return answer.StatusCode, string(text)
}

// meets asks until the answer is what was said, for the edge has to notice, and a busy machine answers late. A refusal
// is the node's: until the edge has noticed it refuses by itself.
func meets(t *testing.T, said, what string, ask func() (int, string)) {
	t.Helper()
	refused := strings.Contains(said, what+": 503") || strings.Contains(said, what+" and deletions: 503")
	if !refused && !strings.Contains(said, what+": go on") && !strings.Contains(said, what+" and deletions: go on") {
		t.Fatalf("nothing is said of %s:\n%s", what, said)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		code, text := ask()
		if refused && code == http.StatusServiceUnavailable && strings.Contains(text, "unavailable") ||
			!refused && code/100 == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s meet %d %s, and it was said:\n%s", what, code, text, said)
		}
	}
}

// insist asks until the answer is a success: a call to the storage has one second, which is short on a machine that
// runs several ups, and 503 tells a client to ask again.
func insist(t *testing.T, method, url, body string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		code, text := ask(t, method, url, body)
		if code/100 == 2 {
			return text
		}
		if code != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("%s %s: %d\n%s", method, url, code, text)
		}
	}
}

// counts holds the numbers of readings of sources against what is wanted.
func counts(t *testing.T, api string, want map[string]int) {
	t.Helper()
	var page struct {
		Series []struct {
			Source string
			Count  int
		}
	}
	if err := json.Unmarshal([]byte(insist(t, http.MethodGet, api+"/v1/series", "")), &page); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range page.Series {
		got[s.Source] += s.Count
	}
	for source, n := range want {
		if got[source] != n {
			t.Errorf("%s has %d readings, want %d", source, got[source], n)
		}
	}
}
