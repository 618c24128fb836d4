package httpapi

import (
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// Acknowledgement says what a write reached.
type Acknowledgement struct {
	Durability string     `json:"durability" enum:"one,both" doc:"What was reached: one, the journal of one region; both is not reached yet."`
	Regions    []string   `json:"regions" nullable:"false" doc:"The regions whose journals hold it."`
	Stamp      string     `json:"stamp,omitempty" example:"0199a1b2c3d40000" doc:"Orders this write: send it back as Tidemark-After to be ordered later. Absent when there was nothing to store."`
	Blocks     []BlockRef `json:"blocks" nullable:"false" doc:"The journal's blocks it went into."`
}

// BlockRef names a block of the journal.
type BlockRef struct {
	Stream string `json:"stream" doc:"tenant/shard/day/writer"`
	Number uint64 `json:"number" minimum:"1" doc:"The place in the stream."`
}

// Written is the body of an accepted write.
type Written struct {
	Accepted      int         `json:"accepted" minimum:"0" doc:"How many readings were stored."`
	Rejected      []Rejection `json:"rejected" nullable:"false" doc:"The readings that were not acceptable: the first 1,000 of them. The others were stored."`
	RejectedTotal int         `json:"rejected_total" minimum:"0" doc:"How many readings were not acceptable."`
	Skipped       []Skipped   `json:"skipped,omitempty" doc:"Columns of a CSV file that hold no readings."`

	Overwritten      []Overwritten `json:"overwritten,omitempty" doc:"Accepted readings that do not stand, because a later row of the request gave another value for the same series and time: the first ten."`
	OverwrittenTotal int           `json:"overwritten_total" minimum:"0" doc:"How many accepted readings do not stand, because a later row gave another value."`
	Ambiguities
	Acknowledgement
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

func ambiguities(r readings.Result) Ambiguities {
	out := Ambiguities{AmbiguousTotal: r.AmbiguousTotal}
	for _, a := range r.Ambiguous {
		out.Ambiguous = append(out.Ambiguous, Ambiguous{a.Line, a.Time, textTime(a.Taken)})
	}
	return out
}

// Skipped is a column of a CSV file that was left out.
type Skipped struct {
	Column string `json:"column" doc:"Its name."`
	Cells  int    `json:"cells" doc:"How many of its cells were not empty and not rejected."`
	Why    string `json:"why" enum:"text,identity,unnamed,surplus" doc:"text: it holds no number. identity: by its name it says what a reading is of, and nobody said so. unnamed: it has no name. surplus: the file has the columns metric and value, and this is none of them."`
}

func acknowledged(r ingest.Receipt) Acknowledgement {
	a := Acknowledgement{Durability: r.Durability.String(), Regions: []string{}, Blocks: []BlockRef{}}
	for _, name := range r.Regions {
		a.Regions = append(a.Regions, string(name))
	}
	if r.Stamp != 0 {
		a.Stamp = r.Stamp.String()
	}
	for _, b := range r.Blocks {
		a.Blocks = append(a.Blocks, BlockRef{Stream: b.Stream.String(), Number: uint64(b.Number)})
	}
	return a
}

// Wishes are the headers of writes.
type Wishes struct {
	Require string `header:"Tidemark-Require" enum:"one,both" doc:"The durability needed. one (the default): the journal of one region holds it. both: 422, and nothing is stored, because the service is configured with the journal of one region: a second cannot be configured yet."`
	After   string `header:"Tidemark-After" maxLength:"16" example:"0199a1b2c3d40000" doc:"The stamp of an earlier answer: this write is ordered after it, whichever node it meets."`
}

func (w *Wishes) options() (ingest.Options, error) {
	var o ingest.Options
	switch w.Require {
	case "one":
		o.Require = telemetry.DurableOne
	case "both":
		o.Require = telemetry.DurableBoth
	}
	if w.After != "" {
		s, err := telemetry.ParseStamp(w.After)
		if err != nil {
			return o, invalidParam("header.Tidemark-After", "it is no stamp: send back the Tidemark-Stamp of an answer")
		}
		o.After = s
	}
	return o, nil
}

func stampParams() map[string]*huma.Param {
	return map[string]*huma.Param{
		"Tidemark-Stamp": headerParam("The stamp of the answer: send it back as Tidemark-After.")}
}

// stamped is the answer to a write.
func stamped(body any, r ingest.Receipt) (*reply, error) {
	out, err := jsonReply(body)
	if err == nil && r.Stamp != 0 {
		out.header = http.Header{"Tidemark-Stamp": {r.Stamp.String()}}
	}
	return out, err
}

// perhaps adds to an error of unknown outcome what is known of it. A wish that the configuration cannot meet is
// refused as a header's value.
func perhaps(err error, r ingest.Receipt) error {
	if errors.Is(err, ingest.ErrOneJournal) {
		return invalidParam("header.Tidemark-Require", fault.Message(err))
	}
	p := problemOf(err)
	if p.PerhapsStored && len(r.Blocks) > 0 {
		for _, name := range r.Regions {
			p.Regions = append(p.Regions, string(name))
		}
	}
	return p
}
