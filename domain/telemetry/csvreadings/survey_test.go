package csvreadings_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

// part is a piece of a file as import cuts it: the header and some records.
type part struct {
	text   string
	before int
}

// parts cuts a file after every n lines behind the header.
func parts(in string, n int) (all []part) {
	lines := strings.SplitAfter(strings.TrimSuffix(in, "\n"), "\n")
	for at := 1; at < len(lines); at += n {
		all = append(all, part{lines[0] + strings.Join(lines[at:min(at+n, len(lines))], ""), at - 1})
	}
	return all
}

// surveyed is the survey of a file in parts, and what is wrong with it.
func surveyed(t interface{ Fatal(...any) }, in string, n int,
	o readings.Options) (*csvreadings.Survey, []part, string) {
	s := csvreadings.NewSurvey(o, nil)
	all := parts(in, n)
	for _, p := range all {
		if err := s.Look([]byte(p.text), p.before); err != nil {
			t.Fatal(err)
		}
	}
	return s, all, fault.Message(s.Wrong())
}

// What tells records apart is seen however the file is cut, and named by the lines of the file.
func TestASurveySeesAcrossParts(t *testing.T) {
	far := "time,where,temp\n1,a,1\n2,a,2\n3,a,3\n1,b,1\n2,b,2\n3,b,3\n"
	for n := 1; n < 7; n++ {
		if _, _, why := surveyed(t, far, n, readings.Options{DefaultSource: "s"}); !strings.Contains(why,
			`column "where" tells records apart: lines 2 and 5 have the same time, and "a" and "b" in it`) {
			t.Errorf("cut after %d: %q", n, why)
		}
	}
	labels := "time,source,room,temp\n1,a,x,1\n2,a,x,2\n3,a,y,3\n"
	for n := 1; n < 4; n++ {
		_, _, why := surveyed(t, labels, n, readings.Options{Columns: readings.Columns{Labels: []string{"room"}}})
		if !strings.Contains(why, `"x" in line 2 and "y" in line 4`) {
			t.Errorf("cut after %d: %q", n, why)
		}
	}
}

// A column that tells all records of a file apart is seen in a file of more readings than are remembered.
func TestASurveySeesThroughLongFiles(t *testing.T) {
	s := csvreadings.NewSurvey(readings.Options{DefaultSource: "s", DefaultPrecision: readings.Second}, nil)
	const each, all = 5000, 60 * 5000
	for _, where := range []string{"kitchen", "cellar"} { // one behind the other
		for from := 0; from < all; from += each {
			in := []byte("time,where,temp\n")
			for i := from; i < from+each; i++ {
				in = fmt.Appendf(in, "%d,%s,%d\n", i, where, i)
			}
			if err := s.Look(in, from); err != nil {
				t.Fatal(err)
			}
		}
	}
	if why := fault.Message(s.Wrong()); !strings.Contains(why, `column "where" tells records apart`) {
		t.Errorf("%q", why)
	}
}

// Which columns are values is decided for the whole file.
func TestASurveyDecidesOfColumns(t *testing.T) {
	in := "time,state,temp,note\n1,unavailable,1,a\n2,unavailable,2,b\n3,21.5,3,c\n4,,4,d\n1,20,1,a\n"
	for n := 1; n < 6; n++ {
		s, all, why := surveyed(t, in, n, readings.Options{DefaultSource: "s"})
		for _, p := range all {
			var want []string
			if !strings.Contains(p.text, "21.5") && !strings.Contains(p.text, ",20,") &&
				strings.Contains(p.text, "unavailable") {
				want = []string{"state"}
			}
			if diff := cmp.Diff(want, s.Values([]byte(p.text))); diff != "" || why != "" {
				t.Errorf("cut after %d: %q, columns of values of %q (-want +got):\n%s", n, why, p.text, diff)
			}
		}
	}
	in = "time,where,temp\n1,a,1\n1,b,1\n2,7,1\n" // a column with a number in it is no text
	for n := 1; n < 4; n++ {
		if _, _, why := surveyed(t, in, n, readings.Options{DefaultSource: "s"}); why != "" {
			t.Errorf("cut after %d: %q", n, why)
		}
	}
}

func TestTheSourceOfAFile(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		o    readings.Options
		want telemetry.Source
	}{
		"said":     {"time,temp\n1,1\n", readings.Options{DefaultSource: "s", FallbackSource: "file"}, "s"},
		"fallback": {"time,temp\n1,1\n", readings.Options{FallbackSource: "file"}, "file"},
		"column":   {"time,source,temp\n1,a,1\n", readings.Options{FallbackSource: "file"}, ""},
		"column by": {"time,sensor,temp\n1,a,1\n", readings.Options{FallbackSource: "file",
			Columns: readings.Columns{Source: []string{"sensor"}}}, ""},
	} {
		if s, _, why := surveyed(t, c.in, 9, c.o); s.Source() != c.want || why != "" {
			t.Errorf("%s: %q, %q", name, s.Source(), why)
		}
	}
	if err := csvreadings.NewSurvey(readings.Options{FallbackSource: "file"}, nil).
		Look([]byte(rooms("sensor")), 0); !strings.Contains(fault.Message(err), "send source=file") {
		t.Errorf("a column that may say it: %v", err)
	}
}

// settled decodes the parts of a file one by one, as a node does.
func settled(t interface{ Fatal(...any) }, s *csvreadings.Survey, all []part,
	o readings.Options) (times []int64, named []readings.Ambiguous, total int) {
	for _, p := range all {
		text, first, n := s.Settle([]byte(p.text), p.before)
		named, total = append(named, first...), total+n
		var b telemetry.Batch
		d := csvreadings.Decoder{Options: o}
		d.Columns.Values = s.Values([]byte(p.text))
		r, err := d.Decode(text, &b)
		if err != nil || r.AmbiguousTotal != 0 {
			t.Fatal(err, r.AmbiguousTotal, string(text))
		}
		times = append(times, b.Times...)
	}
	return times, named, total
}

// A file gives the same times however it is cut, in the middle of the hour too.
func TestPartsOfAFileHaveTheTimesOfTheWhole(t *testing.T) {
	loc := berlin(t)
	for name, c := range map[string]struct {
		in string
		o  readings.Options
	}{
		"wide": {
			"time,temp\n2026-10-25 01:30,1\n2026-10-25 02:00,1\n2026-10-25 02:30,1\n2026-10-25 02:00,1\n2026-10-25 " +
				"02:30,1\n2026-10-25 03:00,1\n", readings.Options{DefaultSource: "s"}},
		"falling": {
			"time,temp\n2026-10-25 03:00,1\n2026-10-25 02:30,1\n2026-10-25 02:00,1\n2026-10-25 02:30,1\n2026-10-25 " +
				"02:00,1\n2026-10-25 01:30,1\n", readings.Options{DefaultSource: "s"}},
		"sources": {
			"a;source;time\n1;x;2026-10-25 02:10\n1;y;2026-10-25 02:20\n1;x;\"2026-10-25 02:40\"\n1;x; " +
				"\"2026-10-25T02:10:00 \"\n1;y;2026/10/25 02:10:00.5\n1;z;2026-10-25 02:10\n", readings.Options{}},
		"long": {
			"time,metric,value\n2026-10-25 02:30,t,1\n2026-10-25 02:30,h,1\n2026-10-25 02:30,t,1\n2026-10-25 " +
				"02:30,h,1\n2026-10-25 02:30,x,1\n", readings.Options{DefaultSource: "s"}},
		"two": {"n,day,clock,temp\n,2026-10-25,02:30,1\n\"a,\"\"b\",2026-10-25,02:30 ,1\n,2026-10-25,03:00,1\n",
			readings.Options{DefaultSource: "s", Columns: readings.Columns{Time: []string{"day", "clock"}}}},
		"last cell": {"temp,time\n1,2026-10-25 02:30\n1,2026-10-25 02:30\n1,2026-10-25 02:31",
			readings.Options{DefaultSource: "s"}},
		"text": {
			"time,temp,sky\n2026-10-25 03:00,1,a\n2026-10-25 02:30,1,b\n2026-10-25 02:30,1,c\n2026-10-25 01:30,1,d\n",
			readings.Options{DefaultSource: "s"}},
	} {
		c.o.Location = loc
		whole, r, why := decoded(c.in, c.o)
		if why != "" || r.RejectedTotal != 0 {
			t.Fatalf("%s: %q %v", name, why, r.Rejected)
		}
		for n := 1; n < 7; n++ {
			s, all, why := surveyed(t, c.in, n, c.o)
			times, named, total := settled(t, s, all, c.o)
			if diff := cmp.Diff(whole.Times, times) + cmp.Diff(r.Ambiguous, named); diff != "" ||
				total != r.AmbiguousTotal || why != "" {
				t.Errorf("%s, cut after %d: %q, named %d of %d, times and names (-whole +parts):\n%s", name, n, why,
					total, r.AmbiguousTotal, diff)
			}
		}
	}
}

// What is sent is what was given, but for offsets behind times that occur twice.
func TestSettleChangesNothingElse(t *testing.T) {
	o := readings.Options{DefaultSource: "s", Location: berlin(t)}
	in := "time,temp,note\r\n 2026-10-25 02:30 ,1,\"a\nb\"\r\n\r\nbroken\r\n\"2026-10-25 02:30\",2,\r\n2026-10-25 " +
		"02:40,x,\r\n2026-10-25 04:00,3,"
	s := csvreadings.NewSurvey(o, nil)
	if err := s.Look([]byte(in), 0); err != nil {
		t.Fatal(err)
	}
	out, _, _ := s.Settle([]byte(in), 0)
	want := "time,temp,note\r\n 2026-10-25 02:30+02:00 ,1,\"a\nb\"\r\n\r\nbroken\r\n\"2026-10-25 " +
		"02:30+01:00\",2,\r\n2026-10-25 02:40,x,\r\n2026-10-25 04:00,3,"
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	same := []byte("time,temp\n2026-10-24 02:30,1\n")
	if out, _, n := s.Settle(same, 100); n != 0 || &out[0] != &same[0] {
		t.Errorf("a part without such times is copied: %q", out)
	}
}

// However a file is cut, whatever is in its cells, its parts have the times of the whole.
func TestAnyCutGivesTheSameTimes(t *testing.T) {
	loc := berlin(t)
	rapid.Check(t, func(t *rapid.T) {
		in := "source,time,a\n"
		for range rapid.IntRange(1, 30).Draw(t, "records") {
			at := time.Date(2026, 10, 25, rapid.IntRange(0, 4).Draw(t, "hour"), 10*rapid.IntRange(0, 5).Draw(t, "ten"),
				0, 0, time.UTC)
			in += rapid.SampledFrom([]string{"x", "y", ""}).Draw(t, "source") + "," + at.Format("2006-01-02 15:04") +
				"," + rapid.SampledFrom([]string{"1", "z", ""}).Draw(t, "value") + "\n"
		}
		o := readings.Options{Location: loc}
		whole, r, why := decoded(in, o)
		s, all, whyParts := surveyed(t, in, rapid.IntRange(1, 31).Draw(t, "cut"), o)
		times, _, total := settled(t, s, all, o)
		if diff := cmp.Diff(append([]int64{}, whole.Times...), append([]int64{}, times...)); diff != "" ||
			total != r.AmbiguousTotal || why != whyParts {
			t.Fatalf("%q and %q, named %d and %d, times (-whole +parts):\n%s\n%s", why, whyParts, r.AmbiguousTotal,
				total, diff, in)
		}
	})
}

// A column of text that by its name says what a reading is of, unless it is measured, is asked about where nobody said
// a source, wherever the file is cut: the rows of two devices at different times would be one series.
func TestASurveyAsksForThingsOfText(t *testing.T) {
	file := readings.Options{FallbackSource: "file", DefaultPrecision: readings.Second}
	in := "time,probe,temp\n1,,20\n2,in,21\n3,out,4\n"
	for n := 1; n < 4; n++ {
		_, _, why := surveyed(t, in, n, file)
		want := `there is no column source; if "probe" says what a reading is of, send source_column=probe; if all ` +
			`readings are of one source, send source=file`
		if why != want {
			t.Errorf("cut after %d: %q, want %q", n, why, want)
		}
	}
	for name, c := range map[string]struct {
		in string
		o  readings.Options
	}{
		"numbers":             {strings.NewReplacer("in", "1", "out", "2").Replace(in), file},
		"numbers, and a word": {in + "4,7,1\n", file},
		"a source said":       {in, readings.Options{DefaultSource: "home"}},
		"a column said":       {in, readings.Options{Columns: readings.Columns{Source: []string{"probe"}}}},
		"left out": {in, readings.Options{FallbackSource: "file",
			Columns: readings.Columns{Skip: []string{"probe"}}}},
		"the weather":     {strings.Replace(in, "probe", "weather", 1), file},
		"a column source": {"time,source,probe,temp\n1,a,in,1\n2,a,out,2\n", file},
		"nothing in it":   {"time,probe,temp\n1,,20\n2,,21\n", file},
	} {
		if _, _, why := surveyed(t, c.in, 2, c.o); why != "" {
			t.Errorf("%s: %q", name, why)
		}
	}
}
