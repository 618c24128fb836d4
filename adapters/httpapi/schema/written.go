package schema

// Acknowledgement says what a write reached.
type Acknowledgement struct {
	Durability string     `json:"durability" enum:"one,both" doc:"What was reached: both, the journals of two regions; one, that of one region."`
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

// Deleted is the body of an accepted deletion.
type Deleted struct {
	Source      string   `json:"source" doc:"The source."`
	Metrics     []string `json:"metrics" nullable:"false" doc:"Of which metrics, by name: the first 1,000 of them."`
	MetricTotal int      `json:"metric_total" minimum:"0" doc:"Of how many metrics readings were deleted."`
	From        string   `json:"from" format:"date-time" doc:"The first moment deleted."`
	To          string   `json:"to" format:"date-time" doc:"The end, which is not deleted."`
	Acknowledgement
}

// LabelsReplaced is the body of an accepted replacement of labels.
type LabelsReplaced struct {
	Source string            `json:"source" doc:"The name."`
	Labels map[string]string `json:"labels" doc:"Its labels from now on."`
	Acknowledgement
}
