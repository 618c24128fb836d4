package store_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/sharedkey"
	"tidemark/simulator/wire/tables"
)

// TestAPartThatWasDone: a repeat that takes several calls was not sent only if none of them was. The row of this one is
// too large for Azurite to replace: it is deleted and made anew.
func TestAPartThatWasDone(t *testing.T) {
	key, err := sharedkey.New("geo", "a2V5")
	if err != nil {
		t.Fatal(err)
	}
	for reached := range 4 {
		var calls []string
		do := func(r *http.Request) (*http.Response, error) {
			if len(calls) == reached {
				return nil, fmt.Errorf("%w: refused", account.ErrNotSent)
			}
			calls = append(calls, r.Method)
			status, body := http.StatusNoContent, ""
			if r.Method == http.MethodPut {
				status, body = http.StatusBadRequest, `{"odata.error":{"code":"EntityTooLarge"}}`
			}
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)),
				Header: http.Header{}, Request: r}, nil
		}
		s := store.New(store.Options{Account: "geo", Sign: key, Sched: goruntime.New(), Do: do,
			Where: func(georep.Region) store.Address { return store.Address{Table: "http://127.0.0.1:1"} }})
		err := s.Apply(t.Context(), "west", georep.Entry{}, store.TableChange{Replica: &tables.Replica{Table: "Ships",
			Kind: inject.Upsert, Rows: []tables.ReplicaRow{{Kind: inject.Upsert, PartitionKey: "p", RowKey: "r",
				Body: []byte(`{"PartitionKey":"p","RowKey":"r"}`)}}}})
		switch {
		case reached == 3 && err != nil:
			t.Errorf("all calls were answered (%v): %v", calls, err)
		case reached < 3 && errors.Is(err, account.ErrNotSent) != (reached == 0):
			t.Errorf("the storage was reached by %v: %v", calls, err)
		}
	}
}
