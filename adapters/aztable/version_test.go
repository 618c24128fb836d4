package aztable_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/adapters/aztable"
	"tidemark/domain/telemetry"
	"tidemark/simulator/azurite/azuritetest"
)

// TestAVersionIsNeverGivenAgain appends a thousand blocks from two goroutines, which merge one row as fast as the
// storage lets them: no version that was read before an append began is read after it.
func TestAVersionIsNeverGivenAgain(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	s, j := stream(t, c), c.Journal()
	if err := appendBlock(t, j, s, 1, "birth"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen, looks := map[string]int{}, 0 // versions, with the look that was the first to see each
	var group sync.WaitGroup
	const each = 500
	for i := range 2 {
		group.Go(func() {
			for n := range telemetry.Number(each) {
				mu.Lock()
				began := looks
				mu.Unlock()
				if err := appendBlock(t, j, s, 2+2*n+telemetry.Number(i), "x"); err != nil {
					t.Error(err)
					return
				}
				version := versionOf(t, j, s)
				mu.Lock()
				looks++
				if first, again := seen[version]; again && first <= began {
					t.Errorf("append %d: the version %q was seen by look %d, before the append began at %d", n, version,
						first, began)
				} else if !again {
					seen[version] = looks
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(seen) < each {
		t.Errorf("%d versions of %d appends", len(seen), 2*each)
	}
}

func versionOf(t *testing.T, j *aztable.Journal, s telemetry.Stream) string {
	t.Helper()
	x, err := j.Index(t.Context(), s.Shard, s.Day)
	if err != nil || len(x.Streams) != 1 {
		t.Errorf("index %+v: %v", x, err)
		return ""
	}
	return x.Streams[0].Version
}

// TestAWriterOfBeforeChangesTheVersion merges row b as a program of before does, without a property: the version
// changes all the same.
func TestAWriterOfBeforeChangesTheVersion(t *testing.T) {
	t.Parallel()
	srv, account := azuritetest.Account(t)
	c, _ := open(t, srv, account)
	s, j := stream(t, c), c.Journal()
	if err := appendBlock(t, j, s, 1, "birth"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{versionOf(t, j, s): true}
	names, _ := rowOf(t, byTheSDK(t, srv, account, "Journal"), "place")["tables"].(string)
	table := byTheSDK(t, srv, account, names+s.Day.Start().Format("200601"))
	row := rowOf(t, table, "i,"+string(s.Writer)+",b")
	text, err := json.Marshal(map[string]any{"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]})
	if err != nil {
		t.Fatal(err)
	}
	merge := &aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeMerge}
	for range 100 {
		if _, err := table.UpdateEntity(t.Context(), text, merge); err != nil {
			t.Fatal(err)
		}
		version := versionOf(t, j, s)
		if seen[version] {
			t.Fatalf("after a merge without a property the version is %q again", version)
		}
		seen[version] = true
	}
}
