package csvreadings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/csvreadings"
	"tidemark/domain/telemetry/readings"
)

func berlin(t interface{ Fatal(...any) }) *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// clocks writes a batch as times of day in UTC, a source after the other.
func clocks(b *telemetry.Batch) string {
	var out []string
	for i := range b.Times {
		out = append(out, time.Unix(0, b.Times[i]).UTC().Format("15:04"))
	}
	return strings.Join(out, " ")
}

// On 2026-10-25 the hour from 02:00 to 03:00 occurs twice in Berlin: from 00:00 and from 01:00 UTC.
func TestTheOrderOfRecordsTellsAnHourThatOccursTwice(t *testing.T) {
	for name, c := range map[string]struct {
		local string // times of day
		want  string // in UTC
		named int
	}{
		"every hour":           {"01:30 02:30 02:30 03:30", "23:30 00:30 01:30 02:30", 0},
		"nothing but the two":  {"02:30 02:30", "00:30 01:30", 0},
		"half an hour":         {"01:30 02:00 02:30 02:00 02:30 03:00", "23:30 00:00 00:30 01:00 01:30 02:00", 0},
		"any minute":           {"01:58 02:07 02:59 02:01 02:33 03:12", "23:58 00:07 00:59 01:01 01:33 02:12", 0},
		"falling":              {"03:30 02:30 02:30 01:30", "02:30 01:30 00:30 23:30", 0},
		"falling half an hour": {"03:00 02:30 02:00 02:30 02:00 01:30", "02:00 01:30 01:00 00:30 00:00 23:30", 0},
		"falling, inside":      {"02:40 02:20 02:00 02:40 02:20 02:00", "01:40 01:20 01:00 00:40 00:20 00:00", 0},
		"rising, inside":       {"02:00 02:20 02:40 02:00 02:20 02:40", "00:00 00:20 00:40 01:00 01:20 01:40", 0},
		"begins inside":        {"02:40 02:10 02:40 03:10", "00:40 01:10 01:40 02:10", 0},
		"ends inside":          {"01:40 02:10 02:40 02:10", "23:40 00:10 00:40 01:10", 0},
		"once":                 {"01:30 02:30 03:30", "23:30 00:30 02:30", 1},
		"alone":                {"02:30", "00:30", 1},
		"once, falling":        {"03:30 02:40 02:20 01:30", "02:30 00:40 00:20 23:30", 2},
		"every row twice": {"01:30 01:30 02:10 02:10 02:40 02:40 03:10",
			"23:30 23:30 00:10 00:10 00:40 00:40 02:10", 4},
		"twice, with a step": {"01:30 01:30 02:30 02:30 02:10 02:10 03:30",
			"23:30 23:30 00:30 00:30 01:10 01:10 02:30", 0},
		"not sorted":            {"05:00 01:00 02:30 02:30 04:00 00:00", "04:00 23:00 00:30 00:30 03:00 22:00", 2},
		"two steps back":        {"01:30 02:30 02:10 02:20 02:10 03:30", "23:30 00:30 00:10 00:20 00:10 02:30", 4},
		"the hour and its ends": {"01:59 02:00 02:59 02:00 02:59 03:00", "23:59 00:00 00:59 01:00 01:59 02:00", 0},
	} {
		in := "time,a\n"
		for i, at := range strings.Fields(c.local) {
			in += fmt.Sprintf("2026-10-25 %s,%d\n", at, i)
		}
		b, r, why := decoded(in, readings.Options{DefaultSource: "s", Location: berlin(t)})
		if got := clocks(b); got != c.want || why != "" || r.AmbiguousTotal != c.named || r.OverwrittenTotal != 0 &&
			!strings.Contains(name, "twice") && c.named == 0 {
			t.Errorf("%s: %s\ngot  %s\nwant %s, named %d of %d (%v), overwritten %d %s", name, c.local, got, c.want,
				r.AmbiguousTotal, c.named, r.Ambiguous, r.OverwrittenTotal, why)
		}
	}
}

// A record that is the one before to the letter may be the second hour's, or the first hour's written twice. It does
// not tell which, unless a series steps between the two that does.
func TestARecordThatIsThereTwice(t *testing.T) {
	wide := func(rows string) string { return "time,a\n" + rows }
	for name, c := range map[string]struct {
		in    string
		want  string // in UTC
		named []int  // lines
	}{
		"alone":         {wide("02:30,1 02:30,1"), "00:30 00:30", []int{2, 3}},
		"in its day":    {wide("01:30,1 02:30,1 02:30,1 03:30,1"), "23:30 00:30 00:30 02:30", []int{3, 4}},
		"falling":       {wide("03:30,1 02:30,1 02:30,1 01:30,1"), "02:30 00:30 00:30 23:30", []int{3, 4}},
		"another value": {wide("01:30,1 02:30,1 02:30,2 03:30,1"), "23:30 00:30 01:30 02:30", nil},
		"other text":    {wide("01:30,1 02:30,1 02:30,1.0 03:30,1"), "23:30 00:30 01:30 02:30", nil},
		"beside a step": {wide("02:00,1 02:30,1 02:30,1 02:00,1 02:30,1 03:00,1"),
			"00:00 00:30 00:30 01:00 01:30 02:00", nil},
		"behind a step":    {wide("02:30,1 02:00,1 02:30,1 02:30,1 03:00,1"), "00:30 01:00 01:30 01:30 02:00", nil},
		"before a new one": {wide("02:30,1 02:30,1 02:30,2"), "00:30 00:30 01:30", nil},
		"without a step": {wide("01:30,1 02:00,1 02:30,1 02:30,1 03:00,1"), "23:30 00:00 00:30 00:30 02:00",
			[]int{3, 4, 5}},
		"three times": {wide("01:30,1 02:30,1 02:30,1 02:30,1"), "23:30 00:30 00:30 00:30", []int{3, 4, 5}},
		"a day apart": {"time,a\n2027-10-31 02:30,1\n02:30,1\n", "00:30 00:30", []int{2, 3}},
		"two sources": {"time,source,a\n02:30,x,1 02:30,y,1 02:30,x,1 02:30,y,2", "00:30 00:30 01:30 01:30",
			nil},
		"two, one behind": {"time,source,a\n02:30,x,1 02:30,y,1 02:30,y,1 02:30,x,2", "00:30 00:30 00:30 01:30",
			[]int{3, 4}},
		"two, one before": {"time,source,a\n02:30,x,1 02:30,x,2 02:30,y,1 02:30,y,1", "00:30 01:30 00:30 00:30",
			[]int{4, 5}},
		"two, neither": {"time,source,a\n02:30,x,1 02:30,y,1 02:30,x,1 02:30,y,1", "00:30 00:30 00:30 00:30",
			[]int{2, 3, 4, 5}},
		"metrics": {"time,metric,value\n02:30,t,1 02:30,rain,0 02:30,t,2 02:30,rain,0",
			"00:30 00:30 01:30 01:30", nil},
		"metrics, falling": {
			"time,metric,value\n03:30,t,0 03:30,rain,0 02:30,t,1 02:30,rain,0 02:30,t,2 02:30,rain,0",
			"02:30 02:30 01:30 01:30 00:30 00:30", nil},
		"metrics, one twice": {"time,metric,value\n02:30,t,1 02:30,rain,0 02:30,rain,0 02:30,t,2",
			"00:30 00:30 00:30 01:30", []int{3, 4}},
	} {
		head, rows, _ := strings.Cut(c.in, "\n")
		in := head + "\n"
		for _, row := range strings.Fields(strings.ReplaceAll(rows, "2027-10-31 ", "2027-10-31T")) {
			if row[2] == ':' {
				row = "2026-10-25 " + row
			}
			in += row + "\n"
		}
		b, r, why := decoded(in, readings.Options{DefaultSource: source(head), Location: berlin(t)})
		var named []int
		for _, a := range r.Ambiguous {
			named = append(named, a.Line)
		}
		if got := clocks(b); got != c.want || why != "" || !slices.Equal(named, c.named) ||
			r.AmbiguousTotal != len(c.named) {
			t.Errorf("%s:\n%s\ngot  %s\nwant %s, named %v, want %v %s", name, in, got, c.want, named, c.named, why)
		}
	}
}

// source is that of a file without a column of sources.
func source(head string) telemetry.Source {
	if strings.Contains(head, "source") {
		return ""
	}
	return "s"
}

// A few records that are late elsewhere do not keep a file from being sorted.
func TestAFewLateRecordsElsewhere(t *testing.T) {
	var in strings.Builder
	in.WriteString("time,a\n2026-10-24 12:00,1\n2026-10-24 11:50,1\n")
	for at := time.Date(2026, 10, 24, 12, 10, 0, 0, berlin(t)); at.Day() < 26; at = at.Add(10 * time.Minute) {
		fmt.Fprintf(&in, "%s,%d\n", at.Format("2006-01-02 15:04"), at.Unix())
	}
	if _, r, why := decoded(in.String(), readings.Options{DefaultSource: "s", Location: berlin(t)}); why != "" ||
		r.AmbiguousTotal != 0 || r.OverwrittenTotal != 0 {
		t.Errorf("%+v %s", r, why)
	}
}

// Sources interleave in the wide form, and metrics in the long form: each has its own order.
func TestEachSeriesHasItsOwnOrder(t *testing.T) {
	in := "time,source,a\n"
	for _, row := range []string{"02:00,x", "02:00,y", "02:30,x", "02:45,y", "02:00,x", "02:50,y", "02:30,x", "02:50,z",
		"03:00,y", "03:00,x"} {
		in += "2026-10-25 " + row + ",1\n"
	}
	b, r, _ := decoded(in, readings.Options{Location: berlin(t)})
	if got, want := clocks(b), "00:00 00:00 00:30 00:45 01:00 00:50 01:30 00:50 02:00 02:00"; got != want {
		t.Errorf("wide: %s, want %s", got, want)
	}
	var lines []int
	for _, a := range r.Ambiguous {
		lines = append(lines, a.Line)
	}
	if diff := cmp.Diff([]int{3, 5, 7, 9}, lines); diff != "" || r.AmbiguousTotal != 4 {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	long := "time,metric,value\n2026-10-25 02:30,t,1\n2026-10-25 02:30,h,2\n2026-10-25 02:30,t,3\n2026-10-25 " +
		"02:30,h,4\n"
	b, r, _ = decoded(long, readings.Options{DefaultSource: "s", Location: berlin(t)})
	if got, want := clocks(b), "00:30 00:30 01:30 01:30"; got != want || r.AmbiguousTotal != 0 ||
		r.OverwrittenTotal != 0 {
		t.Errorf("long: %s, want %s, %+v", got, want, r)
	}
}

// What cannot be told is named as it is written, with what was taken for it; a time with an offset, and a date alone,
// never is.
func TestWhatIsNamed(t *testing.T) {
	in := "time,a\n2026-10-25 02:30,1\n2026-10-25T02:31:00+01:00,1\n2026-10-25T00:32:00Z,1\n"
	_, r, _ := decoded(in, readings.Options{DefaultSource: "s", Location: berlin(t)})
	want := []readings.Ambiguous{{Line: 2, Time: "2026-10-25 02:30",
		Taken: time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).UnixNano()}}
	if diff := cmp.Diff(want, r.Ambiguous); diff != "" || r.AmbiguousTotal != 1 {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	in = "date,time,a\n2026-10-25,02:30,1\n2026-10-25,02:40,x\n"
	_, r, _ = decoded(in, readings.Options{DefaultSource: "s", Location: berlin(t),
		Columns: readings.Columns{Time: []string{"date", "time"}}})
	if diff := cmp.Diff(want, r.Ambiguous); diff != "" || r.AmbiguousTotal != 1 {
		t.Errorf("in two columns, and without what was rejected (-want +got):\n%s", diff)
	}
	havana, err := time.LoadLocation("America/Havana") // where midnight occurs twice
	if err != nil {
		t.Fatal(err)
	}
	if b, r, _ := decoded("time,a\n2026-11-01,1\n", readings.Options{DefaultSource: "s",
		Location: havana}); r.AmbiguousTotal != 0 || clocks(b) != "04:00" {
		t.Errorf("a date: %s, %+v", clocks(b), r)
	}
	var many strings.Builder
	many.WriteString("time,source,a\n")
	for i := range readings.MaxAmbiguous + 5 {
		fmt.Fprintf(&many, "2026-10-25 02:30,s%d,1\n", i)
	}
	if _, r, _ = decoded(many.String(), readings.Options{Location: berlin(t)}); len(
		r.Ambiguous) != readings.MaxAmbiguous || r.AmbiguousTotal != readings.MaxAmbiguous+5 {
		t.Errorf("%d named of %d", len(r.Ambiguous), r.AmbiguousTotal)
	}
}

// Text that differs between the two times tells no records apart.
func TestTextOfTheSecondTime(t *testing.T) {
	in := "time,a,sky\n2026-10-25 01:30,1,rain\n2026-10-25 02:30,1,rain\n2026-10-25 02:30,1,sun\n2026-10-25 " +
		"03:30,1,sun\n"
	if b, _, why := decoded(in, readings.Options{DefaultSource: "s", Location: berlin(t)}); why != "" ||
		clocks(b) != "23:30 00:30 01:30 02:30" {
		t.Errorf("%s %q", clocks(b), why)
	}
	in = strings.ReplaceAll(in, "\n2026-10-25 01:30,1,rain", "\n2026-10-25 01:30,1,rain\n2026-10-25 01:30,1,sun")
	if _, _, why := decoded(in, readings.Options{DefaultSource: "s", Location: berlin(t)}); !strings.Contains(why,
		`column "sky" tells records apart: lines 2 and 3`) {
		t.Errorf("%q", why)
	}
}

// Whatever is measured all through a change, written in local time in either order, with its sources interleaved, is
// read as it was, and nothing has to be named.
func TestLocalTimesAreReadAsTheyWere(t *testing.T) {
	zones := []struct {
		name   string
		change time.Time
	}{
		{"Europe/Berlin", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC)},
		{"America/Havana", time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC)},
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		loc, err := time.LoadLocation(zone.name)
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			at     time.Time
			source string
		}
		var rows []row
		for i := range rapid.IntRange(1, 3).Draw(t, "sources") {
			// The longest pause is shorter than what occurs twice (half an hour on Lord Howe), so that each pass has
			// a record at least.
			at := zone.change.Add(-time.Duration(rapid.IntRange(90, 2000).Draw(t, "before")) * time.Minute)
			for at.Before(zone.change.Add(3 * time.Hour)) {
				rows = append(rows, row{at, fmt.Sprint("s", i)})
				at = at.Add(time.Duration(rapid.IntRange(1, 14).Draw(t, "pause")) * time.Minute)
			}
		}
		slices.SortStableFunc(rows, func(a, b row) int { return a.at.Compare(b.at) })
		if rapid.Bool().Draw(t, "falling") {
			slices.Reverse(rows)
		}
		in, want := "time,source,a\n", []int64{}
		for _, r := range rows {
			in += r.at.In(loc).Format("2006-01-02 15:04") + "," + r.source + ",1\n"
			want = append(want, r.at.UnixNano())
		}
		var d csvreadings.Decoder
		d.Location = loc
		var b telemetry.Batch
		r, err := d.Decode([]byte(in), &b)
		if diff := cmp.Diff(want, b.Times); diff != "" || err != nil || r.AmbiguousTotal != 0 {
			t.Fatalf("%v, %d named; times (-want +got):\n%s\n%s", err, r.AmbiguousTotal, diff, in)
		}
	})
}
