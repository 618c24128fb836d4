package compose

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// older is what the program of commit ea45161 stored, and what it answered from that: rows and blocks of the journal
// that were not compacted, a window that was split, deletions, labels, values overwritten. These bytes must stay.
const older = "testdata/ea45161"

// unpack puts the files of an archive into a folder of the test.
func unpack(t *testing.T, name string) (folder string) {
	t.Helper()
	f, err := os.Open(filepath.Join(older, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return folder
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(h.Name)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// cursor is signed with a key of the storage.
var cursor = regexp.MustCompile(`"next":"[^"]*"`)

// answersAsBefore asks what the older program was asked.
func answersAsBefore(t *testing.T, when, url string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(older, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for question, answer := range want {
		_, got := get(t, url+question)
		if d := cmp.Diff(answer, cursor.ReplaceAllString(got, `"next":"(a cursor)"`)); d != "" {
			t.Errorf("%s, %s:\n%s", when, question, d)
		}
	}
}

// compacted waits until nothing is left in the journal.
func compacted(t *testing.T, url string) {
	t.Helper()
	comes(t, "the journal is empty", func() (any, bool) {
		_, status := get(t, url+"/v1/status")
		return status, strings.Contains(status, `"blocks":0`)
	})
}

// readsOlder starts a node on what the older program stored, and lets it compact what is left.
func readsOlder(t *testing.T, cfg Config, tenant string) {
	t.Helper()
	cfg.Tenants.Tenant, cfg.Work.Sweep = tenant, time.Second
	if _, err := Initialise(t.Context(), cfg); err != nil { // makes the queues again, and changes nothing else
		t.Fatal(err)
	}
	n := start(t, cfg)
	answersAsBefore(t, "at once", n.URL())
	compacted(t, n.URL())
	answersAsBefore(t, "once all is compacted", n.URL())
}

// TestAFolderOfBeforeIsRead opens the file of an embedded store that an older program made.
func TestAFolderOfBeforeIsRead(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = unpack(t, "embedded.tgz")
	readsOlder(t, cfg, "default")
}

// TestTablesOfBeforeAreRead runs on the tables that an older program made in an Azurite: an account, and the journal's.
func TestTablesOfBeforeAreRead(t *testing.T) {
	a := azuritetest.Require(t, azurite.Options{Folder: unpack(t, "tables.tgz"),
		Accounts: []azurite.Account{{Name: "tidemark"}, {Name: "tidemarkeast"}}})
	account, journal := a.Accounts()[0], a.Accounts()[1]
	cfg := inMemory()
	s := &cfg.Storage
	s.Account, s.AccountKey = []string{account.Name}, []Secret{Secret(account.Key)}
	s.TableURL = []string{a.TableURL(account.Name)}
	s.JournalAccount, s.JournalKey, s.JournalURL = journal.Name, Secret(journal.Key), a.TableURL(journal.Name)
	s.QueueURL = a.QueueURL(journal.Name)
	s.Replication, s.Journal = []Replication{ReplicationNone}, OwnAccount
	s.TryTimeout = 5 * time.Second // a busy machine is no outage
	readsOlder(t, cfg, "acme")
}
