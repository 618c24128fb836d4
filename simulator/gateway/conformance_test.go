package gateway

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

var rewrite = flag.Bool("rewrite", false, "write the matrix in docs/behaviour.md anew")

// rule is a behaviour of the service, looked at through the SDKs of tables and queues (over plain HTTP where they cannot say it), once
// through the gateway and once on Azurite alone. What is seen is told as a text.
type rule struct {
	name   string
	see    func(s *side) string
	want   string // through the gateway
	alone  string // Azurite without the gateway; "" is the same
	orders bool   // there is nothing to see on Azurite alone: it takes no such order
	source string // of the rule: a document of Microsoft's by its title, or what chose it
	plan   plan
}

// conformance are the rules by what they are about, in the order of docs/behaviour.md.
var conformance = []struct {
	title string
	rules []rule
}{
	{"Writes to the secondary", secondaryWriteRules},
	{"Service statistics", statisticsRules},
	{"The secondary's data", dataRules},
	{"Lag", lagRules},
	{"Outages", outageRules},
	{"Gray failures", grayRules},
	{"Limits of the Table service", tableLimitRules},
	{"Limits of the Queue service", queueLimitRules},
	{"Account failover", failoverRules},
	{"Queues at the secondary", queueRules},
	{"Local accounts, as those of the journals", localRules},
}

func TestConformance(t *testing.T) {
	for _, chapter := range conformance {
		for _, r := range chapter.rules {
			t.Run(chapter.title+"/"+r.name, func(t *testing.T) {
				t.Run("gateway", func(t *testing.T) {
					t.Parallel()
					if got := r.see(newSide(t, r.plan)); got != r.want {
						t.Errorf("seen through the gateway:\n %s\nwant:\n %s", got, r.want)
					}
				})
				if r.orders {
					return
				}
				t.Run("azurite", func(t *testing.T) {
					t.Parallel()
					want := r.alone
					if want == "" {
						want = r.want
					}
					if got := r.see(newAlone(t)); got != want {
						t.Errorf("seen on Azurite alone:\n %s\nwant:\n %s", got, want)
					}
				})
			})
		}
	}
}

// TestConformanceTellsApart: a rule that says that Azurite alone differs says how, and one without orders is looked at on both sides.
func TestConformanceTellsApart(t *testing.T) {
	seen := map[string]bool{}
	for _, chapter := range conformance {
		for _, r := range chapter.rules {
			if r.alone == r.want || r.orders && r.alone != "" || r.source == "" || r.want == "" || seen[chapter.title+r.name] {
				t.Errorf("%s/%s: name it once, say its source and what is wanted, and of Azurite alone only what differs", chapter.title, r.name)
			}
			seen[chapter.title+r.name] = true
		}
	}
}

const (
	page  = "../../docs/behaviour.md"
	begin = "<!-- matrix: go test ./simulator/gateway -run BehaviourPage -rewrite -->\n"
	end   = "<!-- end of the matrix -->\n"
)

// TestBehaviourPage: the matrix in docs/behaviour.md is what TestConformance looks at.
func TestBehaviourPage(t *testing.T) {
	var m bytes.Buffer
	for _, chapter := range conformance {
		fmt.Fprintf(&m, "\n### %s\n\n| behaviour | through the gateway | Azurite alone | source |\n|---|---|---|---|\n", chapter.title)
		for _, r := range chapter.rules {
			alone := r.alone
			switch {
			case r.orders:
				alone = "there is no such order"
			case alone == "":
				alone = "the same"
			}
			fmt.Fprintf(&m, "| %s | %s | %s | %s |\n", r.name, r.want, alone, r.source)
		}
	}
	m.WriteString("\n")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the matrix: put %q and %q there", page, begin, end)
	}
	if *rewrite {
		if err := os.WriteFile(page, []byte(before+begin+m.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != m.String() {
		t.Errorf("the matrix in %s is not what the tests look at: run go test ./simulator/gateway -run BehaviourPage -rewrite", page)
	}
}

// side is an account as a client sees it: behind the gateway, or on Azurite alone.
type side struct {
	*rig  // of Azurite alone only what a client has: t and account
	alone bool
	// url is the address of an account's service to a caller who stands somewhere.
	url func(from network.Place, s georep.Service) string
}

func newSide(t *testing.T, p plan) *side {
	r := newRig(t, p)
	queues := map[network.Place]*httptest.Server{}
	for place := range r.front {
		queues[place] = httptest.NewServer(r.g.Handler(place, georep.Queue))
	}
	t.Cleanup(func() {
		for _, s := range queues {
			s.CloseClientConnections()
			s.Close()
		}
	})
	return &side{rig: r, url: func(from network.Place, s georep.Service) string {
		server := r.front[from]
		if s == georep.Queue {
			server = queues[from]
		}
		return server.URL + "/" + r.a.Name()
	}}
}

func newAlone(t *testing.T) *side {
	r := newRig(t, plan{}) // for its Azurite in east and the account there; what it serves is not used
	store := queueStore(r.servers["east"])
	return &side{rig: r, alone: true, url: func(_ network.Place, s georep.Service) string {
		if s == georep.Queue {
			return store.Queue + "/" + r.account.Name
		}
		return store.Table + "/" + r.account.Name
	}}
}

// order gives the simulator an order. Azurite alone has nobody who takes it.
func (s *side) order(do func()) {
	if !s.alone {
		do()
	}
}

func (s *side) stop()   { s.order(s.pause) }
func (s *side) goOn()   { s.order(s.resume) }
func (s *side) settle() { s.order(s.drain) }

func (s *side) from(place network.Place) *aztables.ServiceClient {
	return s.service(s.url(place, georep.Table))
}

func (s *side) tables() (primary, secondary *aztables.ServiceClient) {
	at := s.url(network.Outside, georep.Table)
	return s.service(at), s.service(at + "-secondary")
}

// made makes a table and waits until both endpoints have it.
func (s *side) made(name string) (primary, secondary *aztables.Client) {
	s.t.Helper()
	p, q := s.tables()
	must[aztables.CreateTableResponse](s.t)(p.CreateTable(s.t.Context(), name, nil))
	s.settle()
	return p.NewClient(name), q.NewClient(name)
}

func (s *side) queueAt(endpoint string) *azqueue.ServiceClient {
	s.t.Helper()
	cred := must[*azqueue.SharedKeyCredential](s.t)(azqueue.NewSharedKeyCredential(s.account.Name, s.account.Key))
	return must[*azqueue.ServiceClient](s.t)(azqueue.NewServiceClientWithSharedKeyCredential(endpoint, cred,
		&azqueue.ClientOptions{ClientOptions: policy.ClientOptions{Retry: once}}))
}

func (s *side) queues() (primary, secondary *azqueue.ServiceClient) {
	at := s.url(network.Outside, georep.Queue)
	return s.queueAt(at), s.queueAt(at + "-secondary")
}

// queue makes a queue and waits until both endpoints have it.
func (s *side) queue(name string) (primary, secondary *azqueue.QueueClient) {
	s.t.Helper()
	p, q := s.queues()
	must[azqueue.CreateResponse](s.t)(p.CreateQueue(s.t.Context(), name, nil))
	s.settle()
	return p.NewQueueClient(name), q.NewQueueClient(name)
}

// again is a client that tries again as the SDK does, but sooner.
func (s *side) again(table string) *aztables.Client {
	s.t.Helper()
	cred := must[*aztables.SharedKeyCredential](s.t)(aztables.NewSharedKeyCredential(s.account.Name, s.account.Key))
	retry := policy.RetryOptions{MaxRetries: 2, RetryDelay: time.Millisecond, MaxRetryDelay: 10 * time.Millisecond}
	c := must[*aztables.ServiceClient](s.t)(aztables.NewServiceClientWithSharedKey(s.url(network.Outside, georep.Table), cred,
		&aztables.ClientOptions{ClientOptions: policy.ClientOptions{Retry: retry}}))
	return c.NewClient(table)
}

// raw sends a signed request and reads the answer.
func (s *side) raw(method string, at georep.Service, secondary bool, path, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	address := s.url(network.Outside, at)
	if secondary {
		address += "-secondary"
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-Ms-Version", "2019-02-02")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	key := must[*sharedkey.Key](s.t)(sharedkey.New(s.account.Name, s.account.Key))
	if at == georep.Queue {
		key.SignQueue(r)
	} else {
		key.SignTable(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(text)
}

// statistics are those of a service, as the secondary endpoint tells them.
type statistics struct {
	Status       string `xml:"GeoReplication>Status"`
	LastSyncTime string `xml:"GeoReplication>LastSyncTime"`
}

func (s *side) statistics(of georep.Service) statistics {
	s.t.Helper()
	resp, body := s.raw(http.MethodGet, of, true, "/?restype=service&comp=stats", "")
	var all statistics
	if err := xml.Unmarshal([]byte(body), &all); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("statistics: %s: %s: %v", resp.Status, body, err)
	}
	return all
}

func (s *side) lastSync(of georep.Service) time.Time {
	s.t.Helper()
	at, err := time.Parse(http.TimeFormat, s.statistics(of).LastSyncTime)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// beyond waits until a moment lies behind the second in which we are, so that a Last Sync Time of now is after it.
func beyond(at time.Time) {
	time.Sleep(time.Until(at.Truncate(time.Second).Add(1100 * time.Millisecond)))
}

// said tells an outcome: ok, the status and code of an answer, or how there was none.
func said(err error) string {
	var answer *azcore.ResponseError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &answer) && answer.StatusCode == http.StatusAccepted: // a batch was taken, and one of its operations failed
		body, _ := runtime.Payload(answer.RawResponse) // has been read before: there is no error
		inner := failedOperation.FindSubmatch(body)
		if inner == nil {
			return "202 and no reason: " + string(body)
		}
		return fmt.Sprintf("202 with %s %s", inner[1], inner[2])
	case errors.As(err, &answer):
		return strings.TrimSpace(fmt.Sprintf("%d %s", answer.StatusCode, answer.ErrorCode))
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer"
	case errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		return "torn connection"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return "an answer that the SDK cannot read"
	default:
		return err.Error()
	}
}

// failedOperation finds the answer of the operation for which a batch failed.
var failedOperation = regexp.MustCompile(`(?s)HTTP/1\.1 ([45]\d\d).*?"code":"(\w+)"`)

// each tells outcomes, those that are the same once.
func each(outcomes ...string) string { return strings.Join(slices.Compact(outcomes), ", ") }

// seenRow is a row's value; "none" stands for no row.
func (s *side) seenRow(c *aztables.Client, pk, rk string) string {
	s.t.Helper()
	if n := s.read(c, pk, rk); n != "" {
		return n
	}
	return "none"
}

// ask is a read that gives up soon.
func (s *side) ask(c *aztables.Client, within time.Duration) string {
	ctx, cancel := context.WithTimeout(s.t.Context(), within)
	defer cancel()
	_, err := c.GetEntity(ctx, "p", "r", nil)
	return said(err)
}

// wait waits until something is so.
func (s *side) wait(what string, done func() bool) {
	s.t.Helper()
	for stop := time.Now().Add(guard); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(stop) {
			s.t.Fatalf("not within %v: %s", guard, what)
		}
	}
}
