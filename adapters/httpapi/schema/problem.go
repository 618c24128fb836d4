// Package schema is the documents of the HTTP interface as Go values, and the headers that say what a document does
// not. Each type is a schema of the same name in the OpenAPI document, which is drawn from its tags. The server
// fills them in; a client decodes answers into them, and needs no other package of the API.
package schema

// Problem is the body of an error (RFC 9457).
type Problem struct {
	Type     string `json:"type" format:"uri" example:"tag:tidemark,2026:invalid" doc:"What went wrong, as a stable name: programs decide by it."`
	Title    string `json:"title" example:"The request is wrong" doc:"What went wrong, for people; the same for every problem of a type."`
	Status   int    `json:"status" minimum:"400" maximum:"599" doc:"The HTTP status."`
	Detail   string `json:"detail,omitempty" doc:"What is wrong with this request and what to do."`
	Instance string `json:"instance,omitempty" doc:"The request's id, also in the header X-Request-Id: name it when you report the problem."`

	Errors        []Violation `json:"errors,omitempty" doc:"What is wrong, place by place."`
	Rejected      []Rejection `json:"rejected,omitempty" doc:"The readings that were not acceptable: the first 1,000 of them."`
	RejectedTotal int         `json:"rejected_total,omitempty" doc:"How many readings were not acceptable."`
	Skipped       []Skipped   `json:"skipped,omitempty" doc:"Columns of a CSV file that hold no readings."`

	Overwritten      []Overwritten `json:"overwritten,omitempty" doc:"Rows that give another value for a series and time than an earlier row of the request: the first ten."`
	OverwrittenTotal int           `json:"overwritten_total,omitempty" doc:"How many rows give another value than an earlier one."`

	Ambiguities
	PerhapsStored bool     `json:"perhaps_stored,omitempty" doc:"The outcome is unknown: what was sent may be stored. Sending it again is harmless."`
	Regions       []string `json:"regions,omitempty" doc:"The regions that are known to hold a part of what was sent."`
}

// Violation is one thing that is wrong with a request, and where.
type Violation struct {
	Location string `json:"location" example:"query.from" doc:"Where: query, path, header or body, and the name."`
	Message  string `json:"message" doc:"What is wrong."`
}

// Influx1Error is an error as InfluxDB 1 writes it.
type Influx1Error struct {
	Text string `json:"error" doc:"What is wrong and what to do."`
}

// Influx2Error is an error as InfluxDB 2 writes it.
type Influx2Error struct {
	Code    string `json:"code" example:"invalid" doc:"What went wrong, as a name."`
	Message string `json:"message" doc:"What is wrong and what to do."`
}
