package influx

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
)

func (h *Handlers) registerPing(t *route.Table) {
	pong := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Influxdb-Build", "tidemark")
		w.Header().Set("X-Influxdb-Version", h.Version)
		w.WriteHeader(http.StatusNoContent)
	}
	for method, id := range map[string]string{http.MethodGet: "ping", http.MethodHead: "ping-head"} {
		t.Page(huma.Operation{OperationID: id, Method: method, Path: "/ping", Tags: []string{"influx"},
			Summary:     "Is anybody there?",
			Description: "As InfluxDB answers it. It says nothing of storage: /health/ready does.",
			Responses: map[string]*huma.Response{"204": {Description: "Yes", Headers: map[string]*huma.Param{
				"X-Influxdb-Version": reply.HeaderParam("The version of tidemark.")}}}}, pong)
	}
}
