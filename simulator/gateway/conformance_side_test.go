package gateway

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
)

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
		queues[place] = queueServer(r.g, place)
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
	c := must[*aztables.ServiceClient](s.t)(aztables.NewServiceClientWithSharedKey(s.url(network.Outside, georep.Table),
		cred,
		&aztables.ClientOptions{ClientOptions: policy.ClientOptions{Retry: retry}}))
	return c.NewClient(table)
}

// raw sends a signed request and reads the answer.
func (s *side) raw(method string, at georep.Service, secondary bool, path, body string,
	header ...string) (*http.Response, string) {
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
