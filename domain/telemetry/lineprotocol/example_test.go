package lineprotocol_test

import (
	"fmt"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

func ExampleDecoder_Decode() {
	d := lineprotocol.Decoder{Options: readings.Options{DefaultPrecision: readings.Second,
		SourceTags: []string{"host"}}}
	var batch telemetry.Batch
	result, err := d.Decode([]byte("cpu,host=web-1,rack=7 idle=93.5,cores=8i,model=\"EPYC\" 1700000000\n"), &batch)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range batch.Times {
		fmt.Println(batch.Series[batch.Of[i]], batch.Times[i], batch.Values[i])
	}
	fmt.Println(batch.Sources[0])
	fmt.Println(result.Accepted, result.Skips[0])
	// Output:
	// {web-1,rack=7 cpu_idle} 1700000000000000000 93.5
	// {web-1,rack=7 cpu_cores} 1700000000000000000 8
	// {web-1,rack=7 [{host web-1} {rack 7}] false}
	// 2 {text cpu model 1}
}
