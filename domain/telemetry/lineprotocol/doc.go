// Package lineprotocol decodes InfluxDB line protocol, as Telegraf sends it, straight into a batch.
//
// # What a line becomes
//
//	weather,source=roof,site=north temp=21.5,hum=40i 1700000000000000000
//
// Each field is a reading. The source is made of the tags by telemetry.Naming: the tag "source", else the first of
// Options.SourceTags that the line has, names it, the other tags but Options.LabelTags stay part of the name, as in
// roof,site=north, and all tags are labels of the source. Without any tag the measurement is the source. The metric
// is the measurement for a field named "value", else the measurement, an underscore and the field's key.
//
// Floats, integers (1i), unsigned integers (1u) and booleans (0 and 1) are readings. A string and an integer that a
// float64 does not hold exactly are none: they are skipped, and so is a line of nothing else. A number beyond its
// type is rejected by the name of the field, and the other fields of the line are accepted. A line without a time
// gets Options.Now. A line that is malformed is rejected alone, counts as one reading, and reading goes on at the
// next line.
//
// The batch gets one Description for every source and set of labels of which a reading was accepted. Tags that are no
// labels, because they are too long or too many, are skipped as labels and stay part of the source.
//
// # Where it differs from github.com/influxdata/line-protocol/v2
//
// The fuzz test holds the decoder against that package, and leaves out exactly this:
//   - A tag that is given twice is refused; the reference hands out both.
//   - Hexadecimal floats (0x1p-2) are refused; the reference accepts what strconv.ParseFloat does.
//   - A number out of range refuses its field; the reference's NextField gives up the line.
//   - A quote that does not close within telemetry.MaxLineBytes of the start of its line refuses that line alone;
//     the reference swallows the rest of the document.
//   - Comments may hold control characters.
//   - A missing time is Now to the nanosecond; the reference truncates it to the precision.
//   - Metrics, times and lines beyond the limits of package telemetry are refused.
package lineprotocol
