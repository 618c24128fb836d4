package georep_test

import (
	"fmt"
	"time"

	"tidemark/simulator/georep"
)

// A write is on the secondary five seconds after its commit; until then the Last Sync Time stays where it was.
func Example() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lag, _ := georep.ParseLag("constant 5s")
	account, _ := georep.New(georep.Options{Primary: "east", Secondary: "west", Lag: lag})

	ticket, _ := account.Arrive(now, georep.Table)
	account.Stamp(now, ticket)
	account.Commit(now, ticket, georep.Partition{Service: georep.Table, Container: "employees", Key: "e"}, 1, 200)

	for _, after := range []time.Duration{3 * time.Second, 6 * time.Second} {
		for e, ok := account.Next(now.Add(after)); ok; e, ok = account.Next(now.Add(after)) {
			account.Applied(now.Add(after), e.Seq)
		}
		stats := account.Stats(now.Add(after), georep.Table)
		fmt.Println(after, stats.State, stats.LastSync.Format(time.TimeOnly))
	}
	// Output:
	// 3s live 12:00:00
	// 6s live 12:00:06
}
