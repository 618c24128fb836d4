package readings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/jsonreadings"
	"tidemark/domain/telemetry/lineprotocol"
	"tidemark/domain/telemetry/readings"
)

// row is a reading as a request gives it; broken is one that is rejected.
type row struct {
	source, metric string
	time           int64
	value          float64
	broken         bool
}

// text is the value, or something that is none.
func (r row) text() string {
	if r.broken {
		return "9007199254740993"
	}
	return fmt.Sprint(r.value)
}

// written is a form of rows, and the rows in which its readings stand, in the order that it gives them.
type written struct {
	text  string
	rows  []row
	lines []int // of each row; 0 where the form has no lines
}

// forms write rows, and decode what they wrote.
var forms = map[string]struct {
	write  func([]row) written
	decode func(string, *telemetry.Batch) (readings.Result, error)
}{
	"JSON":           {writeJSON, decodeJSON},
	"columnar JSON":  {writeColumns, decodeJSON},
	"NDJSON":         {writeLines, decodeLines},
	"CSV, long":      {writeLong, decodeCSV},
	"CSV, wide":      {writeWide, decodeCSV},
	"line protocol":  {writeProtocol, decodeProtocol},
	"several fields": {writeFields, decodeProtocol},
}

func object(r row) string {
	return fmt.Sprintf(`{"source":%q,"metric":%q,"time":%d,"value":%s}`, r.source, r.metric, r.time, r.text())
}

func writeJSON(rows []row) written {
	var all []string
	for _, r := range rows {
		all = append(all, object(r))
	}
	return written{"[" + strings.Join(all, ",\n") + "]", rows, make([]int, len(rows))}
}

// writeColumns puts neighbours of one series into one object.
func writeColumns(rows []row) written {
	var all []string
	for i := 0; i < len(rows); {
		n := i
		var times, values []string
		for ; n < len(rows) && rows[n].source == rows[i].source && rows[n].metric == rows[i].metric; n++ {
			times, values = append(times, fmt.Sprint(rows[n].time)), append(values, rows[n].text())
		}
		all = append(all, fmt.Sprintf(`{"source":%q,"metric":%q,"times":[%s],"values":[%s]}`, rows[i].source,
			rows[i].metric,
			strings.Join(times, ","), strings.Join(values, ",")))
		i = n
	}
	return written{`{"series":[` + strings.Join(all, ",") + "]}", rows, make([]int, len(rows))}
}

// one writes a reading a line, with an empty line behind the first.
func one(rows []row, header string, line func(row) string) written {
	w := written{text: header, rows: rows}
	n := strings.Count(header, "\n")
	for i, r := range rows {
		n++
		w.text, w.lines = w.text+line(r)+"\n", append(w.lines, n)
		if i == 0 {
			w.text += "\n"
			n++
		}
	}
	return w
}

func writeLines(rows []row) written { return one(rows, "", object) }

func writeLong(rows []row) written {
	return one(rows, "source,metric,time,value\n", func(r row) string {
		return fmt.Sprintf("%s,%s,%d,%s", r.source, r.metric, r.time, r.text())
	})
}

// writeWide gives every row two cells: the second metric repeats the first.
func writeWide(rows []row) written {
	w := written{text: "source,time,m0,m1\n"}
	for i, r := range rows {
		w.text += fmt.Sprintf("%s,%d,%s,%s\n", r.source, r.time, r.text(), r.text())
		for _, m := range []string{"m0", "m1"} {
			r.metric = m
			w.rows, w.lines = append(w.rows, r), append(w.lines, i+2)
		}
	}
	return w
}

func writeProtocol(rows []row) written {
	return one(rows, "", func(r row) string {
		return fmt.Sprintf("%s,source=%s value=%s %d", r.metric, r.source, field(r), r.time)
	})
}

// writeFields gives every line two fields.
func writeFields(rows []row) written {
	w := written{}
	for i, r := range rows {
		w.text += fmt.Sprintf("m,source=%s a=%s,b=%s %d\n", r.source, field(r), field(r), r.time)
		for _, m := range []string{"m_a", "m_b"} {
			r.metric = m
			w.rows, w.lines = append(w.rows, r), append(w.lines, i+1)
		}
	}
	return w
}

// field is the value of a field; one that is broken is refused alone.
func field(r row) string {
	if r.broken {
		return "1e999"
	}
	return r.text()
}

func decodeJSON(text string, b *telemetry.Batch) (readings.Result, error) {
	return new(jsonreadings.Decoder).Decode([]byte(text), b)
}

func decodeLines(text string, b *telemetry.Batch) (readings.Result, error) {
	return new(jsonreadings.Decoder).DecodeLines([]byte(text), b)
}

func decodeCSV(text string, b *telemetry.Batch) (readings.Result, error) {
	return new(csvreadings.Decoder).Decode([]byte(text), b)
}

func decodeProtocol(text string, b *telemetry.Batch) (readings.Result, error) {
	return new(lineprotocol.Decoder).Decode([]byte(text), b)
}

// overwritten is the slow reference: every accepted row against the last one of its series and time.
func (w *written) overwritten() (first []readings.Overwrite, total int) {
	type key struct {
		telemetry.Series
		time int64
	}
	last := map[key]readings.Given{}
	for i, r := range w.rows {
		if r.broken {
			continue
		}
		k := key{telemetry.Series{Source: telemetry.Source(r.source), Metric: telemetry.Metric(r.metric)}, r.time}
		now := readings.Given{Row: readings.Row{Index: i, Line: w.lines[i]}, Value: r.value}
		if before, again := last[k]; again && before.Value != r.value {
			if total++; total <= readings.MaxOverwritten {
				first = append(first, readings.Overwrite{Series: k.Series, Time: k.time, Earlier: before, Later: now})
			}
		}
		last[k] = now
	}
	return first, total
}

// TestTwoValuesAreTold holds for every form: a later row that gives another value is told with both rows and both
// values, one that gives the same is not.
func TestTwoValuesAreTold(t *testing.T) {
	rows := []row{{"a", "m", 1, 1, false}, {"a", "m", 2, 0, true}, {"a", "m", 2, 2, false}, {"a", "m", 1, 1, false},
		{"b", "m", 1, 5, false}, {"a", "m", 1, 3, false}, {"a", "m", 3, 3, false}, {"a", "m", 1, 4, false}}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			w := form.write(rows)
			var b telemetry.Batch
			r, err := form.decode(w.text, &b)
			if err != nil {
				t.Fatal(err)
			}
			want, total := w.overwritten()
			if total == 0 || r.OverwrittenTotal != total {
				t.Errorf("%d overwritten, want %d", r.OverwrittenTotal, total)
			}
			if diff := cmp.Diff(want, r.Overwritten); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", w.text, diff)
			}
		})
	}
}

// TestOverwrittenLikeTheReference draws rows of few series and times, so that most come again.
func TestOverwrittenLikeTheReference(t *testing.T) {
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
					return row{source: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"),
						metric: rapid.SampledFrom([]string{"m", "n"}).Draw(t, "metric"),
						time:   rapid.Int64Range(1, 8).Draw(t, "time"),
						value:  float64(rapid.IntRange(0, 2).Draw(t, "value")),
						broken: rapid.IntRange(0, 5).Draw(t, "broken") == 0}
				}), 1, 60).Draw(t, "rows")
				w := form.write(rows)
				var b telemetry.Batch
				r, err := form.decode(w.text, &b)
				if err != nil {
					t.Fatal(err)
				}
				want, total := w.overwritten()
				if r.OverwrittenTotal != total {
					t.Fatalf("%d overwritten, want %d:\n%s", r.OverwrittenTotal, total, w.text)
				}
				if diff := cmp.Diff(want, r.Overwritten); diff != "" {
					t.Fatalf("%s\n(-want +got):\n%s", w.text, diff)
				}
				at := 0
				for i, x := range w.rows {
					if x.broken {
						continue
					}
					if got := r.Rows.Of(at); got != (readings.Row{Index: i, Line: w.lines[i]}) {
						t.Fatalf("reading %d is of row %+v, want %d in line %d:\n%s", at, got, i, w.lines[i], w.text)
					}
					at++
				}
			})
		})
	}
}

// TestTheNewestFirst is a file whose times fall: nothing is overwritten in it, and the first row that comes again is.
func TestTheNewestFirst(t *testing.T) {
	var text strings.Builder
	text.WriteString("source,time,m\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "s,%d,%d\n", 1000-i, i)
	}
	var b telemetry.Batch
	var d csvreadings.Decoder
	if r, err := d.Decode([]byte(text.String()), &b); err != nil || r.OverwrittenTotal != 0 {
		t.Fatalf("%d overwritten, %v", r.OverwrittenTotal, err)
	}
	text.WriteString("s,500,-1\n")
	r, err := d.Decode([]byte(text.String()), &b)
	if err != nil || r.OverwrittenTotal != 1 || r.Overwritten[0].Earlier.Line != 502 ||
		r.Overwritten[0].Later.Line != 1002 {
		t.Fatalf("%+v, %v", r.Overwritten, err)
	}
}

// A decoder that is used again forgets what was overwritten in the request before.
func TestRequestsDoNotOverwriteEachOther(t *testing.T) {
	var b telemetry.Batch
	var d lineprotocol.Decoder
	for _, value := range []string{"1", "2"} {
		if r, err := d.Decode([]byte("m,source=s value="+value+" 1\n"), &b); err != nil || r.OverwrittenTotal != 0 {
			t.Fatalf("%+v, %v", r.Overwritten, err)
		}
	}
}

// BenchmarkOverwritten is what a request costs in which times come again: a hundred series, each of whose times stand
// twice.
func BenchmarkOverwritten(b *testing.B) {
	var batch telemetry.Batch
	var series []uint32
	for s := range 100 {
		series = append(series, batch.AddSeries(telemetry.Series{Source: telemetry.Source(fmt.Sprint(s)), Metric: "m"},
			""))
	}
	for i := range 100_000 {
		batch.Add(uint32(i%100), int64(i/100)/2, float64(i))
	}
	var rows readings.Rows
	b.ReportAllocs()
	for b.Loop() {
		readings.Overwritten(&batch, &rows, series)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(batch.Len()), "ns/reading")
}
