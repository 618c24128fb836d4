package lineprotocol_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	lp "github.com/influxdata/line-protocol/v2/lineprotocol"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// entry is a line as the reference reads it.
type entry struct {
	measurement string
	tags        []telemetry.Label
	fields      []refField
	time        int64
	timeOut     bool
}

// refField is a field; kept is false when the field is refused by name.
type refField struct {
	key   string
	value float64
	kept  bool
}

// errStop means that the reference went on in a way that we deliberately do not.
var errStop = errors.New("the reference swallowed the rest")

// readEntry reads an entry with the reference. An error is a line that both refuse, or errStop.
func readEntry(d *lp.Decoder, precision readings.Precision) (entry, error) {
	var e entry
	m, err := d.Measurement()
	if err != nil {
		return e, err
	}
	e.measurement = string(m)
	for {
		k, v, err := d.NextTag()
		if err != nil {
			return e, err
		}
		if k == nil {
			break
		}
		e.tags = append(e.tags, telemetry.Label{Name: string(k), Value: string(v)})
	}
	for {
		k, kind, v, err := d.NextFieldBytes()
		if err != nil {
			text := err.Error()
			if strings.Contains(text, "expected closing quote") || strings.Contains(text, "invalid utf-8") &&
				strings.Contains(text, `\n`) {
				return e, errStop
			}
			return e, err
		}
		if k == nil {
			break
		}
		f, err := refValue(string(k), kind, v)
		if err != nil {
			return e, err
		}
		e.fields = append(e.fields, f)
	}
	b, err := d.TimeBytes()
	if err != nil {
		return e, err
	}
	e.time = now
	if b != nil {
		n, out := decode.ParseInt(b)
		if out == decode.Syntax {
			return e, errors.New("not a time")
		}
		e.time = n * precision.Nanos()
		e.timeOut = out == decode.OutRange || e.time/precision.Nanos() != n
	}
	return e, nil
}

// refValue is the reference's value with the differences of the package documentation.
func refValue(key string, kind lp.ValueKind, raw []byte) (refField, error) {
	f := refField{key: key}
	v, err := lp.NewValueFromBytes(kind, raw)
	if errors.Is(err, lp.ErrValueOutOfRange) && strings.Trim(string(raw), "-0123456789.eE+") == "" {
		return f, nil // a number out of range refuses its field
	}
	if err != nil {
		return f, err
	}
	switch kind {
	case lp.Float:
		if strings.ContainsAny(string(raw), "xX_") {
			return f, errors.New("hexadecimal")
		}
		f.value, f.kept = v.FloatV(), true
	case lp.Int:
		f.value = float64(v.IntV())
		f.kept = fmt.Sprintf("%.0f", f.value) == fmt.Sprint(v.IntV())
	case lp.Uint:
		f.value = float64(v.UintV())
		f.kept = fmt.Sprintf("%.0f", f.value) == fmt.Sprint(v.UintV())
	case lp.Bool:
		f.kept = true
		if v.BoolV() {
			f.value = 1
		}
	}
	return f, nil
}

// readings is the mapping of the package documentation, written to be read. refused says that the line is refused as
// a whole.
func (e *entry) readings() (lines []string, refused bool) {
	slices.SortStableFunc(e.tags, func(a, b telemetry.Label) int { return cmp.Compare(a.Name, b.Name) })
	for i := range e.tags {
		if i > 0 && e.tags[i].Name == e.tags[i-1].Name {
			return nil, true
		}
	}
	source := e.source()
	labels, _ := naming.Labels(e.tags)
	if decode.CheckMetric(e.measurement) != nil || decode.CheckSource(source) != nil ||
		telemetry.CheckLabels(labels) != nil {
		return nil, true
	}
	for _, f := range e.fields {
		metric := e.measurement
		if f.key != "value" {
			metric += "_" + f.key
		}
		if f.kept && !e.timeOut && decode.TimeInRange(e.time) && decode.CheckMetric(metric) == nil {
			lines = append(lines, fmt.Sprintf("%s|%s|%d|%v", source, metric, e.time, f.value))
		}
	}
	return lines, false
}

var naming = telemetry.Naming{By: []string{"source"}}

// source is the name of the entry's tags, which are sorted. How long names are cut is not written twice.
func (e *entry) source() string {
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `=`, `\=`).Replace
	var name, rest []string
	for _, t := range e.tags {
		if t.Name == "source" {
			name = []string{escape(t.Value)}
		} else {
			rest = append(rest, escape(t.Name)+"="+escape(t.Value))
		}
	}
	if len(e.tags) == 0 {
		name = []string{escape(e.measurement)}
	}
	source := strings.Join(slices.Concat(name, rest), ",")
	if len(source) > telemetry.MaxNameUnits {
		return string(naming.Source(e.tags, e.measurement))
	}
	return source
}

// reference decodes a request with the reference and the mapping above, up to where the two part deliberately. times
// are those of the readings.
func reference(in []byte, precision readings.Precision) (want []string, times []int64, whole bool) {
	want = []string{}
	d := lp.NewDecoderWithBytes(in)
	for d.Next() {
		e, err := readEntry(d, precision)
		if errors.Is(err, errStop) {
			return want, times, false
		}
		if err != nil {
			continue
		}
		if lines, refused := e.readings(); !refused {
			want = append(want, lines...)
			times = append(times, slices.Repeat([]int64{e.time}, len(lines))...)
		}
	}
	return want, times, true
}

var seeds = []string{
	"weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000\n",
	"cpu,host=a,cpu=0 idle=1,user=2.25,n=-3i,u=4u,ok=true,text=\"a \\\"b\\\" \n c\" -17\r\n# comment\r\n\r\n  cpu " +
		"idle=t",
	`m\ y\,x,a\=b=c\,d,e=f\ g k\ 1\==1.5e-3,k2=.5,k3=5. 12`,
	"m a=9007199254740993i,b=9223372036854775807i,c=18446744073709551615u,d=1e400,e=0x1p-2,f=1_0 5",
	"m,a=1,a=2 value=1 5\nm a=NaN 5\nm a=inf\nm a=\"open\nm,source= v=1\n,a=b c=d",
	"m a=1 \r\nm a=1\rb=2\nm a=1 5 6\nm a=1 1-2\nm a=\"x\"y\nm  a=1,\nm\\ a=1\nm,a=\xff b=1\nm a=\"\xff\"\nm a=1 \\",
	"m,t=\\ a=1 2\nm\\",
	"m f=0.30000000000000004,g=179769313486231570000000000000000000000e270,h=123456789012345678901234567890,i=4.9e-324",
}

// FuzzAgainstReference holds the decoder against influxdata/line-protocol: the same lines accepted, with the same
// values, in the same order.
func FuzzAgainstReference(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, p uint8) { compare(t, in, readings.Precision(p%6)) })
}

// TestAgainstReference is the same with requests put together from pieces of lines, which reach deeper than random
// bytes.
func TestAgainstReference(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"m", "m ", "m,", "source=s", "source=", ",a=b", ",a=1,b=2 ", "=", ",", " ",
		"  ", `\`, `\ `, `\,`, `\=`, "v=1", "value=2", "v=1i", "w=3u",
		"x=t", "y=False", "1.5e3", "-0", `"text"`, `"a \" b"`, "\"a\nb\"", `"`, "s=\"x\"", "\n", "\r\n", "\r",
		"\nm,source=s v=1", "#c", " 5", " -17", " 99999999999999999999",
		"\x01", "\xff", "é", "9007199254740993i", "1e400", "NaN", " 5\nm v=1 6\n", " 1700000000\n"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(pieces, 0, 30).Draw(t, "pieces"), "")
		compare(t, []byte(in), readings.Precision(rapid.IntRange(0, 5).Draw(t, "precision")))
	})
}

// compare decodes a request twice, in a fresh decoder and from one that has seen it before, and wants what the
// reference says.
func compare(t interface{ Fatalf(string, ...any) }, in []byte, precision readings.Precision) {
	want, times, whole := reference(in, precision)
	d := lineprotocol.Decoder{Options: readings.Options{Now: now, DefaultPrecision: precision}}
	for range 2 {
		var b telemetry.Batch
		_, err := d.Decode(in, &b)
		if misnamed := precision.Misnamed(times) != ""; whole && misnamed != (err != nil) {
			t.Fatalf("%q, precision %v: error %v, by the reference it is misnamed: %v", in, precision, err, misnamed)
		}
		if err != nil {
			continue
		}
		got := show(&b)
		if !whole {
			got = got[:min(len(got), len(want))]
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%q, precision %v (-reference +got):\n%s", in, precision, diff)
		}
	}
}
