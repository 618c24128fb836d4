package csvreadings_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones that do not depend on the machine

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// show writes a batch as one line a reading: source metric unit time value.
func show(b *telemetry.Batch) []string {
	lines := []string{}
	for i := range b.Times {
		s := b.Series[b.Of[i]]
		at := time.Unix(0, b.Times[i]).UTC().Format(time.RFC3339Nano)
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%v", s.Source, s.Metric, b.Units[b.Of[i]], at, b.Values[i]))
	}
	return lines
}

func TestFiles(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		opts    readings.Options
		want    []string
		skipped []readings.Skipped
	}{
		"long": {in: "source,metric,time,value\na,m,2026-11-23T06:00:00Z,1.5\nb,m,2026-11-23,2\n",
			want: []string{"a|m||2026-11-23T06:00:00Z|1.5", "b|m||2026-11-23T00:00:00Z|2"}},
		"long, any order": {
			in: "Value,Unit,note,TIME,metric,Source\r\n1,C,x,1970-01-02,m,a\r\n,C,,1970-01-03,m,a\r\n2,,y," +
				"1970-01-04,m,a",
			want:    []string{"a|m|C|1970-01-02T00:00:00Z|1", "a|m|C|1970-01-04T00:00:00Z|2"},
			skipped: []readings.Skipped{{Column: "note", Cells: 2, Why: readings.SkippedSurplus}}},
		"wide with text": {
			in: "date,precipitation,temp_max (C),wind " +
				"[m/s],weather\n2012-01-01,0.0,12.8,4.7,drizzle\n2012/01/02,10.9,,+4.5,rain\n",
			opts: readings.Options{DefaultSource: "seattle"},
			want: []string{"seattle|precipitation||2012-01-01T00:00:00Z|0",
				"seattle|temp_max|C|2012-01-01T00:00:00Z|12.8", "seattle|wind|m/s|2012-01-01T00:00:00Z|4.7",
				"seattle|precipitation||2012-01-02T00:00:00Z|10.9", "seattle|wind|m/s|2012-01-02T00:00:00Z|4.5"},
			skipped: []readings.Skipped{{Column: "weather", Cells: 2}}},
		"wide with sources": {in: "source;time;a;b\nx;2026-01-01;1;2\ny;2026-01-01;3;\nx;2026-01-02;4;5",
			want: []string{"x|a||2026-01-01T00:00:00Z|1", "x|b||2026-01-01T00:00:00Z|2", "y|a||2026-01-01T00:00:00Z|3",
				"x|a||2026-01-02T00:00:00Z|4", "x|b||2026-01-02T00:00:00Z|5"}},
		"source from the file beats its name": {in: "source,time,a\nx,1970-01-01,1",
			opts: readings.Options{FallbackSource: "y"}, want: []string{"x|a||1970-01-01T00:00:00Z|1"}},
		"a source instead of the file's": {in: "source,time,a\nx,1970-01-01,1",
			opts: readings.Options{DefaultSource: "y", Columns: readings.Columns{Skip: []string{"source"}}},
			want: []string{"y|a||1970-01-01T00:00:00Z|1"}},
		"tabs, mark, spaces, quotes": {in: "\ufefftime\t\"a \"\"b\"\"\"\tsource\n \"2026-01-01\"\t 1 \t\"x;y\"\n",
			want: []string{"x;y|a \"b\"||2026-01-01T00:00:00Z|1"}},
		"unix numbers": {in: "time,a\n1700000000.5,1\n-1,2\n",
			opts: readings.Options{DefaultSource: "s", DefaultPrecision: readings.Second},
			want: []string{"s|a||2023-11-14T22:13:20.5Z|1", "s|a||1969-12-31T23:59:59Z|2"}},
		"booleans": {in: "time,a\n1970-01-01,true\n1970-01-02,FALSE\n", opts: readings.Options{DefaultSource: "s"},
			want: []string{"s|a||1970-01-01T00:00:00Z|1", "s|a||1970-01-02T00:00:00Z|0"}},
		"times": {
			in: "timestamp,a\n2026-11-23 06:00,1\n2026-11-23T06:00:01,2\n2026/11/23 06:00:02.25,3\n2026-11-23 " +
				"06:00:03+01:00,4\n2026-11-23T06:00:04Z,5\n", opts: readings.Options{DefaultSource: "s"},
			want: []string{"s|a||2026-11-23T06:00:00Z|1", "s|a||2026-11-23T06:00:01Z|2",
				"s|a||2026-11-23T06:00:02.25Z|3", "s|a||2026-11-23T05:00:03Z|4", "s|a||2026-11-23T06:00:04Z|5"}},
		"column without a name": {in: ",time,a,b\n0,1970-01-01,1,\n1,1970-01-02,2,\n",
			opts:    readings.Options{DefaultSource: "s"},
			want:    []string{"s|a||1970-01-01T00:00:00Z|1", "s|a||1970-01-02T00:00:00Z|2"},
			skipped: []readings.Skipped{{Column: "(column 1)", Cells: 2, Why: readings.SkippedUnnamed}}},
		"blank lines": {in: "\n\r\ntime,a\n\n   \n1970-01-01,1\n,\n", opts: readings.Options{DefaultSource: "s"},
			want: []string{"s|a||1970-01-01T00:00:00Z|1"}},
		"header only": {in: "time,a", opts: readings.Options{DefaultSource: "s"}, want: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := csvreadings.Decoder{Options: c.opts}
			for range 2 {
				var b telemetry.Batch
				r, err := d.Decode([]byte(c.in), &b)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, show(&b)) + cmp.Diff(c.skipped, r.Skipped); diff != "" {
					t.Errorf("readings and skipped columns (-want +got):\n%s", diff)
				}
				if r.Accepted != len(c.want) || r.RejectedTotal != 0 {
					t.Errorf("accepted %d of %d, rejected %+v", r.Accepted, len(c.want), r.Rejected)
				}
			}
		})
	}
}

// A cell that was meant to be a number is rejected by name, also when no cell of its column is one; text is skipped.
func TestCellsThatWereMeantToBeNumbers(t *testing.T) {
	comma := "it has a decimal comma, and decimals have a point: write 1.5"
	alone := "digits and a decimal point alone"
	for cell, want := range map[string]string{
		"1,5": comma, "+1,5": "write +1.5", "-1,5": "write -1.5", "1,5e3": "write 1.5e3", "1,5E+03": "write 1.5E+03",
		",5":        "write .5",
		"1,234":     "write 1.234 if it has a decimal comma, or else 1234",
		"1.234,5":   "thousands are not read, and decimals have a point: write 1234.5",
		"1,234,567": "thousands are not read: write 1234567", "1,23,4": alone,
		"1,234.5": "thousands are not read: write 1234.5", "1.234.567,5": "write 1234567.5",
		"1 234": alone, "1\u00a0234,5": alone, "1\u2009234": alone, "1\u202f234": alone, "1'234": alone,
		"21.5 C": alone, "21.5°C": alone, "40%": alone, "3 m/s": alone, "7µg/m³": alone, "<0.5": alone, "~3": alone,
		"\u22125": alone, "1.2.3": alone, "3rd": alone,
		"rain": "", "NaN": "", "-": "", "n/a": "", "2026-01-02": "", "2026-01-02T06:00:00Z": "", "06:45": "",
		"12 Main Street": "", "4f3a9c": "", "5 to 6": "", "a1": "", "+": "", "...": "",
	} {
		var b telemetry.Batch
		var d csvreadings.Decoder
		in := "time;source;temp;hum\n1970-01-01;s;" + cell + ";3\n1970-01-02;s;n/a;4\n"
		r, err := d.Decode([]byte(in), &b)
		if err != nil || r.Accepted != 2 {
			t.Fatalf("%q: %+v, %v", cell, r, err)
		}
		skipped := []readings.Skipped{{Column: "temp", Cells: 2}}
		if want != "" {
			skipped[0].Cells = 1
			if r.RejectedTotal != 1 || r.Rejected[0].Line != 2 || r.Rejected[0].Index != 0 ||
				!strings.HasPrefix(r.Rejected[0].Reason, `column "temp": "`) ||
				!strings.Contains(r.Rejected[0].Reason, want) {
				t.Errorf("%q: rejected %+v, want %q", cell, r.Rejected, want)
			}
		} else if r.RejectedTotal != 0 {
			t.Errorf("%q: rejected %+v", cell, r.Rejected)
		}
		if diff := cmp.Diff(skipped, r.Skipped); diff != "" {
			t.Errorf("%q: skipped (-want +got):\n%s", cell, diff)
		}
	}
	var b telemetry.Batch
	var d csvreadings.Decoder
	r, err := d.Decode([]byte("time;source;metric;value\n1970-01-01;s;m;1,5\n"), &b)
	if err != nil || r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason, comma) {
		t.Errorf("the long form: %+v, %v", r, err)
	}
}

func TestRejections(t *testing.T) {
	in := strings.Join([]string{
		"source,time,a,b,note",            // 1
		"s,1970-01-01,1,x,text",           // 2: index 0 good, 1 rejected
		"s,1970-01-02,2,2,text",           // 3: 2, 3 good
		"s,yesterday,3,,",                 // 4: 4 rejected
		",1970-01-01,,5,",                 // 5: 5 rejected
		"s,1970-01-01,1,2",                // 6: 6 rejected
		"s,1970-01-01,\"1\"2,2,",          // 7: 7 rejected
		"s,1970-01-01,1,9\"9,",            // 8: 8 rejected
		"s,1970-01-03,1,2,\"a",            // 9-10: 9, 10 good
		"b\"",                             // 10
		"s,20261123,1,,",                  // 11: 11 rejected
		"s,1500-01-01,1,,",                // 12: 12 rejected
		"s,,1,,",                          // 13: 13 rejected
		"s,1970-01-04,1e999,1,",           // 14: 14 rejected, 15 good
		"s,1970-01-05,,9007199254740993,", // 15: 16 rejected
		"s,1970-01-06,7,\"open,",          // 16: 17 rejected
	}, "\n")
	var b telemetry.Batch
	var d csvreadings.Decoder
	r, err := d.Decode([]byte(in), &b)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		index, line int
		reason      string
	}{
		{1, 2, `column "b": "x" is no number`}, {4, 4, `time "yesterday" is not known`}, {5, 5, "the source is empty"},
		{6, 6, "the record has 4 cells and the header 5"}, {7, 7, "text after the closing quote"},
		{8, 8, "a quote inside of a cell"},
		{11, 11, `time "20261123" is not known`}, {12, 12, "outside of 1700-01-01"}, {13, 13, "the time is empty"},
		{14, 14, `"1e999" is too large`}, {16, 15, "does not hold exactly"}, {17, 16, "a quote is not closed"},
	}
	if len(r.Rejected) != len(want) || r.RejectedTotal != len(want) || b.Len() != 6 {
		t.Fatalf("%d readings, rejected %+v", b.Len(), r.Rejected)
	}
	for i, w := range want {
		if x := r.Rejected[i]; x.Index != w.index || x.Line != w.line || !strings.Contains(x.Reason, w.reason) {
			t.Errorf("rejected %+v, want %+v", x, w)
		}
	}
	if diff := cmp.Diff([]readings.Skipped{{Column: "note", Cells: 3}}, r.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestHeadersThatDoNot(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "the file is empty",
		"\n\r\n":                   "the file is empty",
		"source,a\ns,1":            "no column of times; name it one of timestamp, ",
		"time,a\n1,1":              "no column source",
		"time,source\n1,s":         "no column of values",
		"time,source,a,a\n":        `column "a" is there twice`,
		"time,source,a (C),a [F]":  `metric "a" is there twice`,
		"time,source,\"a":          "the header: a quote is not closed",
		"time,source,a\x01":        "column 3: the metric has the control character",
		"time,source,\xff":         "the name of column 3 is not UTF-8",
		"time,source,a (\x01)\n":   "column 3: the unit has the control character",
		"metric,value,source\nm,1": "no column of times; name it one of timestamp, ",
	} {
		var b telemetry.Batch
		var d csvreadings.Decoder
		if _, err := d.Decode([]byte(in), &b); fault.KindOf(err) != fault.Invalid ||
			!strings.Contains(fault.Message(err), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	var b telemetry.Batch
	d := csvreadings.Decoder{Options: readings.Options{DefaultSource: "\x01"}}
	if _, err := d.Decode([]byte("time,a"), &b); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a bad default source: %v", err)
	}
}

func TestTooManyReadings(t *testing.T) {
	var b telemetry.Batch
	d := csvreadings.Decoder{Options: readings.Options{MaxReadings: 2, DefaultSource: "s"}}
	if _, err := d.Decode([]byte("time,a,b\n1,1,1\n"), &b); err != nil || b.Len() != 2 {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := d.Decode([]byte("time,a,b\n1,1,1\n2,2,x\n"), &b); fault.KindOf(err) != fault.TooLarge || !b.Empty() {
		t.Errorf("over the limit: %v, %d readings", err, b.Len())
	}
}

// Clocks in Berlin go forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00; Lord Howe moves by half an
// hour.
func TestLocalTimes(t *testing.T) {
	for _, c := range []struct{ zone, local, want string }{
		{"Europe/Berlin", "2026-01-01 12:00:00", "2026-01-01T11:00:00Z"},
		{"Europe/Berlin", "2026-07-01 12:00:00", "2026-07-01T10:00:00Z"},
		{"Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"},
		{"Europe/Berlin", "2026-03-29t03:00:00z", "2026-03-29T03:00:00Z"},
		{"Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"},
		{"Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"}, // occurs twice: the first
		{"Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-11-01 01:30:00", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00Z"},
		{"Europe/Berlin", "2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"},
		{"Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // has no midnight: its first moment
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		var b telemetry.Batch
		d := csvreadings.Decoder{Options: readings.Options{Location: loc, DefaultSource: "s"}}
		if _, err := d.Decode([]byte("time,a\n"+c.local+",1"), &b); err != nil || b.Len() != 1 {
			t.Fatalf("%v: %v", c, err)
		}
		if got := time.Unix(0, b.Times[0]).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.zone, c.local, got, c.want)
		}
	}
}

// A local time that clocks pass over is nobody's time.
func TestLocalTimesThatNeverOccur(t *testing.T) {
	for local, zone := range map[string]string{"2026-03-29 02:00": "Europe/Berlin",
		"2026-03-29T02:30:00": "Europe/Berlin", "2026/03/29 02:59:59.999": "Europe/Berlin",
		"2026-03-08 02:30:00": "America/New_York", "2026-10-04 02:15:00": "Australia/Lord_Howe",
		"2018-11-04 00:00": "America/Sao_Paulo", "2011-12-30": "Pacific/Apia"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		var b telemetry.Batch
		d := csvreadings.Decoder{Options: readings.Options{Location: loc, DefaultSource: "s"}}
		r, err := d.Decode([]byte("time,a\n"+local+",1"), &b)
		if err != nil || b.Len() != 0 || r.RejectedTotal != 1 ||
			!strings.Contains(r.Rejected[0].Reason, fmt.Sprintf("time %q does not exist in %s", local, zone)) {
			t.Errorf("%s: %+v, %v", local, r, err)
		}
	}
}

func TestTimesThatAreNotSupported(t *testing.T) {
	for at, want := range map[string]string{"2016-12-31T23:59:60Z": "leap second",
		"2026-01-01T00:00:00.0000000001Z": "nanosecond"} {
		var b telemetry.Batch
		d := csvreadings.Decoder{Options: readings.Options{DefaultSource: "s"}}
		r, err := d.Decode([]byte("time,a\n"+at+",1"), &b)
		if err != nil || r.RejectedTotal != 1 || !strings.Contains(r.Rejected[0].Reason, want) {
			t.Errorf("%s: %+v, %v", at, r, err)
		}
	}
}

func BenchmarkDecodeWide(b *testing.B) {
	in := []byte("time,source,a,b,c,d\n")
	for i := range 1250 {
		in = fmt.Appendf(in, "%s,meter-%03d,%.2f,%.2f,%d,%.1f\n",
			time.Unix(1_700_000_000+int64(i)*60, 0).UTC().Format(time.RFC3339), i%100, float64(i)/7, float64(i)/9, i,
			float64(i)/11)
	}
	var d csvreadings.Decoder
	var batch telemetry.Batch
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if r, err := d.Decode(in, &batch); err != nil || r.Accepted != 5000 {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/reading")
	b.ReportMetric(float64(len(in))/5000, "B/reading")
}
