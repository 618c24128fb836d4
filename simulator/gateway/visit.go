package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/wire"
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
	empty     bool            // the secondary has nothing of this life yet
	region    georep.Region   // serves it
	store     string          // address of the region's Azurite for the service
	call      inject.Call
	after     inject.Decision // of a rule: what happens after the storage has committed
	ticket    georep.Ticket
	arrived   bool            // holds a ticket that is neither committed nor abandoned
	client    context.Context // of a request that was held: ends as ctx did before
}

// Handler serves a service to callers that stand at a place, for all accounts.
//
// Of an account that there is not Azure has no endpoint; here the answer is 404 ResourceNotFound with the account's
// name. While a failover keeps both endpoints down connections are torn down.
func (g *Gateway) Handler(from network.Place, s georep.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, secondary := accountOf(r.URL.Path)
		a, ok := g.Account(name)
		if !ok {
			wire.Refusal{Status: http.StatusNotFound, Code: "ResourceNotFound",
				Message: fmt.Sprintf("There is no account %q here.", name)}.Write(w, formOf(s), time.Now())
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		v := &visit{a: a, service: s, from: from, w: w, r: r, ctx: ctx, secondary: secondary}
		stop := context.AfterFunc(a.Serving(), v.hurry(cancel))
		defer stop()
		defer v.leave()
		v.serve()
	})
}

// hurry ends what waits on a caller: its delays and the reading of its body.
func (v *visit) hurry(cancel context.CancelFunc) func() {
	return func() {
		cancel()
		if v.r.Method != http.MethodGet {
			// a writer without deadlines has no slow body either
			_ = http.NewResponseController(v.w).SetReadDeadline(time.Unix(1, 0))
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
	is := v.a.Endpoints()
	at := is.Primary
	if v.secondary && is.Secondary.Availability != account.None {
		at = is.Secondary
	}
	v.region, v.empty = at.Region, at.Availability == account.Absent
	switch at.Availability {
	case account.Down:
		v.reset("a failover keeps both endpoints down")
		return
	case account.Lost:
		v.reset(account.ErrLost.Error())
		return
	}
	if !v.there() {
		return
	}
	if v.secondary && is.Secondary.Availability == account.None {
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

// arrive takes a write in. False: it was answered. A local account needs no ticket.
func (v *visit) arrive() bool {
	if !v.a.geoRedundant {
		return true
	}
	t, err := v.a.Arrive(v.region, v.service)
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
		v.a.Abandon(v.ticket)
	}
}

// admit asks the rules and the scale targets about a call whose operation is known now. False: it was answered.
func (v *visit) admit(operation, container, partition string, rows int) bool {
	g := v.a.g
	v.call = inject.Call{From: string(v.from), To: string(v.region), Service: string(v.service), Account: v.a.name,
		Operation: operation, Container: container, Partition: partition}
	if g.o.Faults != nil {
		switch d := g.o.Faults.Decide(time.Now(), v.call, rows); {
		case d.After:
			v.after = d
		case !v.suffer(d):
			return false
		}
	}
	if now := time.Now(); !v.a.perAccount.Allow(now, v.call, rows) || !v.a.perPartition.Allow(now, v.call, rows) {
		v.busy("over the scale target")
		return false
	}
	return true
}

// suffer carries a decision out. False: it was answered, or never will be.
func (v *visit) suffer(d inject.Decision) bool {
	switch d.Action {
	case "", inject.Delay:
		return v.delay(d.Delay)
	case inject.Hold:
		return v.hold(d.Delay)
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

// now is the clock of the storage that answers.
func (v *visit) now() time.Time { return v.a.clock(v.region) }
