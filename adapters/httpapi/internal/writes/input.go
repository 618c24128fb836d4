package writes

import (
	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

type writeInput struct {
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of times that are numbers. Default: ns. Without it a number that would lie before 1971 is rejected, because it looks like seconds, milliseconds or microseconds. A request of which all times are numbers that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused: what really is of 1970 is sent in seconds or, where the form has it, as RFC 3339."`
	TZ        string `query:"tz" maxLength:"64" example:"Europe/Berlin" doc:"The zone (IANA) of CSV times that do not say one. Default: UTC. Of a local time that occurs twice, because clocks went back, the order of the file's records tells which it is; where it does not, the first is taken and ambiguous names the record. One that never occurs, because clocks went forward over it, is rejected."`
	Source    string `query:"source" maxLength:"512" doc:"The source of a CSV file that has no column of sources. Where it has one, which is not in skip_columns, the two are refused."`
	Columns
	Atomic bool `query:"atomic" doc:"All or nothing: one reading that is not acceptable, one row that gives another value for a series and time than an earlier row, or one local time that may be two, refuses the request, with 422. Columns of a CSV file that hold text alone are no readings: they are skipped all the same."`
	durability.Wishes
}

// Columns is the parameters that say what columns of a CSV file are. (It is exported because huma reads exported
// fields only.)
type Columns struct {
	SourceColumn []string `query:"source_column,explode" maxItems:"32" example:"[\"sensor\"]" doc:"The column of sources of a CSV file, where it is not called source. Of several, which may be parted by commas, the first begins a source's name and the others stay part of it, as in house,room=kitchen; they are its labels too."`
	TimeColumn   []string `query:"time_column,explode" maxItems:"2" example:"[\"last_changed\"]" doc:"The column of times of a CSV file, or two: one of dates and one of times of day. Default: the first there is of timestamp, datetime, date_time, date time, time and date."`
	LabelColumns []string `query:"label_columns,explode" maxItems:"32" example:"[\"room\",\"floor\"]" doc:"Columns of a CSV file that are labels of the source, which has one value of each. They may be parted by commas."`
	ValueColumns []string `query:"value_columns,explode" maxItems:"1000" doc:"Columns of a CSV file that hold values, whatever their names are, and even if no cell is a number: what is none is rejected, not skipped."`
	DecimalComma bool     `query:"decimal_comma" doc:"Numbers of a CSV file have a comma before their decimals, as in 21,5: then one with a point in it (1.234,5) is rejected, because nobody knows what the point means. Times that are numbers have the comma, too. Default: a decimal point."`
	SkipColumns  []string `query:"skip_columns,explode" maxItems:"1000" doc:"Columns of a CSV file to leave out."`
}

// readings is the columns as the decoder takes them.
func (c *Columns) readings() readings.Columns {
	return readings.Columns{Source: c.SourceColumn, Time: c.TimeColumn, Labels: c.LabelColumns, Values: c.ValueColumns,
		Skip: c.SkipColumns}
}

// onlyCSV refuses what is said of a CSV file with a body that is none.
func (in *writeInput) onlyCSV(kind body.Kind) error {
	if kind == body.CSV {
		return nil
	}
	var wrong []schema.Violation
	for _, p := range []struct {
		name  string
		given bool
	}{{"source_column", in.SourceColumn != nil}, {"time_column", in.TimeColumn != nil},
		{"label_columns", in.LabelColumns != nil}, {"value_columns", in.ValueColumns != nil},
		{"skip_columns", in.SkipColumns != nil}, {"decimal_comma", in.DecimalComma}, {"source", in.Source != ""}} {
		if p.given {
			wrong = append(wrong, schema.Violation{Location: "query." + p.name,
				Message: "it is for CSV, and the body is " + string(kind) +
					": leave it out, or send Content-Type: " + string(body.CSV)})
		}
	}
	if wrong != nil {
		return problem.Params(wrong...)
	}
	return nil
}

// decoding is what the decoder of a kind of body is told.
func (in *writeInput) decoding(kind body.Kind) (readings.Options, error) {
	o := readings.Options{Columns: in.Columns.readings(), DecimalComma: in.DecimalComma}
	err := in.onlyCSV(kind)
	if err != nil {
		return o, err
	}
	if o.DefaultPrecision, err = readings.ParsePrecision(in.Precision); err != nil {
		return o, problem.Param("query.precision", fault.Message(err))
	}
	if o.Location, err = params.Zone(in.TZ); err != nil {
		return o, err
	}
	if in.Source != "" {
		o.DefaultSource = telemetry.Source(in.Source)
		err = params.CheckName("query.source", "source", in.Source)
	}
	return o, err
}
