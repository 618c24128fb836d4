package influx

import (
	"context"
	"maps"
	"net/http"

	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry/readings"
)

// writeLines is the write of both versions.
func (h *Handlers) writeLines(ctx context.Context, precision string, tags *Tags, w *durability.Wishes) (*reply.Reply,
	error) {
	c := call.Of(ctx)
	o, err := w.Options()
	if err != nil {
		return nil, err
	}
	wanted, err := h.decoding(ctx, precision, tags)
	if err != nil {
		return nil, err
	}
	s, result, err := h.Decoder.Decode(ctx, c, body.Lines, wanted)
	if s != nil {
		defer h.Decoder.Release(s)
	}
	if err != nil {
		return nil, err
	}
	if s.Batch.Empty() && result.RejectedTotal > 0 {
		p := errDropped(result)
		h.skipped(c, p.Header, &result)
		return nil, p
	}
	receipt, err := h.Ingest.Write(ctx, c.Principal.Tenant, &s.Batch, o)
	if err != nil {
		return nil, durability.Perhaps(err, receipt)
	}
	c.Overwritten = result.OverwrittenTotal
	header := h.headers(c, receipt, &result, &wanted)
	if result.RejectedTotal > 0 {
		p := errDropped(result)
		maps.Copy(p.Header, header)
		return nil, p
	}
	return &reply.Reply{Status: http.StatusNoContent, Header: header}, nil
}

// decoding is what the decoder is told.
func (h *Handlers) decoding(ctx context.Context, precision string, tags *Tags) (o readings.Options, err error) {
	if o.DefaultPrecision, err = readings.ParsePrecision(precision); err != nil {
		return o, err
	}
	o.Now, o.SourceTags, o.LabelTags = h.Clock(ctx).UnixNano(), h.SourceTags, h.LabelTags
	return o, tags.into(&o)
}

// headers are those of an answer to lines that were stored.
func (h *Handlers) headers(c *call.Call, receipt ingest.Receipt, result *readings.Result,
	o *readings.Options) http.Header {
	header := http.Header{}
	durability.Say(header, receipt)
	sayOverwritten(header, result)
	if tags := schema.FormatTags(o.SourceTags, o.LabelTags); tags != "" {
		header.Set(schema.HeaderTags, tags)
	}
	h.skipped(c, header, result)
	return header
}

// skipped says and logs what was left out.
func (h *Handlers) skipped(c *call.Call, header http.Header, result *readings.Result) {
	saySkipped(c, header, result)
	h.skips.log(c, result.Skips)
}
