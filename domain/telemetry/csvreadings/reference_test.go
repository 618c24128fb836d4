package csvreadings

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "time/tzdata" // zones that do not depend on the machine

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

var seeds = []string{
	"source,metric,time,value,unit\na,m,2026-11-23T06:00:00Z,1.5,C\n\"b\",\"m \"\"x\"\"\",1,+2,\n",
	"date;temp (C);weather\r\n2012-01-01; 12.8 ;rain\r\n\r\n2012/01/02;x;\"a\r\nb\"\r\n",
	"time\ta\tsource\n1\ttrue\ts\n\"open\t1\ts\n2\t1e400\ts\na\"b\n\"a\"b\n",
	"\ufefftimestamp,a,,b\n1700000000,1,2,3\n",
}

// notAlike are inputs in which the two trim or normalise differently: lone carriage returns, white space beyond space
// and tab, and spaces before a quote when the delimiter is a tab.
var notAlike = regexp.MustCompile("\r(?:[^\n]|$)|[\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")

// FuzzReaderAgainstEncodingCSV holds the splitting into records and cells against encoding/csv, up to the first
// record that is broken, which has to be the same one.
func FuzzReaderAgainstEncodingCSV(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, delimiter uint8) {
		comma := ",;\t"[delimiter%3]
		if notAlike.Match(in) || comma == '\t' && bytes.Contains(in, []byte(" ")) {
			return
		}
		ref := csv.NewReader(bytes.NewReader(in))
		ref.Comma, ref.FieldsPerRecord, ref.TrimLeadingSpace = rune(comma), -1, comma != '\t'
		r := newReader(in, comma, nil, nil)
		for {
			want, err := ref.Read()
			bad, more := r.next()
			if more == errors.Is(err, io.EOF) || (bad != "") != (err != nil && more) {
				t.Fatalf("%q: encoding/csv has %q %v, we have %q %q", in, want, err, r.cells, bad)
			}
			if err != nil {
				return
			}
			var got []string
			for i, c := range r.cells {
				got = append(got, string(c))
				want[i] = strings.Trim(want[i], " \t\r\n")
			}
			for i := range got {
				got[i] = strings.Trim(strings.ReplaceAll(got[i], "\r\n", "\n"), " \t\r\n")
			}
			if line, _ := ref.FieldPos(0); line != r.at {
				t.Fatalf("%q: record in line %d, want %d", in, r.at, line)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q (-encoding/csv +got):\n%s", in, diff)
			}
		}
	})
}

// FuzzDecodeIsTotal checks that any bytes give readings that may be stored or an error of the right kind.
func FuzzDecodeIsTotal(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, precision uint8) {
		d := Decoder{Options: readings.Options{DefaultSource: "s", DefaultPrecision: readings.Precision(precision % 6),
			MaxReadings: 100,
			Location:    time.FixedZone("", 3600)}}
		var first []int64
		for range 2 {
			var b telemetry.Batch
			r, err := d.Decode(in, &b)
			if err != nil {
				if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge || !b.Empty() {
					t.Fatalf("%v with %d readings left", err, b.Len())
				}
				return
			}
			if r.Accepted != b.Len() || r.RejectedTotal < len(r.Rejected) {
				t.Fatalf("accepted %d, batch %d", r.Accepted, b.Len())
			}
			for i, v := range b.Values {
				if math.IsNaN(v) || math.IsInf(v, 0) || b.Times[i] < telemetry.MinTime ||
					b.Times[i] >= telemetry.MaxTime || int(b.Of[i]) >= len(b.Series) {
					t.Fatalf("reading %d is not valid", i)
				}
			}
			if first != nil && !slices.Equal(first, b.Times) {
				t.Fatalf("%q: the second time the times are %v, not %v", in, b.Times, first)
			}
			first = append([]int64{}, b.Times...)
		}
	})
}

// FuzzSurveyIsTotal checks that whatever the columns are said to be, a file that is surveyed, settled and decoded in
// one part gives what it gives alone, and fails alike.
func FuzzSurveyIsTotal(f *testing.F) {
	f.Add([]byte("time,source,x,a\n2026-10-25 02:30,s,k,1\n2026-10-25 02:30,s,l,2\n"), "", "", "")
	f.Add([]byte("day;clock;\"a\";id\n2026-10-25;02:30;1;7\n2026-10-25; \"02:30\" ;x;8\n"), "id", "day,clock", "a")
	f.Add([]byte("date,time,b\n2026-10-25,02:30,1\n"), "", "", "")
	f.Add([]byte("n\tt\tv\n\"x\"\"y\"\t2026-10-25 02:30\t1\n\n\tz\n"), "n", "t", "")
	for _, s := range seeds {
		f.Add([]byte(s), "source", "", "")
	}
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte, source, at, values string) {
		o := readings.Options{Location: loc, FallbackSource: "s"}
		for _, c := range []struct {
			to   *[]string
			text string
		}{{&o.Columns.Source, source}, {&o.Columns.Time, at}, {&o.Columns.Values, values}} {
			if c.text != "" {
				*c.to = []string{c.text}
			}
		}
		in = bytes.TrimPrefix(in, []byte("\ufeff"))
		var whole, part telemetry.Batch
		d := Decoder{Options: o}
		_, errWhole := d.Decode(in, &whole)
		s := NewSurvey(o, nil)
		errPart := s.Look(in, 0)
		if errPart == nil {
			errPart = s.Wrong()
		}
		if fault.Message(errWhole) != fault.Message(errPart) {
			t.Fatalf("alone %v, surveyed %v", errWhole, errPart)
		}
		if errWhole != nil {
			return
		}
		text, _, _ := s.Settle(in, 0)
		d.Columns.Values = append(d.Columns.Values, s.Values(in)...)
		if r, err := d.Decode(text, &part); err != nil || r.AmbiguousTotal > 0 ||
			!slices.Equal(whole.Times, part.Times) || !slices.Equal(whole.Of, part.Of) {
			t.Fatalf("%q: %v, %d named, times %v and %v", text, err, r.AmbiguousTotal, whole.Times, part.Times)
		}
	})
}

// TestFormsAgree writes the same table in the long and in the wide form with encoding/csv; both give its readings.
func TestFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.StringMatching(`[a-z,;"é][a-zA-Z0-9 ,;"\n]{0,6}[a-z]`)
		metrics := rapid.SliceOfNDistinct(names.Filter(usable), 1, 4, strings.ToLower).Draw(t, "metrics")
		long, wide := [][]string{{"value", "source", "time", "metric"}},
			[][]string{append([]string{"source", "time"}, metrics...)}
		type key struct {
			source, metric string
			time           int64
		}
		want := make(map[key]float64)
		for i := range rapid.IntRange(0, 5).Draw(t, "rows") {
			source := strings.ReplaceAll(names.Draw(t, "source"), "\n", " ")
			at := time.Unix(int64(i)*1e6, rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
			row := []string{source, at.Format(time.RFC3339Nano)}
			for _, m := range metrics {
				v := strconv.FormatFloat(rapid.Float64().Draw(t, "v"), 'e', -1, 64)
				if rapid.Bool().Draw(t, "empty") {
					v = ""
				} else {
					want[key{source, m, at.UnixNano()}], _ = strconv.ParseFloat(v, 64)
				}
				row = append(row, v)
				long = append(long, []string{v, source, row[1], m})
			}
			wide = append(wide, row)
		}
		for _, table := range [][][]string{long, wide} {
			var text bytes.Buffer
			w := csv.NewWriter(&text)
			w.Comma = rune(rapid.SampledFrom([]byte(",;\t")).Draw(t, "comma"))
			w.UseCRLF = rapid.Bool().Draw(t, "crlf")
			if err := w.WriteAll(table); err != nil {
				t.Fatal(err)
			}
			if sniff(text.Bytes(), &readings.Columns{}) != byte(w.Comma) {
				t.Fatalf("%q: the delimiter is %q", text.String(), w.Comma)
			}
			var d Decoder
			var b telemetry.Batch
			r, err := d.Decode(text.Bytes(), &b)
			if err != nil || r.RejectedTotal != 0 {
				t.Fatalf("%q: %v, rejected %v", text.String(), err, r.Rejected)
			}
			got := make(map[key]float64)
			for i, v := range b.Values {
				s := b.Series[b.Of[i]]
				got[key{string(s.Source), string(s.Metric), b.Times[i]}] = v
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%q (-want +got):\n%s", text.String(), diff)
			}
		}
	})
}

// usable reports whether a name does not change in a header: no line break and no column with a meaning.
func usable(name string) bool {
	lower := strings.ToLower(name)
	return !strings.Contains(name, "\n") && !slices.Contains(otherNames, lower) && !slices.Contains(timeNames, lower) &&
		!namesThing(name) && !isKey(name)
}
