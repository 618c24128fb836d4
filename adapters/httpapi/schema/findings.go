package schema

// Rejection is one reading that was not accepted.
type Rejection struct {
	Index  int    `json:"index" doc:"The reading's place in the request, from 0; -1 for a source description."`
	Line   int    `json:"line,omitempty" doc:"The line of a text format, from 1."`
	Reason string `json:"reason" doc:"What is wrong with it."`
}

// Skipped is a column of a CSV file that was left out.
type Skipped struct {
	Column string `json:"column" doc:"Its name."`
	Cells  int    `json:"cells" doc:"How many of its cells were not empty and not rejected."`
	Why    string `json:"why" enum:"text,identity,unnamed,surplus" doc:"text: it holds no number. identity: by its name it says what a reading is of, and nobody said so. unnamed: it has no name. surplus: the file has the columns metric and value, and this is none of them."`
}

// Overwritten is a value that does not stand, because a later row of the same request gave another one for the same
// series and time.
type Overwritten struct {
	Source  string `json:"source" doc:"The source."`
	Metric  string `json:"metric" doc:"The metric."`
	Time    string `json:"time" format:"date-time" doc:"RFC 3339 in UTC, to the nanosecond."`
	Earlier Given  `json:"earlier" doc:"The row whose value does not stand."`
	Later   Given  `json:"later" doc:"The row that gave another value."`
}

// Given is a value and the row that gave it.
type Given struct {
	Index int     `json:"index" minimum:"0" doc:"The reading's place in the request, from 0."`
	Line  int     `json:"line,omitempty" doc:"The line of a text format, from 1."`
	Value float64 `json:"value" doc:"The value."`
}

// Ambiguities is the local times of a CSV file that may be two.
type Ambiguities struct {
	Ambiguous      []Ambiguous `json:"ambiguous,omitempty" doc:"Records of a CSV file with a local time that occurs twice, of which the order of the records does not tell which it is: the first 10 of them. The first time was taken."`
	AmbiguousTotal int         `json:"ambiguous_total,omitempty" doc:"How many records have such a time."`
}

// Ambiguous is a record with a local time that may be two.
type Ambiguous struct {
	Line  int    `json:"line" doc:"The line in which the record begins, from 1."`
	Time  string `json:"time" example:"2026-10-25 02:30" doc:"The time as it is written."`
	Taken string `json:"taken" format:"date-time" doc:"What it was taken for. Write the time with its offset from UTC to say which it is."`
}
