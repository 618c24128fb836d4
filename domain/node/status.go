package node

import (
	"tidemark/domain/ingest"
	"tidemark/domain/status"
	"tidemark/domain/telemetry"
)

// counted tells a risk what is acknowledged as one, beside whoever hears of it already.
func counted(r *status.Risk, o ingest.Observer) ingest.Observer {
	tell := o.Acknowledged
	o.Acknowledged = func(t telemetry.Tenant, readings int, got ingest.Receipt) {
		if got.Durability == telemetry.DurableOne {
			r.Add(t, readings, got.By)
		}
		if tell != nil {
			tell(t, readings, got)
		}
	}
	return o
}
