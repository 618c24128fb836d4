package tables

import "testing"

// A query that goes on in the partition whose key is empty says so; every other query stays as it came.
func TestGoOn(t *testing.T) {
	for query, want := range map[string]string{
		"":                                  "",
		"$top=3":                            "$top=3",
		"$top=3&NextRowKey=r":               "$top=3&NextRowKey=r&NextPartitionKey=",
		"NextPartitionKey=&NextRowKey=r":    "NextPartitionKey=&NextRowKey=r",
		"NextPartitionKey=1!4!cA&$filter=x": "NextPartitionKey=1!4!cA&$filter=x",
	} {
		if got := goOn(query); got != want {
			t.Errorf("%q became %q, want %q", query, got, want)
		}
	}
}
