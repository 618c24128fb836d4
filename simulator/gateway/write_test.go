package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
)

// TestWriteBehindAHungOne gets the service's timeout: the write before it waits for a store that does not answer, and
// keeps the partition.
func TestWriteBehindAHungOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := Store{Table: "http://127.0.0.1:9", Queue: "http://127.0.0.1:9"}
		g, err := New(Options{Stores: map[georep.Region]Store{"east": away, "west": away}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = g.Close() }()
		o := AccountOptions{Name: "hung", Key: "aHVuZw==", Geo: georep.Options{Primary: "east", Secondary: "west"}}
		key, err := sharedkey.New(o.Name, o.Key)
		if err != nil {
			t.Fatal(err)
		}
		a, err := newAccount(g, o, key)
		if err != nil {
			t.Fatal(err)
		}
		before := hold(t, a.locks, part("a"))
		answer := httptest.NewRecorder()
		v := &visit{a: a, service: georep.Table, w: answer, r: httptest.NewRequest(http.MethodPut, "/hung/t", nil),
			ctx: t.Context(), region: "east"}
		if !v.arrive() {
			t.Fatal("it did not arrive")
		}
		began := time.Now()
		v.write(write{partition: part("a"), rows: 1})
		if took := time.Since(began); answer.Code != http.StatusInternalServerError || took != answerTimeout {
			t.Errorf("%d after %v, want 500 after %v", answer.Code, took, answerTimeout)
		}
		if s := a.Status(); s.UnderWay != 0 {
			t.Errorf("%d writes are under way", s.UnderWay)
		}
		before.release()
		a.locks.empty(t)
	})
}
