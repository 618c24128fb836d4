package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite/azuritetest"
)

// readyLine is the line that scripts read; parts that do not exist are left out.
type readyLine struct {
	Ready   bool   `json:"ready"`
	Edge    string `json:"edge"`
	Control string `json:"control"`
	Issuer  string `json:"issuer"`
	Account string `json:"account"`
	Key     string `json:"key"`
	Regions map[string]struct {
		API            string `json:"api"`
		Table          string `json:"table"`
		TableSecondary string `json:"tableSecondary"`
		Queue          string `json:"queue"`
		QueueSecondary string `json:"queueSecondary"`
		Journal        string `json:"journal"`
		Redis          string `json:"redis"`
	} `json:"regions"`
}

// launchUp starts `tidemark up`.
func launchUp(t testing.TB, args ...string) *command {
	t.Helper()
	azuritetest.Shared(t) // decides whether a machine without Node.js skips or fails
	return launchCommand(t, t.TempDir(), append([]string{"up", "--listen", "127.0.0.1:0"}, args...)...)
}

// awaitReady reads the ready line. The node has to answer at that moment.
func (c *command) awaitReady() (line readyLine) {
	c.t.Helper()
	text := c.await(&c.out, `^([^\n]*)\n`)
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil || d.More() {
		c.t.Fatalf("the ready line: %v: %s", err, text)
	}
	c.url, c.patient = line.Regions["east"].API, true
	r, err := send(http.MethodGet, c.url+"/health/ready", nil, nil)
	if err != nil || r.status != http.StatusOK {
		c.t.Fatalf("the ready line was printed and the node says %d, %v\n%s", r.status, err, c.tail())
	}
	return line
}

// Everything that the ready line names is there; the weather is in; the answers are those of the files, before
// compaction and after; and after SIGINT nothing is left.
func TestUp(t *testing.T) {
	t.Parallel()
	c := launchUp(t)
	line := c.awaitReady()
	w := weatherOf(t, &c.node, "seattle", "seattle-normals")
	w.checkCatalogue()
	w.checkReadings()
	w.checkAggregates(weatherZones...)
	w.checkGroups()
	line.check(t)
	compacted(t, &c.node, &node{t: t, url: line.Regions["west"].API, log: c.log, patient: true})
	w.again(&c.node, "after compaction")
	told(t, c)
	c.endsWithChildren(syscall.SIGINT, 2)
	if !c.Ended().Success() {
		t.Errorf("after SIGINT: %s\n%s", c.Ended(), c.tail())
	}
	if text := c.text(c.out); strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		t.Errorf("standard output has more than the ready line: %q", text)
	}
}

// told wants the progress on standard error, with the column that holds text.
func told(t *testing.T, c *command) {
	t.Helper()
	text := c.text(c.log)
	for _, says := range []string{"starting the storage", "seattle-weather.csv: 5,844 readings stored",
		"seattle-weather-hourly-normals.csv: 26,277 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if strings.Count(text, says) != 1 {
			t.Errorf("standard error has %q %d times:\n%s", says, strings.Count(text, says), text)
		}
	}
}

// check reaches every address of the line, with its key.
func (line readyLine) check(t *testing.T) {
	t.Helper()
	east, west := line.Regions["east"], line.Regions["west"]
	if !line.Ready || len(line.Regions) != 2 || east.Table == west.Table || east.API == west.API ||
		east.Redis == west.Redis {
		t.Errorf("the ready line is %+v", line)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, endpoint := range []string{east.Table, east.TableSecondary, east.Journal, west.Table, west.TableSecondary,
		west.Journal} {
		account := strings.TrimSuffix(endpoint[strings.LastIndexByte(endpoint, '/')+1:], "-secondary")
		key, err := aztables.NewSharedKeyCredential(account, line.Key)
		if err != nil {
			t.Fatal(err)
		}
		client, err := aztables.NewServiceClientWithSharedKey(endpoint, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		page, err := client.NewListTablesPager(nil).NextPage(ctx)
		if err != nil || len(page.Tables) == 0 {
			t.Errorf("%s has %d tables: %v", endpoint, len(page.Tables), err)
		}
	}
	for name, r := range line.Regions {
		if !strings.HasSuffix(r.Table, "/"+line.Account) || r.TableSecondary != r.Table+"-secondary" ||
			r.QueueSecondary != r.Queue+"-secondary" {
			t.Errorf("the account is %s, its endpoints as seen from %s are %+v", line.Account, name, r)
		}
		if a, err := send(http.MethodGet, r.Queue+"?comp=list", nil, nil); err != nil ||
			a.status != http.StatusForbidden && a.status != http.StatusUnauthorized &&
				a.status != http.StatusBadRequest {
			t.Errorf("%s is no queue service that wants a signature: %d, %v", r.Queue, a.status, err)
		}
		if got, err := ping(r.Redis); got != "+PONG\r\n" {
			t.Errorf("Redis at %s: %q, %v", r.Redis, got, err)
		}
		if a, err := send(http.MethodGet, r.API+"/health/ready", nil, nil); err != nil || a.status != http.StatusOK {
			t.Errorf("the node of %s: %d, %v", name, a.status, err)
		}
	}
	for _, url := range []string{line.Edge + "/v1/status", line.Control + "/capabilities"} {
		if a, err := send(http.MethodGet, url, nil, nil); err != nil || a.status != http.StatusOK {
			t.Errorf("%s: %d, %v", url, a.status, err)
		}
	}
}

func ping(addr string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return "", err
	}
	answer := make([]byte, 7)
	n, err := io.ReadFull(conn, answer)
	return string(answer[:n]), err
}
