package csvreadings_test

import (
	"strings"
	"testing"

	"tidemark/domain/telemetry/readings"
)

// TestWhatIsNoRecordIsCalledWhatItIs: comments, units and decimal commas are rejected, and the reason says what to
// do. What only looks a little like one is not called so.
func TestWhatIsNoRecordIsCalledWhatItIs(t *testing.T) {
	const (
		comment = "; if it is a comment, delete it: CSV has none"
		units   = "; if it is a row of units, delete it: a unit stands in the header, as in temp (°C)"
	)
	for name, c := range map[string]struct{ in, want string }{
		"a comment": {"time,temp,hum\n2026-01-01,1,2\n# by logger 7\n",
			"the record has 1 cell and the header 3" + comment},
		"with commas": {"time,temp,hum\n2026-01-01,1,2\n# a, b, c\n",
			`time "# a" is not known; write it as 2006-01-02T15:04:05Z, 2006-01-02 15:04:05, 2006-01-02 or a Unix ` +
				`number` + comment},
		"with quotes": {"time,temp\n2026-01-01,1\n// the \"new\" one\n",
			"a quote inside of a cell that does not begin with one; put the cell in quotes and double those inside" +
				comment},
		"units": {"time,temp,hum\n,°C,%\n2026-01-01,1,2\n", "the time is empty" + units},
		"units, of time too": {"time,temp,hum\nUTC,°C,%\n2026-01-01,1,2\n",
			`time "UTC" is not known; write it as 2006-01-02T15:04:05Z, 2006-01-02 15:04:05, 2006-01-02 or a Unix ` +
				`number` + units},
		"units, of a part": {"time,source,rain,temp\n,,,°C\n2026-01-01,s,1,2\n", "the time is empty" + units},
		"units, long": {"time,source,metric,value\n,,,°C\n2026-01-01,s,m,2\n",
			"the time is empty; if it is a row of units, delete it: a unit stands in the column unit"},
		"no units, a number":     {"time,temp,hum\n,°C,40\n2026-01-01,1,2\n", "the time is empty"},
		"no units, further down": {"time,temp,hum\n2026-01-01,1,2\n,°C,%\n", "the time is empty"},
		"no units, a time": {"time,temp,hum\n2026-13-01,°C,%\n2026-01-01,1,2\n",
			`time "2026-13-01" is not known; write it as 2006-01-02T15:04:05Z, 2006-01-02 15:04:05, 2006-01-02 or a ` +
				`Unix number`},
		"a decimal comma": {"time,temp\n2026-01-01,21,5\n",
			"the record has 3 cells and the header 2; if 21,5 is a number with a decimal comma, write 21.5"},
		"two decimal commas": {"time,temp,hum\n2026-01-01,-21,5,40,25\n",
			"the record has 5 cells and the header 3; if -21,5 is a number with a decimal comma, write -21.5"},
		"behind a number": {"time,temp,hum\n1767225600,21,5,40\n",
			"the record has 4 cells and the header 3; if 21,5 is a number with a decimal comma, write 21.5"},
		"too many cells":  {"time,temp\n2026-01-01,21,5,7,8\n", "the record has 5 cells and the header 2"},
		"a text too many": {"time,temp\n2026-01-01,21,fine\n", "the record has 3 cells and the header 2"},
		"semicolons":      {"time;temp\n2026-01-01;21;5\n", "the record has 3 cells and the header 2"},
		"too few":         {"time,temp,hum\n2026-01-01,21\n", "the record has 2 cells and the header 3"},
		"a decimal comma alone": {"time;temp\n2026-01-01;21,5\n",
			`column "temp": "21,5" is no number; it has a decimal comma, and decimals have a point: write 21.5; if all ` +
				`decimals of the file have a comma, say so: decimal_comma=true (import: --decimal-comma)`},
	} {
		_, r, why := decoded(c.in, readings.Options{FallbackSource: "s"})
		if why != "" || len(r.Rejected) == 0 || r.Rejected[0].Reason != c.want {
			t.Errorf("%s: %q %+v\nwant %q", name, why, r.Rejected, c.want)
		}
	}
}

// TestAHeaderBelowTheFirstLine is named with its line, where there is one.
func TestAHeaderBelowTheFirstLine(t *testing.T) {
	const begins = "; the first line begins as a comment: if it is one, delete it, and if it is the header, delete " +
		"the #"
	for name, c := range map[string]struct{ in, want string }{
		"a comment": {"# by logger 7\n\ntime,temp\n2026-01-01,1\n",
			"; if line 3 is the header, delete what is above it"},
		"another delimiter": {"# by, logger, 7\ntime;temp\n2026-01-01;1\n",
			"; if line 2 is the header, delete what is above it"},
		"a title": {"Logger 7\nGarden\nDate;Temp\n2026-01-01;1\n",
			"; if line 3 is the header, delete what is above it"},
		"a column that is said": {"Logger 7\nwhen;Temp\n2026-01-01;1\n",
			"; if line 2 is the header, delete what is above it"},
		"a header behind #": {"#time,temp\n2026-01-01,1\n", begins},
		"none":              {"when it was,temp\n2026-01-01,1\n", ""},
		"far below":         {"x,y\n" + strings.Repeat("1,2\n", 30) + "time,temp\n", ""},
	} {
		o := readings.Options{DefaultSource: "s"}
		if strings.Contains(name, "said") {
			o.Columns.Time = []string{"when"}
		}
		_, _, why := decoded(c.in, o)
		if !strings.HasPrefix(why, "the header: there is no column ") || !strings.HasSuffix(why, c.want) ||
			c.want == "" && strings.Contains(why, "delete") {
			t.Errorf("%s: %q, want %q at the end", name, why, c.want)
		}
	}
}
