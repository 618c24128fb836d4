package aztable_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/storageaccount/storageaccounttest"
	"tidemark/simulator/azurite/azuritetest"
)

func TestTidemarkOfAGeoRedundantAccount(t *testing.T) {
	const stats = `<?xml version="1.0" ` +
		`encoding="utf-8"?><StorageServiceStats><GeoReplication><Status>%s</Status>%s</GeoReplication></StorageServiceStats>`
	synced := time.Date(2026, 11, 23, 6, 28, 43, 0, time.UTC)
	const lst = "<LastSyncTime>Mon, 23 Nov 2026 06:28:43 GMT</LastSyncTime>"
	for name, c := range map[string]struct {
		status int
		code   string
		body   string
		want   region.Tidemark
		kind   fault.Kind
	}{
		"live": {200, "", fmt.Sprintf(stats, "live", lst),
			region.Tidemark{At: synced, State: region.Live}, 0},
		"live without a time": {200, "", fmt.Sprintf(stats, "live", ""), region.Tidemark{}, 0},
		"live with an empty time": {200, "", fmt.Sprintf(stats, "live", "<LastSyncTime></LastSyncTime>"),
			region.Tidemark{}, 0},
		"bootstrap": {200, "", fmt.Sprintf(stats, "bootstrap", "<LastSyncTime></LastSyncTime>"),
			region.Tidemark{State: region.Bootstrap}, 0},
		"bootstrap with an old time": {200, "", fmt.Sprintf(stats, "bootstrap", lst),
			region.Tidemark{State: region.Bootstrap}, 0},
		"unavailable":           {200, "", fmt.Sprintf(stats, "unavailable", "<LastSyncTime/>"), region.Tidemark{}, 0},
		"no secondary any more": {403, "InsufficientAccountPermissions", "", region.Tidemark{}, 0},
		"busy":                  {503, "ServerBusy", "", region.Tidemark{}, fault.Unavailable},
		"broken":                {500, "InternalError", "", region.Tidemark{}, fault.Unavailable},
		"no XML":                {200, "", "<html>", region.Tidemark{}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			secondary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("comp") != "stats" {
					t.Errorf("asked for %s", r.URL)
				}
				w.Header().Set("Content-Type", "application/xml")
				w.Header().Set("x-ms-error-code", c.code)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer secondary.Close()
			client, err := aztable.Open(aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5",
				Replication: aztable.ReadAccessGeo, SecondaryURL: secondary.URL + "/a-secondary"})
			if err != nil {
				t.Fatal(err)
			}
			got, err := client.Account().Tidemark(t.Context())
			if fault.KindOf(err) != c.kind || got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	storageaccounttest.Run(t, storageaccounttest.Harness{
		Faults: true,
		New: func(storageaccounttest.T) storageaccounttest.Fixture {
			srv, account := azuritetest.Account(t)
			c, f := open(t, srv, account)
			return storageaccounttest.Fixture{
				Account: c.Account(), Rows: c.Rows(), Pass: time.Sleep, Now: time.Now,
				Arm: func(kind storageaccounttest.Fault) { f.Arm(kind, 0) },
			}
		},
	})
}

func TestTidemarkOfOneRegionIsItsOwnClock(t *testing.T) {
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	if err := c.Rows().Prepare(t.Context(), 58); err != nil {
		t.Fatal(err)
	}
	mark, err := c.Account().Tidemark(t.Context())
	if err != nil || mark.State != region.Single || time.Since(mark.At) > time.Minute {
		t.Fatalf("got %+v, %v", mark, err)
	}
	k := chunks.Key{Partition: chunks.Partition{Table: chunks.State, Tenant: "acme"}, Row: "x"}
	if err := c.Rows().Apply(t.Context(), chunks.Change{Key: k}); err != nil {
		t.Fatal(err)
	}
	row, err := c.Rows().Get(t.Context(), k)
	if err != nil || row.Committed.Before(mark.At.Add(-time.Second)) {
		t.Fatalf("a row committed at %v after the tidemark %v (%v)", row.Committed, mark.At, err)
	}
	again, err := c.Account().Tidemark(t.Context())
	if err != nil || again.At.Before(mark.At) {
		t.Fatalf("fell from %v to %v (%v)", mark.At, again.At, err)
	}
}

// TestWhatNobodyDeclaredHasNoTidemark opens an account without a word of its replication: nothing may be dropped
// because nobody named a secondary.
func TestWhatNobodyDeclaredHasNoTidemark(t *testing.T) {
	c, err := aztable.Open(aztable.Config{URL: "http://127.0.0.1:1/a", Account: "a", Key: "a2V5"})
	if err != nil {
		t.Fatal(err)
	}
	if mark, err := c.Account().Tidemark(t.Context()); mark != (region.Tidemark{}) || err != nil {
		t.Errorf("got %+v, %v", mark, err)
	}
}

func TestTidemarkOfStorageThatIsAwayIsUnavailable(t *testing.T) {
	away := aztable.Config{URL: "http://127.0.0.1:1/a", Replication: aztable.Local, Account: "a", Key: "a2V5"}
	c, err := aztable.Open(away)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Account().Tidemark(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}
