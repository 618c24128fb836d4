package lineprotocol_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

const now = 1_700_000_000_123_456_789

// show writes a batch as one line a reading: source metric time value.
func show(b *telemetry.Batch) []string {
	lines := []string{}
	for i := range b.Times {
		s := b.Series[b.Of[i]]
		lines = append(lines, fmt.Sprintf("%s|%s|%d|%v", s.Source, s.Metric, b.Times[i], b.Values[i]))
	}
	return lines
}

func TestLinesBecomeReadings(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		opts readings.Options
		want []string
	}{
		"source tag": {in: "weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000",
			want: []string{"roof,site=north|weather_temp|1700000000000000000|21.5",
				"roof,site=north|weather_hum|1700000000000000000|40"}},
		"configured tag": {in: "cpu,host=a,cpu=0 idle=1 5",
			opts: readings.Options{SourceTags: []string{"device", "host"}}, want: []string{"a,cpu=0|cpu_idle|5|1"}},
		"source beats the list": {in: "cpu,host=a,source=b idle=1 5",
			opts: readings.Options{SourceTags: []string{"host"}}, want: []string{"b,host=a|cpu_idle|5|1"}},
		"joined tags":         {in: "cpu,host=a,cpu=0 idle=1 5", want: []string{"cpu=0,host=a|cpu_idle|5|1"}},
		"joined tags escaped": {in: `cpu,a\=b=c\,d idle=1 5`, want: []string{`a\=b=c\,d|cpu_idle|5|1`}},
		"no tags":             {in: "cpu idle=1 5", want: []string{"cpu|cpu_idle|5|1"}},
		"field named value":   {in: "temp,source=s value=1 5", want: []string{"s|temp|5|1"}},
		"no time":             {in: "temp,source=s value=1", want: []string{fmt.Sprintf("s|temp|%d|1", now)}},
		"negative time":       {in: "temp,source=s value=1 -5", want: []string{"s|temp|-5|1"}},
		"seconds": {in: "temp,source=s value=1 5",
			opts: readings.Options{DefaultPrecision: readings.Second}, want: []string{"s|temp|5000000000|1"}},
		"hours": {in: "temp,source=s value=1 5",
			opts: readings.Options{DefaultPrecision: readings.Hour}, want: []string{"s|temp|18000000000000|1"}},
		"booleans": {in: "b,source=s a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE 5",
			want: strings.Split("s|b_a|5|1 s|b_b|5|1 s|b_c|5|1 s|b_d|5|1 s|b_e|5|1 s|b_f|5|0 s|b_g|5|0 s|b_h|5|0 "+
				"s|b_i|5|0 s|b_j|5|0", " ")},
		"numbers": {in: "n,source=s a=1e3,b=-.5,c=1.,d=-7i,e=8u,f=9007199254740993,g=-0 5",
			want: strings.Split("s|n_a|5|1000 s|n_b|5|-0.5 s|n_c|5|1 s|n_d|5|-7 s|n_e|5|8 "+
				"s|n_f|5|9.007199254740992e+15 s|n_g|5|-0", " ")},
		"escapes": {in: `my\ m\,x,source=a\ b,k\=1=v f\ g\=\,=1 5`,
			want: []string{`a b,k\=1=v|my m,x_f g=,|5|1`}},
		"backslash stays":     {in: `m\n,source=a value=1 5`, want: []string{`a|m\n|5|1`}},
		"backslash in a name": {in: `m,source=C:\dir\x value=1 5`, want: []string{`C:\\dir\\x|m|5|1`}},
		"label tag": {in: "cpu,host=a,cpu=0,rack=7 idle=1 5",
			opts: readings.Options{SourceTags: []string{"host"}, LabelTags: []string{"rack"}},
			want: []string{"a,cpu=0|cpu_idle|5|1"}},
		"every tag a label": {in: "cpu,host=a,cpu=0 idle=1 5\ncpu,cpu=0 idle=1 5",
			opts: readings.Options{SourceTags: []string{"host"}, LabelTags: []string{"*"}},
			want: []string{"a|cpu_idle|5|1", "cpu=0|cpu_idle|5|1"}},
		"label tags alone": {in: "cpu,rack=7 idle=1 5", opts: readings.Options{LabelTags: []string{"rack"}},
			want: []string{"cpu|cpu_idle|5|1"}},
		"comments, CRLF, blank": {in: "# a comment\r\n\r\n  \nt,source=s value=1 5\r\n  t,source=s value=2  6  \r\n#",
			want: []string{"s|t|5|1", "s|t|6|2"}},
		"strings are left out": {in: "t,source=s a=\"x\",value=1,b=\"\" 5\nt,source=s c=\"y\" 6",
			want: []string{"s|t|5|1"}},
		"integers beyond 2^53": {
			in: "t,source=s a=9007199254740993i,b=18446744073709551615u,c=9007199254740994i,d=-9007199254740993i," +
				"e=9223372036854774784i 5", want: []string{"s|t_c|5|9.007199254740994e+15",
				"s|t_e|5|9.223372036854775e+18"}},
		"string with a newline": {in: "t,source=s text=\"a\n\\\"b\",value=1 5\nt,source=s value=2 6",
			want: []string{"s|t|5|1", "s|t|6|2"}},
		"order of tags": {in: "t,a=1,b=2 value=1 5\nt,b=2,a=1 value=2 6",
			want: []string{"a=1,b=2|t|5|1", "a=1,b=2|t|6|2"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := lineprotocol.Decoder{Options: c.opts}
			d.Now = now
			for range 2 { // the second time from the decoder's memory
				var b telemetry.Batch
				r, err := d.Decode([]byte(c.in), &b)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, show(&b)); diff != "" {
					t.Errorf("readings (-want +got):\n%s", diff)
				}
				if r.Accepted != len(c.want) {
					t.Errorf("accepted %d of %d", r.Accepted, len(c.want))
				}
			}
		})
	}
}

func TestSeriesAreInterned(t *testing.T) {
	var b telemetry.Batch
	var d lineprotocol.Decoder
	d.LabelTags = []string{"x", "y", "z"}
	in := "t,source=s,x=1,y=2 value=1 1\nt,source=s,y=2,x=1 value=2 2\nt,source=s value=3 3\nt,source=s,z=1 value=4 " +
		"4\nt,source=s,x=1,y=2 v=\"\" 5"
	for range 2 {
		if _, err := d.Decode([]byte(in), &b); err != nil {
			t.Fatal(err)
		}
		if len(b.Series) != 1 || b.Len() != 4 {
			t.Fatalf("%d series, %d readings: %v", len(b.Series), b.Len(), b.Series)
		}
		want := []telemetry.Description{
			{Source: "s", Labels: []telemetry.Label{{Name: "source", Value: "s"}, {Name: "x", Value: "1"},
				{Name: "y", Value: "2"}}},
			{Source: "s", Labels: []telemetry.Label{{Name: "source", Value: "s"}}},
			{Source: "s", Labels: []telemetry.Label{{Name: "source", Value: "s"}, {Name: "z", Value: "1"}}},
		}
		if diff := cmp.Diff(want, b.Sources); diff != "" {
			t.Errorf("descriptions (-want +got):\n%s", diff)
		}
	}
}

func TestRejections(t *testing.T) {
	long := strings.Repeat("x", telemetry.MaxNameUnits+1)
	for name, c := range map[string]struct {
		in     string
		index  int
		line   int
		reason string
		others int // readings accepted
	}{
		"integer too large": {"t,source=s a=9223372036854775808i 5", 0, 1, "does not fit 64 bits", 0},
		"float too large":   {"t,source=s a=1e400,c=2 5", 0, 1, "too large for a float64", 1},
		"NaN":               {"t,source=s value=1 5\nt,source=s a=NaN 5", 1, 2, `field "a": "NaN" is no number`, 1},
		"no fields": {"\n\nt,source=s\nt,source=s value=1 5", 0, 3,
			"there are no fields: write measurement field=value", 1},
		"no fields, alone": {"bad\n", 0, 1, "there are no fields: write measurement field=value", 0},
		"no fields, CRLF": {"bad\r\nbad \r\nt,source=s value=1 5", 1, 2,
			"there are no fields: write measurement field=value", 1},
		"no fields, CR": {"bad\r", 0, 1, "there are no fields: write measurement field=value", 0},
		"no fields, spaces": {"bad  \nt,source=s value=1 5", 0, 1, "there are no fields: write measurement field=value",
			1},
		"none after a text": {"t,source=s a=\"x\",\nt,source=s value=1 5", 0, 1, "there is no field after the comma",
			1},
		"no field at last":  {"t,source=s a=1,\nt,source=s value=1 5", 0, 1, "there is no field after the comma", 1},
		"tag twice":         {"t,a=1,a=2 value=1 5", 0, 1, `tag "a" is given twice`, 0},
		"empty tag":         {"t,a= value=1 5", 0, 1, `tag "a": value: it is empty`, 0},
		"no measurement":    {",a=1 value=1 5", 0, 1, "measurement: it is empty", 0},
		"bad UTF-8":         {"t,source=\xff value=1 5", 0, 1, "not UTF-8", 0},
		"control character": {"t,source=a\x01 value=1 5", 0, 1, "control character", 0},
		"bad time":          {"t,source=s value=1 12x\nt,source=s value=1 5", 0, 1, `unexpected "12x"`, 1},
		"time out of range": {"t,source=s a=1,b=2 9223372036854775807", 1, 1, "outside of 1700-01-01 to 2200-01-01", 0},
		"text after time":   {"t,source=s value=1 5 6", 0, 1, "after the fields", 0},
		"open quote":        {"t,source=s a=\"x 5\nt,source=s value=1 5", 0, 1, "not closed", 1},
		"text after quote":  {"t,source=s a=\"x\"y 5\nt,source=s value=1 5", 0, 1, "after the closing quote", 1},
		"no value":          {"t,source=s a= 5", 0, 1, "no value", 0},
		"metric too long":   {"t,source=s " + long + "=1,a=1 5", 0, 1, "shorten it to 512", 1},
		"line too long": {"t,source=s a=\"" + strings.Repeat("y", telemetry.MaxLineBytes) +
			"\" 5\nt,source=s value=1 5", 0, 1, "longer than", 1},
		"after a string": {"t,source=s a=\"\n\n\",value=1 5\nt,source=s value=x 5", 1, 4, "is no number", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var b telemetry.Batch
			var d lineprotocol.Decoder
			r, err := d.Decode([]byte(c.in), &b)
			if err != nil {
				t.Fatal(err)
			}
			if r.Accepted != c.others || b.Len() != c.others {
				t.Errorf("accepted %d (batch %d), want %d", r.Accepted, b.Len(), c.others)
			}
			for _, x := range r.Rejected {
				if x.Index == c.index && x.Line == c.line && strings.Contains(x.Reason, c.reason) {
					return
				}
			}
			t.Errorf("no rejection of %d in line %d with %q in %+v", c.index, c.line, c.reason, r.Rejected)
		})
	}
}

func manyTags(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, ",k%d=v", i)
	}
	return s.String()
}

func TestTooManyReadings(t *testing.T) {
	var b telemetry.Batch
	d := lineprotocol.Decoder{Options: readings.Options{MaxReadings: 3}}
	if _, err := d.Decode([]byte("t a=1,b=2,c=3 5"), &b); err != nil || b.Len() != 3 {
		t.Fatalf("at the limit: %v, %d readings", err, b.Len())
	}
	_, err := d.Decode([]byte("t a=1,b=2 5\nt a=1,b=2 5"), &b)
	if fault.KindOf(err) != fault.TooLarge || !b.Empty() || len(b.Series) != 0 {
		t.Fatalf("over the limit: %v, %d readings", err, b.Len())
	}
}

func TestRejectionsAreCapped(t *testing.T) {
	var b telemetry.Batch
	var d lineprotocol.Decoder
	r, err := d.Decode([]byte(strings.Repeat("broken\n", readings.MaxListed+5)), &b)
	if err != nil || len(r.Rejected) != readings.MaxListed || r.RejectedTotal != readings.MaxListed+5 {
		t.Fatalf("%v: listed %d, counted %d", err, len(r.Rejected), r.RejectedTotal)
	}
}

func TestManyFieldsInAnyOrder(t *testing.T) {
	var forward, backward []string
	for i := range 40 {
		forward = append(forward, fmt.Sprintf("f%d=%d", i, i))
		backward = append(backward, fmt.Sprintf("f%d=%d", 39-i, 39-i))
	}
	in := "t,source=s " + strings.Join(forward, ",") + " 1\nt,source=s " + strings.Join(backward, ",") + " 2"
	var b telemetry.Batch
	var d lineprotocol.Decoder
	if _, err := d.Decode([]byte(in), &b); err != nil || b.Len() != 80 || len(b.Series) != 40 {
		t.Fatalf("%v: %d readings of %d series", err, b.Len(), len(b.Series))
	}
	for i := range b.Times {
		if want := fmt.Sprintf("t_f%.0f", b.Values[i]); string(b.Series[b.Of[i]].Metric) != want {
			t.Errorf("reading %d: metric %s, want %s", i, b.Series[b.Of[i]].Metric, want)
		}
	}
}

func TestBatchDoesNotAliasTheRequest(t *testing.T) {
	in := []byte("t,source=s,a=b value=1 5")
	var b telemetry.Batch
	var d lineprotocol.Decoder
	if _, err := d.Decode(in, &b); err != nil {
		t.Fatal(err)
	}
	for i := range in {
		in[i] = 'x'
	}
	if b.Series[0] != (telemetry.Series{Source: "s,a=b", Metric: "t"}) || b.Sources[0].Labels[0].Name != "a" {
		t.Fatalf("the batch changed with the request: %v %v", b.Series, b.Sources)
	}
}

func TestSourceTagsMayChange(t *testing.T) {
	var b telemetry.Batch
	var d lineprotocol.Decoder
	for _, want := range []string{"host", "site"} {
		d.SourceTags = []string{want}
		if _, err := d.Decode([]byte("t,host=host,site=site value=1 5"), &b); err != nil ||
			!strings.HasPrefix(string(b.Series[0].Source), want+",") {
			t.Fatalf("source %v, want %s (%v)", b.Series, want, err)
		}
	}
	d.LabelTags = []string{"host"}
	if _, err := d.Decode([]byte("t,host=host,site=site value=1 5"), &b); err != nil || b.Series[0].Source != "site" {
		t.Fatalf("source %v, want site (%v)", b.Series, err)
	}
}

func FuzzDecodeIsTotal(f *testing.F) {
	f.Add([]byte("weather,source=roof temp=21.5,hum=40i,s=\"x\" 1700000000000000000\n"), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, precision uint8) {
		d := lineprotocol.Decoder{Options: readings.Options{DefaultPrecision: readings.Precision(precision % 6),
			MaxReadings: 100}}
		var b telemetry.Batch
		r, err := d.Decode(in, &b)
		if err != nil {
			if !b.Empty() || fault.KindOf(err) != fault.TooLarge {
				t.Fatalf("%v with %d readings left", err, b.Len())
			}
			return
		}
		if r.Accepted != b.Len() || r.RejectedTotal < len(r.Rejected) {
			t.Fatalf("accepted %d, batch %d", r.Accepted, b.Len())
		}
		for i, v := range b.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) || b.Times[i] < telemetry.MinTime || b.Times[i] >= telemetry.MaxTime ||
				int(b.Of[i]) >= len(b.Series) {
				t.Fatalf("reading %d is not valid: %v", i, show(&b)[i])
			}
		}
	})
}

func TestSourcesWithTheSameLabelsAreDescribedApart(t *testing.T) {
	var b telemetry.Batch
	var d lineprotocol.Decoder
	if _, err := d.Decode([]byte("t,source=a,x=1 value=1 5\nt,source=b,x=1 value=1 5\nt,source=a\\,x\\=1,y=2 "+
		"value=1 5\nt,source=a,x=1,y=2 value=1 5"), &b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range b.Sources {
		got = append(got, fmt.Sprint(s.Source, s.Labels))
	}
	if diff := cmp.Diff([]string{"a,x=1[{source a} {x 1}]", "b,x=1[{source b} {x 1}]",
		`a\,x\=1,y=2[{source a,x=1} {y 2}]`,
		"a,x=1,y=2[{source a} {x 1} {y 2}]"}, got); diff != "" {
		t.Errorf("descriptions (-want +got):\n%s", diff)
	}
}
