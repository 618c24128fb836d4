package memory_test

import (
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/region"
	"tidemark/ports/storageaccount/storageaccounttest"
)

func TestAccountProof(t *testing.T) {
	storageaccounttest.Run(t, storageaccounttest.Harness{Faults: true, States: true,
		New: func(storageaccounttest.T) storageaccounttest.Fixture {
			s := goruntime.New()
			rows, account := memory.NewRows(s), memory.NewAccount(s)
			rows.SetResolution(time.Second)
			hook := &once{}
			account.SetFault(hook.next)
			skew := -time.Hour
			pass := func(d time.Duration) {
				skew += d
				rows.SetSkew(skew)
				account.SetSkew(skew)
			}
			pass(0)
			return storageaccounttest.Fixture{
				Account: account, Rows: rows, Pass: pass,
				Arm: func(f storageaccounttest.Fault) { hook.arm(shapes[f]) },
				Set: func(state region.State) { account.SetState(state, 2*time.Second) },
				Now: func() time.Time { return s.Now().Add(skew) },
			}
		}})
}

func TestSingleTidemarkDoesNotFollowAClockThatIsSetBack(t *testing.T) {
	account := memory.NewAccount(goruntime.New())
	account.SetSkew(time.Hour)
	before, err := account.Tidemark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	account.SetSkew(0)
	after, err := account.Tidemark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !after.At.Equal(before.At) {
		t.Errorf("the tidemark went from %v to %v", before.At, after.At)
	}
}
