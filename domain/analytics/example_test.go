package analytics_test

import (
	"fmt"
	"time"

	"tidemark/domain/analytics"
)

// A query of two functions over hours, with the gap in the middle filled.
func Example() {
	step, _ := analytics.ParseStep("1h", nil)
	funcs, _ := analytics.ParseFuncs("mean,p95")
	plan, err := analytics.NewPlan(step, 0, 3*int64(time.Hour), funcs, analytics.MaxBuckets)
	if err != nil {
		fmt.Println(err)
		return
	}
	minute := int64(time.Minute)
	series := analytics.NewAccumulator(plan)
	if err := series.AddReadings([]int64{0, 10 * minute, 20 * minute, 150 * minute},
		[]float64{1, 2, 6, 5}); err != nil {
		fmt.Println(err)
		return
	}
	columns := series.Columns(analytics.FillLinear)
	for i, start := range plan.Starts() {
		fmt.Println(time.Unix(0, start).UTC().Format("15:04"), columns[0][i].V, columns[1][i].V)
	}
	// Output:
	// 00:00 3 6
	// 01:00 4 5.5
	// 02:00 5 5
}
