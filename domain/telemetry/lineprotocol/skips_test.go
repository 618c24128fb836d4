package lineprotocol_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// TestWhatIsNoReadingIsSkipped: as Telegraf sends it. Nothing is rejected, the rest is stored, and every field is
// named and counted.
func TestWhatIsNoReadingIsSkipped(t *testing.T) {
	in := `system,host=e load1=0.5,n_cpus=2i 1
system,host=e uptime=7i 1
system,host=e uptime_format="0:07" 1
system,host=f uptime_format="0:08",up=t 1
net,host=e bytes=9007199254740993i,more=18446744073709551615u,uptime_format="x" 1
`
	d := lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
	for range 2 { // the second time from the decoder's memory
		var b telemetry.Batch
		r, err := d.Decode([]byte(in), &b)
		if err != nil || r.RejectedTotal != 0 || r.Accepted != 4 {
			t.Fatalf("%v, %+v", err, r)
		}
		want := []readings.Skip{{Kind: readings.SkipText, Measurement: "system", Name: "uptime_format", Count: 2},
			{Kind: readings.SkipInteger, Measurement: "net", Name: "bytes", Count: 1},
			{Kind: readings.SkipInteger, Measurement: "net", Name: "more", Count: 1},
			{Kind: readings.SkipText, Measurement: "net", Name: "uptime_format", Count: 1}}
		if diff := cmp.Diff(want, r.Skips); diff != "" || r.SkipTotals != [readings.SkipKinds]int{3, 2, 0} {
			t.Errorf("totals %v; skips (-want +got):\n%s", r.SkipTotals, diff)
		}
		if len(b.Sources) != 2 {
			t.Errorf("descriptions %v", b.Sources)
		}
	}
}

// TestALineOfSkippedFieldsIsSkipped: it describes no source, its time is not looked at, and an empty batch is no
// error.
func TestALineOfSkippedFieldsIsSkipped(t *testing.T) {
	var b telemetry.Batch
	d := lineprotocol.Decoder{Options: readings.Options{Oldest: 1}}
	r, err := d.Decode([]byte("a,source=s t=\"x\"\na,source=s t=\"x\",n=9007199254740993i -9223372036854775807"), &b)
	if err != nil || r.RejectedTotal != 0 || !b.Empty() || r.SkipTotals != [readings.SkipKinds]int{2, 1, 0} {
		t.Errorf("%v, %+v, %v", err, r, b.Sources)
	}
}

// TestMalformedLinesSkipNothing: a line that is refused as a whole is not counted a second time.
func TestMalformedLinesSkipNothing(t *testing.T) {
	for _, in := range []string{`m s="x",v=NaN 5`, `m s="x",v=1 5 6`, `m s="x"y 5`, `m s="x",=1 5`,
		`m s="x",n=1e3i 5`} {
		var b telemetry.Batch
		var d lineprotocol.Decoder
		r, err := d.Decode([]byte(in+"\nm v=1 5"), &b)
		if err != nil || r.RejectedTotal != 1 || r.Accepted != 1 || r.Skips != nil {
			t.Errorf("%s: %v, %+v", in, err, r)
		}
	}
	var b telemetry.Batch
	var d lineprotocol.Decoder // a number beyond 64 bits is malformed, as InfluxDB has it: the other fields are kept
	r, err := d.Decode([]byte(`m s="x",a=9223372036854775808i,b=1e400,v=1 5`), &b)
	if err != nil || r.RejectedTotal != 2 || r.Accepted != 1 || r.SkipTotals != [readings.SkipKinds]int{1, 0, 0} {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestTagsOverBoundsAreLeftOut: the readings are kept under a source that all tags tell apart, and what is no label
// is named, once a source.
func TestTagsOverBoundsAreLeftOut(t *testing.T) {
	long := strings.Repeat("x", telemetry.MaxNameUnits+1)
	in := fmt.Sprintf("t%s value=1 5\nt%s value=2 6\nt,source=%s value=3 5\nt,a=%s value=4 5\nt,a=%sy value=5 5",
		manyTags(telemetry.MaxLabels+2), manyTags(telemetry.MaxLabels+2), long, long, long)
	var d lineprotocol.Decoder
	for range 2 {
		var b telemetry.Batch
		r, err := d.Decode([]byte(in), &b)
		if err != nil || r.RejectedTotal != 0 || r.Accepted != 5 || len(b.Series) != 4 {
			t.Fatalf("%v, %+v, %v", err, r, b.Series)
		}
		want := []readings.Skip{{Kind: readings.SkipLabel, Measurement: "t", Name: "k8", Count: 1},
			{Kind: readings.SkipLabel, Measurement: "t", Name: "k9", Count: 1},
			{Kind: readings.SkipLabel, Measurement: "t", Name: "source", Count: 1},
			{Kind: readings.SkipLabel, Measurement: "t", Name: "a", Count: 2}}
		if diff := cmp.Diff(want, r.Skips); diff != "" || r.SkipTotals != [readings.SkipKinds]int{0, 0, 5} {
			t.Errorf("totals %v; skips (-want +got):\n%s", r.SkipTotals, diff)
		}
		if len(b.Sources) != 1 || len(b.Sources[0].Labels) != telemetry.MaxLabels {
			t.Errorf("descriptions %v", b.Sources)
		}
	}
}

func TestSkipsAreCapped(t *testing.T) {
	var in strings.Builder
	for i := range readings.MaxSkips + 50 {
		fmt.Fprintf(&in, "m f%d=\"x\" 5\n", i)
	}
	var b telemetry.Batch
	var d lineprotocol.Decoder
	r, err := d.Decode([]byte(in.String()), &b)
	if err != nil || len(r.Skips) != readings.MaxSkips || r.SkipTotals[readings.SkipText] != readings.MaxSkips+50 {
		t.Errorf("%v: %d listed of %v", err, len(r.Skips), r.SkipTotals)
	}
}

// TestSkippingDoesNotAllocate by the line: a request costs its list, and nothing else once the names are known.
func TestSkippingDoesNotAllocate(t *testing.T) {
	var in []byte
	for i := range 1000 {
		in = fmt.Appendf(in, "system,host=e load=1,uptime_format=\"0:07\",n=9007199254740993i %d\n", i)
	}
	d := lineprotocol.Decoder{Options: readings.Options{SourceTags: []string{"host"}}}
	var b telemetry.Batch
	allocs := testing.AllocsPerRun(10, func() {
		if r, err := d.Decode(in, &b); err != nil || r.SkipTotals[0] != 1000 {
			t.Fatal(err, r)
		}
	})
	if allocs > 2 {
		t.Errorf("%v allocations", allocs)
	}
}
