package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// TestWriteBehindAHungOne gets the service's timeout: the write before it waits for a store that does not answer, and
// keeps the partition.
func TestWriteBehindAHungOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		away := Store{Table: "http://127.0.0.1:9", Queue: "http://127.0.0.1:9"}
		g, err := New(Options{Stores: map[georep.Region]Store{"east": away, "west": away}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = g.Close() }()
		a, err := g.AddAccount(AccountOptions{Name: "hung", Key: "aHVuZw==",
			Geo: georep.Options{Primary: "east", Secondary: "west"}})
		if err != nil {
			t.Fatal(err)
		}
		p := georep.Partition{Service: georep.Table, Container: "t", Key: "a"}
		first, err := a.Arrive("east", georep.Table)
		if err != nil {
			t.Fatal(err)
		}
		never := func(ctx context.Context, _ time.Time) (account.Payload, error) { <-ctx.Done(); return nil, ctx.Err() }
		go func() {
			_, _ = a.Write(t.Context(), first, account.Write{Partition: p, Rows: 1, Send: never, Resolve: never})
		}()
		synctest.Wait()
		answer := httptest.NewRecorder()
		v := &visit{a: a, service: georep.Table, w: answer, r: httptest.NewRequest(http.MethodPut, "/hung/t", nil),
			ctx: t.Context()}
		v.setOut("east")
		if !v.arrive() {
			t.Fatal("it did not arrive")
		}
		began := time.Now()
		v.write(write{partition: p, rows: 1})
		if took := time.Since(began); answer.Code != http.StatusInternalServerError || took != answerTimeout {
			t.Errorf("%d after %v, want 500 after %v", answer.Code, took, answerTimeout)
		}
		if s := a.Status(); s.UnderWay != 1 {
			t.Errorf("%d writes are under way, want the one that hangs", s.UnderWay)
		}
	})
}
