package compose

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// regions is a storage whose journals lie in two regions, and its account in a third place: each can be lost.
type regions struct {
	*testing.T
	east, west, geo *azurite.Server
	lost            int // blocks that a certificate names
}

func inRegions(t *testing.T) *regions {
	t.Helper()
	server := func(name string) *azurite.Server {
		return azuritetest.Require(t, azurite.Options{Folder: t.TempDir(), Accounts: []azurite.Account{{Name: name}}})
	}
	return &regions{T: t, east: server("jeast"), west: server("jwest"), geo: server("geo")}
}

// node is one that stands in a region, with the journals of both.
func (r *regions) node(region string) Config {
	near, far, other := r.east, r.west, "west"
	if region == "west" {
		near, far, other = r.west, r.east, "east"
	}
	mine, peer, geo := near.Accounts()[0], far.Accounts()[0], r.geo.Accounts()[0]
	cfg := inMemory()
	cfg.Node.Region, cfg.Work.Sweep = region, 200*time.Millisecond
	s := &cfg.Storage
	s.Account, s.AccountKey, s.TableURL = []string{"geo"}, []Secret{Secret(geo.Key)}, []string{r.geo.TableURL("geo")}
	s.Replication = []Replication{ReplicationNone}
	s.JournalAccount, s.JournalKey = mine.Name, Secret(mine.Key)
	s.JournalURL, s.QueueURL = near.TableURL(mine.Name), near.QueueURL(mine.Name)
	s.PeerAccount, s.PeerKey, s.PeerRegion, s.PeerURL = peer.Name, Secret(peer.Key), other, far.TableURL(peer.Name)
	return cfg
}

// write sends a reading, and gives what is said of it.
func (r *regions) write(n *Node, require string, second int) (int, schema.Written) {
	r.Helper()
	at := time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
	body := fmt.Sprintf(`{"source":"roof","metric":"temp","time":%q,"value":1}`, at)
	q, err := http.NewRequest(http.MethodPost, n.URL()+"/v1/readings", strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-ndjson")
	if require != "" {
		q.Header.Set("Tidemark-Require", require)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	var w schema.Written
	if err := json.Unmarshal(text, &w); err != nil {
		r.Fatalf("%s: %v", text, err)
	}
	return answer.StatusCode, w
}

// reads is how many readings a node answers.
func (r *regions) reads(n *Node) (int, http.Header, string) {
	r.Helper()
	answer, err := http.Get(n.URL() +
		"/v1/readings?source=roof&metric=temp&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return -1, answer.Header, string(text)
	}
	return strings.Count(string(text), `"time"`), answer.Header, string(text)
}

func (r *regions) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// refused has a node not begin.
func (r *regions) refused(what string, cfg Config, kind fault.Kind, says string) {
	r.Helper()
	if _, err := New(r.Context(), cfg, "test", io.Discard); !fault.Is(err, kind) || !strings.Contains(fmt.Sprint(err),
		says) {
		r.Errorf("%s: %v, and not %q", what, err, says)
	}
}

// TestTwoJournals loses a region and then the account under nodes of both regions: what was acknowledged both is
// answered, writes go on, and when all is back every reading is everywhere.
func TestTwoJournals(t *testing.T) {
	r := inRegions(t)
	east, west := r.node("east"), r.node("west")
	r.refused("before init", east, fault.NotFound, "run `tidemark init` once")
	for _, cfg := range []Config{east, west, east} {
		place, err := Initialise(t.Context(), cfg)
		r.must(err)
		if place.Region != cfg.Node.Region || place.Unfilled || place.Peer.Region != cfg.Storage.PeerRegion {
			t.Fatalf("init from %s: %+v", cfg.Node.Region, place)
		}
	}
	keyless := east
	keyless.Storage.PeerKey = "AAAA"
	_, err := Initialise(t.Context(), keyless)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), `region "west" cannot be reached`) ||
		!strings.Contains(err.Error(), "refuses the key") || strings.Contains(err.Error(), "\n") {
		t.Errorf("init with another key: %v", err)
	}
	swapped, alone := east, east
	a, b := &swapped.Storage, west.Storage
	a.JournalAccount, a.JournalKey, a.JournalURL = b.JournalAccount, b.JournalKey, b.JournalURL
	a.PeerAccount, a.PeerKey, a.PeerURL = b.PeerAccount, b.PeerKey, b.PeerURL
	r.refused("exchanged", swapped, fault.Conflict, "are two of them exchanged")
	alone.Storage.PeerAccount, alone.Storage.PeerKey, alone.Storage.PeerRegion, alone.Storage.PeerURL = "", "", "", ""
	r.refused("one of them", alone, fault.Conflict, "name that too, with --peer-journal-account")

	e, w := start(t, east), start(t, west)
	r.both(e, 1, "east", "west")
	r.both(w, 2, "west", "east")
	for _, n := range []*Node{e, w} {
		if got, h, text := r.reads(n); got != 2 || h.Get("Tidemark-Mode") != "normal" {
			t.Fatalf("%d readings, %v: %s", got, h, text)
		}
	}
	r.loses(w)
	r.must(r.geo.Stop())
	third := start(t, west) // with one journal, and no account
	comes(t, "a node that started without east and the account writes", func() (any, bool) {
		code, said := r.write(third, "", 4)
		return said, code == http.StatusOK && said.Durability == "one"
	})
	r.must(r.east.Restart(t.Context()))
	r.must(r.geo.Restart(t.Context()))
	for _, n := range []*Node{e, w, third} {
		comes(t, "every reading is everywhere", func() (any, bool) {
			got, _, text := r.reads(n)
			return text, got == 4
		})
	}
	r.both(e, 5, "east", "west")
}

// both writes a reading until it is in both journals, for on a busy machine one of them may be late.
func (r *regions) both(n *Node, second int, in ...string) {
	r.Helper()
	comes(r.T, "a write is in both journals", func() (any, bool) {
		code, said := r.write(n, "both", second)
		if code == http.StatusOK && (said.Durability != "both" || !slices.Equal(said.Regions, in)) {
			r.Fatalf("required both, and it is acknowledged as %+v", said.Acknowledgement)
		}
		return said, code == http.StatusOK
	})
}

// loses loses the east under a node of the west.
func (r *regions) loses(w *Node) {
	r.Helper()
	r.must(r.east.Stop())
	comes(r.T, "a write is one, in the west", func() (any, bool) {
		code, said := r.write(w, "", 3)
		return said, code == http.StatusOK && said.Durability == "one" && slices.Equal(said.Regions, []string{"west"})
	})
	if code, said := r.write(w, "both", 9); code != http.StatusServiceUnavailable {
		r.Errorf("both, while the east is away: %d %+v", code, said)
	}
	comes(r.T, "the mode is exposed, and everything is answered", func() (any, bool) {
		got, h, text := r.reads(w)
		return text, got == 3 && h.Get("Tidemark-Mode") == "exposed" && h.Get("Tidemark-Region") == "west"
	})
}

// TestASecondJournalJoinsUnderLoad: a node with one journal writes on while the other joins and a node with both
// begins. The one of before neither sweeps nor compacts any more, what it writes is copied, and nothing is missing in
// the end.
func TestASecondJournalJoinsUnderLoad(t *testing.T) {
	r := inRegions(t)
	both, alone := r.node("east"), r.node("east")
	s := &alone.Storage
	s.PeerAccount, s.PeerKey, s.PeerRegion, s.PeerURL = "", "", "", ""
	_, err := Initialise(t.Context(), alone)
	r.must(err)
	logs, err := os.Create(filepath.Join(t.TempDir(), "log"))
	r.must(err)
	defer logs.Close()
	old, err := New(t.Context(), alone, "test", logs)
	r.must(err)
	r.must(old.Start(t.Context()))
	second := 0
	write := func(n *Node) {
		code, said := r.write(n, "", second)
		if second++; code != http.StatusOK {
			t.Fatalf("reading %d: %d %+v", second, code, said)
		}
	}
	for range 10 {
		write(old)
	}
	if _, h, _ := r.reads(old); h.Get("Tidemark-As-Of-One") == "" {
		t.Errorf("with one journal everything is vouched for: %v", h)
	}
	joined := make(chan error, 1)
	go func() {
		_, err := Initialise(t.Context(), both)
		joined <- err
	}()
	for done := false; !done || second < 20; {
		write(old)
		select {
		case err := <-joined:
			r.must(err)
			done = true
		default:
		}
	}
	west := start(t, r.node("west"))
	write(old)
	_, h, _ := r.reads(old)
	if h.Get("Tidemark-As-Of") == "" || h.Get("Tidemark-As-Of-One") != "" {
		t.Errorf("a node that knows one of two journals vouches for what is in the other: %v", h)
	}
	comes(t, "the node of before says that it needs both", func() (any, bool) {
		text, err := os.ReadFile(logs.Name())
		r.must(err)
		return string(text), strings.Contains(string(text), "start it with --peer-journal-account")
	})
	write(old)
	r.must(old.Stop())
	east := start(t, both)
	write(east)
	for _, n := range []*Node{east, west} {
		comes(t, "every reading is everywhere", func() (any, bool) {
			got, _, text := r.reads(n)
			return text, got == second
		})
	}
}
