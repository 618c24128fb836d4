// Package csvreadings decodes readings from CSV straight into a batch.
//
// # Files
//
// The first record is the header. The delimiter is the one of comma, semicolon and tab that gives the header the most names with a meaning,
// and then the most columns. Quotes, also around line breaks, are those of RFC 4180; lines end with LF or CRLF; a byte order mark and empty lines are passed over; spaces
// around a cell do not count. Decimals have a point.
//
// A header with "metric" and "value" is the long form: one reading a record, with the columns time, metric, value, and as they are there
// source and unit. Every other header is the wide form: a column of times, maybe one of sources, and one for each metric, whose name may
// end with a unit in brackets, "temp_max (C)" or "temp_max [C]". The names of the columns source, metric, value, unit and time count in any
// case; the column of times is the first there is of timestamp, datetime, date_time, "date time", time and date. Without a column source
// everything belongs to Options.DefaultSource.
//
// A time is RFC 3339 (without leap seconds, and no finer than a nanosecond) or the same without seconds, without a zone, with a space for the T or with slashes in the date; a date alone is its
// first moment; a number counts units of Options.DefaultPrecision. Times that do not say a zone are those of Options.Location: one that
// occurs twice, when clocks go back, is the first of the two; one that never occurs, when clocks go forward, is refused. Eight digits that could be a date (20261123) are refused, lest they silently become a number.
//
// A value is a number, or true or false, which are 1 and 0. An empty cell is no reading.
//
// # What is refused
//
// A column of the wide form without a single number is text, and a column of the long form that is none of the five is of no use: both are
// skipped, and listed with the number of their cells that are not empty. So is a column without a name. In every other column a cell that is
// no number is rejected by the index of the reading and the line its record begins in. In a column of text so is a cell that was meant to be a number
// (1,5 or 1 234 or 21.5 C): a whole column of decimal commas is no text. The index counts the cells that are not empty in the columns of
// metrics, and of text those that are rejected, record by record. A record with the wrong number of cells, or with broken quotes, is rejected alone and counts as one reading.
// A quote that does not close within telemetry.MaxLineBytes breaks its own line only.
//
// The document as a whole is fault.Invalid when the header is missing, names a column twice, or lacks what is needed.
package csvreadings
