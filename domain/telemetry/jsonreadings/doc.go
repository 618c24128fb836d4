// Package jsonreadings decodes readings from JSON and NDJSON straight into a batch.
//
// # Documents
//
// Decode takes an object, whose members may come in any order and are all optional,
//
//	{"readings": [{"source": "roof", "metric": "temp", "time": "2026-11-23T06:00:00Z", "value": 21.5, "unit": "C"}],
//	 "series":   [{"source": "roof", "metric": "hum", "unit": "%", "times": ["2026-11-23T06:00:00Z"], "values": [40]}],
//	 "sources":  [{"source": "roof", "labels": {"site": "north"}}]}
//
// or the array of readings alone, or a single reading. DecodeLines takes one reading a line (NDJSON).
//
// A time is RFC 3339 (without leap seconds, and no finer than a nanosecond) or a number of units of
// Options.DefaultPrecision, fractions allowed down to the nanosecond. A value is a number, or a boolean, which is 0
// or 1. An integer that a float64 does not hold exactly is refused; a number with a point or an exponent is rounded
// to the nearest float64, and refused when it is too large. A unit may be left out or null; a reading that comes with
// another unit than one of its series before it in the request is refused.
//
// # What is refused
//
// A reading with an unknown, repeated, missing or ill-typed field is rejected by its index, and the others are
// accepted. The index counts the readings of the document in their order: in the columnar form each element of times
// and values is a reading. A series that is wrong as a whole, or whose arrays differ in length, is listed once and
// counted with all its readings. A wrong source description is listed with index -1.
//
// Text that is not JSON (RFC 8259: also no invalid UTF-8, no lone surrogate), or that nests deeper than
// telemetry.MaxDepth, or has an unknown or repeated member at the top, is fault.Invalid with the byte offset and
// nothing is accepted. In NDJSON only the line is rejected. A request whose precision is misnamed
// (readings.Precision.Misnamed) is fault.Invalid, too.
package jsonreadings
