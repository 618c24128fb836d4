package lineprotocol_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// request writes lines as Telegraf does: some hosts, a few tags, several fields.
func request(lines, hosts int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for i := range lines {
		out = fmt.Appendf(out, "cpu,cpu=cpu-total,datacenter=eu-west-1a,host=server-%04d "+
			"usage_idle=%s,usage_system=%s,usage_user=%s,n=%di %d\n",
			i%hosts, percent(rng), percent(rng), percent(rng), rng.IntN(1000), 1_700_000_000_000_000_000+
				int64(i/hosts)*10_000_000_000)
	}
	return out
}

func percent(rng *rand.Rand) string { return strconv.FormatFloat(rng.Float64()*100, 'f', 2, 64) }

func BenchmarkDecode(b *testing.B) {
	for _, hosts := range []int{125, 1250} {
		b.Run(fmt.Sprintf("series=%d", 4*hosts), func(b *testing.B) {
			in := request(5000, hosts)
			d := lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
			var batch telemetry.Batch
			if _, err := d.Decode(in, &batch); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if r, err := d.Decode(in, &batch); err != nil || r.Accepted != 20_000 {
					b.Fatal(r, err)
				}
			}
			n := float64(batch.Len())
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/reading")
			b.ReportMetric(float64(len(in))/n, "B/reading")
		})
	}
}

func BenchmarkDecodeCold(b *testing.B) {
	in := request(5000, 1250)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		d := lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
		var batch telemetry.Batch
		if _, err := d.Decode(in, &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20_000, "ns/reading")
}

// A steady stream of readings of known series costs no allocation a reading.
func TestDecodeDoesNotAllocate(t *testing.T) {
	in := request(1000, 100)
	d := lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
	var batch telemetry.Batch
	allocs := testing.AllocsPerRun(10, func() {
		if _, err := d.Decode(in, &batch); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 2 {
		t.Errorf("%v allocations for 4,000 readings of known series", allocs)
	}
}
