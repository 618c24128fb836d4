// Package readings holds what the decoders of readings share: options, the result and the precision of times.
//
// The decoders themselves are the packages lineprotocol, jsonreadings and csvreadings. Each has a type Decoder whose
// zero value is ready, which embeds Options, and whose methods
//
//	Decode(data []byte, into *telemetry.Batch) (readings.Result, error)
//
// reset the batch, fill it with what was accepted and name what was not. Nothing in the batch aliases data; lists of
// labels may be shared with the decoder and are not to be changed. A decoder keeps the names it has seen between
// requests, up to a bound, so that readings of known series cost no allocation; it is not safe for concurrent use.
// The error is about the document as a whole (fault.Invalid, fault.TooLarge); then the batch is empty.
package readings

import (
	"slices"
	"time"

	"tidemark/domain/telemetry"
)

// MaxListed is how many rejections a Result lists; the others are only counted.
const MaxListed = 1000

// Options say how a request is read. The zero value is ready.
type Options struct {
	// DefaultPrecision is the unit of times given as numbers. Where it is Unsaid, a number that is hardly one of
	// nanoseconds is rejected: Precision.Doubts. Where it is said and all of a request belies it, the request is
	// refused: Precision.Misnamed.
	DefaultPrecision Precision
	// Now is the time, in Unix nanoseconds, of lines of line protocol that have none. It is not rounded to the
	// precision.
	Now int64
	// Oldest is the earliest time, in Unix nanoseconds, that is kept: readings before it are rejected. 0 is no such
	// bound.
	Oldest int64
	// MaxReadings bounds the readings of a request, rejected ones included; 0 is telemetry.MaxReadings.
	MaxReadings int
	// SourceTags are the tags of line protocol that name the source when there is no tag "source"; the first that a
	// line has is taken. The other tags but LabelTags are a part of the source too, by telemetry.Naming.
	SourceTags []string
	// LabelTags are the tags of line protocol that are labels only.
	LabelTags []string
	// DefaultSource is the source of CSV files without a source column.
	DefaultSource telemetry.Source
	// FallbackSource is the same where nobody said a source, as the name of a file: it does not hold where a column
	// may name sources.
	FallbackSource telemetry.Source
	// Columns says what columns of CSV files are, beyond what their names say.
	Columns Columns
	// DecimalComma says that numbers of CSV files have a comma before their decimals: 21,5. Points are refused then.
	DecimalComma bool
	// Location is the zone of CSV times that do not say one; nil is UTC.
	Location *time.Location
}

// Naming is the rule of the tags of line protocol: the tag "source" comes before SourceTags.
func (o *Options) Naming() telemetry.Naming {
	n := telemetry.Naming{By: []string{"source"}, LabelOnly: slices.Clone(o.LabelTags)}
	for _, tag := range o.SourceTags {
		if tag != "source" {
			n.By = append(n.By, tag)
		}
	}
	return n
}

// Limit is the bound on readings in force.
func (o *Options) Limit() int {
	if o.MaxReadings > 0 {
		return o.MaxReadings
	}
	return telemetry.MaxReadings
}

// Result says what became of a request's readings.
type Result struct {
	// Accepted is the number of readings in the batch.
	Accepted int
	// Rejected lists the first MaxListed of what was not accepted. RejectedTotal counts all of it in readings: a
	// malformed line counts as one reading, a rejected series of the columnar JSON form is listed once and counted
	// with all its readings.
	Rejected      []telemetry.Rejection
	RejectedTotal int
	// Overwritten lists the first MaxOverwritten of the accepted readings that do not stand, because a later row
	// gives another value for the same series and time; OverwrittenTotal counts all of them.
	Overwritten      []Overwrite
	OverwrittenTotal int
	// Rows says where each reading of the batch stood. It is the decoder's, and good until the next request.
	Rows *Rows
	// Skipped lists CSV columns that hold no readings.
	Skipped []Skipped
	// Skips lists the first MaxSkips fields and tags of line protocol that were left out, and SkipTotals counts them
	// all, by their kind.
	Skips      []Skip
	SkipTotals [SkipKinds]int
	// Ambiguous lists the first MaxAmbiguous records with a local time that occurs twice of which the order of the
	// records does not tell which it is: the first was taken. AmbiguousTotal counts all of them.
	Ambiguous      []Ambiguous
	AmbiguousTotal int
}
