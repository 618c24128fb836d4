package jsonreadings_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/readings"
)

// node is a JSON value as encoding/json reads it, with the members of objects in order.
type node struct {
	value   any // string, json.Number, bool, nil; json.Delim for objects and arrays
	keys    []string
	members []node // of objects beside keys, or the elements of arrays
	depth   int    // of the deepest object or array within
}

func readNode(d *json.Decoder) (n node, err error) {
	if n.value, err = d.Token(); err != nil {
		return n, err
	}
	if _, nested := n.value.(json.Delim); !nested {
		return n, nil
	}
	for d.More() {
		if n.value == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return n, err
			}
			n.keys = append(n.keys, key.(string))
		}
		m, err := readNode(d)
		if err != nil {
			return n, err
		}
		n.members = append(n.members, m)
		n.depth = max(n.depth, m.depth)
	}
	n.depth++
	_, err = d.Token()
	return n, err
}

// fields gives an object's members by name; ok is false for anything else, for unknown and for repeated members.
func (n node) fields(allowed ...string) (m map[string]node, ok bool) {
	m, ok = map[string]node{}, n.value == json.Delim('{')
	for i, k := range n.keys {
		if _, again := m[k]; again || !strings.Contains("|"+strings.Join(allowed, "|")+"|", "|"+k+"|") {
			ok = false
		}
		m[k] = n.members[i]
	}
	return m, ok
}

// model is the mapping of the package documentation over nodes, written to be read.
type model struct {
	precision readings.Precision
	lines     []string // accepted readings, without units
	times     []int64  // of the same
	text      bool     // there was a time that is no number
	units     map[string]string
	sources   []telemetry.Source
	rejected  int
}

var rfc3339 = regexp.MustCompile(`(?i)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func (m *model) time(n node) (int64, bool) {
	switch v := n.value.(type) {
	case string:
		if !rfc3339.MatchString(v) { // time.Parse takes more
			return 0, false
		}
		v = strings.ToUpper(v)
		t, err := time.Parse(time.RFC3339Nano, v)
		if _, fraction, found := strings.Cut(v, "."); found && strings.IndexAny(fraction, "Z+-") > 9 &&
			strings.Trim(fraction[9:len(fraction)-len(zoneOf(fraction))], "0") != "" {
			return 0, false // finer than a nanosecond
		}
		ns := t.UnixNano()
		return ns, err == nil && time.Unix(0, ns).Equal(t) && decode.TimeInRange(ns)
	case json.Number:
		if len(v) > 40 || strings.ContainsAny(string(v), "eE") {
			ns, out := decode.ParseUnix([]byte(v), m.precision.Nanos()) // too wild for big.Rat: trust the unit test
			return ns, out == decode.OK && decode.TimeInRange(ns)
		}
		r, ok := new(big.Rat).SetString(string(v))
		if !ok {
			return 0, false
		}
		r.Mul(r, new(big.Rat).SetInt64(m.precision.Nanos()))
		if digits := strings.Trim(string(v), "-"); len(strings.Replace(digits, ".", "", 1)) > 19 {
			return 0, false
		}
		return r.Num().Int64(), r.IsInt() && r.Num().IsInt64() && decode.TimeInRange(r.Num().Int64())
	}
	return 0, false
}

func (m *model) value(n node) (float64, bool) {
	switch v := n.value.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return 0, false
		}
		if i, ok := new(big.Int).SetString(string(v), 10); ok {
			got, _ := big.NewFloat(f).Int(nil)
			return f, got.Cmp(i) == 0
		}
		return f, true
	}
	return 0, false
}

// names reads source, metric and unit.
func (m *model) names(f map[string]node) (series string, ok bool) {
	source, ok1 := f["source"].value.(string)
	metric, ok2 := f["metric"].value.(string)
	unit, ok3 := f["unit"].value.(string)
	ok3 = ok3 || f["unit"].value == nil
	return source + "|" + metric, ok1 && ok2 && ok3 && decode.CheckSource(source) == nil &&
		decode.CheckMetric(metric) == nil &&
		decode.CheckUnit([]byte(unit)) == nil
}

// agrees reports whether the unit is the one that the request said of the series before, if it did.
func (m *model) agrees(series string, f map[string]node) bool {
	unit, _ := f["unit"].value.(string)
	return unit == "" || m.units[series] == "" || m.units[series] == unit
}

func (m *model) say(series string, f map[string]node) {
	if unit, _ := f["unit"].value.(string); unit != "" {
		m.units[series] = unit
	}
}

// first is the first member of a name, the only one of it that the decoder reads.
func (n node) first(name string) (first node) {
	if i := slices.Index(n.keys, name); i >= 0 {
		first = n.members[i]
	}
	return first
}

// sees notes whether a time is text.
func (m *model) sees(time node) {
	_, text := time.value.(string)
	m.text = m.text || text
}

// accept takes a reading.
func (m *model) accept(series string, t int64, v float64) {
	m.lines = append(m.lines, fmt.Sprintf("%s|%d|%v", series, t, v))
	m.times = append(m.times, t)
}

// misnamed reports whether the times belie the precision.
func (m *model) misnamed() bool { return !m.text && m.precision.Misnamed(m.times) != "" }

func (m *model) reading(n node) {
	m.sees(n.first("time"))
	f, ok := n.fields("source", "metric", "time", "value", "unit")
	series, ok1 := m.names(f)
	t, ok2 := m.time(f["time"])
	v, ok3 := m.value(f["value"])
	if ok && ok1 && ok2 && ok3 && m.agrees(series, f) {
		m.say(series, f)
		m.accept(series, t, v)
	} else {
		m.rejected++
	}
}

func (m *model) series(n node) {
	if times := n.first("times"); times.value == json.Delim('[') {
		for _, time := range times.members {
			m.sees(time)
		}
	}
	f, ok := n.fields("source", "metric", "unit", "times", "values")
	series, ok1 := m.names(f)
	times, values := f["times"], f["values"]
	list := times.value == json.Delim('[') && values.value == json.Delim('[') &&
		len(times.members) == len(values.members)
	if !ok || !ok1 || !list || !m.agrees(series, f) {
		count := 1
		for i, k := range n.keys { // the longest array of these names; of a repeated one the first
			first := strings.Join(n.keys[:i], "|")
			if (k == "times" || k == "values") && n.members[i].value == json.Delim('[') &&
				!strings.Contains("|"+first+"|", "|"+k+"|") {
				count = max(count, len(n.members[i].members))
			}
		}
		m.rejected += count
		return
	}
	for i := range times.members {
		t, ok1 := m.time(times.members[i])
		v, ok2 := m.value(values.members[i])
		if ok1 && ok2 {
			m.say(series, f)
			m.accept(series, t, v)
		} else {
			m.rejected++
		}
	}
}

func (m *model) source(n node) {
	f, ok := n.fields("source", "labels")
	name, ok1 := f["source"].value.(string)
	ok = ok && ok1 && f["labels"].value == json.Delim('{') && decode.CheckSource(name) == nil &&
		len(f["labels"].keys) <= telemetry.MaxLabels
	seen := map[string]bool{}
	for i, k := range f["labels"].keys {
		v, text := f["labels"].members[i].value.(string)
		ok = ok && text && !seen[k] && telemetry.CheckLabels([]telemetry.Label{{Name: k, Value: v}}) == nil
		seen[k] = true
	}
	if ok {
		m.sources = append(m.sources, telemetry.Source(name))
	} else {
		m.rejected++
	}
}

// document reports whether the text is a document at all.
func (m *model) document(in []byte) bool {
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil || !json.Valid(in) || n.depth > telemetry.MaxDepth {
		return false
	}
	switch {
	case n.value == json.Delim('['):
		for _, e := range n.members {
			m.reading(e)
		}
		return true
	case n.value != json.Delim('{'):
		return false
	case len(n.keys) > 0 && strings.Contains("|source|metric|time|value|unit|", "|"+n.keys[0]+"|"):
		m.reading(n)
		return true
	}
	if _, ok := n.fields("readings", "series", "sources"); !ok {
		return false
	}
	for i, k := range n.keys {
		if n.members[i].value != json.Delim('[') {
			return false
		}
		for _, e := range n.members[i].members {
			map[string]func(node){"readings": m.reading, "series": m.series, "sources": m.source}[k](e)
		}
	}
	return true
}

// plain writes a batch as one line a reading, without units.
func plain(b *telemetry.Batch) []string {
	lines := []string{}
	for i := range b.Times {
		s := b.Series[b.Of[i]]
		lines = append(lines, fmt.Sprintf("%s|%s|%d|%v", s.Source, s.Metric, b.Times[i], b.Values[i]))
	}
	return lines
}

var seeds = []string{
	`{"readings":[{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00.5+01:30","value":21.5,"unit":"C"}],` +
		`"sources":[{"source":"roof","labels":{"site":"north"}}]}`,
	`{"series":[{"source":"s","metric":"m","unit":"C","times":[1,2.5,"x",null],"values":[1.5,true,3,4]},` +
		`{"times":[1],"values":[]},7]}`,
	` [ {"source":"\ud83d\ude00\n","metric":"m","time":-5,"value":1e-3} , {"value":9007199254740993}, null, [{}], ` +
		`"x" ] `,
	`{"source":"s","metric":"m","time":1700000000.123456789,"value":-0,"unit":null}`,
	`[{"source":"s","metric":"m","time":1,"value":1},{"source":"s","metric":"m","time":2,"value":1,"unit":"C"},` +
		`{"source":"s","metric":"m","time":3,"value":1,"unit":"F"}]`,
	`{"series":[{"source":"s","metric":"m","unit":"C","times":[1],"values":[1]},{"source":"s","metric":"m",` +
		`"unit":"F","times":[2,3],"values":[1,2]},` +
		`{"source":"s","metric":"m","unit":"F","times":[],"values":[]}]}`,
	`[{"source":"s","source":"s","metric":"m","time":5,"value":1e400},{"x":{"y":[[[]]]}}]`,
	`[{"time":"2024-02-29T23:59:59.999999999Z"},{"time":"2023-02-29T00:00:00Z"}]`,
}

// FuzzAgainstEncodingJSON holds the decoder against encoding/json and a plain mapping of what it reads: the same
// documents accepted, the same readings in the same order, as many rejected. Left out is what encoding/json repairs
// in silence: invalid UTF-8 and lone surrogates.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, p uint8) { compare(t, in, readings.Precision(p%6)) })
}

// TestAgainstEncodingJSON is the same with documents put together from pieces, which reach deeper than random bytes.
func TestAgainstEncodingJSON(t *testing.T) {
	scalars := rapid.SampledFrom([]string{`"s"`, `"é\n"`, `""`, "1", "-0", "1.5e3", "1e400", "9007199254740993",
		"9007199254740993.0", "true", "null", `"2026-11-23T06:00:00Z"`,
		`"2026-11-23T06:00:00.000000001-01:30"`, `"2026-11-23"`, "{}", "[]", "[1,[2]]", `{"a":{}}`, "1700000000", "",
		"01", "x"})
	lists := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
			return scalars.Draw(t, "scalar")
		}
		return "[" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2.5", "true", "null", "1700000000",
			`"2026-11-23T06:00:00Z"`, `"x"`, "{}"}), 0, 4).Draw(t, "list"), ",") + "]"
	})
	objects := rapid.Custom(func(t *rapid.T) string {
		var members []string
		for _, key := range []string{"source", "metric", "time", "value", "unit", "times", "values", "labels", "x"} {
			n := 1
			if odd := rapid.IntRange(0, 19).Draw(t, "odd "+key); odd < 2 {
				n = odd * 2 // left out, or twice
			}
			list := key == "times" || key == "values"
			if (list || key == "labels" || key == "x") && rapid.IntRange(0, 2).Draw(t, "with "+key) > 0 {
				n = 0
			}
			for range n {
				switch {
				case rapid.IntRange(0, 19).Draw(t, "wild") == 0:
					members = append(members, `"`+key+`":`+scalars.Draw(t, "scalar"))
				case list:
					members = append(members, `"`+key+`":`+lists.Draw(t, "list"))
				case key == "labels":
					members = append(members, `"labels":{"k":"v"}`)
				default:
					members = append(members, `"`+key+`":`+
						map[string]string{"source": `"s"`, "metric": `"m"`, "time": "5", "value": "1.5", "unit": `"C"`,
							"x": "1"}[key])
				}
			}
		}
		return "{" + strings.Join(rapid.Permutation(members).Draw(t, "members"), ",") + "}"
	})
	rapid.Check(t, func(t *rapid.T) {
		list := func(name string) string {
			return "[" + strings.Join(rapid.SliceOfN(objects, 0, 3).Draw(t, name), " ,\n") + "]"
		}
		in := list("array")
		if rapid.Bool().Draw(t, "object") {
			in = `{"readings":` + in + `,"series":` + list("series") + `,"sources":` + list("sources") + "}"
		}
		compare(t, []byte(in), readings.Precision(rapid.IntRange(0, 5).Draw(t, "precision")))
	})
}

// compare decodes a document twice, in a fresh decoder and from one that has seen it before, and wants what the model
// says.
func compare(t interface{ Fatalf(string, ...any) }, in []byte, precision readings.Precision) {
	if !utf8.Valid(in) || bytes.HasPrefix(in, []byte("\ufeff")) || bytes.Contains(bytes.ToLower(in), []byte(`\ud`)) {
		return
	}
	m := model{precision: precision, lines: []string{}, units: map[string]string{}}
	valid := m.document(in) && !m.misnamed()
	d := jsonreadings.Decoder{Options: readings.Options{DefaultPrecision: precision}}
	for range 2 {
		var b telemetry.Batch
		r, err := d.Decode(in, &b)
		if (err == nil) != valid {
			t.Fatalf("%q: error %v, the reference says valid: %v", in, err, valid)
		}
		if err != nil {
			continue
		}
		var sources []telemetry.Source
		for _, s := range b.Sources {
			sources = append(sources, s.Source)
		}
		if diff := cmp.Diff(m.lines, plain(&b)) + cmp.Diff(m.sources, sources); diff != "" {
			t.Fatalf("%q (-reference +got):\n%s", in, diff)
		}
		if r.RejectedTotal != m.rejected {
			t.Fatalf("%q: %d rejected, the reference has %d: %+v", in, r.RejectedTotal, m.rejected, r.Rejected)
		}
	}
}

// FuzzLines holds DecodeLines against Decode of each line as a document of its own.
func FuzzLines(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s + "\n\n" + s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		in = bytes.TrimPrefix(in, []byte("\ufeff"))
		if bytes.HasPrefix(in, []byte("\ufeff")) {
			return // one mark is passed over, a second is an error
		}
		var b telemetry.Batch
		var d jsonreadings.Decoder
		if _, err := d.DecodeLines(in, &b); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		for line := range bytes.Lines(in) {
			var one telemetry.Batch
			if r, err := d.Decode(fmt.Appendf(nil, "[%s]", line), &one); err == nil && r.Accepted == 1 &&
				r.RejectedTotal == 0 {
				want = append(want, plain(&one)...)
			}
		}
		got := plain(&b)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-documents +lines):\n%s", in, diff)
		}
	})
}

// zoneOf is the zone at the end of a time that matches rfc3339.
func zoneOf(s string) string { return s[strings.IndexAny(s, "Z+-"):] }
