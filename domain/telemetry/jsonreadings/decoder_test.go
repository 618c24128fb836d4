package jsonreadings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/readings"
)

// show writes a batch as one line a reading: source metric unit time value.
func show(b *telemetry.Batch) []string {
	lines := []string{}
	for i := range b.Times {
		s := b.Series[b.Of[i]]
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%d|%v", s.Source, s.Metric, b.Units[b.Of[i]], b.Times[i],
			b.Values[i]))
	}
	return lines
}

// with is a reading with one field replaced; "" takes it out.
func with(field, value string) string {
	fields := []string{`"source":"s"`, `"metric":"m"`, `"time":5`, `"value":1.5`}
	out := fields[:0]
	for _, f := range fields {
		if !strings.HasPrefix(f, `"`+field+`"`) {
			out = append(out, f)
		}
	}
	if value != "" {
		out = append(out, `"`+field+`":`+value)
	}
	return "{" + strings.Join(out, ",") + "}"
}

func TestDocuments(t *testing.T) {
	good := with("", "")
	for name, c := range map[string]struct {
		in   string
		unit readings.Precision
		want []string
	}{
		"object": {in: `{"readings":[` + good + `,` + with("value", "2") + `]}`,
			want: []string{"s|m||5|1.5", "s|m||5|2"}},
		"array":        {in: " [\n" + good + "\t]\r\n ", want: []string{"s|m||5|1.5"}},
		"one reading":  {in: good, want: []string{"s|m||5|1.5"}},
		"empty array":  {in: "[]", want: []string{}},
		"empty object": {in: "{}", want: []string{}},
		"byte order":   {in: "\ufeff[]", want: []string{}},
		"unit":         {in: with("unit", `"°C"`), want: []string{"s|m|°C|5|1.5"}},
		"null unit":    {in: with("unit", `null`), want: []string{"s|m||5|1.5"}},
		"one unit": {in: "[" + good + "," + with("unit", `"C"`) + "," + with("unit", `"C"`) + "]",
			want: []string{"s|m|C|5|1.5", "s|m|C|5|1.5", "s|m|C|5|1.5"}},
		"RFC 3339": {in: with("time", `"2026-11-23T06:00:00.25+01:00"`),
			want: []string{"s|m||1795410000250000000|1.5"}},
		"seconds": {in: with("time", "1700000000.123456789"), unit: readings.Second,
			want: []string{"s|m||1700000000123456789|1.5"}},
		"exponent": {in: with("time", "17e8"), unit: readings.Second, want: []string{"s|m||1700000000000000000|1.5"}},
		"booleans": {in: "[" + with("value", "true") + "," + with("value", "false") + "]",
			want: []string{"s|m||5|1", "s|m||5|0"}},
		"numbers": {in: "[" + with("value", "-0") + "," + with("value", "1E3") + "," +
			with("value", "9007199254740992") + "," + with("value", "9007199254740993.0") + "]",
			want: []string{"s|m||5|-0", "s|m||5|1000", "s|m||5|9.007199254740992e+15", "s|m||5|9.007199254740992e+15"}},
		"escapes": {in: `[{"sourc\u0065":"\"\\\/\u00e9\ud83d\ude00","metric":"m","time":5,"value":1}]`,
			want: []string{`"\/é😀|m||5|1`}},
		"columnar": {
			in: `{"series":[{"source":"s","metric":"m","unit":"C","times":[1,2],"values":[1.5,true]},{"values":[],` +
				`"times":[],"metric":"m","source":"t"}]}`,
			want: []string{"s|m|C|1|1.5", "s|m|C|2|1"}},
		"both": {in: `{"series":[{"source":"s","metric":"m","times":[1],"values":[2]}],"readings":[` + good + `]}`,
			want: []string{"s|m||1|2", "s|m||5|1.5"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := jsonreadings.Decoder{Options: readings.Options{DefaultPrecision: c.unit}}
			for range 2 {
				var b telemetry.Batch
				r, err := d.Decode([]byte(c.in), &b)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, show(&b)); diff != "" {
					t.Errorf("readings (-want +got):\n%s", diff)
				}
				if r.Accepted != len(c.want) || r.RejectedTotal != 0 {
					t.Errorf("accepted %d of %d, rejected %v", r.Accepted, len(c.want), r.Rejected)
				}
			}
		})
	}
}

func TestRejectedReadings(t *testing.T) {
	for name, c := range map[string]struct{ in, reason string }{
		"unknown field":      {with("valeu", "1"), `unknown field "valeu"`},
		"unknown and nested": {with("tags", `{"a":[1,{"b":null}]}`), `unknown field "tags"`},
		"twice": {`{"source":"s","source":"t","metric":"m","time":5,"value":1}`,
			"field source is given twice"},
		"missing source":    {with("source", ""), "field source is missing"},
		"missing time":      {with("time", ""), "field time is missing"},
		"missing value":     {with("value", ""), "field value is missing"},
		"empty source":      {with("source", `""`), "the source is empty"},
		"source type":       {with("source", "7"), "field source is a number; send a string"},
		"metric object":     {with("metric", "{}"), "field metric is an object"},
		"null value":        {with("value", "null"), "field value is null"},
		"string value":      {with("value", `"1"`), "field value is a string; send a number"},
		"inexact":           {with("value", "9007199254740993"), "does not hold exactly"},
		"inexact and long":  {with("value", "123456789012345678901234567890"), "does not hold exactly"},
		"too large":         {with("value", "1e400"), "too large"},
		"too large integer": {with("value", strings.Repeat("9", 400)), "too large"},
		"time text":         {with("time", `"yesterday"`), `"yesterday" is not RFC 3339`},
		"time without zone": {with("time", `"2026-11-23T06:00:00"`), "is not RFC 3339"},
		"time too fine":     {with("time", "1.5"), "finer than a nanosecond"},
		"time out of range": {with("time", "1e20"), "outside of 1700-01-01"},
		"time far":          {with("time", `"2300-01-01T00:00:00Z"`), "outside of 1700-01-01"},
		"time boolean":      {with("time", "true"), "field time is a boolean"},
		"long unit":         {with("unit", `"`+strings.Repeat("x", telemetry.MaxUnitUnits+1)+`"`), "the unit has 65"},
		"control character": {with("source", `"\u0007"`), "control character U+0007"},
		"not an object":     {"17", "it is a number; a reading is an object"},
	} {
		t.Run(name, func(t *testing.T) {
			var b telemetry.Batch
			var d jsonreadings.Decoder
			good := with("", "")
			r, err := d.Decode([]byte("["+good+","+c.in+","+good+"]"), &b)
			if err != nil {
				t.Fatal(err)
			}
			if b.Len() != 2 || r.Accepted != 2 || r.RejectedTotal != 1 || len(r.Rejected) != 1 {
				t.Fatalf("accepted %d, rejected %+v", r.Accepted, r.Rejected)
			}
			if x := r.Rejected[0]; x.Index != 1 || x.Line != 0 || !strings.Contains(x.Reason, c.reason) {
				t.Errorf("rejected %+v, want reason %q", x, c.reason)
			}
		})
	}
}

func TestBrokenDocuments(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "at byte 0: the text ends; expected an object or an array",
		"17":                                 "at byte 0: expected an object or an array",
		"[":                                  "at byte 1: the text ends; expected {",
		"[{}":                                "at byte 3: the text ends; expected , or ]",
		"[{},]":                              "at byte 4: expected {, found ']'",
		"[] x":                               "at byte 3: expected the end, found 'x'",
		`{"readings":[],}`:                   "at byte 15: expected a member's name",
		`{"readings":[],"readings":[]}`:      "is given twice",
		`{"reading":[]}`:                     `unknown member "reading"`,
		`{"readings":{}}`:                    "at byte 12: expected [",
		`[{"source" "s"}]`:                   "at byte 11: expected :",
		`[{"value":01}]`:                     "at byte 11: expected , or }",
		`[{"value":1.}]`:                     "expected a digit after the point",
		`[{"value":-}]`:                      "expected a digit",
		`[{"value":1e}]`:                     "expected a digit of the exponent",
		`[{"value":nul}]`:                    `"nul" is no value; text stands in quotes`,
		`[{"value":trueish}]`:                `"trueish" is no value`,
		`[{"value":nan, "unit":1}]`:          `"nan" is no value`,
		`nonsense`:                           "expected an object or an array of readings, found 'n'",
		`[{"source":"a` + "\n" + `"}]`:       "control character",
		`[{"source":"\x"}]`:                  "expected an escape",
		`[{"source":"\ud800"}]`:              "half of a surrogate pair",
		`[{"source":"\ud800\u0041"}]`:        "half of a surrogate pair",
		`[{"source":"\u12g4"}]`:              "four hexadecimal digits",
		`[{"source":"` + "\xff" + `"}]`:      "not UTF-8",
		`[{"source":"\n` + "\xff" + `"}]`:    "not UTF-8",
		`[{"source":"a`:                      "closing quote",
		`{"series":[{"times":[1 2]}]}`:       "expected , or ]",
		strings.Repeat("[", 40):              "nested too deeply",
		`[{"x":` + strings.Repeat("[", 40):   "nested too deeply",
		`[{"x":` + strings.Repeat("[", 1e6):  "nested too deeply",
		`[{"x":` + strings.Repeat("[", 29):   "the text ends",
		`[{"source":"s","metric":"m","time"`: "expected :",
	} {
		var b telemetry.Batch
		var d jsonreadings.Decoder
		r, err := d.Decode([]byte(in), &b)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Message(err), want) {
			t.Errorf("%.60q: %v, want %q", in, err, want)
		}
		if !b.Empty() || len(b.Series) != 0 || r.Accepted != 0 {
			t.Errorf("%.60q: something was accepted", in)
		}
	}
}

func TestSeriesWithFaults(t *testing.T) {
	in := `{"series":[
		{"source":"s","metric":"m","times":[1,"x",3,4,[5]],"values":[1,2,null,"4",5]},
		{"source":"s","metric":"m","times":[1,2,3],"values":[1]},
		{"source":"s","metric":"m","values":[1,2]},
		{"source":"s","metric":"m","times":7,"values":[1]},
		8,
		{"source":"s","metric":"m","times":[9],"values":[9]}]}`
	var b telemetry.Batch
	var d jsonreadings.Decoder
	r, err := d.Decode([]byte(in), &b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"s|m||1|1", "s|m||9|9"}, show(&b)); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	var got []string
	for _, x := range r.Rejected {
		got = append(got, fmt.Sprint(x.Index, " ", x.Reason))
	}
	want := []string{
		`1 series, element 1: times "x" is not RFC 3339; write it as 2006-01-02T15:04:05Z, or as a Unix number`,
		`2 series, element 2: values is null; leave the reading out`,
		`3 series, element 3: values is a string; send a number`,
		`4 series, element 4: times is an array`,
		`5 series: times has 3 elements and values 1; they run parallel`,
		`8 series: field times is missing`,
		`10 series: field times is a number; send an array`,
		`11 series: it is a number; a series is an object`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejections (-want +got):\n%s", diff)
	}
	if r.RejectedTotal != 4+3+2+1+1 {
		t.Errorf("%d rejected", r.RejectedTotal)
	}
}

func TestSources(t *testing.T) {
	in := `{"sources":[{"source":"s","labels":{"b":"2","a":""}},{"source":"s","labels":{"a":"1","a":"2"}},{"source":"s","labels":{"a":1}},
		{"labels":{}},{"source":"s"},{"source":"s","labels":{},"x":1},7,{"source":"","labels":{}},{"source":"s","labels":[]}]}`
	var b telemetry.Batch
	var d jsonreadings.Decoder
	r, err := d.Decode([]byte(in), &b)
	if err != nil {
		t.Fatal(err)
	}
	want := []telemetry.Description{{Source: "s", Labels: []telemetry.Label{{Name: "a", Value: ""},
		{Name: "b", Value: "2"}}}}
	if diff := cmp.Diff(want, b.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	reasons := []string{`sources[1]: label "a" is given twice`, `sources[2]: label "a" is a number`,
		"sources[3]: field source is missing",
		"sources[4]: field labels is missing", `sources[5]: unknown field "x"`, "sources[6]: it is a number",
		"sources[7]: the source is empty",
		"sources[8]: field labels is an array"}
	if len(r.Rejected) != len(reasons) {
		t.Fatalf("rejected %+v", r.Rejected)
	}
	for i, want := range reasons {
		if x := r.Rejected[i]; x.Index != -1 || !strings.HasPrefix(x.Reason, want) {
			t.Errorf("rejected %+v, want %q", x, want)
		}
	}
}

func TestLines(t *testing.T) {
	good := with("", "")
	const noObject = `the line is no JSON; write a reading as {"source":"roof","metric":"temp",` +
		`"time":"2006-01-02T15:04:05Z","value":21.5}`
	in := "nonsense\nhello\n  true x\n\"a\n" + good + "\r\n\n  \n" + good + " x\n" + with("value", "null") +
		"\n{\n[]\n" + with("value", "2") + "\n" +
		with("source", `"`+strings.Repeat("x", telemetry.MaxLineBytes)+`"`) + "\n" + good
	var b telemetry.Batch
	var d jsonreadings.Decoder
	r, err := d.DecodeLines([]byte(in), &b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"s|m||5|1.5", "s|m||5|2", "s|m||5|1.5"}, show(&b)); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	want := []telemetry.Rejection{{Index: 0, Line: 1, Reason: noObject}, {Index: 1, Line: 2, Reason: noObject},
		{Index: 2, Line: 3, Reason: noObject}, {Index: 3, Line: 4, Reason: noObject},
		{Index: 5, Line: 8, Reason: "not JSON at byte 49 of the line: expected the end, found 'x'"},
		{Index: 6, Line: 9, Reason: "field value is null; leave the reading out"},
		{
			Index: 7, Line: 10, Reason: "not JSON at byte 1 of the line: the text ends; expected a member's name in " +
				"quotes"},
		{Index: 8, Line: 11, Reason: "it is an array; a reading is an object"},
		{Index: 10, Line: 13, Reason: "the line is longer than 65536 bytes"}}
	if diff := cmp.Diff(want, r.Rejected); diff != "" {
		t.Errorf("rejections (-want +got):\n%s", diff)
	}
}

func TestTooMany(t *testing.T) {
	good := with("", "")
	for name, in := range map[string]string{
		"readings": "[" + good + "," + good + "," + good + "]",
		"series":   `{"series":[{"source":"s","metric":"m","times":[1,2,3],"values":[1,2,3]}]}`,
		"rejected": `[1,2,3]`,
		"sources":  `{"sources":[1,2,3]}`,
		"lengths":  `{"series":[{"source":"s","metric":"m","times":[],"values":[1,2,3]}]}`,
	} {
		var b telemetry.Batch
		d := jsonreadings.Decoder{Options: readings.Options{MaxReadings: 2}}
		if _, err := d.Decode([]byte(in), &b); fault.KindOf(err) != fault.TooLarge || !b.Empty() {
			t.Errorf("%s: %v", name, err)
		}
		d.MaxReadings = 3
		if _, err := d.Decode([]byte(in), &b); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
	}
	var b telemetry.Batch
	d := jsonreadings.Decoder{Options: readings.Options{MaxReadings: 2}}
	if _, err := d.DecodeLines([]byte("x\nx\nx\n"), &b); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("lines: %v", err)
	}
}
