// Package durability is what a writer wishes of a write, and what the write reached.
package durability

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// Acknowledged says what a receipt says.
func Acknowledged(r ingest.Receipt) schema.Acknowledgement {
	a := schema.Acknowledgement{Durability: r.Durability.String(), Regions: []string{}, Blocks: []schema.BlockRef{}}
	for _, name := range r.Regions {
		a.Regions = append(a.Regions, string(name))
	}
	if r.Stamp != 0 {
		a.Stamp = r.Stamp.String()
	}
	for _, b := range r.Blocks {
		a.Blocks = append(a.Blocks, schema.BlockRef{Stream: b.Stream.String(), Number: uint64(b.Number)})
	}
	return a
}

// Wishes are the headers of writes.
type Wishes struct {
	Require string `header:"Tidemark-Require" enum:"one,both" doc:"The durability needed. both: it is acknowledged when the journals of both regions hold it. Where one is known to be away that is 503 and nothing is stored; where one does not answer within a second it is 503 and perhaps stored, with the region that has it. 422 where the service has one journal. one: it is acknowledged as soon as the journal of one region holds it, and the other gets it too. Without this the answer waits a second for both and says which it was."`
	After   string `header:"Tidemark-After" maxLength:"16" example:"0199a1b2c3d40000" doc:"The stamp of an earlier answer: this write is ordered after it, whichever node it meets."`
}

// Options is the wishes as ingest takes them. The error names the header that is wrong.
func (w *Wishes) Options() (ingest.Options, error) {
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
			return o, problem.Param("header.Tidemark-After",
				"it is no stamp: send back the Tidemark-Stamp of an answer")
		}
		o.After = s
	}
	return o, nil
}

// StampParams describes the headers of the answers to writes.
func StampParams() map[string]*huma.Param {
	return map[string]*huma.Param{
		"Tidemark-Stamp": reply.HeaderParam("The stamp of the answer: send it back as Tidemark-After."),
		"Tidemark-Durability": reply.HeaderParam("What was reached: both, the journals of two regions; one, that of " +
			"one region."),
		"Tidemark-Regions": reply.HeaderParam("The regions whose journals hold it, with a comma between them.")}
}

// Say puts what a receipt says into headers: of an answer without a body they say all that there is to say.
func Say(h http.Header, r ingest.Receipt) {
	if r.Stamp == 0 { // there was nothing to store
		return
	}
	h.Set("Tidemark-Stamp", r.Stamp.String())
	h.Set("Tidemark-Durability", r.Durability.String())
	h.Set("Tidemark-Regions", strings.Join(Acknowledged(r).Regions, ","))
}

// Stamped is the answer to a write.
func Stamped(body any, r ingest.Receipt) (*reply.Reply, error) {
	out, err := reply.JSON(body)
	if err == nil {
		out.Header = http.Header{}
		Say(out.Header, r)
	}
	return out, err
}

// Perhaps adds to an error of unknown outcome what is known of it. A wish that the configuration cannot meet is
// refused as a header's value.
func Perhaps(err error, r ingest.Receipt) error {
	if errors.Is(err, ingest.ErrOneJournal) {
		return problem.Param("header.Tidemark-Require", fault.Message(err))
	}
	p := problem.Of(err)
	if p.PerhapsStored && len(r.Blocks) > 0 {
		for _, name := range r.Regions {
			p.Regions = append(p.Regions, string(name))
		}
	}
	return p
}
