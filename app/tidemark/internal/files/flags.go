package files

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"tidemark/domain/telemetry/readings"
)

// Columns are the flags that say what columns of CSV files are.
type Columns struct {
	SourceColumn []string `name:"source-column" sep:"none" help:"Column of sources of a CSV file, where it is not called source. Of several, with commas between them or each with a flag of its own, the first begins a source's name and the others stay part of it: house,room=kitchen." placeholder:"COLUMN"`
	TimeColumn   []string `name:"time-column" sep:"none" help:"Column of times of a CSV file, or two: one of dates and one of times of day, as Date,Time." placeholder:"COLUMN"`
	LabelColumns []string `name:"label-columns" sep:"none" help:"Columns of a CSV file that are labels of the source, which has one value of each." placeholder:"COLUMNS"`
	ValueColumns []string `name:"value-columns" sep:"none" help:"Columns of a CSV file that hold values, whatever their names are: what is no number in them is not accepted. The others with a number in them are found." placeholder:"COLUMNS"`
	DecimalComma bool     `help:"Numbers of CSV files have a comma before their decimals, as in 21,5. One with a point in it, as 1.234,5, is not accepted then, because what the point means nobody knows."`
	SkipColumns  []string `name:"skip-columns" sep:"none" help:"Columns of a CSV file to leave out." placeholder:"COLUMNS"`
}

func (c *Columns) readings() readings.Columns {
	return readings.Columns{Source: c.SourceColumn, Time: c.TimeColumn, Labels: c.LabelColumns, Values: c.ValueColumns,
		Skip: c.SkipColumns}
}

// Options are what the command line says of the files of an import.
type Options struct {
	Format    string  // of the files, whatever their names are; "" goes by these
	Source    string  // of the readings of a CSV file that has no column of sources; "" is the file's name
	Columns   Columns // of CSV files
	TZ        string  // of CSV times that do not say one; "" is UTC
	Precision string  // of times that are numbers, as readings.ParsePrecision takes it
	Batch     int     // records of one piece
}

// Check refuses options that no file can be read with.
func (o Options) Check() error {
	_, err := o.zone()
	return err
}

// zone is the zone of local times.
func (o Options) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(o.TZ)
	if err != nil || o.TZ == "Local" {
		return nil, fmt.Errorf("--tz is %q, and there is no such zone: write an IANA name, as Europe/Berlin", o.TZ)
	}
	return zone, nil
}

// AsFlag writes, in a refusal, what to do: give a flag for what is a parameter of a request.
func AsFlag(parameter string, values ...string) string {
	flag := "--" + strings.ReplaceAll(parameter, "_", "-")
	if len(values) == 0 {
		return flag
	}
	if strings.Contains(strings.Join(values, ""), ",") { // a comma would part it
		for i, v := range values {
			values[i] = inShell(v)
		}
		return "give " + flag + " " + strings.Join(values, " "+flag+" ")
	}
	return "give " + flag + " " + inShell(strings.Join(values, ","))
}

// special is what a shell may not leave as it is.
var special = regexp.MustCompile(`[^\w.,/:@%+=-]`)

// inShell is a text as a word of a shell.
func inShell(text string) string {
	if text != "" && !special.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// ForFlags is a refusal that names the precision as a parameter of requests, with the flag for it.
func ForFlags(text string) string { return strings.ReplaceAll(text, "precision=", "--precision ") }
