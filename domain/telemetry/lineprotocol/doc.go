// Package lineprotocol decodes InfluxDB line protocol, as Telegraf sends it, straight into a batch.
//
// # What a line becomes
//
//	weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000
//
// Each field is a reading. The source is the tag "source", else the first of Options.SourceTags that the line has; the other tags are
// labels of the source. Without such a tag all tags, sorted by name and joined as "k=v,k=v" (a comma, an equals sign and a backslash
// inside get a backslash before them), are the source, and all of them are its labels. Without any tag the measurement is the source.
// The metric is the measurement for a field named "value", else the measurement, an underscore and the field's key.
//
// Floats, integers (1i), unsigned integers (1u) and booleans (0 and 1) are readings. A string, an integer that a float64 does not hold
// exactly, and a number too large are rejected by the name of the field, and the other fields of the line are accepted. A line without a
// time gets Options.Now. A line that is malformed is rejected alone, counts as one reading, and reading goes on at the next line.
//
// The batch gets one Description for every source and set of labels of which a reading was accepted.
//
// # Where it differs from github.com/influxdata/line-protocol/v2
//
// The fuzz test holds the decoder against that package, and leaves out exactly this:
//   - A tag that is given twice is refused; the reference hands out both.
//   - Hexadecimal floats (0x1p-2) are refused; the reference accepts what strconv.ParseFloat does.
//   - A number out of range refuses its field; the reference's NextField gives up the line.
//   - A quote that does not close within telemetry.MaxLineBytes of the start of its line refuses that line alone; the reference swallows
//     the rest of the document.
//   - Comments may hold control characters.
//   - A missing time is Now to the nanosecond; the reference truncates it to the precision.
//   - Names, labels, times and lines beyond the limits of package telemetry are refused.
package lineprotocol
