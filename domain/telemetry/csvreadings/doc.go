// Package csvreadings decodes readings from CSV straight into a batch.
//
// # Files
//
// The first record is the header. The delimiter is the one of comma, semicolon and tab that gives the header the most
// names with a meaning, and then the most columns. Quotes, also around line breaks, are those of RFC 4180; lines end
// with LF or CRLF; a byte order mark and empty lines are passed over; spaces around a cell do not count. Decimals
// have a point, or with Options.DecimalComma a comma: then a point in a number is refused, for it may stand between
// thousands or before decimals. Neither is ever guessed.
//
// A header with "metric" and "value" is the long form: one reading a record, with the columns time, metric, value,
// and as they are there source and unit. Every other header is the wide form: a column of times, maybe one of
// sources, and one for each metric, whose name may end with a unit in brackets, "temp_max (C)" or "temp_max [C]".
//
// # Columns
//
// Options.Columns says what columns are. Beyond that the names source, metric, value, unit and time count in any
// case; the column of times is the first there is of timestamp, datetime, date_time, "date time", time and date.
// Times may stand in two columns, dates in the first and times of day in the second, if Columns.Time names both.
//
// Sources stand in the column source or in those of Columns.Source, of which the first begins a name and the others
// stay part of it and are labels too, as telemetry.Naming has it. Without one everything belongs to
// Options.DefaultSource. Options.FallbackSource is the same, but no guess is made against a column that by its name
// says what a reading is of, as sensor, device_id, station, id or name do: such a file is refused. Columns.Labels are
// labels of the source of their record. A source has one value of each; a file that says two is refused.
//
// A Survey, which sees a whole file, refuses so too where a column of text alone has a name such as probe, meter or
// channel: with numbers in it that may be what is measured. No other column that differs between devices can be told
// from what devices measure or report, as long as no two records give one reading: text that changes with the weather
// looks like text that changes with the device, and a number of 1 and 2 may be a level. Refusing them would refuse
// files that are right: they are skipped by name, or read as metrics.
//
// A column that by its name says what a reading is of, or is a key (trip_id), is no metric even if there are numbers
// in it, unless Columns.Values names it.
//
// No column that is left out may lose readings: where two records give a reading of the same series and time and
// differ in such a column, which is text or says what a reading is of, the file is refused. (An empty cell says
// nothing, and differs from no other.) Columns.Skip leaves a column out and does not ask. Every refusal says what to
// send, in the words of Remedy.
//
// # Times
//
// A time is RFC 3339 (without leap seconds, and no finer than a nanosecond) or the same without seconds, without a
// zone, with a space for the T or with slashes in the date; a date alone is its first moment; a number counts units
// of Options.DefaultPrecision. Eight digits that could be a date (20261123) are refused, lest they silently become a
// number.
//
// Times that do not say a zone are those of Options.Location. One that never occurs, when clocks go forward, is
// refused. One that occurs twice, when clocks go back, is told by the order of the records of its source (in the long
// form, of its series): times that rise step back once within the hour, and from there on it is the second time; in a
// file with the newest record first they step up once, and before that it is. The same time again is a step, but for
// a record that is the one before to the letter. Where there is no step or more than one, or the times of a day
// around the change are not in order, nothing is told: the first is taken, and the Result names the record.
//
// # Values
//
// A value is a number, or true or false, which are 1 and 0. An empty cell is no reading.
//
// A column of the wide form without a single number is text, unless Columns.Values names it, and a column of the long
// form that is none of the five is of no use: both are skipped, and listed with the number of their cells that are
// not empty. So is a column without a name. In every other column a cell that is no number is rejected by the index
// of the reading and the line its record begins in. In a column of text so is a cell that was meant to be a number
// (1,5 or 1 234 or 21.5 C): a whole column of decimal commas is no text. The index counts the cells that are not
// empty in the columns of metrics, and of text those that are rejected, record by record. A record with the wrong
// number of cells, or with broken quotes, is rejected alone and counts as one reading. A quote that does not close
// within telemetry.MaxLineBytes breaks its own line only.
//
// The document as a whole is fault.Invalid when the header is missing, names a column twice, or lacks what is needed,
// for what is refused above, and when its precision is misnamed: readings.Precision.Misnamed.
//
// # Parts
//
// A file that is sent in parts has to mean what it means as a whole, wherever it is cut. Survey looks at all parts
// before the first is sent.
package csvreadings
