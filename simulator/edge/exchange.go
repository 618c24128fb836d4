package edge

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// exchange is one request of a client.
type exchange struct {
	ref   string
	debug bool     // the client sent X-Azure-DebugInfo: 1
	tried []string // origins
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

// references makes X-Azure-Ref: unique in a process, and it looks like the service's.
type references struct {
	began time.Time
	n     atomic.Uint64
}

func (r *references) next(site string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.began.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, r.n.Add(1))
	return "0" + base64.RawURLEncoding.EncodeToString(append(b, site...))
}
