package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/check"
)

// rows is what the journal of a region holds: its blocks and what it knows of their streams, each row without what a
// storage adds, and the versions, which are each journal's own.
func (r *twoRegions) rows(region string) map[string]string {
	r.t.Helper()
	endpoint := r.line.Regions[region].Journal
	key, err := aztables.NewSharedKeyCredential(endpoint[strings.LastIndexByte(endpoint, '/')+1:], r.line.Key)
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := aztables.NewServiceClientWithSharedKey(endpoint, key, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	rows := map[string]string{}
	for tables := client.NewListTablesPager(nil); tables.More(); {
		page, err := tables.NextPage(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		for _, table := range page.Tables {
			if ofStreams.MatchString(*table.Name) { // two journals call theirs after their own generations
				month := (*table.Name)[len(*table.Name)-len("202601"):]
				r.rowsOf(client.NewClient(*table.Name), month, rows)
			}
		}
	}
	return rows
}

// reckon stops the clients, and waits until each node vouches for what either journal had. Then both journals hold the
// same blocks, at the first look, and both nodes answer everything; what is known of the streams is the same once they
// are ended and sealed.
func (r *twoRegions) reckon() {
	r.t.Helper()
	r.dismiss()
	ended := clock.Now()
	for _, region := range []string{"east", "west"} {
		r.vouches(r.nodes[region], numbered(r.fresh[region][0].Series.Source, 0, 1), ended)
	}
	east, west := r.rows("east"), r.rows("west")
	blocks := 0
	for _, key := range slices.Sorted(maps.Keys(union(east, west))) {
		if _, row, _ := strings.Cut(key, "|k,"); row == "" {
			continue
		}
		if blocks++; east[key] != west[key] {
			r.t.Errorf("%s is %q in the east and %q in the west, and both nodes vouch for it", key, east[key],
				west[key])
		}
	}
	took := eventually(r.t, time.Minute, "both journals know the same of their streams",
		func() bool { return maps.Equal(r.rows("east"), r.rows("west")) })
	r.t.Logf("both journals hold the same %d rows of blocks; all their rows are the same %s later", blocks,
		took.Round(10*time.Millisecond))
	for _, region := range []string{"east", "west"} {
		r.holds(region, "")
	}
	r.judge(check.Demand{Acked: 100, Answers: 8})
}

// rowsOf adds the rows of a table.
func (r *twoRegions) rowsOf(table *aztables.Client, name string, rows map[string]string) {
	r.t.Helper()
	for entities := table.NewListEntitiesPager(nil); entities.More(); {
		page, err := entities.NextPage(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		for _, text := range page.Entities {
			var row map[string]any
			if err := json.Unmarshal(text, &row); err != nil {
				r.t.Fatal(err)
			}
			key := fmt.Sprint(name, "|", row["PartitionKey"], "|", row["RowKey"])
			for property := range row {
				if property == "Timestamp" || property == "version" || strings.HasPrefix(property, "odata.") {
					delete(row, property)
				}
			}
			kept, _ := json.Marshal(row)
			rows[key] = fmt.Sprintf("%x", sha256.Sum256(kept))
		}
	}
}

// union has the keys of both.
func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
