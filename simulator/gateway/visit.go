package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// visit is one request on its way through the gateway.
type visit struct {
	a         *Account
	service   georep.Service
	from      network.Place
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context // ends with the client's, with Close, and when a failover takes the endpoints down
	secondary bool            // to account-secondary
	region    georep.Region   // serves it
	store     string          // address of the region's Azurite for the service
	call      inject.Call
	after     inject.Decision // of a rule: what happens after the storage has committed
	ticket    georep.Ticket
	arrived   bool // holds a ticket that is neither committed nor abandoned
}

// Handler serves a service to callers that stand at a place, for all accounts.
//
// Of an account that there is not Azure has no endpoint; here the answer is 404 ResourceNotFound with the account's name. While a failover keeps both endpoints
// down connections are torn down.
func (g *Gateway) Handler(from network.Place, s georep.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, secondary := accountOf(r.URL.Path)
		a, ok := g.Account(name)
		if !ok {
			writeError(w, s, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("There is no account %q here.", name), g.o.Now())
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		v := &visit{a: a, service: s, from: from, w: w, r: r, ctx: ctx, secondary: secondary}
		stop := context.AfterFunc(a.serving(), v.hurry(cancel))
		defer stop()
		defer v.done()
		v.serve()
	})
}

// hurry ends what waits on a caller: its delays and the reading of its body.
func (v *visit) hurry(cancel context.CancelFunc) func() {
	return func() {
		cancel()
		if v.r.Method != http.MethodGet {
			_ = http.NewResponseController(v.w).SetReadDeadline(time.Unix(1, 0)) // a writer without deadlines has no slow body either
		}
	}
}

// accountOf takes a path-style path apart.
func accountOf(path string) (name string, secondary bool) {
	name = path
	if len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	for i := range len(name) {
		if name[i] == '/' {
			name = name[:i]
			break
		}
	}
	const suffix = "-secondary"
	if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
		return name[:len(name)-len(suffix)], true
	}
	return name, false
}

// serve takes the request to the region that serves it.
func (v *visit) serve() {
	roles := v.a.roles.Load()
	switch {
	case roles.down:
		v.reset("a failover keeps both endpoints down")
		return
	case !v.secondary && roles.gone:
		v.reset(textGone)
		return
	case v.secondary && roles.empty:
		v.reset("the secondary is not there yet")
		return
	}
	v.region = roles.primary
	if v.secondary && roles.secondary != "" {
		v.region = roles.secondary
	}
	if !v.there() {
		return
	}
	if v.secondary && roles.secondary == "" {
		if !v.forged() {
			v.refuse(http.StatusForbidden, codeInsufficient, messageNoSecondary)
		}
		return
	}
	store := v.a.g.store(v.region)
	switch v.service {
	case georep.Queue:
		v.store = store.Queue
		v.a.serveQueue(v)
	default:
		v.store = store.Table
		v.a.serveTable(v)
	}
}

const textGone = "the primary has lost what it had, and a failover away from it is under way"

// moved says whether the roles have changed since the request set out, so that its region may not answer it any more.
func (v *visit) moved() bool {
	now := v.a.roles.Load()
	return now.down || v.region != now.primary && v.region != now.secondary || now.gone && v.region == now.primary
}

// there goes the way to the region. False: it did not arrive, or the caller is gone.
func (v *visit) there() bool {
	n := v.a.g.o.Network
	if n == nil {
		return true
	}
	for {
		leg := n.Path(v.from, network.Place(v.region), network.Part(v.service)).Request
		switch leg.Fault {
		case "":
			return v.sleep(leg.Delay)
		case network.Hang:
			if v.keepBody() != nil || n.Wait(v.ctx, v.from, network.Place(v.region), network.Part(v.service), network.Request) != nil {
				v.reset(pathText(leg))
				return false
			}
		default:
			v.cut(leg)
			return false
		}
	}
}

// back goes the way back, and says whether the answer arrives. An entry is what was committed, if anything.
func (v *visit) back(entry *georep.Entry) bool {
	if v.after.Action != "" || v.after.Delay > 0 {
		decision := v.after
		v.after = inject.Decision{}
		if decision.Action != inject.Delay {
			v.lost(entry, "rule "+decision.Rule)
		}
		if !v.suffer(decision) {
			return false
		}
	}
	n := v.a.g.o.Network
	if n == nil {
		return true
	}
	told := false
	for {
		leg := n.Path(v.from, network.Place(v.region), network.Part(v.service)).Answer
		if leg.Fault != "" && !told {
			told = true
			v.lost(entry, pathText(leg))
		}
		switch leg.Fault {
		case "":
			return v.sleep(leg.Delay)
		case network.Hang:
			if n.Wait(v.ctx, v.from, network.Place(v.region), network.Part(v.service), network.Answer) != nil {
				v.reset("")
				return false
			}
		default:
			v.cut(leg)
			return false
		}
	}
}

func pathText(leg network.Leg) string {
	return fmt.Sprintf("outage %s: %s", leg.Outage, leg.Fault)
}

// cut answers as a failed path does.
func (v *visit) cut(leg network.Leg) {
	if leg.Fault == network.Unavailable {
		v.told(http.StatusServiceUnavailable, pathText(leg))
		v.error(http.StatusServiceUnavailable, codeServerBusy, messageServerBusy)
		return
	}
	v.reset(pathText(leg))
}

// sleep waits, and says whether anybody still waits for it.
func (v *visit) sleep(d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return true
		case <-v.ctx.Done():
		}
	}
	if v.ctx.Err() != nil {
		v.reset("")
		return false
	}
	return true
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

// arrive takes a write in. False: it was answered. A local account needs no ticket.
func (v *visit) arrive() bool {
	if !v.a.geoRedundant {
		return true
	}
	t, err := v.a.arrive(v.region, v.service)
	switch {
	case errors.Is(err, georep.ErrBacklog):
		v.busy(err.Error())
		return false
	case err != nil:
		v.reset(err.Error())
		return false
	}
	v.ticket, v.arrived = t, true
	return true
}

// done gives up what did not come to a write.
func (v *visit) done() {
	if v.arrived {
		v.arrived = false
		v.a.abandon(v.ticket)
	}
}

// admit asks the rules and the scale targets about a call whose operation is known now. False: it was answered.
func (v *visit) admit(operation, container, partition string, rows int) bool {
	g := v.a.g
	v.call = inject.Call{From: string(v.from), To: string(v.region), Service: string(v.service), Account: v.a.name,
		Operation: operation, Container: container, Partition: partition}
	if g.o.Faults != nil {
		switch d := g.o.Faults.Decide(v.now(), v.call, rows); {
		case d.After:
			v.after = d
		case !v.suffer(d):
			return false
		}
	}
	if now := v.now(); !v.a.perAccount.Allow(now, v.call, rows) || !v.a.perPartition.Allow(now, v.call, rows) {
		v.busy("over the scale target")
		return false
	}
	return true
}

// suffer carries a decision out. False: it was answered, or never will be.
func (v *visit) suffer(d inject.Decision) bool {
	if d.Action == "" || d.Action == inject.Delay {
		return v.sleep(d.Delay)
	}
	v.done() // it comes to nothing: it holds no Last Sync Time back
	if !v.sleep(d.Delay) {
		return false
	}
	text := "rule " + d.Rule
	switch d.Action {
	case inject.Hang:
		_ = v.keepBody()
		<-v.ctx.Done()
		v.reset(text)
	case inject.Reset:
		v.reset(text)
	default:
		v.told(d.Status, text)
		v.error(d.Status, d.Code, messageOf(d.Code))
	}
	return false
}

// now is the storage's clock.
func (v *visit) now() time.Time { return v.a.g.o.Now() }
