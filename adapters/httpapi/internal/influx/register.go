package influx

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
)

// Register registers the operations of clients of InfluxDB.
func (h *Handlers) Register(t *route.Table) {
	v1 := describeWrite(t, "/write", "write-line-protocol-v1", "Write line protocol, as InfluxDB 1",
		reflect.TypeFor[schema.Influx1Error]())
	v1.Security = route.ForInflux1
	route.Handle(t, v1, route.AnyForm, func(ctx context.Context, in *influx1Input) (*reply.Reply, error) {
		return h.writeLines(ctx, in.Precision, &in.Tags, &in.Wishes)
	})
	v2 := describeWrite(t, "/api/v2/write", "write-line-protocol-v2", "Write line protocol, as InfluxDB 2",
		reflect.TypeFor[schema.Influx2Error]())
	route.Handle(t, v2, route.AnyForm, func(ctx context.Context, in *influx2Input) (*reply.Reply, error) {
		return h.writeLines(ctx, in.Precision, &in.Tags, &in.Wishes)
	})
	for _, path := range []string{v1.Path, v2.Path} {
		t.DescribeBody(http.MethodPost, path, &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			string(body.Lines): {Schema: &huma.Schema{Type: huma.TypeString},
				Example: "weather,source=roof,site=north temp=21.5,hum=40 1700000000000000000\n"},
		}})
	}
	h.registerPing(t)
}
