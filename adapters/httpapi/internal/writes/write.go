package writes

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/decode"
	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry/readings"
)

func (h *Handlers) registerWrite(t *route.Table) {
	op := route.Operation(identity.TelemetryWrite, http.MethodPost, "/v1/readings", "write-readings", "readings",
		"Write readings",
		"Readings are validated one by one. 200: the acceptable ones were stored, and `rejected` lists the others; "+
			"of two values for one series and time that of "+
			"the later row stands, and `overwritten` lists the other. 422: nothing was stored, because nothing was "+
			"acceptable or a file holds no reading, or because of `atomic`. 503 with `perhaps_stored`: send it "+
			"again. A body may be compressed with gzip or zstd (Content-Encoding).")
	route.Answers[schema.Written](t, &op, http.StatusOK, "The acceptable readings are stored", durability.StampParams())
	t.Fails(&op, 400, 408, 413, 415)
	route.Handle(t, op, nil, h.write)
	t.DescribeBody(op.Method, op.Path, writeBody(t))
}

// writeBody describes the forms of readings.
func writeBody(t *route.Table) *huma.RequestBody {
	text := func(example string) *huma.MediaType {
		return &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	return &huma.RequestBody{
		Required: true, Description: "JSON: the object described here, or an array of readings, or one reading. " +
			"NDJSON: a reading a line. CSV: a header, then the columns time, source, metric, value and unit, or one " +
			"column for each metric. Decimals have a point, or with `decimal_comma` a comma. A column without a " +
			"number is text: it is left out and named in `skipped`, but a cell of it that was meant to be a number " +
			"(1,5 or 1 234 or 21.5 C) is rejected by name. A column that by its name says what a reading is of " +
			"(sensor, " +
			"device_id, id, name, trip_id) is no metric either: say what it is with `source_column`, `label_columns` " +
			"or `value_columns`. Where readings of one series and time differ in a column that is left out, all but " +
			"one would be lost: the file is refused, and the answer says what to send.",
		Content: map[string]*huma.MediaType{
			string(body.JSON): {Schema: t.Schema(reflect.TypeFor[schema.WriteDocument]())},
			string(body.NDJSON): text(`{"source":"roof","metric":"temp","time":"2026-11-23T06:00:00Z","value":21.5,` +
				`"unit":"C"}` + "\n"),
			string(body.CSV): text("time,source,temp (C),hum (%)\n2026-11-23T06:00:00Z,roof,21.5,40\n"),
		}}
}

// decode reads the body, by its type.
func (h *Handlers) decode(ctx context.Context, c *call.Call, in *writeInput) (*decode.Space, readings.Result, error) {
	kind, err := body.KindOf(c.Request.Header)
	if err != nil {
		return nil, readings.Result{}, err
	}
	o, err := in.decoding(kind)
	if err != nil {
		return nil, readings.Result{}, err
	}
	return h.Decoder.Decode(ctx, c, kind, o)
}

func (h *Handlers) write(ctx context.Context, in *writeInput) (*reply.Reply, error) {
	c := call.Of(ctx)
	o, err := in.Options()
	if err != nil {
		return nil, err
	}
	s, result, err := h.decode(ctx, c, in)
	if s != nil {
		defer h.Decoder.Release(s)
	}
	if err != nil {
		return nil, err
	}
	if in.Atomic && result.RejectedTotal+result.OverwrittenTotal+result.AmbiguousTotal > 0 || s.Batch.Empty() &&
		result.RejectedTotal+len(result.Skipped) > 0 {
		return nil, errRejected(result, in.Atomic)
	}
	receipt, err := h.Ingest.Write(ctx, c.Principal.Tenant, &s.Batch, o)
	if err != nil {
		return nil, durability.Perhaps(err, receipt)
	}
	c.Overwritten = result.OverwrittenTotal
	w := schema.Written{Accepted: result.Accepted,
		Rejected: rejections(result.Rejected), RejectedTotal: result.RejectedTotal,
		Skipped: skipped(result.Skipped), Overwritten: overwritten(result.Overwritten),
		OverwrittenTotal: result.OverwrittenTotal,
		Ambiguities:      ambiguities(result), Acknowledgement: durability.Acknowledged(receipt)}
	return durability.Stamped(w, receipt)
}
