package compose

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/domain/fault"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

func TestInitIsRepeatableAndKnowsItsRegion(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = t.TempDir()
	first, err := Initialise(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Initialise(t.Context(), cfg)
	if err != nil || !again.Equal(first) {
		t.Errorf("again: %v, %v; first %v", again, err, first)
	}
	cfg.Node.Region = "west"
	_, err = Initialise(t.Context(), cfg)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--region east") {
		t.Errorf("from another region: %v", err)
	}
}

// TestAJournalThatIsOneOfTwoIsRefused by nodes and by init: a node would write to it alone.
func TestAJournalThatIsOneOfTwoIsRefused(t *testing.T) {
	cfg, s := inMemory(), goruntime.New()
	st, err := openStorage(cfg.Storage, s, silent())
	if err != nil {
		t.Fatal(err)
	}
	f, err := st.initialise(t.Context(), cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	paired := f.place
	paired.Peer = journal.Peer{Region: "elsewhere", Generation: "g"}
	if err := st.back.Directory.Change(t.Context(), f.place, paired); err != nil {
		t.Fatal(err)
	}
	_, found := st.find(t.Context(), cfg, s)
	_, again := st.initialise(t.Context(), cfg, s)
	for _, err := range []error{found, again} {
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--peer-journal-account") {
			t.Errorf("it said %v", err)
		}
	}
}

// TestNodesOfOneJournalHaveOneBound starts nodes of every role with another bound than the journal's, and with its
// own.
func TestNodesOfOneJournalHaveOneBound(t *testing.T) {
	cfg, s := inMemory(), goruntime.New()
	st, err := openStorage(cfg.Storage, s, silent())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Writing.Bound = 5 * time.Minute
	if f, err := st.initialise(t.Context(), cfg, s); err != nil || f.place.Bound != cfg.Writing.Bound {
		t.Fatalf("%+v, %v", f, err)
	}
	for _, other := range []time.Duration{2 * time.Minute, 5*time.Minute + time.Nanosecond, time.Second} {
		for _, role := range []Role{RoleAPI, RoleWorker, RoleBoth} {
			cfg.Node.Role, cfg.Writing.Bound = role, other
			_, found := st.find(t.Context(), cfg, s)
			_, again := st.initialise(t.Context(), cfg, s)
			for _, err := range []error{found, again} {
				if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(),
					"start every node with --accept-bound 5m0s") {
					t.Errorf("%s with %s: %v", role, other, err)
				}
			}
		}
	}
	cfg.Writing.Bound = 5 * time.Minute
	if _, err := st.find(t.Context(), cfg, s); err != nil {
		t.Errorf("with the journal's own: %v", err)
	}
}

// TestNodesOfOneAccountAgreeOnItsReplication lets nodes take an account for what it is not: the first says what it
// is, on a storage from before that was written down too, until the account is converted.
func TestNodesOfOneAccountAgreeOnItsReplication(t *testing.T) {
	for _, begin := range []struct {
		name string
		by   func(*storage, Config, sched.Scheduler) error
	}{
		{"init", func(st *storage, cfg Config, s sched.Scheduler) error {
			_, err := st.initialise(t.Context(), cfg, s)
			return err
		}},
		{"a node, after an older init", func(st *storage, cfg Config, s sched.Scheduler) error {
			older := cfg
			older.Storage.Account = nil
			_, err := st.initialise(t.Context(), older, s)
			if err == nil {
				_, err = st.find(t.Context(), cfg, s)
			}
			return err
		}},
	} {
		t.Run(begin.name, func(t *testing.T) {
			cfg, s := inMemory(), goruntime.New()
			st, err := openStorage(cfg.Storage, s, silent())
			if err != nil {
				t.Fatal(err)
			}
			cfg.Storage.Account, cfg.Storage.AccountKey = []string{"account"}, []Secret{"a2V5"}
			cfg.Storage.Replication = []Replication{ReplicationRAGRS}
			if err := begin.by(st, cfg, s); err != nil {
				t.Fatal(err)
			}
			refused := func(other Replication, remedy string) {
				t.Helper()
				cfg.Storage.Replication = []Replication{other}
				_, found := st.find(t.Context(), cfg, s)
				_, again := st.initialise(t.Context(), cfg, s)
				for _, err := range []error{found, again} {
					if !fault.Is(err, fault.Conflict) || !strings.Contains(fmt.Sprint(err), remedy) {
						t.Errorf("with %s: %v", other, err)
					}
				}
			}
			refused(ReplicationNone, "start every node with --replication ra-grs")
			cfg.Storage.Replication = []Replication{ReplicationNone}
			if err := st.members(cfg.Storage).Convert(t.Context()); err != nil {
				t.Fatal(err)
			}
			refused(ReplicationRAGRS, "start every node with --replication none")
			cfg.Storage.Replication = []Replication{ReplicationNone}
			if _, err := st.find(t.Context(), cfg, s); err != nil {
				t.Errorf("as it was converted to: %v", err)
			}
		})
	}
}

func TestASharedStorageHasToBeInitialised(t *testing.T) {
	cfg, s := inMemory(), goruntime.New()
	st, err := openStorage(cfg.Storage, s, silent())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.find(t.Context(), cfg, s); !fault.Is(err, fault.NotFound) ||
		!strings.Contains(err.Error(), "tidemark init") {
		t.Errorf("before init: %v", err)
	}
	made, err := st.initialise(t.Context(), cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	found, err := st.find(t.Context(), cfg, s)
	if err != nil || !found.place.Equal(made.place) || !bytes.Equal(found.cursorKey, made.cursorKey) ||
		len(found.cursorKey) != 32 {
		t.Errorf("after init: %+v, %v; made %+v", found, err, made)
	}
}

func TestPatienceEnds(t *testing.T) {
	tries := 0
	err := patiently(t.Context(), goruntime.New(), 600*time.Millisecond, func(context.Context) error {
		tries++
		return fault.New(fault.Unavailable, "op", "down")
	})
	if tries < 2 || !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(fmt.Sprint(err), "did not answer for 600ms") {
		t.Errorf("%d tries: %v", tries, err)
	}
	tries = 0
	err = patiently(t.Context(), goruntime.New(), time.Minute, func(context.Context) error {
		tries++
		return fault.New(fault.NotFound, "op", "no")
	})
	if tries != 1 || !fault.Is(err, fault.NotFound) {
		t.Errorf("what repeating does not mend: %d tries: %v", tries, err)
	}
}

// TestPatienceEndsWithinATry: what a try was told before the last was cut off is what a person has to know.
func TestPatienceEndsWithinATry(t *testing.T) {
	tries := 0
	try := func(ctx context.Context) error {
		if tries++; tries == 1 {
			return fault.New(fault.Unavailable, "op", "down")
		}
		<-ctx.Done()
		return fault.Wrap(fault.Canceled, "op", ctx.Err())
	}
	err := patiently(t.Context(), goruntime.New(), 600*time.Millisecond, try)
	if text := fmt.Sprint(err); tries != 2 || !fault.Is(err, fault.Unavailable) ||
		!strings.Contains(text, "did not answer for 600ms") || !strings.Contains(text, "down") {
		t.Errorf("%d tries: %v", tries, err)
	}
	tries = 1
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := patiently(stopped, goruntime.New(), time.Minute, try); !fault.Is(err, fault.Canceled) ||
		strings.Contains(fmt.Sprint(err), "did not answer") {
		t.Errorf("stopped: %v", err)
	}
}

// TestANodeOnAzureTables goes through what an operator goes through: a node on a new account says what to do, init
// does it, and an API and a worker share the account.
func TestANodeOnAzureTables(t *testing.T) {
	a := azuritetest.Require(t, azurite.Options{})
	account := a.Accounts()[0]
	cfg := inMemory()
	cfg.Storage.Account, cfg.Storage.AccountKey = []string{account.Name}, []Secret{Secret(account.Key)}
	cfg.Storage.TableURL, cfg.Storage.QueueURL = []string{a.TableURL(account.Name)}, a.QueueURL(account.Name)
	cfg.Storage.Replication, cfg.Storage.Journal = []Replication{ReplicationNone}, SameAccount
	cfg.Storage.TryTimeout = 5 * time.Second // a busy machine is no outage

	_, err := New(t.Context(), cfg, "test", io.Discard)
	if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "tidemark init") {
		t.Fatalf("before init: %v", err)
	}
	if _, err := Initialise(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Node.Role = RoleAPI
	api := start(t, cfg)
	cfg.Node.Role = RoleWorker
	worker := start(t, cfg)
	if !api.Place().Equal(worker.Place()) || api.Place().Region != "east" {
		t.Errorf("places %v and %v", api.Place(), worker.Place())
	}
	if code, body := post(t, api.URL()+"/api/v2/write", "text/plain", lines); code != 204 {
		t.Fatalf("write: %d %s", code, body)
	}
	comes(t, "the worker compacts what the API took in", func() (any, bool) {
		_, text := get(t, worker.URL()+"/metrics")
		return text, strings.Contains(text, dropped)
	})
	if _, series := get(t, api.URL()+"/v1/series"); !strings.Contains(series, "roof") {
		t.Errorf("after compaction: %s", series)
	}
}
