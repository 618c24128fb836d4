package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// blocks is what the journal of a region holds: its blocks and what it knows of their streams, each row without what a
// storage adds, and the versions, which are each journal's own.
func (r *twoRegions) blocks(region string) map[string]string {
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
			if *table.Name != "Journal" { // of the storage itself
				r.rowsOf(client.NewClient(*table.Name), *table.Name, rows)
			}
		}
	}
	return rows
}

// same waits until both journals hold the same.
func (r *twoRegions) same() (took time.Duration) {
	r.t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(200 * time.Millisecond) {
		east, west := r.blocks("east"), r.blocks("west")
		if took = time.Since(began); len(east) > 0 && maps.Equal(east, west) {
			return took
		}
	}
	east, west := r.blocks("east"), r.blocks("west")
	for key, is := range east {
		if west[key] != is {
			r.t.Errorf("%s is %s in the east and %s in the west", key, is, west[key])
		}
	}
	for key, is := range west {
		if east[key] == "" {
			r.t.Errorf("%s is %s in the west alone", key, is)
		}
	}
	r.t.Fatalf("after %s the journals differ: %d rows in the east, %d in the west", took, len(east), len(west))
	return took
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
