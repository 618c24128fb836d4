package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/path"
	"tidemark/simulator/wire"
	"tidemark/simulator/wire/tables"
)

// visit is one request on its way through the gateway.
type visit struct {
	a         *Account
	service   georep.Service
	from      network.Place
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context // ends with the client's, with Close, and when a failover takes the endpoints down
	caller    context.Context // what ctx was before it was held
	secondary bool            // to account-secondary
	empty     bool            // the secondary has nothing of this life yet
	region    georep.Region   // serves it
	asked     georep.Region   // whose store has the answer
	trip      path.Trip
	call      inject.Call
	entry     *georep.Entry // what it committed, while the answer is on its way
	ticket    georep.Ticket
	arrived   bool // holds a ticket that is neither committed nor abandoned
	alone     bool // was held: Close waits for it
}

// setOut begins the way to the region that serves it.
func (v *visit) setOut(region georep.Region) {
	v.region, v.asked, v.caller = region, region, v.ctx
	v.call = inject.Call{From: string(v.from), To: string(region), Service: string(v.service), Account: v.a.name}
	v.trip = v.a.g.path.Send(v.ctx, v.call)
	v.trip.Listen, v.trip.Unheard = v.keepBody, func(why string) { v.lost(v.entry, why) }
}

// base is the address of the store that is asked, now.
func (v *visit) base() string { return v.a.g.address(v.service, v.asked) }

// done gives up what did not come to a write.
func (v *visit) done() {
	if v.arrived {
		v.arrived = false
		v.a.Abandon(v.ticket)
	}
}

// maxHeldBody bounds what is held of a request that waits; the service takes no more than 4 MiB.
const maxHeldBody = 5 << 20

// keepBody reads the body: only then a server learns that its caller has gone.
func (v *visit) keepBody() error {
	if v.r.Body == nil || v.r.ContentLength == 0 {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(v.r.Body, maxHeldBody))
	v.r.Body = io.NopCloser(bytes.NewReader(body))
	return err
}

func (v *visit) error(status int, code, message string) {
	form := formOf(v.service)
	if v.service == georep.Table {
		form = tables.FormOf(v.call.Operation)
	}
	wire.Refusal{Status: status, Code: code, Message: message}.Write(v.w, form, v.now())
}

// told tells the truth stream that the simulator answers a call, or does not.
func (v *visit) told(status int, text string) {
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "refused", Status: status, Text: text})
	}
}

// lost tells the truth stream that an answer does not arrive.
func (v *visit) lost(entry *georep.Entry, text string) {
	if v.a.g.o.Observe != nil {
		v.event(Event{Kind: "lost-answer", Entry: entry, Text: text})
	}
}

func (v *visit) event(e Event) {
	e.At, e.Account = time.Now(), v.a.name
	if v.call.Operation != "" {
		call := v.call
		e.Call = &call
	}
	v.a.g.tell(e)
}

// reset tears the connection down: the client's system reads ECONNRESET. A text is told to the truth stream.
func (v *visit) reset(text string) {
	v.done()
	if text != "" {
		v.told(0, text)
	}
	conn, _, err := http.NewResponseController(v.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // as far as one can go over HTTP/2
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0) // RST instead of FIN
	}
	_ = conn.Close()
}

// now is the clock of the storage that answers.
func (v *visit) now() time.Time { return v.a.clock(v.region) }
