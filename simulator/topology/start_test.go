package topology_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// requireAzurite skips where Azurite cannot run, or fails where it has to.
func requireAzurite(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "azurite") {
		t.Fatal("TIDEMARK_REQUIRE names azurite and this machine has no Node.js")
	}
	t.Skip("Azurite needs Node.js, and this machine has none")
}

// start starts a topology until the test ends.
func start(t *testing.T, c topology.Config) *topology.Simulation {
	t.Helper()
	requireAzurite(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := topology.Start(ctx, c, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func quick() topology.Config {
	c := topology.Default()
	c.Distances = nil
	c.Accounts[0].Lag, c.Accounts[0].Windows = "none", topology.Windows{}
	return c
}

// client is a table of an account as callers of a place have it.
func client(t *testing.T, s *topology.Simulation, account string, from network.Place, secondary bool) *aztables.Client {
	t.Helper()
	primary, second, err := s.Endpoints(account, from, network.Table)
	if err != nil {
		t.Fatal(err)
	}
	if secondary {
		primary = second
	}
	key, err := aztables.NewSharedKeyCredential(account, topology.DefaultKey)
	if err != nil {
		t.Fatal(err)
	}
	service, err := aztables.NewServiceClientWithSharedKey(primary, key,
		&aztables.ClientOptions{ClientOptions: azcore.ClientOptions{
			Retry: policy.RetryOptions{MaxRetries: -1, TryTimeout: 10 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	return service.NewClient("things")
}

func put(t *testing.T, c *aztables.Client, row string) error {
	t.Helper()
	_, err := c.AddEntity(t.Context(), fmt.Appendf(nil, `{"PartitionKey":"p","RowKey":%q,"Value":1}`, row), nil)
	return err
}

// eventually waits for something that has to come about.
func eventually(t *testing.T, what string, f func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// TestRegionsAreReal writes at the primary, reads at the secondary, loses the primary's region, fails over, and makes
// the account geo-redundant again.
func TestRegionsAreReal(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	east, west := client(t, s, "tidemark", "east", false), client(t, s, "tidemark", "west", false)
	second := client(t, s, "tidemark", "west", true)
	if _, err := east.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := put(t, east, "a"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the row at the secondary", func() error {
		_,
			err := second.GetEntity(t.Context(), "p", "a", nil)
		return err
	})
	if err := put(t, second, "b"); err == nil || !strings.Contains(err.Error(), "InsufficientAccountPermissions") {
		t.Errorf("a write to the secondary: %v", err)
	}
	id, err := s.Begin(network.Outage{Region: "east"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*aztables.Client{"from east": east, "from west": west} {
		if err := put(t, c, "c"); err == nil {
			t.Errorf("%s the primary takes a write although its region is out", name)
		}
	}
	if _, err := second.GetEntity(t.Context(), "p", "a", nil); err != nil {
		t.Errorf("the secondary does not answer while the primary's region is out: %v", err)
	}
	account, err := s.Account("tidemark")
	if err != nil {
		t.Fatal(err)
	}
	if err := account.Failover(georep.Unplanned); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the failover", func() error {
		if now := account.Status(); now.Phase != georep.Steady || now.Primary != "west" {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	if err := put(t, west, "d"); err != nil {
		t.Errorf("after the failover: %v", err)
	}
	if err := s.End(id); err != nil {
		t.Fatal(err)
	}
	if err := account.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "live again", func() error {
		if now := account.Status(); now.State != georep.Live || now.Secondary != "east" {
			return fmt.Errorf("%+v", now)
		}
		return nil
	})
	if _, err := client(t, s, "tidemark", "east", true).GetEntity(t.Context(), "p", "d", nil); err != nil {
		t.Errorf("the new secondary lacks the row: %v", err)
	}
	kinds := map[string]bool{}
	events, _, _ := s.Events().Since(0, 1<<20)
	for i, e := range events {
		kinds[e.Kind] = true
		if e.ID != uint64(i+1) {
			t.Fatalf("event %d has ID %d", i+1, e.ID)
		}
	}
	for _, want := range []string{"outage", "healed", "promoted", "commit", "live"} {
		if !kinds[want] {
			t.Errorf("the truth stream has no %q: %v", want, kinds)
		}
	}
}

// TestOutageTakesCompute reaches a program in a region through the topology, and not while its region is out.
func TestOutageTakesCompute(t *testing.T) {
	t.Parallel()
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = io.WriteString(w, "here")
	}))
	defer program.Close()
	c := quick()
	c.Edge = &topology.Edge{Origins: []topology.Origin{{Name: "one", Region: "east"}},
		Probe: topology.Probe{Interval: 50 * time.Millisecond, Fast: true, Retry: "never"}}
	s := start(t, c)
	if err := s.SetCompute("one", program.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	get := func(url string) error {
		r, err := client.Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if text, _ := io.ReadAll(r.Body); string(text) != "here" {
			return fmt.Errorf("%s: %s", r.Status, text)
		}
		return nil
	}
	eventually(t, "the program through the edge", func() error { return get(s.Addresses().Edge) })
	direct, ok := s.ComputeAt("one", "west")
	if !ok {
		t.Fatal("no address from west")
	}
	if err := get("http://" + direct); err != nil {
		t.Fatal(err)
	}
	id, err := s.Begin(network.Outage{Region: "east"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if get("http://"+direct) == nil || get(s.Addresses().Edge) == nil {
		t.Error("the program answers although its region is out")
	}
	if err := s.End(id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the program again", func() error { return get(s.Addresses().Edge) })
	if _, err := s.AddCompute("one", "east", ""); err == nil {
		t.Error("two programs of one name")
	}
	var unknown *topology.UnknownError
	if _, err := s.AddCompute("two", "north", ""); !errors.As(err, &unknown) {
		t.Errorf("a program in an unknown region: %v", err)
	}
}

// TestTakenPortsAreTold wants the setting and the port, before anything has started.
func TestTakenPortsAreTold(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for want, change := range map[string]func(*topology.Config){
		"regions[1].ports.queue": func(c *topology.Config) { c.Regions[1].Ports.Queue = port },
		"regions[0].ports.table": func(c *topology.Config) { c.Regions[0].Ports.Table = port },
		"outside.table":          func(c *topology.Config) { c.Outside.Table = port },
	} {
		c := quick()
		change(&c)
		began := time.Now()
		_, err := topology.Start(t.Context(), c, nil)
		var taken *topology.TakenError
		if !errors.As(err, &taken) || taken.Setting != want || !strings.Contains(err.Error(), fmt.Sprint(port)) {
			t.Errorf("%s: %v", want, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s was told after %s", want, took)
		}
	}
}

// TestAnAzuriteThatIsNotThere is waited for, which is told, and not for ever.
func TestAnAzuriteThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Regions[1].Azurite = topology.Backend{Mode: "attach", Table: "http://127.0.0.1:1", Queue: "http://127.0.0.1:2"}
	var mu sync.Mutex
	told := ""
	_, err := topology.Start(t.Context(), c, func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told += fmt.Sprintf(format+"\n", args...)
	})
	if err == nil || !strings.Contains(err.Error(), "regions[1].azurite does not answer at http://127.0.0.1:1 and "+
		"http://127.0.0.1:2: start it, or write process") {
		t.Errorf("%v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := "waiting for the Azurite of region " + c.Regions[1].Name +
		" at http://127.0.0.1:1"; !strings.Contains(told, want) {
		t.Errorf("no %q:\n%s", want, told)
	}
}

// TestTakenPortsOfWhatStartsLater are told too, and nothing of what had started is left.
func TestTakenPortsOfWhatStartsLater(t *testing.T) {
	t.Parallel()
	requireAzurite(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for want, change := range map[string]func(*topology.Config){
		"regions[0].ports.redis": func(c *topology.Config) { c.Regions[0].Ports.Redis = port },
		"edge.sites[0].listen": func(c *topology.Config) {
			c.Edge = &topology.Edge{Sites: []topology.Site{{Name: "x", Listen: l.Addr().String()}},
				Origins: []topology.Origin{{Name: "o", Region: "east"}}}
		},
	} {
		c := quick()
		change(&c)
		_, err := topology.Start(t.Context(), c, nil)
		var taken *topology.TakenError
		if !errors.As(err, &taken) || taken.Setting != want || !strings.Contains(err.Error(), fmt.Sprint(port)) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestATimerEndsItsOwnOutage and no later one that has the same ID.
func TestATimerEndsItsOwnOutage(t *testing.T) {
	t.Parallel()
	s := start(t, quick())
	out := network.Outage{ID: "mine", Region: "east"}
	const length = 300 * time.Millisecond
	if _, err := s.Begin(out, length); err != nil {
		t.Fatal(err)
	}
	if err := s.End("mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(out, 0); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * length)
	if n := len(s.Network().Outages()); n != 1 {
		t.Errorf("%d outages are under way, want the second of that ID", n)
	}
	if err := s.End("mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(out, length); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the third ends by itself", func() error {
		if now := s.Network().Outages(); len(now) > 0 {
			return fmt.Errorf("%v", now)
		}
		return nil
	})
}

// TestAttached stands in front of two Azurites that somebody else runs, ends, and begins again on what they hold.
func TestAttached(t *testing.T) {
	t.Parallel()
	requireAzurite(t)
	c := quick()
	c.Accounts = c.Accounts[:1]
	for i := range c.Regions {
		server, err := azurite.Start(t.Context(), azurite.Options{Accounts: []azurite.Account{{Name: "tidemark",
			Key: topology.DefaultKey}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Kill() })
		c.Regions[i].Redis = "none"
		c.Regions[i].Azurite = topology.Backend{Mode: "attach",
			Table: strings.TrimSuffix(server.TableURL("tidemark"), "/tidemark"),
			Queue: strings.TrimSuffix(server.QueueURL("tidemark"), "/tidemark")}
	}
	live := func(s *topology.Simulation) {
		t.Helper()
		account, _ := s.Account("tidemark")
		eventually(t, "live", func() error {
			if now := account.Status(); now.State != georep.Live {
				return fmt.Errorf("%+v", now)
			}
			return nil
		})
	}
	s, err := topology.Start(t.Context(), c, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	live(s)
	account, _ := s.Account("tidemark")
	account.Pause(georep.Scope{})
	east := client(t, s, "tidemark", "east", false)
	if _, err := east.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := put(t, east, "never replicated"); err != nil {
		t.Fatal(err)
	}
	if err := s.Process(t.Context(), "east", topology.Azurite, topology.Pause); !errors.Is(err, topology.ErrNoProcess) {
		t.Errorf("somebody else's Azurite was paused: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, c)
	live(s)
	if _, err := client(t, s, "tidemark", "west", true).
		GetEntity(t.Context(), "p", "never replicated", nil); err != nil {
		t.Errorf("the secondary was not made anew: %v", err)
	}
}

// TestReadyLine has every part that there is, and no other.
func TestReadyLine(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Regions[1].Redis = "none"
	c.Accounts = c.Accounts[:2]
	s := start(t, c)
	text, err := json.Marshal(s.Addresses())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	regions := got["regions"].(map[string]any)
	east, west := regions["east"].(map[string]any), regions["west"].(map[string]any)
	for _, want := range []string{"table", "tableSecondary", "queue", "queueSecondary", "journal", "redis"} {
		if east[want] == nil {
			t.Errorf("east has no %s: %s", want, text)
		}
	}
	if west["journal"] != nil || west["redis"] != nil || got["edge"] != nil {
		t.Errorf("there is too much: %s", text)
	}
	if east["table"] == west["table"] || got["account"] != "tidemark" ||
		!strings.HasSuffix(east["table"].(string), "/tidemark") {
		t.Errorf("%s", text)
	}
}
