package influx

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
)

// describeWrite begins the description of a write, whose errors have a type.
func describeWrite(t *route.Table, path, id, summary string, errors reflect.Type) huma.Operation {
	op := route.Operation(identity.TelemetryWrite, http.MethodPost, path, id, "influx", summary, aboutLines)
	op.RejectUnknownQueryParameters = false // route.RefuseUnknown, with 400: clients of InfluxDB send empty ones, too
	op.Middlewares = huma.Middlewares{route.RefuseUnknown}
	op.Responses["204"] = &huma.Response{Description: "Every reading is stored", Headers: lineParams()}
	t.FailsAs(&op, reply.TypeJSON, t.Schema(errors), []int{400, 401, 403, 408, 413, 415, 422, 429, 500, 503})
	op.Responses["400"].Headers = lineParams() // of a partial write
	return op
}

// aboutLines describes both operations. docs/sources.md says the same at length.
const aboutLines = "204: every reading is stored. 400 with \"partial write\": the message names the first " +
	"lines that were not acceptable and how many readings were dropped; the rest is stored. Of two values for " +
	"one series and time that of the later line stands, and the header Tidemark-Overwritten says how many " +
	"readings do not. Each field of a line is a reading of the metric measurement_field (measurement alone for a " +
	"field named value). A field that is a string, or an integer that a float64 does not hold exactly, is no " +
	"reading: it is skipped, and the header Tidemark-Skipped names it. What is malformed, NaN too, is 400. The " +
	"body may be compressed with gzip or zstd.\n\n" +
	"Sources: the name of a line's source begins with the value of its tag source, or else of the first of " +
	"source_tags that it has. Every other tag but label_tags stays part of the name, as ,tag=value, sorted by " +
	"tag: cpu,cpu=cpu0,host=e is of the source e,cpu=cpu0 with source_tags=host, and of cpu=cpu0,host=e without. " +
	"A comma, an equals sign and a backslash inside get a backslash before them; a name over 512 UTF-16 units is " +
	"cut after 128 and ends with ,~ and a hash of the whole; a line without tags is of the source named like its " +
	"measurement. All tags are labels of the source: label=host=e and group_by=host find it. Of more than 32 " +
	"tags the one that named the source and the first by name are labels, and Tidemark-Skipped names the others."

// lineParams are the headers of answers to line protocol that stored something.
func lineParams() map[string]*huma.Param {
	m := durability.StampParams()
	m[schema.HeaderOverwritten] = reply.HeaderParam("How many readings do not stand, because a later line gave " +
		"another value for the same series and time, and of the first ten the lines, as 2;lines=\"1 by 3, 2 by 4\": " +
		"the value of line 1 was overwritten by that of line 3. Absent when there are none.")
	m[schema.HeaderTags] = reply.HeaderParam("With which source_tags and label_tags the sources were named, as in a " +
		"query string: source_tags=host&label_tags=rack. Absent when there are none.")
	m[schema.HeaderSkipped] = reply.HeaderParam("How many fields and tags were left out, and the first ten of them, " +
		"as 3;text=\"system uptime_format\";integer=\"net bytes\": text is no reading, nor is an integer that a " +
		"float64 does not hold exactly; label is a tag too long for a label, or one too many. Absent when there are " +
		"none.")
	return m
}
